"""The package mediaflight: tables, searches, adding, changing, new columns."""
import datetime
import threading

import mediaflight
import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as dataset
import pyarrow.parquet as pq
import pytest

from conftest import SAMPLE


@pytest.fixture(scope="module")
def images(server):
    with mediaflight.connect(server.uri, progress=False) as db:
        yield db.table("images")


@pytest.fixture(scope="module")
def red_car(images):
    return images.connection.sql("SELECT embedding FROM queries WHERE text = 'a red car'").numpy()["embedding"][0]


@pytest.fixture(scope="module")
def sample():
    return pq.read_table(SAMPLE / "images.parquet")


@pytest.fixture
def db(fresh):
    with mediaflight.connect(fresh.uri, progress=False) as connection:
        yield connection


def ids(rows):
    return [row["image_id"] for row in rows.to_list()]


def test_a_table_is_its_rows(images, sample):
    assert images.count() == len(images) == 4297 and images.columns() == sample.column_names
    got = images.arrow().sort_by("image_id")
    assert got.schema == images.schema and got["title"].to_pylist() == sample.sort_by("image_id")["title"].to_pylist()
    assert images.head(3).arrow().num_rows == 3
    assert next(iter(images)).keys() == set(sample.column_names)
    assert repr(images) == '<mediaflight.Table "images">'
    assert images.count("NSFW_score < ?", 0.01) == images.where("NSFW_score < 0.01").count() == pc.sum(pc.less(sample["NSFW_score"], 0.01)).as_py()


def test_filter_select_order_limit(images, sample):
    query = images.filter("width > $1 AND title <> $2", 1000, "it's").select({"image_id": "image_id", "area": "width::bigint * height"}) \
        .order_by(("area", "desc"), "image_id").limit(5).offset(1)
    want = sorted(((row["width"] * row["height"], -row["image_id"]) for row in sample.select(["width", "height", "image_id"]).to_pylist()
                   if row["width"] > 1000), reverse=True)[1:6]
    assert [(row["area"], -row["image_id"]) for row in query] == want
    assert query.count() == 5 and query.schema.names == ["image_id", "area"]
    assert images.connection.sql(*query.to_sql()).to_list() == query.to_list()
    assert "scan" in query.explain().lower() and "time" in query.explain(analyze=True).lower()


def test_queries_do_not_change(images):
    query = images.where({"category": "animals"})
    query.where("width > ?", 10).select(["title"]).order_by("title").limit(1)
    assert query.to_sql() == ('SELECT * FROM "images" WHERE "category" = $1', ["animals"])


@pytest.mark.parametrize("where, values, count", [
    ({"category": "animals"}, [], "category = 'animals'"),
    ({"category": ["animals", "food"], "dominant_color": None}, [], "category IN ('animals', 'food') AND dominant_color IS NULL"),
    ("title LIKE ? AND title <> '?' -- a comment with ? and $1", ["%a%"], "title LIKE '%a%' AND title <> '?'"),
    ("title <> $2 AND category = $1 AND title <> $$ $1 $$", ["animals", "x"], "category = 'animals' AND title <> 'x'"),
    ("title <> E'\\'?' AND width > ?", [500], "width > 500"),
    ("width > 100 OR width < 50", [], "width > 100 OR width < 50"),
])
def test_conditions(images, where, values, count):
    want = images.connection.sql(f"SELECT count(*) FROM images WHERE ({count}) AND NSFW_score < 0.5").scalar()
    assert images.where("NSFW_score < ?", 0.5).where(where, *values).count() == images.where(where, *values).where("NSFW_score < $1", 0.5).count() == want


@pytest.mark.parametrize("where, values, error", [("a = ?", [], "42703|42601"), ("a = ? AND b = ?", [1], "1 values for the 2"), ("a = 1", [1], "1 values for the 0"),
                                                  ("a = ? AND b = $1", [1], "both"), ("a = 'x", [], "42601")])
def test_conditions_that_are_none(images, where, values, error):
    with pytest.raises((ValueError, mediaflight.Error), match=error):
        images.where(where, *values).arrow()


