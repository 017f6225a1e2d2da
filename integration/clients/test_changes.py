"""Changes of rows: counts and returned rows over ADBC, many at once, a process that is killed, and PyIceberg's view of the result."""
import random
import signal
import threading

import pytest
from pyiceberg.catalog.sql import SqlCatalog

import adbc_driver_flightsql.dbapi as flightsql
from conftest import Server, rows


def pyiceberg(data):
    return SqlCatalog("mediaflight", uri=f"sqlite:///{data}/catalog.db", warehouse=f"file://{data}/warehouse")


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data")
    yield server
    assert server.stop() == 0


@pytest.fixture
def connection(server):
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield connection


def test_counts(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id bigint, name text)")
        cursor.execute("INSERT INTO t SELECT g, 'n' || g FROM generate_series(1, 10) AS s(g)")
        cursor.adbc_statement.set_sql_query("UPDATE t SET name = upper(name) WHERE id > 7")
        assert cursor.adbc_statement.execute_update() == 3
        cursor.execute("DELETE FROM t WHERE id = ?", (10,))
        assert rows(connection, "SELECT count(*), count(*) FILTER (WHERE name LIKE 'N%') FROM t") == [(9, 2)]


def test_each_row_of_parameters_sees_what_the_one_before_did(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id bigint, n bigint)")
        cursor.execute("INSERT INTO t VALUES (1, 1)")
        cursor.executemany("UPDATE t SET n = n * $1 WHERE n = $2", [(2, 1), (3, 2), (5, 6), (7, 1)])
        assert rows(connection, "SELECT n FROM t") == [(30,)]
        cursor.executemany("DELETE FROM t WHERE n = $1", [(30,), (30,)])
        assert rows(connection, "SELECT count(*) FROM t") == [(0,)]


def test_returning(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id bigint, name text)")
        cursor.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING id, name")
        assert cursor.fetchall() == [(1, "a"), (2, "b")]
        cursor.execute("UPDATE t SET name = name || $1 RETURNING id, name", ("!",))
        assert sorted(cursor.fetchall()) == [(1, "a!"), (2, "b!")]
        # More than a ticket holds.
        cursor.execute("INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(3, 50000) AS s(g) RETURNING *")
        assert cursor.fetch_arrow_table().num_rows == 49998
        cursor.execute("DELETE FROM t RETURNING id")
        assert cursor.fetch_arrow_table().num_rows == 50000
        cursor.execute("DELETE FROM t RETURNING id")
        assert cursor.fetchall() == []


def test_many_at_once_lose_nothing(server, connection):
    """Every update that is acknowledged counts, though all of them change the same row, as under READ COMMITTED."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE counters (id bigint, n bigint)")
        cursor.execute("INSERT INTO counters VALUES (1, 0), (2, 0)")
    failures = []

    def count(worker):
        try:
            with flightsql.connect(server.uri, autocommit=True) as own, own.cursor() as cursor:
                for i in range(10):
                    cursor.execute("UPDATE counters SET n = n + 1 WHERE id = $1", (1 + i % 2,))
                    cursor.execute("INSERT INTO counters VALUES ($1, $2)", (100 + worker, i))
        except Exception as e:  # the test's own thread tells
            failures.append(e)

    workers = [threading.Thread(target=count, args=(w,)) for w in range(6)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert failures == []
    assert rows(connection, "SELECT id, n FROM counters WHERE id < 100 ORDER BY id") == [(1, 30), (2, 30)]
    assert rows(connection, "SELECT count(*) FROM counters WHERE id >= 100") == [(60,)]


def test_columns_come_and_go_beside_changes(server, connection):
    """Nobody's statement fails because somebody else alters the table."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id bigint, n bigint)")
        cursor.execute("INSERT INTO t SELECT g, 0 FROM generate_series(1, 5) AS s(g)")
    failures = []

    def change(statement, times):
        try:
            with flightsql.connect(server.uri, autocommit=True) as own, own.cursor() as cursor:
                for i in range(times):
                    cursor.execute(statement.format(i=i))
        except Exception as e:  # the test's own thread tells
            failures.append(e)

    workers = [threading.Thread(target=change, args=work) for work in [
        ("UPDATE t SET n = n + 1 WHERE id <= 5", 25), ("INSERT INTO t (n, id) VALUES (-1, {i} + 100)", 25), ("ALTER TABLE t ADD COLUMN c{i} text, ADD COLUMN d{i} bigint", 12), ("DELETE FROM t WHERE id = {i} + 90", 25)]]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert failures == []
    assert rows(connection, "SELECT count(*), min(n), max(n) FROM t WHERE id <= 5") == [(5, 25, 25)]


