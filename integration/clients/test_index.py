"""mediaflight index: built, folded, checked, measured and dropped from the command line, and searched through a server."""
import json
import xml.dom.minidom

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import SAMPLE, Server, run

import adbc_driver_flightsql.dbapi as flightsql


def command(*args):
    done = run("index", *args)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def indexed(tmp_path):
    """A folder with the sample's images and an index on their captions' embeddings."""
    data = tmp_path / "data"
    assert run("load", "--data", data, SAMPLE / "images.parquet", "main.images").returncode == 0
    out = command("create", "--data", data, "main.images", "text_embedding")
    assert "images_text_embedding_idx: 4297 rows of main.images.text_embedding" in out
    return data


def listed(data):
    """The index's line in the list, by the names of its columns."""
    head, *lines = command("list", "--data", data).splitlines()
    return [dict(zip(["index", "table", "column", "metric", "lists", "rows", "not covered", "MB", "state"], line.split())) for line in lines]


def test_what_was_built_is_listed_and_sound(indexed):
    [index] = listed(indexed)
    assert index["index"] == "images_text_embedding_idx" and index["rows"] == "4297" and index["not covered"] == "0" and index["state"] == "ready"
    assert "images_text_embedding_idx: sound" in command("verify", "--data", indexed)


def test_new_files_are_searched_at_once_and_folded(indexed, tmp_path):
    more = pq.read_table(SAMPLE / "images.parquet").slice(0, 10)
    at = more.schema.get_field_index("image_id")
    more = more.set_column(at, "image_id", pa.array(range(900_000, 900_010), more.schema.field(at).type))
    pq.write_table(more, tmp_path / "more.parquet")
    assert run("load", "--data", indexed, tmp_path / "more.parquet", "main.images").returncode == 0
    assert listed(indexed)[0]["not covered"] == "10"
    twins(indexed, more)
    assert "4307 rows" in command("fold", "--data", indexed, "images_text_embedding_idx")
    assert listed(indexed)[0]["not covered"] == "0"
    twins(indexed, more)


def twins(data, more):
    """Each of the rows that were added is found beside the row that it is a copy of."""
    server = Server(data)
    try:
        with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
            for row in more.select(["image_id", "text_embedding"]).to_pylist():
                cursor.execute(f"SELECT image_id FROM images ORDER BY text_embedding <=> '{row['text_embedding']}'::vector LIMIT 40")
                assert (row["image_id"],) in cursor.fetchall()
    finally:
        server.stop()


def test_a_damaged_index_is_found_and_made_anew(indexed):
    files = sorted((indexed / "indexes").rglob("*.puffin"), key=lambda f: f.stat().st_size)
    content = bytearray(files[-1].read_bytes())
    content[len(content) // 2] ^= 0xFF
    files[-1].chmod(0o644)
    files[-1].write_bytes(content)
    done = run("index", "verify", "--data", indexed)
    assert done.returncode != 0 and "images_text_embedding_idx" in done.stdout and "damaged" in done.stderr
    command("build", "--data", indexed, "images_text_embedding_idx")
    assert "sound" in command("verify", "--data", indexed)


def test_dropped(indexed):
    command("drop", "--data", indexed, "images_text_embedding_idx")
    assert listed(indexed) == []
    done = run("index", "drop", "--data", indexed, "images_text_embedding_idx")
    assert done.returncode != 0 and "42704" in done.stderr


def test_mistakes_are_told(indexed):
    for args, state in {
        ("create", "--data", indexed, "main.images", "text_embedding"): "42P07",
        ("create", "--data", indexed, "main.images", "title", "--name", "x"): "42804",
        ("create", "--data", indexed, "main.images", "nothing", "--name", "x"): "42703",
        ("create", "--data", indexed, "main.nothing", "title"): "42P01",
        ("fold", "--data", indexed, "nothing"): "42704",
        ("verify", "--data", indexed, "nothing"): "42704",
    }.items():
        done = run("index", *args)
        assert done.returncode != 0 and state in done.stderr, (args, done.stderr)


@pytest.mark.parametrize("where", [None, "id % 10 = 0"])
def test_bench_measures_recall(tmp_path, where):
    rng = np.random.default_rng(1)
    centers = rng.normal(size=(40, 32))
    vectors = (centers[rng.integers(0, 40, 6000)] + rng.normal(size=(6000, 32))).astype(np.float32)
    base, queries = vectors[:5900], vectors[5900:]

    def embeddings(m):
        return pa.FixedSizeListArray.from_arrays(pa.array(m.reshape(-1)), m.shape[1])
    ids = np.arange(len(base)) * 3
    nearest = np.argsort(((queries[:, None] - base[None]) ** 2).sum(-1), axis=1)[:, :10]
    pq.write_table(pa.table({"id": ids, "embedding": embeddings(base)}), tmp_path / "base.parquet")
    pq.write_table(pa.table({"embedding": embeddings(queries), "neighbors": pa.array(ids[nearest].tolist())}), tmp_path / "queries.parquet")
    args = ["bench", "--base", tmp_path / "base.parquet", "--queries", tmp_path / "queries.parquet", "--metric", "l2", "--json",
            "--target", "0.9,1", "--svg", tmp_path / "picture.svg"]
    report = json.loads(command(*args, *(["--where", where] if where else [])))
    assert report["rows"] == 5900 and report["dim"] == 32 and report["queries"] == 100
    assert report["matches"] == (590 if where else 5900)
    some, every = report["points"]
    assert some["recall"] >= 0.89 and every["recall"] == 1.0 and some["rows"] == every["rows"] == 10
    assert xml.dom.minidom.parse(str(tmp_path / "picture.svg")).getElementsByTagName("circle").length == 2


def test_bench_says_what_is_wrong_with_the_files(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "embedding": pa.FixedSizeListArray.from_arrays(pa.array([1, 2, 3, 4], pa.float32()), 2)}), tmp_path / "base.parquet")
    pq.write_table(pa.table({"embedding": pa.FixedSizeListArray.from_arrays(pa.array([1, 2, 3], pa.float32()), 3)}), tmp_path / "queries.parquet")
    done = run("index", "bench", "--base", tmp_path / "base.parquet", "--queries", tmp_path / "queries.parquet")
    assert done.returncode != 0 and "3 dimensions" in done.stderr
    done = run("index", "bench", "--base", tmp_path / "queries.parquet", "--queries", tmp_path / "queries.parquet", "--where", "id = 1")
    assert done.returncode != 0 and "no column id" in done.stderr
