"""The package mediaflight: statements, parameters, sessions, errors, and what a result becomes."""
import datetime
import decimal
import os
import pickle
import threading
import uuid

import mediaflight
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

from conftest import Server, free_port


@pytest.fixture
def db(server):
    with mediaflight.connect(server.uri, progress=False) as connection:
        yield connection


@pytest.fixture
def writable(fresh):
    with mediaflight.connect(fresh.uri, progress=False) as connection:
        yield connection


def test_a_result_becomes_whatever_is_wanted(db):
    result = db.sql("SELECT image_id, title, NSFW_score, text_embedding, thumbnail FROM images ORDER BY image_id LIMIT 2500")
    table = result.arrow()
    assert table.num_rows == 2500 and table.schema == result.schema == result.reader().schema
    assert table.schema.field("title").metadata is None
    assert result.to_arrow() == table and pa.Table.from_batches(result.batches()) == table and result.reader().read_all() == table
    assert [b.num_rows for b in result.batches(1000)] == [1000, 1000, 500]
    assert pa.Table.from_batches(result.to_batches(7)).equals(table)
    frame = result.pandas()
    pandas.testing.assert_frame_equal(frame, table.to_pandas())
    assert list(result.pandas(types_mapper=pandas.ArrowDtype).dtypes)[0] == pandas.ArrowDtype(pa.int64())
    assert result.polars().equals(polars.from_arrow(table)) and polars.DataFrame(result).equals(polars.from_arrow(table))
    assert result.to_list()[7] == table.to_pylist()[7] == list(result)[7]


def test_numpy(db):
    result = db.sql("SELECT image_id, title, NSFW_score, text_embedding, created_at FROM images ORDER BY image_id")
    got, want = result.numpy(), result.arrow()
    assert (got["text_embedding"].shape, got["text_embedding"].dtype) == ((4297, 384), np.float32)
    for name in ("image_id", "title", "NSFW_score"):
        assert got[name].tolist() == want[name].to_pylist(), name
    assert got["text_embedding"].tolist() == want["text_embedding"].to_pylist()
    assert got["created_at"].dtype == "datetime64[us]" and np.isnat(got["created_at"]).sum() == want["created_at"].null_count
    assert all(column.flags.writeable for column in got.values())


@pytest.mark.parametrize("sql, want", [
    ("SELECT * FROM (VALUES (1.5::real), (NULL)) AS t(x)", [1.5, None]),
    ("SELECT * FROM (VALUES (ARRAY[1, 2]), (ARRAY[3, 4])) AS t(x)", [[1, 2], [3, 4]]),
    ("SELECT * FROM (VALUES (ARRAY[1, 2]), (ARRAY[3]), (NULL)) AS t(x)", [[1, 2], [3], None]),
    ("SELECT * FROM (VALUES (1.25), (2.5)) AS t(x)", [1.25, 2.5]),
    ("SELECT * FROM (VALUES (true), (false)) AS t(x)", [True, False]),
    ("SELECT * FROM (VALUES ('a'), (NULL)) AS t(x)", ["a", None]),
    ("SELECT x FROM (VALUES (1)) AS t(x) WHERE x > 1", []),
    ("SELECT x FROM (VALUES ('[1,2]'::vector)) AS t(x) WHERE x IS NULL", []),
])
def test_numpy_of_odd_columns(db, sql, want):
    got = db.sql(sql).numpy()["x"].tolist()
    plain = [v.tolist() if isinstance(v, np.ndarray) else None if isinstance(v, float) and np.isnan(v) else v for v in got]
    assert plain == want


@pytest.mark.parametrize("sql", ["SELECT * FROM (VALUES (1), (NULL)) AS t(x)", "SELECT * FROM (VALUES ('[1,2]'::vector), (NULL)) AS t(x)"])
def test_numpy_has_no_place_for_some_nulls(db, sql):
    with pytest.raises(ValueError, match="column 'x' has 1 NULLs"):
        db.sql(sql).numpy()


