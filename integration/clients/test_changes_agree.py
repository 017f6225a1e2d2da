"""Generated changes of rows come to the same in Mediaflight and in DuckDB, however often rows have been changed before."""
import pytest

from generated_queries import Query
from sql_grammar import ODDITIES, Grammar
from test_agreement import check, engines  # noqa: F401: a fixture

CHANGED = ODDITIES._replace(name="changed")


def assignment(g):
    """An assignment to a column that is not the key."""
    return g.choose(
        lambda: f"small = {g.int(1)}::int", lambda: f"t = {g.text(2)}", lambda: f"k = {g.text(1)}", lambda: f"f = {g.bool(2)}", lambda: f"day = {g.date(1)}",
        lambda: "big = NULL", lambda: "nums = NULL", lambda: f"d = {g.double(1)}", lambda: f"(t, k) = (k, {g.text(1)})")()


def changes(seed):
    """A statement that changes rows."""
    g, o = Grammar(seed, CHANGED), Grammar(seed + 10_000, ODDITIES, "o")
    kind = seed % 5
    if kind == 0:
        return f"DELETE FROM changed WHERE {g.bool(3)} AND id % 3 = {g.number(0, 2)}"
    if kind == 1:
        return f"DELETE FROM changed USING (SELECT DISTINCT small AS s FROM oddities AS o WHERE {o.bool(2)}) AS x WHERE x.s = changed.id % 50"
    if kind == 2:
        return f"INSERT INTO changed SELECT id + {seed * 1000}, small, big, d, r, n, t, k, f, day, ts, nums, tags FROM oddities AS o WHERE {o.bool(2)}"
    if kind == 3:
        return f"UPDATE changed SET t = x.t, big = x.n FROM (SELECT small, max(t) AS t, count(*) AS n FROM oddities AS o WHERE {o.bool(1)} GROUP BY small) AS x WHERE x.small = changed.id % 10"
    return f"UPDATE changed SET {assignment(g)} WHERE {g.bool(3)}"


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("run", range(3))
def test_changes_agree(engines, version, run):  # noqa: F811
    with engines.mediaflight.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS changed")
        cursor.execute("CREATE TABLE changed (id int, small int, big bigint, d double precision, r real, n numeric(14, 4), t text, k text, f boolean, day date,"
                       f" ts timestamp, nums bigint[], tags text[]) WITH (\"format-version\" = '{version}')")
        cursor.execute("INSERT INTO changed SELECT * FROM oddities")
    engines.duck.execute("CREATE OR REPLACE TABLE changed AS FROM oddities")
    for seed in range(run * 40, run * 40 + 40):
        statement = Query(changes(seed))
        returning = " RETURNING changed.id, changed.t, changed.small" if seed % 2 and seed % 5 in (0, 4) else ""
        got, want = engines.ask(statement.sql + returning), engines.duck.execute(statement.duckdb + returning).fetchall()
        if returning:
            check(got, want, False, statement.sql + returning)
        everything = Query("SELECT * FROM changed")
        check(engines.ask(everything), engines.expect(everything), False, f"changed after {statement.sql}")
