"""Runs a real server process over the sample lake and hands its address to the tests."""
import os
import pathlib
import shutil
import socket
import subprocess
import time
import urllib.request

import adbc_driver_flightsql.dbapi as flightsql
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / "bin" / "mediaflight"
SAMPLE = ROOT / "cmd" / "mediaflight" / "sample"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process over a data folder. Keywords go to Popen."""

    def __init__(self, data, *flags, **popen):
        self.data = pathlib.Path(data)
        self.flight, self.http = free_port(), free_port()
        self.uri = f"grpc://localhost:{self.flight}"
        self.log = open(self.data.parent / f"serve-{self.flight}.log", "w+")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", self.data, "--flight", f"localhost:{self.flight}", "--http", f"localhost:{self.http}", *flags],
            stdout=self.log, stderr=subprocess.STDOUT, **popen)
        while True:
            try:
                with urllib.request.urlopen(f"http://localhost:{self.http}/healthz", timeout=1) as answer:
                    assert answer.status == 200
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() - start > 20:
                    raise RuntimeError("the server did not start:\n" + self.output())
                time.sleep(0.005)
        self.ready_after = time.monotonic() - start

    def output(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.log.close()
        return code


def run(*args, **kwargs):
    """Runs the binary; a failure shows what it printed."""
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=300, **kwargs)
    return done


def load(data, *args):
    done = run("load", "--data", data, *args)
    assert done.returncode == 0, done.stderr + done.stdout
    return done


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    """A data folder with the sample tables."""
    data = tmp_path_factory.mktemp("lake") / "data"
    load(data, SAMPLE / "images.parquet", "main.images")
    load(data, SAMPLE / "titles.parquet", "main.titles")
    load(data, SAMPLE / "queries.jsonl", "main.queries")
    return data


@pytest.fixture(scope="session")
def server(lake):
    server = Server(lake)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture
def own(lake, tmp_path):
    """A server for a test that ends it or makes tables. Its catalog is a copy, which leads to the sample lake's files."""
    shutil.copytree(lake, tmp_path / "data")
    server = Server(tmp_path / "data")
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def fresh(tmp_path):
    """A server over an empty lake of its own."""
    server = Server(tmp_path / "data")
    yield server
    server.stop()
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def adbc(server):
    with flightsql.connect(server.uri, autocommit=True) as connection:
        yield connection


def rows(connection, sql, parameters=None):
    """All rows of a statement, as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture(scope="session")
def environment():
    """A process environment in which the binary is on the path, for the commands in the documents."""
    return dict(os.environ, PATH=f"{BINARY.parent}{os.pathsep}{os.environ['PATH']}")
