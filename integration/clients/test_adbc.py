"""ADBC: metadata, prepared statements, parameters, changes, bulk ingest."""
import datetime
import decimal
import threading
import time
import uuid

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pandas
import polars
import pyarrow as pa
import pytest

from conftest import rows


@pytest.fixture
def empty(fresh):
    with flightsql.connect(fresh.uri, autocommit=True) as connection:
        yield connection


def test_parameters_of_both_kinds(adbc):
    assert rows(adbc, "SELECT $1::int + $2::int", (40, 2)) == [(42,)]
    assert rows(adbc, "SELECT title FROM titles WHERE title_id = ?", (10,)) == rows(adbc, "SELECT title FROM titles WHERE title_id = $1", (10,))


def test_a_vector_is_a_parameter(adbc):
    (vector,), = rows(adbc, "SELECT text_embedding FROM images WHERE image_id = 7")
    for kind in (pa.list_(pa.float32()), pa.list_(pa.float64()), pa.list_(pa.float32(), 384)):
        batch = pa.record_batch([pa.array([vector], kind)], names=["1"])
        with adbc.cursor() as cursor:
            cursor.execute("SELECT image_id, text_embedding <=> $1 AS d FROM images ORDER BY 2, 1 LIMIT 3", batch)
            got = cursor.fetch_arrow_table()
        assert 7 in got["image_id"].to_pylist() and abs(got["d"][0].as_py()) < 1e-6


def test_every_type_survives_the_trip(empty):
    table = pa.table({
        "b": pa.array([True, None]), "i": pa.array([-2**31, None], pa.int32()), "l": pa.array([2**63 - 1, None], pa.int64()),
        "r": pa.array([1.5, None], pa.float32()), "d": pa.array([float("nan"), None], pa.float64()),
        "n": pa.array([decimal.Decimal("-12345678901234567890.1234"), None], pa.decimal128(38, 4)), "t": pa.array(["größe 日本", None]),
        "y": pa.array([b"\x00\xff", None], pa.binary()), "day": pa.array([datetime.date(1969, 12, 31), None]),
        "clock": pa.array([datetime.time(23, 59, 59, 999999), None], pa.time64("us")),
        "ts": pa.array([datetime.datetime(1600, 1, 1, 1, 2, 3, 4), None], pa.timestamp("us")),
        "tz": pa.array([datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc), None], pa.timestamp("us", "UTC")),
        "list": pa.array([["a", None], None], pa.list_(pa.string())),
        "struct": pa.array([{"x": 1, "y": None}, None], pa.struct([("x", pa.int64()), ("y", pa.string())])),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
        "vector": pa.array([[1, 2, 3], None], pa.list_(pa.float32(), 3)),
    })
    with empty.cursor() as cursor:
        assert cursor.adbc_ingest("kinds", table, mode="create") == 2
        cursor.execute("SELECT * FROM kinds ORDER BY i NULLS LAST")
        got = cursor.fetch_arrow_table()
    for name in table.column_names:
        if name == "d":
            assert str(got[name].to_pylist()) == "[nan, None]"
        else:
            assert got[name].to_pylist() == table[name].to_pylist(), name
    assert got.schema.field("vector").type == pa.list_(pa.field("element", pa.float32(), nullable=False), 3)


def test_ingest_modes(empty):
    table = pa.table({"id": [1, 2, 3]})
    with empty.cursor() as cursor:
        cursor.adbc_ingest("t", table, mode="create")
        cursor.adbc_ingest("t", table, mode="append")
        with pytest.raises(flightsql.Error):
            cursor.adbc_ingest("t", table, mode="create")
        assert rows(empty, "SELECT count(*) FROM t") == [(6,)]
        cursor.adbc_ingest("t", table, mode="replace")
        assert rows(empty, "SELECT count(*) FROM t") == [(3,)]
        cursor.adbc_ingest("t", table, mode="create_append")
        assert rows(empty, "SELECT count(*), sum(id) FROM t") == [(6, 12)]


def test_statements_run_once(empty):
    with empty.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id bigint NOT NULL, name text, at timestamptz)")
        cursor.execute("INSERT INTO t VALUES (1, 'one', TIMESTAMPTZ '2026-11-25 10:00:00+02')")  # through GetFlightInfo
        assert cursor.executemany("INSERT INTO t (id, name) VALUES ($1, $2)", [(2, "two"), (3, None)]) in (None, 2)
    assert rows(empty, "SELECT id, name FROM t ORDER BY id") == [(1, "one"), (2, "two"), (3, None)]
    assert rows(empty, "SELECT at FROM t WHERE id = 1") == [(datetime.datetime(2026, 11, 25, 8, tzinfo=datetime.timezone.utc),)]
    with empty.cursor() as cursor, pytest.raises(flightsql.Error, match="23502"):
        cursor.execute("INSERT INTO t (name) VALUES ('no id')")
    assert rows(empty, "SELECT count(*) FROM t") == [(3,)]


def test_create_table_as_and_drop(empty):
    with empty.cursor() as cursor:
        cursor.execute("CREATE TABLE squares AS SELECT x, x * x AS y FROM generate_series(1, 10) AS g(x)")
        cursor.execute("SELECT sum(y) FROM squares")
        assert int(cursor.fetchone()[0]) == 385
        cursor.execute("DROP TABLE squares")
        with pytest.raises(flightsql.Error, match="42P01"):
            cursor.execute("SELECT * FROM squares")


def test_set_lasts(adbc):
    with adbc.cursor() as cursor:
        cursor.execute("SET timezone = 'Asia/Tokyo'")
        cursor.execute("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00'::text")
        assert cursor.fetchone()[0] == "2026-01-01 09:00:00+09"
        cursor.execute("RESET timezone")