def test_search_is_numpys(images, red_car, sample):
    vectors = np.vstack(sample["text_embedding"].to_numpy()).astype(np.float64)
    cosine = 1 - vectors @ red_car / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(red_car))
    l2 = np.linalg.norm(vectors - red_car, axis=1)
    passing = (sample["NSFW_score"].to_numpy() < 0.2) & np.isin(sample["category"].to_numpy(zero_copy_only=False), ["animals", "food"])
    for metric, distance in (("cosine", cosine), ("l2", l2), ("dot", -vectors @ red_car)):
        got = images.search(red_car, column="text_embedding").where("NSFW_score < ?", 0.2).where({"category": ["animals", "food"]}) \
            .metric(metric).limit(7).select(["image_id"])
        np.testing.assert_allclose(got.numpy()["_distance"], np.sort(distance[passing])[:7], atol=1e-5)
        assert got.schema.names == ["image_id", "_distance"]
    near = images.search(red_car.tolist(), "text_embedding")
    assert ids(near) == sample["image_id"].to_numpy()[np.argsort(cosine)[:10]].tolist() and near.count() == 10
    assert ids(near.limit(3).offset(2)) == ids(near)[2:5]
    assert near.schema.names == [*sample.column_names, "_distance"]
    assert ids(near.recall(0.99)) == ids(near.exact()) == ids(near.bypass_vector_index()) == ids(near)
    low, high = np.sort(cosine)[[3, 6]]
    assert ids(near.distance_range(low + 1e-6, high + 1e-6)) == ids(near)[4:7]
    assert ids(near.order_by("image_id")) == sorted(ids(near))
    assert "vector" in near.explain()


def test_search_of_texts(images, red_car):
    asked = []

    def embed(text):
        asked.append(text)
        return red_car

    with pytest.raises(mediaflight.Error, match="embed=model.encode"):
        images.search("a red car", "text_embedding")
    want = ids(images.search(red_car, "text_embedding"))
    assert ids(images.search("a red car", "text_embedding", embed=embed)) == want
    with mediaflight.connect(images.connection.uri) as db:
        db.embed = embed
        assert ids(db.table("main.images").search("another", "text_embedding")) == want
    assert asked == ["a red car", "another"]


@pytest.mark.parametrize("ask, hint", [(lambda s: s.nprobes(10), "recall"), (lambda s: s.refine_factor(5), "recall"), (lambda s: s.ef(5), "recall"),
                                       (lambda s: s.fast_search(), "none is missing"), (lambda s: s.rerank(None), "exact already"),
                                       (lambda s: s.where("width > 1", prefilter=False), "k rows")])
def test_what_lancedb_has_and_there_is_not(images, red_car, ask, hint):
    with pytest.raises(mediaflight.Error) as caught:
        ask(images.search(red_car, "text_embedding"))
    assert caught.value.sqlstate == "0A000" and hint in caught.value.hint


def test_searches_that_cannot_be(images, red_car):
    with pytest.raises(ValueError, match="several columns of vectors: text_embedding, image_embedding"):
        images.search(red_car)
    for wrong in (lambda s: s.metric("jaccard"), lambda s: s.recall(0), lambda s: s.recall(1.1), lambda s: s.limit(-1), lambda s: s.limit(None)):
        with pytest.raises(ValueError):
            wrong(images.search(red_car, "text_embedding"))
    with pytest.raises(mediaflight.Error, match="22000"):
        images.search([1.0, 2.0], "text_embedding").arrow()
    with pytest.raises(mediaflight.Error, match="42P01"):
        images.connection.table("nothing").search([1.0], "x").arrow()


def test_describe_and_sample(images, sample):
    described = {row["column"]: row for row in images.describe()}
    assert list(described) == sample.column_names
    assert described["dominant_color"]["nulls"] == sample["dominant_color"].null_count
    assert (described["width"]["min"], described["width"]["max"]) == (str(pc.min(sample["width"]).as_py()), str(pc.max(sample["width"]).as_py()))
    assert described["width"]["mean"] == pytest.approx(pc.mean(sample["width"]).as_py())
    drawn = [images.sample(200).numpy()["image_id"] for _ in range(2)]
    assert all(len(set(d.tolist())) == 200 for d in drawn) and set(drawn[0].tolist()) != set(drawn[1].tolist())
    assert 1700 < np.concatenate([images.sample(500).numpy()["image_id"] for _ in range(4)]).mean() < 2600
    assert images.sample(10_000).arrow().num_rows == 4297


