"""The command line: shell, load, serve, version, demo."""
import json
import re
import signal
import subprocess
import time

import pyarrow.parquet as pq

from conftest import BINARY, SAMPLE, Server, run


def sql(server, *args):
    done = run("sql", "--uri", server.uri, *args)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_aligned_output(server):
    assert sql(server, "-c", "SELECT title_id, title FROM titles WHERE title_id <= 2 ORDER BY 1").splitlines()[1].startswith("----")
    assert "(2 rows)" in sql(server, "-c", "SELECT title_id FROM titles WHERE title_id <= 2")


def test_describe_lists_columns(server):
    out = sql(server, "-c", r"\d images")
    assert re.search(r"text_embedding +\| vector\(384\)", out), out
    assert "titles" in sql(server, "-c", r"\d")


def test_formats(server, tmp_path):
    query = "SELECT title_id, title FROM titles WHERE title_id <= 3 ORDER BY 1"
    assert sql(server, "--format", "csv", "-c", query).splitlines()[0] == "title_id,title"
    assert [json.loads(line)["title_id"] for line in sql(server, "--format", "json", "-c", query).splitlines()] == [1, 2, 3]
    target = tmp_path / "out.parquet"
    sql(server, "--format", "parquet", "--output", target, "-c", query)
    assert pq.read_table(target)["title_id"].to_pylist() == [1, 2, 3]


def test_a_script_stops_at_the_first_error(server, tmp_path):
    script = tmp_path / "s.sql"
    script.write_text("SELECT 1 AS first;\n-- a comment; with a semicolon\nSELECT nothing;\nSELECT 2 AS second;\n")
    done = run("sql", "--uri", server.uri, "-f", script)
    assert done.returncode != 0
    assert "first" in done.stdout and "second" not in done.stdout
    assert "ERROR 42703" in done.stderr


def test_the_shell_works_on_the_folder_itself(tmp_path):
    done = run("sql", "--data", tmp_path / "data", "-c", "CREATE TABLE t AS SELECT 1 AS x; SELECT x + 1 AS y FROM t", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["y", "2"]


def test_standard_input_is_a_script(server):
    done = run("sql", "--uri", server.uri, "--format", "csv", input="SELECT 1 AS a;\nSELECT 2 AS b;\n")
    assert done.stdout.split() == ["a", "1", "b", "2"], done.stderr


def test_load_goes_through_a_server_too(fresh):
    done = run("load", "--uri", fresh.uri, SAMPLE / "titles.parquet", "main.titles")
    assert done.returncode == 0, done.stderr
    assert "3200" in sql(fresh, "-c", "SELECT count(*) FROM titles")


def test_load_says_what_it_did(tmp_path):
    csv = tmp_path / "a.csv"
    csv.write_text("id,name,day\n1,one,2026-11-25\n2,,\n")
    done = run("load", "--data", tmp_path / "data", csv, "main.people")
    assert done.returncode == 0 and "2 rows" in done.stdout, done.stdout + done.stderr
    out = run("sql", "--data", tmp_path / "data", "--format", "json", "-c", "SELECT * FROM people ORDER BY id").stdout
    assert [json.loads(line) for line in out.splitlines()] == [
        {"id": 1, "name": "one", "day": "2026-11-25"}, {"id": 2, "name": None, "day": None}]


def test_a_killed_load_leaves_nothing(tmp_path):
    big = tmp_path / "big.csv"
    with open(big, "w") as f:
        f.write("id,text\n")
        for i in range(2_000_000):
            f.write(f"{i},some text that takes a while to read {i}\n")
    process = subprocess.Popen([BINARY, "load", "--data", tmp_path / "data", big, "main.t"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list((tmp_path / "data").glob("warehouse/**/*.parquet")):  # rows are being written
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL  # it had not ended by itself
    done = run("sql", "--data", tmp_path / "data", "--format", "csv", "-c", "SELECT count(*) AS n FROM t")
    assert "42P01" in done.stderr or done.stdout.split() == ["n", "0"], done.stdout + done.stderr


def test_other_addresses_are_refused_without_tls(tmp_path):
    done = run("serve", "--data", tmp_path / "data", "--flight", "0.0.0.0:0")
    assert done.returncode != 0
    assert "loopback" in done.stderr and "--" in done.stderr


def test_serve_is_ready_at_once_and_drains(tmp_path):
    server = Server(tmp_path / "data")
    assert server.stop() == 0


def test_demo(tmp_path):
    done = subprocess.run([BINARY, "demo", "--exit", "--data", tmp_path / "data", "--flight", "localhost:0", "--http", "localhost:0"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("images", "titles", "similar", "jdbc:arrow-flight-sql://", "grpc://"):
        assert part in done.stdout, done.stdout
