"""The lake from outside: PyIceberg and DuckDB read what we wrote, and we read what PyIceberg wrote."""
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
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