def test_a_notebook_shows_a_table(images):
    page = images._repr_html_()
    assert "4,297 rows" in page and page.count("data:image/webp;base64,") == 10 and "...] (384)" in page
    assert "<td" in images.select(["title"])._repr_html_()


FORMS = {
    "table": lambda t: t, "batch": lambda t: t.to_batches()[0], "reader": lambda t: t.to_reader(1), "dataset": dataset.dataset, "scanner": lambda t: dataset.dataset(t).scanner(),
    "pandas": lambda t: t.to_pandas(), "polars": polars.from_arrow, "lazy": lambda t: polars.from_arrow(t).lazy(), "list": lambda t: t.to_pylist(),
    "columns": lambda t: t.to_pydict(), "batches": lambda t: t.to_batches(1), "generator of batches": lambda t: iter(t.to_batches(1)),
    "generator of tables": lambda t: (t.slice(i, 1) for i in range(3)), "generator of lists": lambda t: (t.slice(i, 1).to_pylist() for i in range(3)),
    "generator of frames": lambda t: (t.slice(i, 1).to_pandas() for i in range(3)), "generator of rows": lambda t: iter(t.to_pylist()),
    "tuple": lambda t: tuple(t.to_pylist()), "numpy": lambda t: {"id": t["id"].to_numpy(), "s": t["s"].to_pylist(), "v": np.array(t["v"].to_pylist(), np.float32)},
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_in_every_form(db, form):
    want = pa.table({"id": [1, 2, 3], "s": ["a", "it's", "c"], "v": pa.array([[1.0, 2.0], [3.0, 4.5], [5.0, 6.0]], pa.list_(pa.float32(), 2))})
    table = db.create_table("t", FORMS[form](want))
    assert table.schema.types == [pa.int64(), pa.string(), pa.list_(pa.field("element", pa.float32(), False), 2)]
    assert table.add(FORMS[form](want)) == 3
    assert table.order_by("id").to_list() == [row for row in want.to_pylist() for _ in range(2)]


def test_rows_that_are_ours(db):
    db.create_table("t", [{"id": 1}])
    assert db.table("t").add(db.sql("SELECT id + 1 AS id FROM t")) == 1
    assert db.table("t").add(db.table("t")) == 2
    assert db.create_table("u", db.table("t").where("id = 2")).count() == 2


def test_odd_rows(db):
    t = db.create_table("t", [{"id": 1, "tags": ["a"], "box": {"x": 1.5}}, {"id": 2, "more": datetime.date(2024, 1, 1)}])
    assert t.order_by("id").to_list() == [{"id": 1, "tags": ["a"], "box": {"x": 1.5}, "more": None},
                                          {"id": 2, "tags": None, "box": None, "more": datetime.date(2024, 1, 1)}]
    assert t.add([{"id": 3}]) == 1 and t.add(({"id": i, "tags": None} for i in range(4, 20_000))) == 19_996
    with pytest.raises(mediaflight.Error, match='does not have .* column "nothing"'):
        t.add([{"id": 4, "nothing": 1}])
    for nonsense in (5, "text", [1, 2], b"x"):
        with pytest.raises(TypeError):
            t.add(nonsense)
    with pytest.raises(ValueError, match="schema="):
        db.create_table("u", [])
    with pytest.raises(ValueError, match="later part has columns"):
        t.add([{"id": 1}] if i == 0 else [{"id": 2, "other": 1}] for i in range(2))
    assert t.count() == 19_999


def test_a_generator_that_fails_leaves_nothing(db):
    t = db.create_table("t", [{"id": 1}])

    def batches():
        for i in range(5):
            yield pa.record_batch({"id": np.arange(100_000)})
        raise RuntimeError("the source failed")

    with pytest.raises(RuntimeError, match="the source failed"):
        t.add(batches())
    with pytest.raises(RuntimeError, match="the source failed"):
        db.create_table("u", batches())
    with pytest.raises(RuntimeError, match="the source failed"):
        t.add(batches(), mode="overwrite")
    assert t.to_list() == [{"id": 1}] and db.table_names() == ["t"]


def test_a_generator_streams(db):
    """The server has rows before the generator is at its end; here at most what is on the way."""
    made, batch = [], pa.record_batch({"x": np.zeros(1 << 17)})  # 1 MiB

    def batches():
        for i in range(64):
            made.append(i)
            yield batch

    before = pa.total_allocated_bytes()
    peak = []
    assert db.create_table("t", (peak.append(pa.total_allocated_bytes()) or b for b in batches())).count() == 64 << 17
    assert max(peak) - before < 16 << 20


def test_create_modes(db):
    t = db.create_table("t", [{"a": 1}])
    with pytest.raises(mediaflight.Error) as caught:
        db.create_table("t", [{"b": 1}])
    assert caught.value.sqlstate == "42P07"
    assert db.create_table("t", [{"b": 1}], mode="exist_ok").columns() == db.create_table("t", [{"b": 1}], exist_ok=True).columns() == ["a"]
    assert db.create_table("t", [{"b": 1}], mode="overwrite").columns() == ["b"] == t.columns()
    assert t.add([{"c": 1}, {"c": 2}], mode="overwrite") == 2 and t.columns() == ["c"]
    empty = db.create_table("e", schema=pa.schema([("id", pa.int64()), ("v", pa.list_(pa.float32(), 3))]))
    assert empty.count() == 0 and empty.schema.field("v").type.list_size == 3
    assert db.create_table("f", [{"x": 1}], schema=pa.schema([("x", pa.int16()), ("y", pa.string())])).schema.types == [pa.int32(), pa.string()]
    with pytest.raises(ValueError, match="data or a schema"):
        db.create_table("g")
    with pytest.raises(ValueError, match="a mode is"):
        db.create_table("g", [{"x": 1}], mode="append or so")
    assert db.table_names() == ["e", "f", "t"]
    db.drop_table("t")
    with pytest.raises(mediaflight.Error, match="42P01"):
        db.drop_table("t")
    db.drop_table("t", ignore_missing=True)
    with pytest.raises(mediaflight.Error, match="42P01"):
        db.open_table("t")
    with pytest.raises(mediaflight.Error, match="42P01"):
        t.add([{"c": 1}])
    assert db.open_table("f").count() == 1


def test_names_are_quoted(db):
    odd = 'od"d; DROP TABLE t; --'
    t = db.create_table(odd, {odd: [1, 2], "select": ["a", "b"], "A b": [1.0, 2.0], "distance": [5, 6], "v": [[1.0, 2.0], [2.0, 1.0]]})
    assert t.columns() == [odd, "select", "A b", "distance", "v"] and odd in db.table_names()
    assert t.select([odd, "A b"]).order_by(odd, desc=True).to_list()[0] == {odd: 2, "A b": 2.0}
    assert t.update({odd: 1}, {"select": "it's"}) == 1 and t.where({"select": "it's"}).count() == 1
    assert [row["distance"] for row in t.search([1, 2]).metric("l2")] == [5, 6]
    assert t.search([1, 2]).limit(1).select(["distance"]).to_list() == [{"distance": 5, "_distance": pytest.approx(0, abs=1e-6)}]
    assert t.add_column('ü"', f'"{odd.replace(chr(34), chr(34) * 2)}" + 1') == 2 and len(t.describe().to_list()) == 6
    t.create_index("v", index='i"x')
    assert [row["index_name"] for row in t.list_indices()] == ['i"x']
    t.drop_index('i"x')
    t.rename("plain")
    assert db.table_names() == ["plain"] and t.count() == 2
    db.execute('CREATE SCHEMA "at.tic"')
    db.create_table("images", [{"x": 1}])
    db.execute('CREATE TABLE "at.tic"."a.b" AS SELECT 5 AS x')
    assert db.table("a.b", schema="at.tic").sample(5).to_list() == [{"x": 5}] and db.table("main.images").count() == 1
    for wrong in ("", "a\0b"):
        with pytest.raises(ValueError):
            db.table(wrong)


def test_changes(db):
    t = db.create_table("t", [{"id": i, "s": f"s{i}", "v": [float(i), 0.0]} for i in range(10)])
    assert t.update("id >= ? AND id < ?", {"s": None, "v": np.array([9, 9], np.float32)}, 2, 4) == 2
    assert t.where("s IS NULL").order_by("id").select(["id", "v"]).to_list() == [{"id": i, "v": [9.0, 9.0]} for i in (2, 3)]
    assert t.update({"id": [5, 6]}, values_sql={"s": "upper(s) || '!'", "id": "id + 100"}) == 2
    assert t.update(values={"s": "all"}) == 10 and t.count({"s": "all"}) == 10
    assert t.delete("id > $1", 100) == 2 and t.delete({"id": 0}) == 1 and t.delete(None) == 7
    with pytest.raises(ValueError):
        t.update("id = 1")


def test_columns_by_expression(db):
    t = db.create_table("t", [{"id": i, "w": i * 10} for i in range(5)])
    assert t.add_column("area", "w * id") == 5 and t.add_columns({"half": "w / 2.0", "name": "'n' || id"}) == 5
    assert t.order_by("id").to_list()[3] == {"id": 3, "w": 30, "area": 90, "half": 15, "name": "n3"}
    assert t.add_column("r", "w", type=pa.float32()) == 5 and t.schema.field("r").type == pa.float32()
    with pytest.raises(mediaflight.Error, match="22012"):
        t.add_column("bad", "1 / id")
    with pytest.raises(mediaflight.Error, match="42701"):
        t.add_column("area", "w")
    assert t.columns() == ["id", "w", "area", "half", "name", "r"]
    t.drop_columns(["half", "name"])
    assert t.columns() == ["id", "w", "area", "r"]


def test_columns_by_function(db):
    t = db.create_table("t", [{"id": i, "s": "x" * i} for i in range(1000)])
    seen = []

    def lengths(batch):
        assert batch.schema.names == ["s"]
        seen.append(batch.num_rows)
        return pc.utf8_length(batch["s"])

    assert t.add_column("n", lengths, columns=["s"], key="id", batch_size=300) == 1000
    assert seen == [300, 300, 300, 100] and t.count("n = id") == 1000 and db.table_names() == ["t"]
    assert t.add_column("v", lambda b: np.stack([b["id"].to_numpy(), b["id"].to_numpy() + 1], axis=1).astype(np.float32), key="id") == 1000
    assert t.schema.field("v").type.list_size == 2 and t.search([5, 6], "v").metric("l2").limit(1).to_list()[0]["id"] == 5
    assert t.add_column("maybe", lambda b: [None if i % 2 else f"t{i}" for i in b["id"].to_pylist()], key="id", batch_size=1) == 1000 \
        and t.count("maybe IS NULL") == 500
    assert t.add_column("small", lambda b: b["id"], key="id", type=pa.int32()) == 1000 and t.schema.field("small").type == pa.int32()
    with pytest.raises(mediaflight.Error, match="42701"):
        t.add_column("n", lengths, key="id")
    with pytest.raises(ValueError, match="returned 1 values"):
        t.add_column("m", lambda b: [1], key="id")
    with pytest.raises(ValueError, match="no primary key"):
        t.add_column("m", lengths)
    with pytest.raises(ValueError, match="does not tell rows apart"):
        t.add_column("m", lengths, key="maybe")


def test_a_function_is_resumed(db):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, x double precision)")
    t = db.table("t")
    t.add([{"id": i, "x": i / 2} for i in range(1000)])
    done = []

    def fails(batch):
        if len(done) == 60:
            raise RuntimeError("out of memory")
        done.append(batch["id"].to_pylist())
        return pc.multiply(batch["x"], 2)

    with pytest.raises(RuntimeError, match="out of memory"):
        t.add_column("y", fails, batch_size=10, checkpoint=100)
    assert "y" not in t.columns() and db.table("t__adding__y").count() == 600
    t.add([{"id": i, "x": i / 2} for i in range(1000, 1050)])
    again = []
    assert t.add_column("y", lambda b: again.append(b["id"].to_pylist()) or pc.multiply(b["x"], 2), batch_size=10, checkpoint=100) == 1050
    first, second = {i for batch in done for i in batch}, {i for batch in again for i in batch}
    assert len(first) == 600 and len(second) == 450 and not first & second
    assert t.count("y = id") == 1050 and db.table_names() == ["t"]
    with pytest.raises(RuntimeError):
        t.add_column("z", lambda b: b["x"] if b["id"][0].as_py() < 500 else (_ for _ in ()).throw(RuntimeError()), batch_size=100, checkpoint=100)
    t.discard_column("z")
    assert db.table_names() == ["t"]