PARAMETERS = [  # a type of SQL, and a value of it
    ("bigint", 2**62), ("integer", -5), ("double precision", 0.1), ("real", np.float32(0.1)), ("text", "it's; --\n\u00fc"), ("bytea", b"\x00\xff"),
    ("boolean", True), ("boolean", False), ("numeric(10,2)", decimal.Decimal("1.50")), ("date", datetime.date(2024, 2, 29)),
    ("timestamp", datetime.datetime(2024, 1, 2, 3, 4, 5, 6)), ("time", datetime.time(1, 2, 3, 4)),
    ("timestamptz", datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))),
    ("uuid", uuid.UUID("05dd1def-7c06-42db-93e9-1bf8c5e9c9a1")), ("bigint[]", [1, None, 3]), ("text[]", ["a", "b"]), ("double precision[]", [0.1, 0.2]),
    ("smallint", np.int16(7)), ("bigint", np.int64(7)), ("timestamp", pandas.Timestamp("2024-01-02 03:04:05")), ("real[]", np.array([1, 2], np.float32)),
]


@pytest.mark.parametrize("kind, value", PARAMETERS, ids=lambda v: str(v)[:20])
def test_parameters(db, kind, value):
    row = db.sql(f"SELECT $1::{kind} AS x, $1::{kind} IS NULL AS missing, $2::{kind} AS nothing", [value, None]).one()
    want = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
    assert row == {"x": want, "missing": False, "nothing": None}


def test_question_marks_and_intervals(db):
    assert db.sql("SELECT ? + 1 + ? AS x", [1, 1.5]).scalar() == 3.5
    assert db.sql("SELECT TIMESTAMP '2024-01-01' + ?::interval", [datetime.timedelta(days=1, seconds=5)]).scalar() == datetime.datetime(2024, 1, 2, 0, 0, 5)
    assert db.sql("SELECT $1 || 'b' AS x", (pa.scalar("a"),)).scalar() == "ab"


def test_vectors_of_every_kind_find_the_same(db):
    vector = db.sql("SELECT embedding FROM queries WHERE text = 'a red car'").numpy()["embedding"][0]
    find = "SELECT image_id FROM images ORDER BY text_embedding <=> $1 LIMIT 5"
    literal = "[" + ",".join(map(repr, vector.tolist())) + "]"
    want = db.sql(find.replace("$1", f"'{literal}'")).to_list()
    for value in (vector, vector.astype(np.float64), vector.tolist(), tuple(vector.tolist()), pa.array(vector)):
        assert db.sql(find, [value]).to_list() == want, type(value)


@pytest.mark.parametrize("params, message", [({"a": 1}, "by their place"), ("abc", "a list or tuple"), (5, "a list or tuple"),
                                             ([np.zeros((2, 2))], "no parameter")])
def test_parameters_that_are_none(db, params, message):
    with pytest.raises(TypeError, match=message):
        db.sql("SELECT $1", params)


def test_errors_say_all_there_is(db):
    with pytest.raises(mediaflight.Error) as caught:
        db.sql("SELECT image_id,\n  image_captoin FROM images")
    error = caught.value
    assert (error.sqlstate, error.position, error.hint) == ("42703", 20, 'did you mean "image_caption"?')
    assert error.message == 'column "image_captoin" does not exist' and len(error.query_id) == 13
    assert str(error) == ('ERROR 42703: column "image_captoin" does not exist\nLINE 2:   image_captoin FROM images\n          ^\n'
                          'HINT: did you mean "image_caption"?')


@pytest.mark.parametrize("read", [lambda r: r.arrow(), lambda r: list(r.batches()), lambda r: list(r), lambda r: r.reader().read_all(),
                                  lambda r: r.polars(), lambda r: r.show()])
def test_errors_on_the_way(db, read):
    with pytest.raises(mediaflight.Error) as caught:
        read(db.sql("SELECT 1 / (image_id - image_id) FROM images"))
    assert str(caught.value) == "ERROR 22012: division by zero" and caught.value.position is None


@pytest.mark.parametrize("statement, state", [("SELEC 1", "42601"), ("SELECT * FROM nothing", "42P01"), ("SELECT 1 FOR UPDATE", "0A000"),
                                              ("SELECT 'x'::int", "22P02")])
