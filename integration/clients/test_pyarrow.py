"""pyarrow.flight: SQL text and table paths as descriptors, tickets that may be read again, pandas and polars."""
import numpy as np
import polars
import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as pq
import pytest

from conftest import SAMPLE


@pytest.fixture
def client(server):
    with flight.connect(server.uri) as client:
        yield client


def read(client, sql):
    info = client.get_flight_info(flight.FlightDescriptor.for_command(sql.encode()))
    return pa.concat_tables(client.do_get(endpoint.ticket).read_all() for endpoint in info.endpoints)


def test_a_whole_table_is_what_was_loaded(client):
    want = pq.read_table(SAMPLE / "images.parquet").sort_by("image_id")
    got = read(client, "SELECT * FROM images ORDER BY image_id")
    assert got.column_names == want.column_names
    for name in want.column_names:
        assert got[name].to_pylist() == want[name].to_pylist(), name


def test_vectors_are_fixed_size_lists_without_nulls(client):
    field = read(client, "SELECT text_embedding FROM images LIMIT 3").schema.field("text_embedding")
    assert pa.types.is_fixed_size_list(field.type)
    assert (field.type.list_size, field.type.value_type) == (384, pa.float32())


def test_flight_info_has_the_schema_of_the_stream(client):
    sql = b"SELECT image_id, bboxes, created_at, NSFW_score::numeric(5, 3) AS n FROM images LIMIT 5"
    descriptor = flight.FlightDescriptor.for_command(sql)
    info = client.get_flight_info(descriptor)
    assert info.schema == client.get_schema(descriptor).schema
    assert info.schema == client.do_get(info.endpoints[0].ticket).schema


def test_a_path_names_a_table(client):
    for path in (["titles"], ["main", "titles"], ["mediaflight", "main", "titles"]):
        info = client.get_flight_info(flight.FlightDescriptor.for_path(*path))
        assert client.do_get(info.endpoints[0].ticket).read_all().num_rows == 3200


def test_list_flights_has_the_tables(client):
    paths = [tuple(part.decode() for part in info.descriptor.path) for info in client.list_flights()]
    assert ("main", "images") in [path[-2:] for path in paths]


def test_a_ticket_gives_the_same_rows_again(client):
    info = client.get_flight_info(flight.FlightDescriptor.for_command(b"SELECT image_id FROM images LIMIT 100"))
    ticket = info.endpoints[0].ticket
    assert client.do_get(ticket).read_all() == client.do_get(ticket).read_all()


def test_sql_text_is_a_ticket_too(client):
    assert client.do_get(flight.Ticket(b"SELECT 40 + 2 AS answer")).read_all().to_pydict() == {"answer": [42]}


def test_nearest_neighbors_are_numpys(client):
    images = pq.read_table(SAMPLE / "images.parquet", columns=["image_id", "text_embedding"])
    vectors = np.vstack(images["text_embedding"].to_numpy()).astype(np.float64)
    for row in (0, 1234, 4296):
        query = vectors[row]
        distance = 1 - vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
        literal = "[" + ",".join(map(repr, query.tolist())) + "]"
        got = read(client, f"SELECT image_id, text_embedding <=> '{literal}' AS d FROM images ORDER BY d, image_id LIMIT 10")
        np.testing.assert_allclose(got["d"].to_numpy(), np.sort(distance)[:10], atol=1e-5)
        assert got["image_id"][0].as_py() in images["image_id"].to_numpy()[distance < 1e-6]


def test_filtered_neighbors_are_k_rows(client):
    sql = """SELECT image_id, category, text_embedding <=> (SELECT embedding FROM queries WHERE text = 'a red car') AS d
             FROM images WHERE category = 'animals' AND NSFW_score < 0.2 ORDER BY d LIMIT 10"""
    got = read(client, sql).to_pydict()
    assert len(got["d"]) == 10 and got["d"] == sorted(got["d"]) and set(got["category"]) == {"animals"}


