"""ADBC's catalog calls, at every depth and with every filter, and the options of a connection."""
import adbc_driver_flightsql.dbapi as flightsql
import pytest

from conftest import rows


@pytest.fixture
def films(fresh):
    with flightsql.connect(fresh.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA films")
        cursor.execute("CREATE TABLE films.studios (id bigint PRIMARY KEY, name text NOT NULL)")
        cursor.execute("CREATE TABLE films.clips (id bigint PRIMARY KEY, studio bigint REFERENCES films.studios, embedding vector(3))")
        cursor.execute("COMMENT ON COLUMN films.clips.studio IS 'who made it'")
        yield connection


def objects(connection, **filters):
    return connection.adbc_get_objects(**filters).read_all().to_pylist()


def tables(connection, **filters):
    return [(schema["db_schema_name"], table["table_name"], table["table_type"])
            for catalog in objects(connection, **filters) for schema in catalog["catalog_db_schemas"] for table in schema["db_schema_tables"]]


def test_depths(films):
    assert objects(films, depth="catalogs") == [{"catalog_name": "mediaflight", "catalog_db_schemas": None}]
    catalog, = objects(films, depth="db_schemas")
    assert [s["db_schema_name"] for s in catalog["catalog_db_schemas"]] == ["films", "information_schema", "main", "mediaflight"]
    assert all(s["db_schema_tables"] is None for s in catalog["catalog_db_schemas"])
    assert tables(films, depth="tables", db_schema_filter="films") == [("films", "clips", "TABLE"), ("films", "studios", "TABLE")]
    catalog, = objects(films, depth="all", db_schema_filter="films", table_name_filter="clips")
    columns = catalog["catalog_db_schemas"][0]["db_schema_tables"][0]["table_columns"]
    assert [(c["column_name"], c["ordinal_position"], c["xdbc_type_name"]) for c in columns] == [
        ("id", 1, "bigint"), ("studio", 2, "bigint"), ("embedding", 3, "vector(3)")]


def test_filters(films):
    assert objects(films, depth="all", catalog_filter="elsewhere") == []
    assert tables(films, depth="tables", catalog_filter="media%", db_schema_filter="f%", table_name_filter="cl_ps") == [("films", "clips", "TABLE")]
    assert tables(films, depth="tables", table_types_filter=["TABLE"]) == [("films", "clips", "TABLE"), ("films", "studios", "TABLE")]
    assert ("information_schema", "columns", "SYSTEM TABLE") in tables(films, depth="tables", table_types_filter=["SYSTEM TABLE"])
    assert tables(films, depth="tables", table_types_filter=["VIEW"]) == []
    catalog, = objects(films, depth="columns", db_schema_filter="films", table_name_filter="clips", column_name_filter="%d%")
    assert [c["column_name"] for c in catalog["catalog_db_schemas"][0]["db_schema_tables"][0]["table_columns"]] == ["id", "studio", "embedding"]


def test_a_tables_schema(films):
    schema = films.adbc_get_table_schema("clips", db_schema_filter="films")
    assert schema.field("studio").metadata[b"ARROW:FLIGHT:SQL:REMARKS"] == b"who made it"
    assert (schema.field("id").nullable, schema.field("embedding").type.list_size) == (False, 3)
    with pytest.raises(flightsql.Error, match="NOT_FOUND"):
        films.adbc_get_table_schema("nothing")
    assert sorted(films.adbc_get_table_types()) == ["SYSTEM TABLE", "TABLE", "VIEW"]


def test_views(films):
    with films.cursor() as cursor:
        cursor.execute("CREATE VIEW films.short (id, title) AS SELECT id, 'clip ' || id FROM films.clips")
        cursor.execute("COMMENT ON TABLE films.clips IS 'x'")
    assert tables(films, depth="tables", table_types_filter=["VIEW"]) == [("films", "short", "VIEW")]
    assert tables(films, depth="tables", db_schema_filter="films") == [("films", "clips", "TABLE"), ("films", "short", "VIEW"), ("films", "studios", "TABLE")]
    assert films.adbc_get_table_schema("short", db_schema_filter="films").names == ["id", "title"]
    assert rows(films, "SELECT * FROM films.short") == []


def test_the_current_schema(films):
    assert (films.adbc_current_catalog, films.adbc_current_db_schema) == ("mediaflight", "main")
    films.adbc_current_db_schema = "films"
    assert films.adbc_current_db_schema == "films"
    assert rows(films, "SELECT count(*) FROM clips") == [(0,)]
    for option in ("adbc_current_db_schema", "adbc_current_catalog"):
        with pytest.raises(flightsql.Error, match="invalid value"):
            setattr(films, option, "elsewhere")
    assert rows(films, "SELECT current_schema()") == [("films",)]


def test_session_options(films):
    films.adbc_connection.set_options(**{"adbc.flight.sql.session.option.timezone": "Asia/Tokyo"})
    assert rows(films, "SHOW timezone") == [("Asia/Tokyo",)]
    films.adbc_connection.set_options(**{"adbc.flight.sql.session.optionerase.timezone": ""})
    assert rows(films, "SHOW timezone") == [("UTC",)]


def test_autocommit_cannot_be_off(fresh):
    with pytest.warns(Warning, match="Cannot disable autocommit"):
        connection = flightsql.connect(fresh.uri)
    with connection:
        assert rows(connection, "SELECT 1") == [(1,)]
        connection.commit()
        connection.rollback()
    with flightsql.connect(fresh.uri, autocommit=True) as connection, pytest.raises(flightsql.NotSupportedError):
        connection.adbc_connection.set_autocommit(False)
