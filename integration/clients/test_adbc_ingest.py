"""Bulk ingest of whatever Arrow has, from ADBC, pandas and polars."""
import datetime
import decimal

import adbc_driver_flightsql.dbapi as flightsql
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from adbc_driver_flightsql import DatabaseOptions

from conftest import Server, rows

KINDS = {  # what is ingested, and the type that the table has for it
    "dictionary": (pa.array(["a", "b", "a", None]).dictionary_encode(), pa.string()),
    "large_string": (pa.array(["x", None, "", "z"], pa.large_string()), pa.string()),
    "string_view": (pa.array(["short", "longer than twelve bytes", "", None], pa.string_view()), pa.string()),
    "large_binary": (pa.array([b"a", None, b"", b"\x00"], pa.large_binary()), pa.binary()),
    "binary_view": (pa.array([b"a", None, b"", b"longer than twelve bytes"], pa.binary_view()), pa.binary()),
    "fixed_binary": (pa.array([b"ab", None, b"cd", b"\x00\x01"], pa.binary(2)), pa.binary(2)),
    "int8": (pa.array([-128, 127, None], pa.int8()), pa.int32()),
    "uint8": (pa.array([0, 255, None], pa.uint8()), pa.int32()),
    "uint16": (pa.array([0, 65535, None], pa.uint16()), pa.int32()),
    "uint32": (pa.array([0, 2**32 - 1, None], pa.uint32()), pa.int64()),
    "uint64": (pa.array([0, 2**64 - 1, None], pa.uint64()), pa.decimal128(20, 0)),
    "float16": (pa.array([np.float16(1.5), None, np.float16(-2)], pa.float16()), pa.float32()),
    "timestamp_s": (pa.array([0, None, -1], pa.timestamp("s", "Europe/Berlin")), pa.timestamp("us", "UTC")),
    "timestamp_ms": (pa.array([0, None, -1], pa.timestamp("ms")), pa.timestamp("us")),
    "timestamp_ns": (pa.array([0, None, -1000], pa.timestamp("ns")), pa.timestamp("us")),
    "date64": (pa.array([0, None, -86_400_000], pa.date64()), pa.date32()),
    "time32": (pa.array([0, None, 86399], pa.time32("s")), pa.time64("us")),
    "time_ns": (pa.array([0, None, 1000], pa.time64("ns")), pa.time64("us")),
    "large_list": (pa.array([[1], None, [], [2, None]], pa.large_list(pa.int64())), pa.list_(pa.field("element", pa.int64()))),
    "nulls": (pa.nulls(3), pa.string()),
    "decimal": (pa.array([decimal.Decimal("1.50"), None], pa.decimal128(5, 2)), pa.decimal128(5, 2)),
}


@pytest.fixture(scope="module")
def server_to_fill(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("ingest") / "data")
    yield server
    server.stop()


@pytest.fixture
def db(server_to_fill):
    with flightsql.connect(server_to_fill.uri, autocommit=True) as connection:
        yield connection


def ingest(db, name, data, **options):
    with db.cursor() as cursor:
        return cursor.adbc_ingest(name, data, **options)


def read(db, sql):
    with db.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(db, kind):
    values, want = KINDS[kind]
    assert ingest(db, kind, pa.table({"x": values})) == len(values)
    got = read(db, f'SELECT x FROM "{kind}"')
    assert got.schema.field("x").type == want
    assert got["x"].to_pylist() == values.to_pylist()


def test_nested(db):
    values = [[{"a": [1, 2], "b": {"c": "x"}}], None, [], [None], [{"a": None, "b": {"c": None}}]]
    ingest(db, "nested", pa.table({"x": values}))
    assert read(db, "SELECT x FROM nested")["x"].to_pylist() == values


def test_what_no_table_holds_is_refused(db):
    too_wide = pa.table({"x": pa.array([decimal.Decimal(1)], pa.decimal256(40, 2))})
    with pytest.raises(flightsql.NotSupportedError, match="38 digits"):
        ingest(db, "wide", too_wide)
    with pytest.raises(flightsql.Error, match="3F000"):
        ingest(db, "t", pa.table({"x": [1]}), db_schema_name="nowhere")
    with pytest.raises(flightsql.Error, match="42809"):
        ingest(db, "settings", pa.table({"x": [1]}), db_schema_name="mediaflight", mode="append")
    with pytest.raises(flightsql.Error, match="CREATE TABLE makes an empty table"):
        ingest(db, "empty", pa.table({"x": pa.array([], pa.int64())}))


def test_large_batches(server_to_fill, db):
    numbers = pa.table({"x": np.zeros(3 << 20)})  # 24 MiB
    with pytest.raises(flightsql.Error, match="larger than max"):
        ingest(db, "large", numbers)
    assert ingest(db, "large", numbers.to_reader(max_chunksize=1 << 20)) == 3 << 20
    more = {DatabaseOptions.WITH_MAX_MSG_SIZE.value: str(64 << 20)}
    with flightsql.connect(server_to_fill.uri, db_kwargs=more, autocommit=True) as connection:
        assert ingest(connection, "large", numbers, mode="replace") == 3 << 20


