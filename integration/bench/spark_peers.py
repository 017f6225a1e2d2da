"""Spark reads one table of 10 million rows: by our data source, by Iceberg's runtime from the files, and by JDBC from the server.

    make build && python integration/bench/spark_peers.py [--rows N] [--rounds N]

Runs in an environment with integration/spark/requirements.txt and clients/spark (make test-spark leaves one in build/venv-spark), and with
the jars that docs/spark.md names and Arrow's JDBC driver in the local Maven repository. All columns of all rows go to Spark's sink noop. Readers
take turns in one session; the first round warms up. CPU is of Spark, its Python workers and the server together: of a machine whose
processors others use as well it tells more than the time. JDBC reads 8 partitions by ranges of the key.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAVEN = pathlib.Path.home() / ".m2" / "repository"
JARS = [MAVEN / "org/apache/iceberg/iceberg-spark-runtime-4.1_2.13/1.11.0/iceberg-spark-runtime-4.1_2.13-1.11.0.jar",
        MAVEN / "org/xerial/sqlite-jdbc/3.50.3.0/sqlite-jdbc-3.50.3.0.jar",
        MAVEN / "org/apache/arrow/flight-sql-jdbc-driver/18.3.0/flight-sql-jdbc-driver-18.3.0.jar"]
PARTITIONS = 8
FLIGHT, HTTP = 28915, 28916
TICK = os.sysconf("SC_CLK_TCK")


def make_table(path, rows):
    random = np.random.default_rng(1)
    kinds = np.array([f"kind {i}" for i in range(100)])
    writer = None
    for start in range(0, rows, 1_000_000):
        n = min(1_000_000, rows - start)
        made = np.datetime64("2020-01-01T00:00:00", "us") + random.integers(0, 10**14, n).astype("timedelta64[us]")
        table = pa.table({"id": np.arange(start, start + n), "kind": kinds[random.integers(0, 100, n)],
                          "title": [f"clip {i * 7919 % 1_000_003}" for i in range(start, start + n)], "score": random.random(n),
                          "width": random.integers(100, 4000, n).astype(np.int32), "made": made})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def cpu_seconds(roots):
    """CPU time of processes and all that came of them, also of those that have ended."""
    parents, used = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15])) / TICK
    of = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in of} - of:
        of |= more
    return sum(used.get(pid, 0) for pid in of)


def session(data):
    from pyspark.sql import SparkSession
    os.environ["PYSPARK_PYTHON"] = sys.executable
    catalog = "spark.sql.catalog.mediaflight"
    spark = (SparkSession.builder.master(f"local[{len(os.sched_getaffinity(0))}]").config("spark.ui.enabled", "false")
             .config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "3g")
             .config("spark.driver.extraClassPath", ":".join(map(str, JARS)))
             .config("spark.driver.extraJavaOptions", "--add-opens=java.base/java.nio=ALL-UNNAMED -Duser.timezone=UTC")
             .config(catalog, "org.apache.iceberg.spark.SparkCatalog").config(catalog + ".catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog")
             .config(catalog + ".uri", f"jdbc:sqlite:{data}/catalog.db").config(catalog + ".warehouse", f"file://{data}/warehouse").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def readers(spark, rows):
    jdbc = (spark.read.format("jdbc").option("driver", "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver")
            .option("url", f"jdbc:arrow-flight-sql://localhost:{FLIGHT}/?useEncryption=false").option("dbtable", "main.clips")
            .option("partitionColumn", "id").option("lowerBound", 0).option("upperBound", rows).option("numPartitions", PARTITIONS))
    ours = spark.read.format("mediaflight").option("uri", f"grpc://localhost:{FLIGHT}").option("partitions", PARTITIONS)
    return {"mediaflight": lambda: ours.load("main.clips"), "iceberg": lambda: spark.table("mediaflight.main.clips"), "jdbc": jdbc.load}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, binary = pathlib.Path(folder) / "data", ROOT / "bin" / "mediaflight"
        make_table(f"{folder}/clips.parquet", args.rows)
        subprocess.run([binary, "load", "--data", data, f"{folder}/clips.parquet", "main.clips"], check=True)
        server = subprocess.Popen([binary, "serve", "--data", data, "--flight", f"localhost:{FLIGHT}", "--http", f"localhost:{HTTP}"], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"http://localhost:{HTTP}/healthz", timeout=1)
                    break
                except OSError:
                    time.sleep(0.1)
            measure(session(data), args, server.pid)
        finally:
            server.terminate()
            server.wait()


def measure(spark, args, server):
    taken = {}
    for turn in range(args.rounds + 1):
        for name, read in readers(spark, args.rows).items():
            frame, cpu, start = read(), cpu_seconds([os.getpid(), server]), time.perf_counter()
            frame.write.format("noop").mode("overwrite").save()
            if turn > 0:
                taken.setdefault(name, []).append((time.perf_counter() - start, cpu_seconds([os.getpid(), server]) - cpu))
    medians = {name: [statistics.median(column) for column in zip(*of)] for name, of in taken.items()}
    for name, (wall, cpu) in medians.items():
        print(f"{name:12} {wall:6.2f} s  {cpu:6.2f} CPU s  {args.rows / wall / 1e6:5.2f} million rows/s")
    ours = medians["mediaflight"]
    print(*(f"{name} / mediaflight: {m[0] / ours[0]:.2f} of time, {m[1] / ours[1]:.2f} of CPU" for name, m in medians.items() if m[1] != ours[1]), sep="\n")
    spark.stop()


main()
