"""Mediaflight and DuckDB answer alike: over the same data, for hundreds of generated queries, and for rewritings that must change nothing."""
import datetime
import decimal
import math
import random

import adbc_driver_flightsql.dbapi as flightsql
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import SAMPLE, Server, load, rows
from generated_queries import QUERIES, Query
from sql_grammar import TABLES, Grammar
from test_lake import pyiceberg

INF, NAN, FAR = math.inf, math.nan, 2**63


def oddities(count=40, run=1):
    """Values that go wrong first: NULL in every column, duplicates, signed zeros, extremes, text in several scripts, days far away.

    Each is repeated for a run of rows.
    """
    day, moment, number = datetime.date, datetime.datetime, decimal.Decimal
    columns = {
        "small": (pa.int32(), [None, 0, 1, 1, 2, -3, 7, 7, 7, 90]),
        "big": (pa.int64(), [FAR - 1, -FAR, None, 0, 1001, -1, FAR - 1]),
        "d": (pa.float64(), [NAN, 0.0, -0.0, INF, -INF, None, 1e15, 1.5, -1.5, 1e-9, NAN]),
        "r": (pa.float32(), [0.5, -0.0, None, NAN, 3.25, -INF, 0.0, 16777216.0]),
        "n": (pa.decimal128(14, 4), [number("1.5000"), number("9999999999.9999"), number("-9999999999.9999"), None, number("0.0001"), number("0"), number("7")]),
        "t": (pa.string(), ["", "a", None, "grün", "日本", "x_y", "100%", "it's", "The End", "a", " padded ", "PG-13", "back\\slash"]),
        "k": (pa.string(), ["a", "b", None, "a", "c", "grün", "b", "", "Drama"]),
        "f": (pa.bool_(), [True, False, None, True, True]),
        "day": (pa.date32(), [day(1970, 1, 1), day(1969, 12, 31), None, day(2024, 2, 29), day(4, 2, 29), day(9990, 12, 31), day(2000, 2, 29), day(1900, 3, 1), day(2024, 2, 29)]),
        "ts": (pa.timestamp("us"), [moment(1969, 12, 31, 23, 59, 59, 999999), moment(2024, 2, 29), None, moment(1600, 1, 1, 1, 2, 3, 4), moment(9990, 1, 1), moment(2024, 2, 29)]),
        "nums": (pa.list_(pa.int64()), [[1, 2, 3], [], None, [None, 1], [2], [1, 2], [1, 2, 3]]),
        "tags": (pa.list_(pa.string()), [["a"], ["grün", None, ""], [], None, ["a", "b", "a"]]),
    }
    table = pa.table({name: pa.array([values[i // run % len(values)] for i in range(count)], kind) for name, (kind, values) in columns.items()})
    return table.add_column(0, "id", pa.array(range(count), pa.int32()))


class Engines:
    """The two engines over the same files."""

    def __init__(self, mediaflight, duck):
        self.mediaflight, self.duck = mediaflight, duck

    def ask(self, query):
        return rows(self.mediaflight, query if isinstance(query, str) else query.sql)

    def expect(self, query):
        return self.duck.execute(query.duckdb).fetchall()


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreement")
    pq.write_table(oddities(), folder / "oddities.parquet")
    duck = duckdb.connect()
    for setting in ("TimeZone = 'UTC'", "integer_division = true", "default_null_order = 'nulls_last_on_asc_first_on_desc'"):
        duck.execute(f"SET {setting}")
    for name, path in [("oddities", folder / "oddities.parquet"), ("images", SAMPLE / "images.parquet"), ("titles", SAMPLE / "titles.parquet")]:
        load(folder / "data", path, f"main.{name}")
        duck.execute(f"CREATE TABLE {name} AS FROM '{path}'")
    server = Server(folder / "data")
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield Engines(connection, duck)
    assert server.stop() == 0, server.output()


def sort_key(value):
    """Orders values of any kind; floats that differ by rounding fall together."""
    if value is None:
        return (0,)
    if isinstance(value, list):
        return (5, *map(sort_key, value))
    if isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool):
        return (1, math.isnan(value), 0 if math.isnan(value) or value == 0 else float(f"{float(value):.10g}"))
    return (2, str(type(value)), str(value))


def same(got, want):
    """Whether two values are one: numbers of different types by their value, floats but for rounding."""
    if isinstance(got, list) and isinstance(want, list):
        return len(got) == len(want) and all(map(same, got, want))
    if isinstance(got, float) or isinstance(want, float):
        if not isinstance(got, (int, float, decimal.Decimal)) or not isinstance(want, (int, float, decimal.Decimal)):
            return False
        return math.isnan(got) and math.isnan(want) or math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12)
    return got == want and isinstance(got, bool) == isinstance(want, bool)


def check(got, want, ordered, sql):
    if not ordered:
        got, want = (sorted(answer, key=lambda row: [sort_key(v) for v in row]) for answer in (got, want))
    assert len(got) == len(want), f"{len(got)} rows, not {len(want)}, of {sql}"
    for row, (a, b) in enumerate(zip(got, want)):
        assert len(a) == len(b) and all(map(same, a, b)), f"row {row} is {a}, not {b}, of {sql}"


@pytest.mark.parametrize("name", QUERIES)
def test_duckdb_agrees(engines, name):
    query = QUERIES[name]
    check(engines.ask(query), engines.expect(query), query.ordered, query.sql)


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if not query.ordered][::3])
def test_a_subquery_changes_nothing(engines, name):
    sql = QUERIES[name].sql
    check(engines.ask(f"SELECT * FROM ({sql}) AS inside"), engines.ask(sql), False, sql)
    check(engines.ask(f"WITH inside AS ({sql}) SELECT * FROM inside WHERE true OR 1 = 0 UNION ALL SELECT * FROM inside WHERE false"), engines.ask(sql), False, sql)
    check(engines.ask(f"SELECT * FROM ({sql}) AS inside ORDER BY 1 LIMIT 1000000"), engines.ask(sql), False, sql)


@pytest.mark.parametrize("seed", range(30))
def test_a_condition_splits_the_rows_in_three(engines, seed):
    """A row passes a condition, or its negation, or the condition is unknown; and as a value it says which."""
    g = Grammar(50_000 + seed, TABLES[seed % 3])
    table, key, condition = g.table.name, g.table.key, Query(g.bool(3)).sql
    keep, drop, unknown, everything = ([key for key, in engines.ask(f"SELECT {key} FROM {table}{where}")] for where in (
        f" WHERE {condition}", f" WHERE NOT ({condition})", f" WHERE ({condition}) IS NULL", ""))
    assert sorted(keep + drop + unknown) == sorted(everything), condition
    values = dict(engines.ask(f"SELECT {key}, {condition} FROM {table}"))
    assert dict.fromkeys(keep, True) | dict.fromkeys(drop, False) | dict.fromkeys(unknown) == values, condition


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A table of many batches, whose columns k and small have many values."""
    folder, draw, count = tmp_path_factory.mktemp("large"), random.Random(1), 200_000
    values = oddities(count).drop(["small", "k"])
    values = values.append_column("small", pa.array([draw.randint(-1000, 30_000) if draw.random() < 0.95 else None for _ in range(count)], pa.int32()))
    values = values.append_column("k", pa.array([f"k{draw.randint(0, 70_000)}" if draw.random() < 0.95 else None for _ in range(count)]))
    pq.write_table(values, folder / "large.parquet")
    duck = duckdb.connect()
    for setting in ("integer_division = true", "default_null_order = 'nulls_last_on_asc_first_on_desc'"):
        duck.execute(f"SET {setting}")
    duck.register("large", values)
    load(folder / "data", folder / "large.parquet", "main.large")
    server = Server(folder / "data")
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield Engines(connection, duck)
    assert server.stop() == 0, server.output()


@pytest.mark.parametrize("sql", [
    "SELECT count(*) AS a, sum(l.small) AS b, sum(r.id) AS c, min(r.t) AS d FROM large l JOIN large r ON l.k = r.k",
    "SELECT count(*) AS a, count(r.id) AS b, count(l.id) AS c FROM large l FULL JOIN large r ON l.k = r.k AND l.small < r.small",
    "SELECT count(*) AS a, count(r.id) AS b, sum(l.id) AS c FROM large l LEFT JOIN large r ON l.id = r.small AND r.id % 3 = 0",
    "SELECT count(*) AS a, count(l.id) AS b, sum(r.id) AS c FROM large l RIGHT JOIN large r ON l.id = r.small AND l.f WHERE r.id > 1000",
    "SELECT l.t, count(*) AS n FROM large l JOIN large r ON l.k = r.k AND l.id < r.id JOIN large z ON z.id = r.small GROUP BY l.t",
    "SELECT k, count(*) AS n, sum(small) AS s, min(t) AS t, max(d) AS d, avg(id) AS a FROM large GROUP BY k ORDER BY n DESC, k LIMIT 50",
    "SELECT k, small, count(*) AS n FROM large GROUP BY k, small HAVING count(*) > 1",
    "SELECT length(k) AS a, small % 100 AS b, sum(big % 1000) AS c FROM large GROUP BY 1, 2",
    "SELECT count(*) AS a FROM (SELECT DISTINCT k, small, t FROM large) x",
    "SELECT f, count(DISTINCT k) AS a, sum(DISTINCT small) AS b, count(DISTINCT d) AS c FROM large GROUP BY f",
    "SELECT id, k FROM large ORDER BY k DESC, small, id LIMIT 100 OFFSET 90000",
    "SELECT id FROM large ORDER BY d DESC, n, t, id OFFSET 199900",
    "SELECT count(*) AS a FROM large WHERE k IN (SELECT k FROM large WHERE small < 100)",
    "SELECT count(*) AS a FROM large WHERE id NOT IN (SELECT small FROM large WHERE small IS NOT NULL)",
    "SELECT count(*) AS a, sum(x) AS b FROM (SELECT small AS x FROM large UNION SELECT id FROM large) u",
    "SELECT u.x, count(*) AS n FROM large, unnest(nums) AS u(x) GROUP BY u.x",
])
def test_many_rows(large, sql):
    check(large.ask(sql), large.expect(Query(sql)), "ORDER BY" in sql, sql)


# Constants that lie on, beside and between the values of a column.
CONSTANTS = {
    "id": ["0", "699", "700", "1999", "-1"], "small": ["0", "1", "7", "90", "-3", "8"], "big": ["0", "1001", "9223372036854775807", "-9223372036854775808", "5"],
    "d": ["'NaN'::double precision", "0.0::double precision", "'-0'::double precision", "'Infinity'::double precision", "'-Infinity'::double precision", "1.5::double precision"],
    "r": ["'NaN'::real", "0.5::real", "'-0'::real", "3.25::real", "'-Infinity'::real"], "n": ["1.5", "9999999999.9999", "0", "0.00005", "-1"],
    "t": ["''", "'a'", "'日本'", "'The'", "'zzz'"], "k": ["'a'", "''", "'grün'", "'Drama'"], "f": ["true", "false"], "day": ["DATE '1970-01-01'", "DATE '2024-02-29'", "DATE '0004-02-29'", "DATE '2000-01-01'"],
    "ts": ["TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP '1600-01-01 01:02:03.000004'", "TIMESTAMP '1700-01-01'"]}


def condition(draw, depth=2):
    """A condition of the kind that statistics and page indexes decide."""
    if depth and draw.random() < 0.6:
        x, y = condition(draw, depth - 1), condition(draw, depth - 1)
        return draw.choice([f"({x} AND {y})", f"({x} AND {y})", f"({x} OR {y})", f"NOT ({x})"])
    column = draw.choice(list(CONSTANTS))
    a, b, comparison = draw.choice(CONSTANTS[column]), draw.choice(CONSTANTS[column]), draw.choice(["=", "<>", "<", "<=", ">", ">="])
    return draw.choice([
        f"{column} {comparison} {a}", f"{column} {comparison} {a}", f"{column} {comparison} {a}", f"{a} {comparison} {column}", f"{column} BETWEEN {a} AND {b}", f"{column} NOT IN ({a}, {b})",
        f"{column} IN ({a}, {b})", f"{column} IS NULL", f"{column} IS NOT NULL", f"{column} IS DISTINCT FROM {a}", "k LIKE 'gr%'", "starts_with(t, 'P')", "f IS NOT TRUE"])


@pytest.fixture(scope="module")
def paged(tmp_path_factory):
    """A table of another writer's files: few rows a row group and a page, with page indexes, in both page versions."""
    folder, rows = tmp_path_factory.mktemp("paged"), oddities(2000, run=17)
    duck = duckdb.connect()
    duck.register("paged", rows)
    server = Server(folder / "data")
    paths = []
    for first, version, compression in [(0, "1.0", "none"), (700, "2.0", "snappy"), (1400, "1.0", "lz4")]:
        path = folder / f"{first}.parquet"
        pq.write_table(rows.slice(first, 700), path, row_group_size=300, write_page_index=True, data_page_size=64, write_batch_size=10, data_page_version=version, compression=compression,
                       use_dictionary=first != 700, store_schema=False)
        paths.append(f"file://{path}")
    pyiceberg(server.data).create_table("main.paged", schema=rows.schema).add_files(paths)
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield Engines(connection, duck)
    assert server.stop() == 0, server.output()


@pytest.mark.parametrize("seed", range(10))
def test_pruning_loses_no_rows(paged, seed):
    draw = random.Random(seed)
    for _ in range(25):
        order = draw.choice(["", "", " ORDER BY id DESC LIMIT 9"])
        query = Query(f"SELECT id, {draw.choice(list(CONSTANTS))} AS a FROM paged WHERE {condition(draw)}{order}", ordered=bool(order))
        check(paged.ask(query), paged.expect(query), query.ordered, query.sql)


def test_pruning_happens(paged):
    plan = "\n".join(line for line, in paged.ask("EXPLAIN ANALYZE SELECT id FROM paged WHERE id BETWEEN 705 AND 720"))
    assert "files 1 (2 pruned)" in plan and "row groups 3 (2 pruned)" in plan and "pruned)" in plan.split("pages")[1], plan