def test_states(db, statement, state):
    for run in (db.sql, db.execute, lambda s: db.sql(s).arrow()):
        with pytest.raises(mediaflight.Error) as caught:
            run(statement)
            db.sql(statement).arrow()
        assert caught.value.sqlstate == state


def test_changes_are_counted(writable):
    db = writable
    assert db.execute("CREATE TABLE t (x bigint, s text)") == 0
    assert db.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')") == 2
    assert db.execute("INSERT INTO t VALUES ($1, $2)", [3, None]) == 1
    assert db.execute_many("INSERT INTO t VALUES (?, ?)", [(4, "d"), (5, "e")]) == 2
    assert db.execute_many("INSERT INTO t VALUES (?, ?)", pa.table({"a": [6, 7], "b": ["f", None]})) == 2
    assert db.execute_many("INSERT INTO t VALUES (?, ?)", []) == 0
    assert db.execute("UPDATE t SET x = x + $1 WHERE s = $2", [10, "a"]) == 1
    assert db.sql("SELECT x, s FROM t ORDER BY x").to_list() == [
        {"x": x, "s": s} for x, s in ((2, "b"), (3, None), (4, "d"), (5, "e"), (6, "f"), (7, None), (11, "a"))]
    assert db.execute("DELETE FROM t") == 7


def test_sql_that_changes_runs_once_read_or_not(writable):
    writable.execute("CREATE TABLE t (x bigint)")
    writable.sql("INSERT INTO t VALUES (1)")
    returned = writable.sql("INSERT INTO t VALUES ($1) RETURNING x + 1 AS y", [2])
    assert returned.scalar() == returned.scalar() == 3
    assert writable.sql("SELECT count(*) FROM t").scalar() == 2


def test_a_result_stays_what_it_was(writable):
    writable.execute("CREATE TABLE t AS SELECT 1 AS x")
    before = writable.sql("SELECT x FROM t")
    writable.execute("INSERT INTO t VALUES (2)")
    assert before.to_list() == [{"x": 1}] and before.to_list() == [{"x": 1}]


def test_prepared_statements(db):
    with db.prepare("SELECT title FROM titles WHERE title > $1 ORDER BY title LIMIT 1") as find:
        assert find.parameters.types == [pa.string()] and find.schema.names == ["title"] and not find.is_update
        first = find.sql([""]).scalar()
        assert find.sql([first]).scalar() > first
    vectors = db.sql("SELECT embedding FROM queries ORDER BY id LIMIT 3").arrow()
    with db.prepare("SELECT image_id FROM images ORDER BY text_embedding <=> $1 LIMIT 2") as near:
        together = near.many(vectors).numpy()["image_id"].tolist()
        assert together == [i for v in vectors["embedding"] for i in near.sql([v.values]).numpy()["image_id"].tolist()]


def test_statements_are_prepared_once_and_again_where_the_server_forgot(db):
    query = "SELECT $1::int + 1 AS x"
    assert db.sql(query, [1]).scalar() == 2
    prepared = db._statements.idle[query]
    assert db.sql(query, [2]).scalar() == 3 and db._statements.idle[query] is prepared
    prepared.close()
    assert db.sql(query, [3]).scalar() == 4 and db._statements.idle[query] is not prepared
    for i in range(100):
        assert db.sql(f"SELECT $1::int + {i} AS x", [1]).scalar() == i + 1
    assert len(db._statements.idle) == 64


def test_threads_share_a_connection(db):
    failures = []

    def work(n):
        try:
            for i in range(20):
                assert db.sql("SELECT $1::int * 1000 + $2::int AS x", [n, i]).scalar() == n * 1000 + i
                with pytest.raises(mediaflight.Error) as caught:
                    db.sql(f"SELECT missing{n}_{i} FROM images")
                assert f'"missing{n}_{i}"' in str(caught.value) and caught.value.position == 8
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_sessions(server):
    with mediaflight.connect(server.uri, options={"timezone": "Europe/Berlin", "target_recall": 0.5}) as one, mediaflight.connect(server.uri) as other:
        assert one.settings()["timezone"] == one.sql("SHOW timezone").scalar() == "Europe/Berlin"
        assert one.settings()["target_recall"] == "0.5" and other.settings()["timezone"] == "UTC"
        one.execute("SET timezone = 'Asia/Tokyo'")
        assert one.sql("SHOW timezone").scalar() == "Asia/Tokyo"
        one.set(timezone=None)
        assert one.sql("SHOW timezone").scalar() == "UTC"
        with pytest.raises(mediaflight.Error, match='time zone not recognized: "Nowhere"'):
            one.set(timezone="Nowhere")
        again = pickle.loads(pickle.dumps(one))
        assert again.settings()["timezone"] == "Europe/Berlin" and again.settings()["target_recall"] == "0.5"
        again.close()


