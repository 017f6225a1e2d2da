"""Queries that the planner turns inside out, with DuckDB's answers."""
import duckdb
import pytest
from adbc_driver_flightsql import dbapi as flightsql
from conftest import Server, rows
from plan_grammar import TABLES, query, rows as rows_of
from test_agreement import check


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    server, duck = Server(tmp_path_factory.mktemp("plans") / "data"), duckdb.connect()
    duck.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        for table, columns in TABLES.items():
            create = f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
            for statement in [create] + [f"INSERT INTO {table} VALUES {', '.join(r)}" for r in [rows_of(table)] if r]:
                cursor.execute(statement)
                duck.execute(statement)
        yield connection, duck
    assert server.stop() == 0, server.output()


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_duckdb_agrees(engines, first):
    connection, duck = engines
    for seed in range(first, first + 30):
        sql = query(seed)
        try:
            want = duck.execute(sql).fetchall()
        except duckdb.Error:  # subqueries of kinds that it does not have
            continue
        check(rows(connection, sql), want, False, sql)
