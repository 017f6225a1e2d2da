"""The server as a process: its start and end, clients that vanish, stall or come in crowds, a disk that is full."""
import resource
import signal
import subprocess
import sys
import threading
import time

import adbc_driver_flightsql.dbapi as flightsql
import numpy as np
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from conftest import Server, free_port, rows, run

COUNT_FOR_HOURS = b"SELECT count(*) FROM images a CROSS JOIN images b CROSS JOIN images c WHERE a.width + b.width + c.width < 0"
STREAM_FOR_HOURS = b"SELECT a.title_id, a.title FROM titles a CROSS JOIN titles b CROSS JOIN images c"
SOME_SECONDS = b"SELECT count(*) FROM titles a CROSS JOIN titles b CROSS JOIN (VALUES (1), (2), (3)) c(x) WHERE a.title_id * b.title_id % 7 = x"


def ask(uri, sql):
    with flight.connect(uri) as client:
        return client.do_get(flight.Ticket(sql)).read_all()


def cpu_ticks(pid):
    """The processor time that a process has used, in hundredths of a second."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def anonymous_memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) << 10


def test_an_empty_lake_is_served(fresh):
    assert ask(fresh.uri, b"SELECT count(*) AS n FROM information_schema.schemata")["n"].to_pylist() == [3]


def test_a_stop_waits_for_queries(own):
    answer = []
    reader = threading.Thread(target=lambda: answer.append(ask(own.uri, SOME_SECONDS)))
    reader.start()
    time.sleep(0.2)
    own.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    with pytest.raises((flight.FlightError, pa.ArrowException)):
        ask(own.uri, b"SELECT 1")
    reader.join()
    assert answer and answer[0].num_rows == 1
    assert own.process.wait(timeout=5) == 0, own.output()
    assert "draining" in own.output()


@pytest.mark.parametrize("sql", [COUNT_FOR_HOURS, STREAM_FOR_HOURS])
def test_a_killed_clients_query_ends(own, sql):
    program = """if True:
        import sys, pyarrow.flight as flight
        stream = flight.connect(sys.argv[1]).do_get(flight.Ticket(sys.argv[2].encode()))
        for _ in stream: pass"""
    client = subprocess.Popen([sys.executable, "-c", program, own.uri, sql.decode()])
    idle = cpu_ticks(own.process.pid)
    deadline = time.monotonic() + 20
    while cpu_ticks(own.process.pid) < idle + 20:
        assert time.monotonic() < deadline and client.poll() is None, own.output()
        time.sleep(0.01)
    client.kill()
    client.wait()
    time.sleep(0.1)
    before = cpu_ticks(own.process.pid)
    time.sleep(0.4)
    assert cpu_ticks(own.process.pid) - before <= 3


def test_a_client_that_stops_reading_holds_up_only_itself(own):
    with flight.connect(own.uri) as client:
        stream = client.do_get(flight.Ticket(STREAM_FOR_HOURS))
        stream.read_chunk()
        time.sleep(0.5)
        ticks, memory = cpu_ticks(own.process.pid), anonymous_memory(own.process.pid)
        time.sleep(0.5)
        assert cpu_ticks(own.process.pid) - ticks <= 3
        begin = time.monotonic()
        for _ in range(20):
            assert ask(own.uri, b"SELECT count(*) AS n FROM titles")["n"].to_pylist() == [3200]
        assert time.monotonic() - begin < 5
        assert anonymous_memory(own.process.pid) - memory < 64 << 20
        assert stream.read_chunk().data.num_rows > 0
        stream.cancel()


def test_fifty_clients_at_once(server):
    failures = []

    def work():
        try:
            with flightsql.connect(server.uri, autocommit=True) as connection:
                for _ in range(5):
                    assert rows(connection, "SELECT count(*) FROM images WHERE category = 'animals' GROUP BY category") == [(281,)]
        except Exception as e:  # whatever it is, it is shown below
            failures.append(e)

    clients = [threading.Thread(target=work) for _ in range(50)]
    for c in clients:
        c.start()
    for c in clients:
        c.join(timeout=60)
    assert not failures and not any(c.is_alive() for c in clients)


def test_a_ticket_is_good_for_every_server_of_its_key(own):
    with flight.connect(own.uri) as client:
        ticket = client.get_flight_info(flight.FlightDescriptor.for_command(b"SELECT * FROM titles")).endpoints[0].ticket
        assert client.do_get(ticket).read_all().num_rows == 3200
    assert own.stop() == 0
    again = Server(own.data)
    with flight.connect(again.uri) as client:
        assert client.do_get(ticket).read_all().num_rows == 3200
    assert again.stop() == 0
    (own.data / "ticket.key").unlink()
    other = Server(own.data)
    with flight.connect(other.uri) as client, pytest.raises((flight.FlightError, pa.ArrowException), match="call GetFlightInfo again"):
        client.do_get(ticket).read_all()
    assert other.stop() == 0


def test_two_servers_share_a_folder(own):
    other = Server(own.data)
    ask(other.uri, b"CREATE TABLE shared AS SELECT 1 AS x")
    assert ask(own.uri, b"SELECT x FROM shared")["x"].to_pylist() == [1]
    failures = []

    def insert(uri):
        try:
            for _ in range(5):
                ask(uri, b"INSERT INTO shared VALUES (2)")
        except Exception as e:
            failures.append(e)

    writers = [threading.Thread(target=insert, args=(s.uri,)) for s in (own, other)]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    assert not failures
    for s in (own, other):
        assert ask(s.uri, b"SELECT count(*) AS n FROM shared")["n"].to_pylist() == [11]
    assert other.stop() == 0


def test_a_port_in_use_is_an_error(own, tmp_path):
    for flags in (["--flight", f"localhost:{own.flight}", "--http", f"localhost:{free_port()}"],
                  ["--flight", f"localhost:{free_port()}", "--http", f"localhost:{own.http}"]):
        done = run("serve", "--data", tmp_path / "other", *flags)
        assert done.returncode == 1 and "is in use" in done.stderr and "--" in done.stderr
        assert not (tmp_path / "other").exists()


def test_other_machines_are_refused_unless_asked_for(tmp_path):
    done = run("serve", "--data", tmp_path / "other", "--flight", f"0.0.0.0:{free_port()}")
    assert done.returncode == 1 and "--allow-insecure" in done.stderr


def test_a_full_disk_leaves_the_table_as_it_was(tmp_path):
    """A limit on the size of files stands for the disk."""
    full = Server(tmp_path / "data", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    some = pa.table({"x": np.arange(1000.0)})
    too_many = pa.Table.from_batches(pa.table({"x": np.random.default_rng(1).random(500_000)}).to_batches(max_chunksize=100_000))
    with flightsql.connect(full.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("t", some, mode="create")
        files = sorted(tmp_path.glob("data/warehouse/**/*.parquet"))
        for table, mode in (("t", "append"), ("t", "replace"), ("new", "create")):
            with pytest.raises(flightsql.Error):
                cursor.adbc_ingest(table, too_many, mode=mode)
        assert rows(connection, "SELECT count(*), sum(x) FROM t") == [(1000, 499500.0)]
        assert rows(connection, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'") == [("t",)]
        assert sorted(tmp_path.glob("data/warehouse/**/*.parquet")) == files
        assert cursor.adbc_ingest("t", some, mode="append") == 1000
    assert full.stop() == 0
