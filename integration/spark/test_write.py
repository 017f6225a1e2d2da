"""Writes by df.write.format("mediaflight"): rows arrive once, whatever attempts there were, and all at once."""
import datetime

import pytest
from pyspark.sql import functions as F


@pytest.fixture
def write(server):
    return lambda df, mode, table: df.write.format("mediaflight").option("uri", server.uri).mode(mode).save(table)


def test_rows_come_back_as_they_were(spark, read, write):
    rows = [(1, "größe", 2.5, datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5), [1.0, 2.0], None),
            (2, None, None, None, None, None, b"\x00\xff")]
    df = spark.createDataFrame(rows, "i int, t string, d double, day date, at timestamp, v array<float>, y binary")
    write(df, "append", "main.written")
    back = read(table="written").load()
    assert back.schema.simpleString() == df.schema.simpleString()
    assert sorted(back.collect()) == sorted(df.collect())
    write(df.select("t", "i").where("i = 1"), "append", "written")  # by name; the others are NULL
    assert [r[:2] for r in read(table="written").load().where("d IS NULL AND i = 1").select("i", "t").collect()] == [(1, "größe")]


def test_overwrite_replaces_rows_in_one_commit(spark, read, write, sql):
    write(spark.range(1000).repartition(4), "append", "counted")
    write(spark.range(7).repartition(3), "overwrite", "counted")
    assert sorted(r.id for r in read(table="counted").load().collect()) == list(range(7))
    operations = sql("SELECT operation FROM mediaflight.snapshots WHERE table_name = 'counted' ORDER BY committed_at")["operation"]
    assert operations == ["append", "overwrite"]
    write(spark.range(0), "overwrite", "counted")
    assert read(table="counted").load().count() == 0


def test_attempts_that_fail_leave_nothing(spark, read, write, tmp_path):
    marks = str(tmp_path)

    def once(i):
        import os
        mark = f"{marks}/{i // 2500}"
        if i % 2500 == 2400 and not os.path.exists(mark):  # after rows have been sent
            open(mark, "w").close()
            raise RuntimeError("the first attempt fails")
        return i

    df = spark.range(0, 10_000, 1, 4).select(F.udf(once, "long")("id").alias("id"))
    write(df, "append", "retried")
    assert read(table="retried").load().agg(F.count("id"), F.countDistinct("id")).first()[:] == (10_000, 10_000)


def test_a_job_that_fails_writes_nothing(spark, read, write, sql):
    write(spark.range(5), "append", "kept")

    def fail(i):
        if i == 9_999:
            raise RuntimeError("always")
        return i

    with pytest.raises(Exception, match="always"):
        write(spark.range(0, 10_000, 1, 4).select(F.udf(fail, "long")("id").alias("id")), "overwrite", "kept")
    assert sql("SELECT count(*) AS n FROM kept") == {"n": [5]}


def test_a_commit_counts_once(spark, server, sql):
    import pyarrow as pa
    import pyarrow.flight as flight
    from pyspark_mediaflight import ingest
    sql("CREATE TABLE once (i bigint)")
    batch = pa.record_batch({"i": [1, 2, 3]})
    with flight.connect(server.uri) as client:
        receipts = [ingest.stage(client, ["main", "once"], batch.schema, [batch]) for _ in range(2)]
        assert sql("SELECT count(*) AS n FROM once") == {"n": [0]}
        for _ in range(2):
            assert ingest.commit(client, ["once"], "job-1", receipts, replace=False) == 6
        with pytest.raises((flight.FlightError, pa.ArrowException), match="08P01"):
            ingest.commit(client, ["once"], "job-2", [receipts[0][:-1] + b"?"], replace=False)
    assert sql("SELECT count(*) AS n FROM once") == {"n": [6]}
