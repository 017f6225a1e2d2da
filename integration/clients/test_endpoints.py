"""Results in several endpoints: read at once, by several processes, after the table has changed, over tables of many files."""
import concurrent.futures
import random

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from conftest import Server


@pytest.fixture
def client(fresh):
    with flight.connect(fresh.uri) as client:
        yield client


def run(client, sql):
    client.get_flight_info(flight.FlightDescriptor.for_command(sql.encode()))


def info_of(client, sql, endpoints=None):
    options = flight.FlightCallOptions(headers=[(b"endpoints", str(endpoints).encode())] if endpoints else [])
    return client.get_flight_info(flight.FlightDescriptor.for_command(sql.encode()), options)


def parts(uri, info):
    """The rows of each endpoint, which are read at once on connections of their own."""

    def read(endpoint):
        with flight.connect(uri) as client:
            return client.do_get(endpoint.ticket).read_all()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(read, info.endpoints))
    for table in tables:
        assert table.schema == info.schema
    return tables


@pytest.fixture
def clips(client):
    """A table of several files and row groups with deleted rows, and a small one to join it with."""
    run(client, "CREATE TABLE clips (id bigint NOT NULL, kind text, score double precision)")
    for start, end in ((1, 300_000), (300_001, 300_500), (300_501, 480_000)):
        run(client, f"INSERT INTO clips SELECT i, 'kind ' || i % 11, i * 0.5 FROM generate_series({start}, {end}) AS g(i)")
    run(client, "DELETE FROM clips WHERE id % 3 = 0 AND id < 200000")
    run(client, "CREATE TABLE kinds AS SELECT 'kind ' || i AS kind, i AS number FROM generate_series(0, 5) AS g(i)")


@pytest.mark.parametrize("sql", [
    "SELECT * FROM clips",
    "SELECT id, score * 2 AS s FROM clips WHERE kind <> 'kind 3' AND id > 1000",
    "SELECT id, number FROM clips JOIN kinds USING (kind) WHERE score > 500",
    "SELECT id FROM clips UNION ALL SELECT number FROM kinds",
])
def test_endpoints_have_every_row_once_and_are_balanced(fresh, client, clips, sql):
    whole = client.do_get(info_of(client, sql).endpoints[0].ticket).read_all()
    for wanted in (2, 8, 37):
        info = info_of(client, sql, wanted)
        assert len(info.endpoints) == wanted and not info.ordered
        tables = parts(fresh.uri, info)
        order = [(name, "ascending") for name in whole.column_names]
        assert pa.concat_tables(tables).sort_by(order) == whole.sort_by(order)
        if "WHERE" not in sql:
            sizes = [table.num_rows for table in tables]
            assert max(sizes) < 1.06 * whole.num_rows / wanted, sizes


def test_other_processes_read_the_tickets_later(fresh, client, clips):
    info = info_of(client, "SELECT * FROM clips WHERE id % 2 = 0", 6)
    ids = sorted(pa.concat_tables(parts(fresh.uri, info))["id"].to_pylist())
    run(client, "DELETE FROM clips WHERE id < 100000")
    run(client, "ALTER TABLE clips ADD COLUMN extra text")
    run(client, "INSERT INTO clips (id) SELECT i FROM generate_series(1, 1000) AS g(i)")
    other = Server(fresh.data)
    try:
        for uri in (fresh.uri, other.uri):
            assert sorted(pa.concat_tables(parts(uri, info))["id"].to_pylist()) == ids
        fresh.stop()
        random.Random(1).shuffle(ids)
        assert sorted(pa.concat_tables(parts(other.uri, info))["id"].to_pylist()) == sorted(ids)
    finally:
        other.stop()


def test_an_endpoint_says_until_when_it_is_good(client, clips):
    info = info_of(client, "SELECT id FROM clips", 2)
    for endpoint in info.endpoints:
        assert endpoint.expiration_time is not None and not endpoint.locations


def test_some_results_stay_in_one(client, clips):
    for sql in ("SELECT id FROM clips ORDER BY id", "SELECT count(*) FROM clips", "SELECT id FROM clips LIMIT 10",
                "SELECT * FROM mediaflight.settings", "SELECT random() FROM clips", "CREATE TABLE t (i int)"):
        assert len(info_of(client, sql, 8).endpoints) == 1, sql
    assert info_of(client, "SELECT id FROM clips ORDER BY id", 8).ordered


def test_a_file_is_cut_within_its_row_groups(fresh, client, tmp_path):
    import pyarrow.parquet as pq
    table = pa.table({"id": pa.array(range(50_000)), "v": pa.array([[float(i)] * 8 for i in range(50_000)], pa.list_(pa.float32(), 8))})
    pq.write_table(table, fresh.data.parent / "foreign.parquet", row_group_size=50_000)
    own = Server(fresh.data, "--files", fresh.data.parent)
    try:
        with flight.connect(own.uri) as client:
            info = info_of(client, f"SELECT id, v FROM read_parquet('{fresh.data.parent}/foreign.parquet')", 5)
            tables = parts(own.uri, info)
    finally:
        own.stop()
    assert sorted(pa.concat_tables(tables)["id"].to_pylist()) == list(range(50_000))
    assert len(tables) in (1, 5)  # lists whose pages say nothing of rows are read as a whole