def test_metadata(adbc):
    objects = adbc.adbc_get_objects(depth="all").read_all().to_pylist()
    catalog, = [c for c in objects if c["catalog_name"] == "mediaflight"]
    main, = [s for s in catalog["catalog_db_schemas"] if s["db_schema_name"] == "main"]
    images, = [t for t in main["db_schema_tables"] if t["table_name"] == "images"]
    assert [c["column_name"] for c in images["table_columns"]][:3] == ["package_id", "image_id", "category"]
    schema = adbc.adbc_get_table_schema("images")
    assert schema.field("text_embedding").type.list_size == 384
    info = adbc.adbc_get_info()
    assert info["vendor_name"] == "Mediaflight"
    assert "TABLE" in adbc.adbc_get_table_types()


def test_keys_are_kept_and_served(empty):
    with empty.cursor() as cursor:
        cursor.execute("CREATE TABLE parents (id bigint PRIMARY KEY, code text UNIQUE)")
        cursor.execute("CREATE TABLE children (id bigint, parent bigint REFERENCES parents (id), PRIMARY KEY (id))")
    assert rows(empty, """SELECT table_name, constraint_type FROM information_schema.table_constraints
                          WHERE table_schema = 'main' ORDER BY 1, 2""") == [
        ("children", "FOREIGN KEY"), ("children", "PRIMARY KEY"), ("parents", "PRIMARY KEY"), ("parents", "UNIQUE")]


def test_pandas_and_polars_read_by_adbc(server, adbc):
    frame = pandas.read_sql("SELECT major_genre, avg(imdb_rating) AS rating FROM titles GROUP BY 1 ORDER BY 2 DESC NULLS LAST", adbc)
    assert len(frame) == 13 and frame["rating"][0] > frame["rating"][11]
    assert polars.read_database("SELECT count(*) AS n FROM titles", adbc)["n"][0] == 3200


def test_uuid_is_a_type(adbc):
    (value,), = rows(adbc, "SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid")
    assert uuid.UUID(bytes=value) if isinstance(value, bytes) else value == uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


def test_numeric_parameters_keep_their_digits(adbc):
    assert rows(adbc, "SELECT $1 + 1.5", (decimal.Decimal("100.25"),)) == [(decimal.Decimal("101.75"),)]
    assert rows(adbc, "SELECT 1.5 = $1", (decimal.Decimal("1.54"),)) == [(False,)]


def test_a_prepared_statement_runs_for_each_row(adbc):
    sql = "SELECT $1::int * 2 AS x"
    with adbc.cursor() as cursor:
        cursor.adbc_prepare(sql)
        for values in ([1], [1, 2, None, 4], [5]):
            cursor.execute(sql, pa.record_batch({"1": pa.array(values, pa.int32())}))
            assert cursor.fetch_arrow_table()["x"].to_pylist() == [v and v * 2 for v in values]
    for wrong in ((1, 2), None):
        with pytest.raises(flightsql.Error, match="07001"):
            rows(adbc, sql, wrong)


def test_schemas_before_rows(adbc):
    with adbc.cursor() as cursor:
        parameters = cursor.adbc_prepare("SELECT $1::vector(3), $2::timestamptz, $3::numeric(10, 2)")
        assert [field.name for field in parameters] == ["1", "2", "3"]
        assert parameters.types == [pa.list_(pa.field("element", pa.float32(), nullable=False), 3), pa.timestamp("us", "UTC"), pa.decimal128(10, 2)]
        assert cursor.adbc_execute_schema("SELECT 1 AS a, 'x' AS b").names == ["a", "b"]
        partitions, schema = cursor.adbc_execute_partitions("SELECT title_id FROM titles ORDER BY 1")
        assert len(partitions) == 1 and schema.names == ["title_id"]
        cursor.adbc_read_partition(partitions[0])
        assert len(cursor.fetchall()) == 3200


def test_a_large_result_may_be_left(adbc):
    with adbc.cursor() as cursor:
        cursor.execute("SELECT a.title_id, b.title FROM titles a CROSS JOIN titles b CROSS JOIN images c")
        reader = cursor.fetch_record_batch()
        assert reader.read_next_batch().num_rows > 0
        reader.close()
    assert rows(adbc, "SELECT 1") == [(1,)]


def test_cancel(adbc):
    with adbc.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM images a CROSS JOIN images b CROSS JOIN images c WHERE a.width + b.width + c.width < 0")
        threading.Timer(0.2, cursor.adbc_cancel).start()
        begin = time.monotonic()
        with pytest.raises(flightsql.OperationalError, match="CANCELLED"):
            cursor.fetchall()
        assert time.monotonic() - begin < 2
    assert rows(adbc, "SELECT 1") == [(1,)]


def test_errors_have_state_and_place(adbc):
    with pytest.raises(flightsql.ProgrammingError) as error:
        rows(adbc, "SELECT image_id, captoin FROM images")
    details = dict(error.value.details)
    assert details[b"sqlstate"] == b"42703"
    assert details[b"sql-position"] == b"18" and 'did you mean "image_caption"?' in str(error.value)


def test_duckdb_reads_the_stream(adbc):
    with adbc.cursor() as cursor:
        cursor.execute("SELECT category, image_id FROM images")
        stream = cursor.fetch_record_batch()  # by its name, in DuckDB's SQL
        assert duckdb.sql("SELECT category, count(*) FROM stream GROUP BY 1 ORDER BY 2 DESC LIMIT 1").fetchall() == [("signs and symbols", 976)]
