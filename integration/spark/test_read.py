"""Reads by spark.read.format("mediaflight"): types, parts, filters, columns, one snapshot, tasks that are tried again."""
import datetime
import decimal
import functools
import math

import pytest
from pyspark.sql import functions as F

# A column of each type with its values in the first row; the second row is NULLs.
TYPES = {
    "b": ("boolean", "true", True),
    "i": ("integer", "-5", -5),
    "l": ("bigint", "9223372036854775807", 2**63 - 1),
    "r": ("real", "0.1", pytest.approx(0.1, rel=1e-6)),
    "d": ("double precision", "'NaN'", math.nan),
    "n": ("numeric(12, 3)", "-123456.789", decimal.Decimal("-123456.789")),
    "t": ("text", "'größe'", "größe"),
    "y": ("bytea", "'\\xff00'", bytearray(b"\xff\x00")),
    "dt": ("date", "'2026-11-25'", datetime.date(2026, 11, 25)),
    "ts": ("timestamp", "'2026-11-25 10:11:12.123456'", datetime.datetime(2026, 11, 25, 10, 11, 12, 123456)),
    "tz": ("timestamptz", "'2026-11-25 10:11:12+02'", datetime.datetime(2026, 11, 25, 8, 11, 12)),
    "v": ("vector(3)", "'[1,2,3.5]'", [1.0, 2.0, 3.5]),
    "a": ("text[]", "ARRAY['x', NULL]", ["x", None]),
    "ti": ("time", "'10:11:12'", "10:11:12"),
    "u": ("uuid", "'6f0a9a4e-0e7e-4f0b-9c55-0f8a0e6b7d11'", "6f0a9a4e-0e7e-4f0b-9c55-0f8a0e6b7d11"),
}


@pytest.fixture(scope="module")
def clips(server):
    import pyarrow.flight as flight
    with flight.connect(server.uri) as client:
        for statement in (
                f"CREATE TABLE kinds_of_value ({', '.join(f'{c} {t}' for c, (t, _, _) in TYPES.items())})",
                f"INSERT INTO kinds_of_value VALUES ({', '.join(v for _, v, _ in TYPES.values())}), ({', '.join(['NULL'] * len(TYPES))})",
                "CREATE TABLE clips (id bigint NOT NULL, kind text, score real, made timestamp)",
                """INSERT INTO clips SELECT i, CASE WHEN i % 10 = 0 THEN NULL ELSE 'kind_' || i % 7 END, i * 0.1,
                   timestamp '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 20000) AS g(i)""",
                "DELETE FROM clips WHERE id % 100 = 1"):
            client.get_flight_info(flight.FlightDescriptor.for_command(statement.encode()))


def test_every_type_has_its_value(read, clips):
    first, second = sorted(read(table="kinds_of_value").load().collect(), key=lambda r: r.i is None)
    for name, (_, _, want) in TYPES.items():
        got = first[name]
        assert got == want or isinstance(want, float) and math.isnan(want) and math.isnan(got), name
        assert second[name] is None, name


def test_parts_are_partitions_with_every_row_once(read, clips):
    df = read(partitions=6).load("main.clips")
    assert df.rdd.getNumPartitions() == 6
    sizes = [len(part) for part in df.select("id").rdd.glom().collect()]
    assert sum(sizes) == 19800 and max(sizes) - min(sizes) < 200
    assert df.agg(F.countDistinct("id"), F.min("id"), F.max("id")).first()[:] == (19800, 2, 20000)
    assert read(query="SELECT kind, count(*) AS n FROM clips GROUP BY kind").load().rdd.getNumPartitions() == 1


def test_a_query_is_read_and_joined(read, clips):
    df = read(query="SELECT id, id % 3 AS three, kind FROM clips WHERE score < 100").load()
    assert df.columns == ["id", "three", "kind"] and not df.schema["id"].nullable
    joined = df.join(read(table="clips").load().select("id", "score"), "id").where("three = 0")
    assert joined.count() == sum(1 for i in range(1, 1000) if i % 3 == 0 and i % 100 != 1)