def test_columns_of_an_empty_table(db):
    t = db.create_table("t", schema=pa.schema([("id", pa.int64())]))
    with pytest.raises(ValueError, match="no rows"):
        t.add_column("x", lambda b: b["id"], key="id")
    assert t.add_column("x", lambda b: b["id"], key="id", type=pa.list_(pa.float32(), 3)) == 0
    assert t.schema.field("x").type.list_size == 3 and t.add_column("y", "id + 1") == 0


def test_indexes(db):
    vectors = np.random.default_rng(1).normal(size=(3000, 16)).astype(np.float32)
    t = db.create_table("t", {"id": np.arange(3000), "v": vectors})
    t.create_index(metric="l2")
    t.create_index("v", "l2", replace=True, lists=8)
    (index,) = t.list_indices()
    assert (index["index_name"], index["column_name"], index["lists"], index["rows_uncovered"]) == ("t_v_idx", "v", 8, 0)
    assert "index" in t.search(vectors[5]).explain()
    got = t.search(vectors[5]).recall(1).numpy()
    want = np.sort(np.linalg.norm(vectors.astype(np.float64) - vectors[5], axis=1))[:10]
    np.testing.assert_allclose(got["_distance"], want, atol=1e-4)
    np.testing.assert_allclose(t.search(vectors[5]).distance_range(upper_bound=want[4] + 1e-4).numpy()["_distance"], want[:5], atol=1e-4)
    t.reindex()
    with pytest.raises(ValueError, match="no index is for"):
        t.create_index("v", "l1")
    t.drop_index("t_v_idx")
    assert t.list_indices() == []