@pytest.mark.parametrize("version", ["2", "3"])
def test_pyiceberg_reads_our_changes(server, connection, version):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE t (id bigint, name text, price numeric(8, 2)) WITH (\"format-version\" = '{version}')")
        for part in range(3):
            cursor.execute(f"INSERT INTO t SELECT g, 'n' || g, g / 4.0 FROM generate_series({part * 1000 + 1}, {part * 1000 + 1000}) AS s(g)")
        cursor.execute("DELETE FROM t WHERE id % 7 = 0")
        cursor.execute("UPDATE t SET price = price * 2, name = NULL WHERE id % 5 = 0")
        cursor.execute("DELETE FROM t WHERE id BETWEEN 1000 AND 2100")
        ours = rows(connection, "SELECT id, name, price FROM t ORDER BY id")
        history = rows(connection, "SELECT snapshot_id FROM mediaflight.snapshots WHERE table_name = 't' ORDER BY committed_at")
    table = pyiceberg(server.data).load_table("main.t")
    theirs = table.scan().to_arrow().sort_by("id")
    assert [tuple(r.values()) for r in theirs.to_pylist()] == ours
    # Older snapshots stay as they were.
    assert [table.scan(snapshot_id=id).to_arrow().num_rows for (id,) in history] == [1000, 2000, 3000, 2572, 2572, len(ours)]
    if version == "2":  # PyIceberg does not write v3 yet
        table.delete("id < 500")
        assert rows(connection, "SELECT count(*), min(id) FROM t") == [(sum(r[0] >= 500 for r in ours), 500)]


@pytest.mark.parametrize("version", ["2", "3"])
def test_pyiceberg_reads_our_altered_tables(server, connection, version):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE t (id integer PRIMARY KEY, name text, old text) WITH (\"format-version\" = '{version}')")
        cursor.execute("INSERT INTO t VALUES (1, 'a', 'x'), (2, 'b', 'y')")
        cursor.execute("ALTER TABLE t ALTER id TYPE bigint, DROP COLUMN old, ADD COLUMN old double precision, ALTER name SET NOT NULL")
        cursor.execute("ALTER TABLE t RENAME COLUMN name TO title")
        cursor.execute("INSERT INTO t VALUES (5000000000, 'c', 1.5)")
        if version == "3":
            cursor.execute("ALTER TABLE t ADD COLUMN n integer DEFAULT 7, ADD COLUMN at timestamptz DEFAULT '2026-11-25 10:00:00.5+00', ADD COLUMN p numeric(8, 2) DEFAULT 1.25")
        cursor.execute("COMMENT ON COLUMN t.title IS 'what it is called'")
        cursor.execute("ALTER TABLE t RENAME TO u")
        ours = rows(connection, "SELECT * FROM u ORDER BY id")
    table = pyiceberg(server.data).load_table("main.u")
    assert table.schema().identifier_field_names() == {"id"}
    assert table.schema().find_field("title").doc == "what it is called" and table.schema().find_field("title").required
    assert [tuple(r.values()) for r in table.scan().to_arrow().sort_by("id").to_pylist()] == ours
    assert ours[0][:3] == (1, "a", None) and ours[2][:3] == (5000000000, "c", 1.5)


# Changes of rows (id, n), as SQL and as what they make of {id: n}. Each changes every row, or many, so that half of one would show.
KILLED = [
    ("UPDATE {t} SET n = n + 1", lambda rows, i: {id: n + 1 for id, n in rows.items()}),
    ("UPDATE {t} SET id = id + 100, n = -n", lambda rows, i: {id + 100: -n for id, n in rows.items()}),
    ("INSERT INTO {t} SELECT g, {i} FROM generate_series({i} * 100000, {i} * 100000 + 9) AS s(g)",
     lambda rows, i: rows | {i * 100000 + g: i for g in range(10)}),
    ("DELETE FROM {t} WHERE id % 3 = 0", lambda rows, i: {id: n for id, n in rows.items() if id % 3}),
    ("UPDATE {t} AS t SET n = o.id FROM {t} AS o WHERE o.id = t.id", lambda rows, i: {id: id for id in rows}),
    ("ALTER TABLE {t} ADD COLUMN c{i} bigint", lambda rows, i: rows),
]


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_killed_process_loses_nothing(tmp_path, version):
    """A server is killed in the middle of changes, again and again: what was acknowledged is there, what was not is whole or absent."""
    data = tmp_path / "data"
    server = Server(data)
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE t (id bigint, n bigint) WITH (\"format-version\" = '{version}')")
        cursor.execute("INSERT INTO t SELECT g, 0 FROM generate_series(1, 40) AS s(g)")
    acknowledged = {id: 0 for id in range(1, 41)}
    chance = random.Random(7)
    done = 0
    for _ in range(5):
        after = acknowledged
        killer = threading.Timer(chance.uniform(0.05, 0.6), lambda: server.process.send_signal(signal.SIGKILL))
        killer.start()
        try:
            with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
                while True:
                    done += 1
                    sql, change = chance.choice(KILLED)
                    after = change(acknowledged, done)
                    cursor.execute(sql.format(t="t", i=done))
                    acknowledged = after
        except Exception:
            pass  # killed, wherever it was
        killer.join()
        server.process.wait()
        server = Server(data)
        with flightsql.connect(server.uri, autocommit=True) as connection:
            found = dict(rows(connection, "SELECT id, n FROM t"))
            assert rows(connection, "SELECT count(*) FROM t") == [(len(found),)]
        assert found in (acknowledged, after)
        acknowledged = found
    assert done > 10
    theirs = pyiceberg(data).load_table("main.t").scan().to_arrow()
    assert dict(zip(theirs["id"].to_pylist(), theirs["n"].to_pylist())) == acknowledged
    assert server.stop() == 0
