"""The same tables by Iceberg's own Spark runtime, beside the server: each sees what the other committed, deletes and columns included."""
import threading

import pytest


@pytest.fixture
def rows(spark):
    """The rows of a statement that Iceberg's runtime answers."""
    return lambda statement: sorted(tuple(row) for row in spark.sql(statement).collect())


def ids(sql, table):
    return sorted(sql(f"SELECT id FROM {table}")["id"])


@pytest.mark.parametrize("version", ["2", "3"])
def test_spark_sees_what_the_server_changes(rows, sql, version):
    table = f"ours_v{version}"
    sql(f"CREATE TABLE {table} (id bigint NOT NULL, name text, v vector(2)) WITH (\"format-version\" = '{version}')")
    sql(f"INSERT INTO {table} SELECT i, 'n' || i, ARRAY[i, 0.5]::vector(2) FROM generate_series(1, 10) AS g(i)")
    where = f"mediaflight.main.{table}"
    assert rows(f"SELECT count(*), sum(id) FROM {where}") == [(10, 55)]
    assert rows(f"SELECT v FROM {where} WHERE id = 3") == [([3.0, 0.5],)]
    sql(f"DELETE FROM {table} WHERE id % 2 = 0")
    sql(f"UPDATE {table} SET name = 'new' WHERE id = 5")
    assert rows(f"SELECT id, name FROM {where}") == [(1, "n1"), (3, "n3"), (5, "new"), (7, "n7"), (9, "n9")]
    sql(f"ALTER TABLE {table} ADD COLUMN extra integer")
    sql(f"ALTER TABLE {table} RENAME COLUMN name TO title")
    sql(f"INSERT INTO {table} VALUES (11, 'n11', '[1,2]', 7)")
    assert rows(f"SELECT id, title, extra FROM {where} WHERE id > 8") == [(9, "n9", None), (11, "n11", 7)]


@pytest.mark.parametrize("version", ["2", "3"])
def test_the_server_sees_what_spark_changes(spark, sql, version):
    table = f"theirs_v{version}"
    where = f"mediaflight.main.{table}"
    spark.sql(f"""CREATE TABLE {where} (id bigint NOT NULL, name string, at timestamp) USING iceberg TBLPROPERTIES ('format-version' = '{version}',
                  'write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read', 'write.merge.mode' = 'merge-on-read')""")
    spark.sql(f"INSERT INTO {where} SELECT id, concat('n', id), timestamp'2026-01-01 00:00:00' FROM range(1, 11)")
    assert ids(sql, table) == list(range(1, 11))
    spark.sql(f"DELETE FROM {where} WHERE id < 4")
    spark.sql(f"UPDATE {where} SET name = 'new' WHERE id = 5")
    assert ids(sql, table) == list(range(4, 11))
    assert sql(f"SELECT name FROM {table} WHERE id = 5") == {"name": ["new"]}
    spark.sql(f"ALTER TABLE {where} ADD COLUMN score double")
    spark.sql(f"""MERGE INTO {where} t USING (SELECT * FROM VALUES (10L, 0.5D), (12L, 1.5D) AS s(id, score)) s ON t.id = s.id
                  WHEN MATCHED THEN UPDATE SET score = s.score WHEN NOT MATCHED THEN INSERT (id, score) VALUES (s.id, s.score)""")
    assert sql(f"SELECT id, score FROM {table} WHERE score > 0 ORDER BY id") == {"id": [10, 12], "score": [0.5, 1.5]}
    sql(f"DELETE FROM {table} WHERE id = 12")
    sql(f"INSERT INTO {table} (id, name) VALUES (13, 'ours')")
    assert sorted(r.id for r in spark.table(where).collect()) == [*range(4, 11), 13]


def test_nothing_is_lost_when_both_write_at_once(spark, server, sql):
    where = "mediaflight.main.shared"
    sql("CREATE TABLE shared (id bigint)")
    spark.sql(f"ALTER TABLE {where} SET TBLPROPERTIES ('commit.retry.num-retries' = '50')")
    failures = []

    def theirs():
        try:
            for i in range(4):
                spark.sql(f"INSERT INTO {where} SELECT id FROM range({i * 10}, {i * 10 + 10})")
        except Exception as e:
            failures.append(e)

    writer = threading.Thread(target=theirs)
    writer.start()
    try:
        for i in range(1000, 1020):
            sql(f"INSERT INTO shared VALUES ({i})")
    finally:
        writer.join()
    assert not failures
    assert ids(sql, "shared") == [*range(40), *range(1000, 1020)]
    assert spark.table(where).count() == 60
