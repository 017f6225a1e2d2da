"""The lake from outside: PyIceberg and DuckDB read what we wrote, and we read what PyIceberg wrote."""
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform, TruncateTransform,
                                  YearTransform)
from pyiceberg.types import LongType, StringType

import adbc_driver_flightsql.dbapi as flightsql
from conftest import SAMPLE, Server, load, rows, run


def pyiceberg(data):
    return SqlCatalog("mediaflight", uri=f"sqlite:///{data}/catalog.db", warehouse=f"file://{data}/warehouse")


def test_pyiceberg_reads_our_tables(lake):
    want = pq.read_table(SAMPLE / "images.parquet").sort_by("image_id")
    got = pyiceberg(lake).load_table("main.images").scan().to_arrow().sort_by("image_id")
    assert got.column_names == want.column_names
    for name in want.column_names:
        assert got[name].to_pylist() == want[name].to_pylist(), name


def test_pyiceberg_prunes_by_our_statistics(lake):
    table = pyiceberg(lake).load_table("main.titles")
    assert table.scan(row_filter="title_id > 100000").to_arrow().num_rows == 0
    assert list(table.scan(row_filter="title_id > 100000").plan_files()) == []
    assert table.scan(row_filter="title_id <= 10").to_arrow().num_rows == 10


def test_duckdb_reads_our_data_files(lake):
    paths = [task.file.file_path.removeprefix("file://") for task in pyiceberg(lake).load_table("main.images").scan().plan_files()]
    got = duckdb.sql(f"SELECT count(*), count(DISTINCT image_id), round(sum(NSFW_score), 3), sum(len(text_embedding)), max(created_at) FROM read_parquet({paths})")
    want = duckdb.sql(f"SELECT count(*), count(DISTINCT image_id), round(sum(NSFW_score), 3), sum(len(text_embedding)), max(created_at) FROM '{SAMPLE}/images.parquet'")
    assert got.fetchall() == want.fetchall()


@pytest.fixture
def both(tmp_path):
    """A server and PyIceberg over one lake."""
    server = Server(tmp_path / "data")
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield connection, pyiceberg(server.data)
    assert server.stop() == 0


def test_pyiceberg_takes_no_view_for_a_table(both):
    ours, theirs = both
    with ours.cursor() as cursor:
        cursor.execute("CREATE TABLE clips (id bigint)")
        cursor.execute("CREATE VIEW few AS SELECT id FROM clips LIMIT 3")
    assert theirs.list_tables("main") == [("main", "clips")]
    assert not theirs.table_exists("main.few")


def test_we_read_what_pyiceberg_wrote(both):
    ours, theirs = both
    data = pa.table({"id": pa.array(range(1000), pa.int64()), "name": [f"n{i}" for i in range(1000)],
                     "embedding": pa.array([[float(i), 1.0] for i in range(1000)], pa.list_(pa.float32()))})
    table = theirs.create_table("main.foreign", schema=data.schema)
    table.append(data)
    assert rows(ours, 'SELECT count(*), min(id), max(name) FROM "foreign"') == [(1000, 0, "n999")]
    assert rows(ours, 'SELECT id FROM "foreign" ORDER BY l2_distance(embedding, ARRAY[500.2, 1]) LIMIT 2') == [(500,), (501,)]
    table.delete("id >= 10 AND id < 20")
    assert rows(ours, 'SELECT count(*) FROM "foreign"') == [(990,)]
    table.append(data.slice(10, 10))
    assert rows(ours, 'SELECT count(*), sum(id) FROM "foreign"') == [(1000, sum(range(1000)))]