def test_slices_and_small_batches(db):
    numbers = pa.table({"i": range(1000), "s": [str(i) for i in range(1000)], "b": [i % 3 == 0 for i in range(1000)],
                        "v": pa.array([[float(i)] * 3 for i in range(1000)], pa.list_(pa.float32(), 3))})
    assert ingest(db, "sliced", numbers.slice(501, 77)) == 77
    assert rows(db, "SELECT count(*), min(i), max(i), min(s), bool_or(b), sum(v[1]) FROM sliced") == [(77, 501, 577, "501", True, 41503.0)]
    assert ingest(db, "small", pa.Table.from_batches(numbers.to_batches(max_chunksize=7))) == 1000
    assert read(db, "SELECT * FROM small ORDER BY i").to_pylist() == numbers.to_pylist()


def test_columns_go_by_name(db):
    ingest(db, "named", pa.table({"a": [1], "b": ["x"]}))
    ingest(db, "named", pa.table({"b": ["y"], "a": pa.array([2], pa.int32())}), mode="append")
    ingest(db, "named", pa.table({"a": [3]}), mode="append")
    assert rows(db, "SELECT * FROM named ORDER BY a") == [(1, "x"), (2, "y"), (3, None)]
    with pytest.raises(flightsql.Error, match='does not have .* column "c"'):
        ingest(db, "named", pa.table({"a": [4], "c": [1]}), mode="append")
    with pytest.raises(flightsql.Error, match='22P02: row 2: column "a"'):
        ingest(db, "named", pa.table({"a": ["4", "four"], "b": ["x", "y"]}), mode="append")
    ingest(db, 'od"d; --', pa.table({"A b": [1], "select": [2], "ü": [3]}))
    assert rows(db, 'SELECT "A b", "select", "ü" FROM "od""d; --"') == [(1, 2, 3)]


def test_a_source_that_fails_leaves_nothing(db):
    def batches():
        yield pa.record_batch({"x": [1]})
        raise RuntimeError("the source failed")

    with pytest.raises(flightsql.Error):
        ingest(db, "half", pa.RecordBatchReader.from_batches(pa.schema([("x", pa.int64())]), batches()))
    with pytest.raises(flightsql.Error, match="42P01"):
        rows(db, "SELECT * FROM half")


def test_pandas_writes_and_reads(db):
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, np.nan], "d": pandas.to_datetime(["2024-01-01", None])})
    assert frame.to_sql("frame", db, index=False) == 2
    assert frame.to_sql("frame", db, index=False, if_exists="append") == 2
    with pytest.raises(ValueError, match="already exists"):
        frame.to_sql("frame", db, index=False)
    got = pandas.read_sql_table("frame", db)
    assert list(got["a"]) == [1, 2, 1, 2] and got["d"][0] == pandas.Timestamp("2024-01-01") and got["d"].isna().sum() == 2


def test_polars_writes_and_reads(db):
    frame = polars.DataFrame({"i": [1, 2], "s": ["a", None], "l": [[1.0], [2.0, 3.0]], "c": polars.Series(["x", "y"], dtype=polars.Categorical),
                              "at": [datetime.datetime(2024, 1, 1, 1, 2, 3, 4), None]})
    assert frame.write_database("frame2", connection=db, engine="adbc", if_table_exists="replace") == 2
    got = polars.read_database("SELECT * FROM frame2 ORDER BY i", db)
    assert got.to_dicts() == frame.to_dicts()
    assert polars.read_database("SELECT i FROM frame2 WHERE i > $1", db, execute_options={"parameters": [1]})["i"].to_list() == [2]


def test_temporary_tables_are_their_connections(fresh):
    with flightsql.connect(fresh.uri, autocommit=True) as mine, flightsql.connect(fresh.uri, autocommit=True) as other:
        ingest(mine, "scratch", pa.table({"x": [1, 2, 3]}), mode="create", temporary=True)
        ingest(mine, "scratch", pa.table({"x": [4]}), mode="append", temporary=True)
        assert rows(mine, "SELECT sum(x), count(*) FROM scratch") == [(10, 4)]
        assert rows(mine, "SELECT table_schema, table_type FROM information_schema.tables WHERE table_name = 'scratch'") == [("pg_temp", "LOCAL TEMPORARY")]
        with pytest.raises(flightsql.Error, match="scratch"):
            rows(other, "SELECT * FROM scratch")
        with mine.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE twice AS SELECT x * 2 AS x FROM scratch")
            cursor.execute("DROP TABLE scratch")
        assert rows(mine, "SELECT max(x) FROM twice") == [(8,)]
    with flightsql.connect(fresh.uri, autocommit=True) as later, pytest.raises(flightsql.Error, match="twice"):
        rows(later, "SELECT * FROM twice")