CONDITIONS = [
    "id = 77", "id > 19990", "id <= 5", "id <> 5 AND id < 9", "kind = 'kind_3' AND id < 100", "kind IN ('kind_1', 'kind_2') AND id < 50",
    "kind IS NULL AND id < 99", "kind IS NOT NULL AND id < 15", "kind <=> 'kind_2' AND id < 50", "NOT (kind <=> 'kind_2') AND id < 50",
    "kind LIKE 'kind_%' AND id < 50", "kind LIKE '%_4' AND id < 50", "kind LIKE '%d_5%' AND id < 50", "NOT kind LIKE 'kind_3%' AND id < 50",
    "score = float(0.2)", "score = 0.5", "score > double(1999.9)", "made < timestamp_ntz'2026-01-01 00:05:00'", "upper(kind) = 'KIND_1' AND id < 99",
    "kind = '\"''\\\\' OR id = 3", "made >= timestamp'2026-01-14 21:10:00Z'", "id IN (5, NULL, 7)",
]


def test_filters_keep_what_spark_keeps(read, clips):
    pushed = [read(table="clips", partitions=1, pushFilters="true").load().where(c).select(F.lit(c), "id") for c in CONDITIONS]
    got = {c: set() for c in CONDITIONS}
    for c, row in functools.reduce(lambda a, b: a.unionAll(b), pushed).collect():
        got[c].add(row)
    want = {c: set() for c in CONDITIONS}
    for row, *kept in read(table="clips").load().select("id", *map(F.expr, CONDITIONS)).collect():
        for c, keep in zip(CONDITIONS, kept):
            if keep:
                want[c].add(row)
    for c in CONDITIONS:
        assert got[c] == want[c] and want[c], c


def test_filters_are_left_to_the_server(read, clips, capfd):
    df = read(table="clips", pushFilters="true").load().where("id < 10 AND kind LIKE 'kind_3%' AND upper(kind) <> 'x'")
    df.explain("formatted")
    plan = capfd.readouterr().out
    filters = [line for line in plan.splitlines() if line.startswith("Condition")]
    assert len(filters) == 1 and "upper" in filters[0] and "id#" not in filters[0], plan


def test_a_schema_chooses_columns(read, clips):
    df = read(table="clips").schema("kind string, id long").load()
    assert df.where("id = 2").collect() == [("kind_2", 2)]


def test_all_tasks_see_one_snapshot(read, clips, sql):
    sql("CREATE TABLE moving AS SELECT i AS id FROM generate_series(1, 1000) AS g(i)")
    endpoints = read(table="moving", partitions=4).load().rdd.mapPartitions(lambda rows: [sum(1 for _ in rows)])
    assert endpoints.getNumPartitions() == 4  # planned by now
    sql("DELETE FROM moving WHERE id > 10")
    assert sum(endpoints.collect()) == 1000
    assert read(table="moving").load().count() == 10


def test_a_task_that_fails_is_tried_again(read, clips, spark, tmp_path):
    marks = str(tmp_path)

    def once(rows):
        import os
        from pyspark import TaskContext
        rows = list(rows)
        mark = f"{marks}/{TaskContext.get().partitionId()}"
        if not os.path.exists(mark):
            open(mark, "w").close()
            raise RuntimeError("the first attempt fails")
        return [len(rows)]

    assert sum(read(table="clips", partitions=4).load().rdd.mapPartitions(once).collect()) == 19800


@pytest.mark.parametrize("options, text", [
    ({}, "give one of the options table and query"),
    ({"table": "clips", "query": "SELECT 1"}, "give one of the options table and query"),
    ({"table": "nothing"}, "42P01"),
    ({"query": "SELECT 1 AS a, 2 AS a"}, "columns of one name"),
    ({"table": "clips", "partitions": "0"}, "option partitions is a number"),
    ({"table": "clips", "partition": "3"}, "unknown option 'partition'"),
    ({"table": "a.b.c"}, "not a table's name"),
])
def test_mistakes_are_told(read, clips, options, text):
    with pytest.raises(Exception, match=text):
        read(**options).load()