def test_we_follow_schema_evolution(both):
    ours, theirs = both
    table = theirs.create_table("main.evolving", schema=pa.schema([("a", pa.int32()), ("b", pa.string())]))
    table.append(pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"]}))
    with table.update_schema() as change:
        change.rename_column("b", "label")
        change.add_column("extra", StringType())
        change.update_column("a", LongType())
    table.append(pa.table({"a": pa.array([2**40], pa.int64()), "label": ["z"], "extra": ["new"]}))
    assert rows(ours, "SELECT a, label, extra FROM evolving ORDER BY a") == [(1, "x", None), (2, "y", None), (2**40, "z", "new")]
    assert rows(ours, "SELECT a FROM evolving WHERE a > 1 AND extra IS NULL") == [(2,)]
    with table.update_schema() as change:
        change.delete_column("label")
    assert rows(ours, "SELECT * FROM evolving ORDER BY a DESC LIMIT 1") == [(2**40, "new")]


def test_both_append_to_one_table(both):
    ours, theirs = both
    with ours.cursor() as cursor:
        cursor.execute("CREATE TABLE shared (id bigint, who text)")
        for i in range(3):
            cursor.execute(f"INSERT INTO shared VALUES ({i}, 'us')")
            theirs.load_table("main.shared").append(pa.table({"id": pa.array([i], pa.int64()), "who": ["them"]}))
    assert rows(ours, "SELECT who, count(*) FROM shared GROUP BY who ORDER BY who") == [("them", 3), ("us", 3)]
    assert theirs.load_table("main.shared").scan().to_arrow().num_rows == 6


def test_a_failing_load_leaves_the_table_as_it_was(tmp_path):
    good, bad = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    good.write_text('{"id": 1, "v": [1.0, 2.0]}\n')
    bad.write_text('{"id": 2, "v": [1.0, 2.0]}\n{"id": 3, "v": [1.0]}\n')
    failed = run("load", "--data", tmp_path / "data", good, bad, "main.t")
    assert failed.returncode != 0
    assert "2.jsonl" in failed.stderr and '"v"' in failed.stderr and "row 2" in failed.stderr
    load(tmp_path / "data", good, "main.t")
    assert pyiceberg(tmp_path / "data").load_table("main.t").scan().to_arrow().num_rows == 1
    assert run("load", "--data", tmp_path / "data", good, bad, "main.t").returncode != 0
    assert pyiceberg(tmp_path / "data").load_table("main.t").scan().to_arrow().num_rows == 1


def test_a_table_whose_metadata_is_lost_can_be_dropped(tmp_path):
    data = tmp_path / "data"
    assert run("sql", "--data", data, "-c", "CREATE TABLE t AS SELECT 1 AS x").returncode == 0
    for metadata in (data / "warehouse").rglob("*.metadata.json"):
        metadata.unlink()
    lost = run("sql", "--data", data, "-c", "SELECT * FROM t")
    assert lost.returncode != 0 and "58P01" in lost.stderr and "drop the table" in lost.stderr
    assert run("sql", "--data", data, "-c", "DROP TABLE t; CREATE TABLE t AS SELECT 2 AS x").returncode == 0


PARTITIONED = pa.table({
    "id": pa.array(range(500), pa.int64()),
    "name": [None if i % 50 == 0 else f"nämé {i % 7}" for i in range(500)],
    "price": pa.array([Decimal(i % 90 - 45) / 4 for i in range(500)], pa.decimal128(9, 2)),
    "taken": pa.array([datetime(1969, 12, 30, tzinfo=timezone.utc) + timedelta(hours=5 * i) for i in range(500)], pa.timestamp("us", "UTC")),
    "day": pa.array([date(2024, 2, 28) + timedelta(days=i % 4) for i in range(500)]),
})

# By the field's text in PARTITIONED BY: its column, PyIceberg's transform, and a condition in the way of both.
TRANSFORMS = {
    "name": ("name", IdentityTransform(), "name = 'nämé 3'"),
    "day": ("day", IdentityTransform(), "day > '2024-02-29'"),
    "price": ("price", IdentityTransform(), "price = 2.25"),
    "bucket(8, id)": ("id", BucketTransform(8), "id = 77"),
    "bucket(8, name)": ("name", BucketTransform(8), "name = 'nämé 3'"),
    "bucket(8, price)": ("price", BucketTransform(8), "price = 2.25"),
    "bucket(8, taken)": ("taken", BucketTransform(8), "taken = '1970-01-01T12:00:00+00:00'"),
    "bucket(8, day)": ("day", BucketTransform(8), "day = '2024-02-29'"),
    "truncate(100, id)": ("id", TruncateTransform(100), "id < 100"),
    "truncate(6, name)": ("name", TruncateTransform(6), "name > 'nämé 4'"),
    "truncate(200, price)": ("price", TruncateTransform(200), "price < -4"),
    "year(taken)": ("taken", YearTransform(), "taken < '1970-01-01T00:00:00+00:00'"),
    "month(taken)": ("taken", MonthTransform(), "taken < '1970-01-01T00:00:00+00:00'"),
    "day(taken)": ("taken", DayTransform(), "taken < '1970-01-03T00:00:00+00:00'"),
    "hour(taken)": ("taken", HourTransform(), "taken = '1970-01-01T12:00:00+00:00'"),
    "month(day)": ("day", MonthTransform(), "day < '2024-03-01'"),
}


def files_of(table, *condition):
    return sorted((str(task.file.partition), task.file.record_count) for task in table.scan(*condition).plan_files())


@pytest.mark.parametrize("field", TRANSFORMS)
def test_partitions_are_pyicebergs(both, field):
    """Both put the same rows into the same partitions, prune by them, and change each other's tables."""
    ours, theirs = both
    column, transform, condition = TRANSFORMS[field]
    their_table = theirs.create_table("main.theirs", schema=PARTITIONED.schema)
    with their_table.update_spec() as spec:
        spec.add_field(column, transform, "part")
    their_table.append(PARTITIONED)
    with ours.cursor() as cursor:
        cursor.execute(f"CREATE TABLE ours (id bigint, name text, price numeric(9, 2), taken timestamptz, day date) PARTITIONED BY ({field})")
        cursor.adbc_ingest("ours", PARTITIONED, mode="append")
    our_table = theirs.load_table("main.ours")
    assert [n for _, n in files_of(our_table)] and files_of(our_table)[0][1] > 0
    assert {p.split("[")[1]: n for p, n in files_of(our_table)} == {p.split("[")[1]: n for p, n in files_of(their_table)}
    assert len(files_of(our_table, condition)) == len(files_of(their_table, condition)) <= len(files_of(our_table))

    with ours.cursor() as cursor:
        cursor.execute("INSERT INTO theirs SELECT id + 1000, name, price, taken, day FROM ours")
        cursor.execute("UPDATE theirs SET name = 'none', price = price + 300, taken = taken + INTERVAL '1 year', day = day + 40 WHERE id % 5 = 0")
        cursor.execute("DELETE FROM theirs WHERE id % 5 = 1")
    their_table = theirs.load_table("main.theirs")
    got = {row["id"]: row for row in their_table.scan().to_arrow().to_pylist()}
    assert got == {id: {"id": id, "name": name, "price": price, "taken": taken, "day": day}
                   for id, name, price, taken, day in rows(ours, "SELECT id, name, price, taken, day FROM theirs")}
    assert len(got) == 800
    wanted = sorted(their_table.scan(row_filter=condition).to_arrow()["id"].to_pylist())
    sql = condition.replace("T", " ") if column == "taken" else condition
    assert wanted == [id for (id,) in rows(ours, f"SELECT id FROM theirs WHERE {sql} ORDER BY id")] and wanted