def test_views(db):
    db.create_table("t", {"id": [1, 2, 3], "v": [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]})
    db.execute("CREATE VIEW w AS SELECT id, v FROM t WHERE id > 1")
    view = db.table("w")
    assert view.count() == 2 and [row["id"] for row in view.search([1.0, 0.0]).where("id < ?", 3)] == [2]
    assert view.sample(1).arrow().num_rows == 1


def test_threads_add_at_once(db):
    t = db.create_table("t", [{"id": -1}])
    threads = [threading.Thread(target=lambda n=n: [t.add([{"id": n * 10 + i}]) for i in range(5)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert t.count() == 21


def test_pandas_comes_back_as_it_went(db):
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, np.nan], "d": pandas.to_datetime(["2024-01-01", None])})
    got = db.create_table("t", frame).order_by("a").pandas()
    pandas.testing.assert_frame_equal(got, frame, check_dtype=False)


def test_versions(db):
    t = db.create_table("t", [{"id": 1, "v": [1.0, 2.0]}])
    t.add([{"id": 2}])
    t.delete("id = 1")
    t.add_column("z", "id * 2")
    states = [row["snapshot_id"] for row in t.history()]
    assert [row["operation"] for row in t.list_versions()] == ["overwrite", "delete", "append", "append"]
    assert [[row["id"] for row in t.version(s).order_by("id")] for s in states] == [[2], [2], [1, 2], [1]]
    assert [t.version(s).columns() for s in states] == [["id", "v", "z"], *[["id", "v"]] * 3]
    when = t.history().to_list()[2]["committed_at"]
    assert t.version(when).snapshot == states[2] and t.version(when + datetime.timedelta(days=1)).snapshot == states[0]
    first = t.version(states[-1])
    assert [row["_distance"] for row in first.search([1, 2]).metric("l2")] == [0] and first.where("id = ?", 2).count() == 0
    assert db.sql(f"SELECT n.id AS now, o.id AS then FROM t n FULL JOIN table_at('t', {states[-1]}) o USING (id) ORDER BY 1").to_list() == [
        {"now": 2, "then": None}, {"now": None, "then": 1}]
    for change in (lambda: first.add([{"id": 5}]), lambda: first.delete("id = 1"), lambda: first.update(values={"id": 1}), lambda: first.create_index("v")):
        with pytest.raises(mediaflight.Error, match="25006"):
            change()
    with pytest.raises(mediaflight.Error, match="55000"):
        t.version(5).arrow()
    with pytest.raises(mediaflight.Error, match="55000"):
        t.version(datetime.datetime(2020, 1, 1))
    t.checkout(states[-1])
    assert t.count() == 1 and t.columns() == ["id", "v"]
    t.checkout_latest()
    assert t.add([{"id": 7}]) == 1