def test_a_schema_to_start_in(writable, fresh):
    writable.execute("CREATE SCHEMA attic")
    writable.execute("CREATE TABLE attic.t AS SELECT 1 AS x")
    with mediaflight.connect(fresh.uri, schema="attic") as db:
        assert db.sql("SELECT x FROM t").scalar() == 1
    with pytest.raises(mediaflight.Error, match="3F000"):
        mediaflight.connect(fresh.uri, schema="nowhere")


def test_logins_and_headers(server):
    for keywords in ({"user": "me", "password": "secret"}, {"token": "abc"}, {"headers": {"x-note": "y" * 1000}}):
        with mediaflight.connect(server.uri, **keywords) as db:
            assert db.sql("SELECT 1").scalar() == 1


@pytest.mark.parametrize("uri", ["http://localhost:8815", "grpc://", "", "localhost:8815/main?x"])
def test_addresses_that_are_none(uri):
    with pytest.raises((ValueError, mediaflight.Error)):
        mediaflight.connect(uri)


def test_nobody_there():
    with pytest.raises(mediaflight.Unavailable) as caught:
        mediaflight.connect(f"localhost:{free_port()}")
    assert caught.value.sqlstate == "08001"


def test_a_server_that_goes_and_comes_back(own):
    with mediaflight.connect(own.uri) as db:
        assert db.sql("SELECT $1::int", [1]).scalar() == 1
        port, data = own.flight, own.data
        own.process.kill()
        own.process.wait()
        with pytest.raises(mediaflight.Unavailable):
            db.sql("SELECT 1")
        again = Server(data, "--flight", f"localhost:{port}")
        try:
            assert db.sql("SELECT $1::int", [2]).scalar() == 2
        finally:
            again.stop()


def test_a_stream_may_be_left(db):
    for batch in db.sql("SELECT a.image_id FROM images a CROSS JOIN images b").batches():
        assert batch.num_rows > 0
        break
    assert not [t for t in threading.enumerate() if t.name == "mediaflight-read" and t.is_alive() and not t.stopped.is_set()]


def test_a_fork_is_refused(db):
    db.sql("SELECT 1")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            db.sql("SELECT 1")
        except mediaflight.Error as error:
            os.write(write, error.sqlstate.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 5) == b"08003"


def test_notices_are_logged(writable, caplog):
    writable.execute("DROP TABLE IF EXISTS nothing")
    assert caplog.messages == ['table "nothing" does not exist, skipping']


def test_progress(db, capsys, monkeypatch):
    monkeypatch.setattr("mediaflight.progress.Progress.PATIENCE", 0)
    with mediaflight.connect(db.uri, progress=True) as loud:
        assert loud.sql("SELECT * FROM images").arrow().num_rows == 4297
    line = capsys.readouterr().err
    assert "rows, " in line and "MB/s" in line and line.endswith("\r")
    db.sql("SELECT * FROM images").arrow()
    assert capsys.readouterr().err == ""


def test_show_and_notebooks(db, capsys):
    result = db.sql("""SELECT image_id, '<script>alert(1)</script> ' || title AS title, text_embedding, thumbnail, NULL AS nothing
                       FROM images ORDER BY image_id LIMIT 30""")
    result.show(3)
    shown = capsys.readouterr().out
    assert shown.count("\n") == 6 and "(3 rows, and more)" in shown and "...] (384)" in shown and "<webp, " in shown
    page = result._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page and page.count("src=\"data:image/webp;base64,") == 10
    assert "<i>NULL</i>" in page and "10 rows, and more" in page and len(page) < 50_000