def test_pandas_and_polars_take_the_stream(client):
    table = read(client, "SELECT category, count(*) AS n FROM images GROUP BY category ORDER BY n DESC, category")
    frame = table.to_pandas()
    assert frame["n"].sum() == 4297 and frame["category"][0] == "signs and symbols"
    assert polars.from_arrow(table)["n"].sum() == 4297


def test_errors_look_like_postgresqls(client):
    with pytest.raises((flight.FlightError, pa.ArrowException)) as error:
        read(client, "SELECT image_id, image_captoin FROM images")
    text = str(error.value)
    assert 'ERROR 42703: column "image_captoin" does not exist' in text
    assert "LINE 1: SELECT image_id, image_captoin FROM images\n                         ^" in text
    assert 'HINT: did you mean "image_caption"?' in text


@pytest.mark.parametrize("path, state", [(["nothing"], "42P01"), (["elsewhere", "main", "titles"], "3D000"), ([], "08P01"),
                                         (["a", "b", "c", "d"], "08P01"), (['ti"tles; DROP TABLE titles'], "42P01")])
def test_paths_that_lead_nowhere(client, path, state):
    with pytest.raises((flight.FlightError, pa.ArrowException), match=state):
        client.get_flight_info(flight.FlightDescriptor.for_path(*path))


def test_listed_flights_are_good(client):
    listed = {info.descriptor.path[-1]: info for info in client.list_flights(b"t%")}
    assert list(listed) == [b"titles"]
    assert listed[b"titles"].total_records == 3200
    assert client.do_get(listed[b"titles"].endpoints[0].ticket).read_all().num_rows == 3200


@pytest.mark.parametrize("garbage", [b"", b"\x00\x01\x02", b"\xffmf1" + bytes(60), b"\n\x05hello", bytes(range(256)) * 20])
def test_garbage_is_refused(client, garbage):
    for call in (lambda: client.get_flight_info(flight.FlightDescriptor.for_command(garbage)),
                 lambda: client.get_schema(flight.FlightDescriptor.for_command(garbage)),
                 lambda: client.do_get(flight.Ticket(garbage)).read_all(),
                 lambda: list(client.do_action(flight.Action("CreatePreparedStatement", garbage))),
                 lambda: list(client.do_action(flight.Action("nothing of ours", garbage)))):
        with pytest.raises((flight.FlightError, pa.ArrowException)) as error:
            call()
        assert "ERROR " in str(error.value) and "XX000" not in str(error.value)
    assert read(client, "SELECT 1 AS x")["x"].to_pylist() == [1]


def test_depth_and_length(client):
    for sql in ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, "SELECT 1" + "+1" * 20_000):
        with pytest.raises((flight.FlightError, pa.ArrowException), match="54001"):
            read(client, sql)
    assert len(read(client, "SELECT '" + "x" * 2_000_000 + "' AS x")["x"][0].as_py()) == 2_000_000


def test_who_calls_may_say_so(client):
    token = client.authenticate_basic_token("me", "secret")
    long = (b"x-note", b"x" * 30_000)
    for headers in ([token], [(b"authorization", b"Bearer abc")], [long]):
        options = flight.FlightCallOptions(headers=headers)
        assert client.do_get(flight.Ticket(b"SELECT 1 AS x"), options).read_all()["x"].to_pylist() == [1]


def test_a_deadline_ends_the_query(client):
    endless = flight.Ticket(b"SELECT count(*) FROM images a CROSS JOIN images b CROSS JOIN images c WHERE a.width + b.width + c.width < 0")
    # Both sides watch the deadline; if the server is first, its end of the stream is what the client sees.
    with pytest.raises((flight.FlightTimedOutError, flight.FlightCancelledError)):
        client.do_get(endless, flight.FlightCallOptions(timeout=0.3)).read_all()


def test_writing_needs_an_ingest(client):
    with pytest.raises((flight.FlightError, pa.ArrowException), match="CommandStatementIngest"):
        writer, _ = client.do_put(flight.FlightDescriptor.for_path("titles"), pa.schema([("x", pa.int64())]))
        writer.write_table(pa.table({"x": [1]}))
        writer.close()
