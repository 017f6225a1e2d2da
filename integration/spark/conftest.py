"""A Spark session in local mode, with our data source and Iceberg's, over a server of the tests' own."""
import importlib.util
import os
import pathlib
import sys

import pyarrow.flight as flight
import pytest

HERE = pathlib.Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("servers", HERE.parent / "clients" / "conftest.py")
servers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(servers)

MAVEN = pathlib.Path.home() / ".m2" / "repository"
ICEBERG = MAVEN / "org/apache/iceberg/iceberg-spark-runtime-4.1_2.13/1.11.0/iceberg-spark-runtime-4.1_2.13-1.11.0.jar"
SQLITE = MAVEN / "org/xerial/sqlite-jdbc/3.50.3.0/sqlite-jdbc-3.50.3.0.jar"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = servers.Server(tmp_path_factory.mktemp("lake") / "data")
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture(scope="session")
def spark(server):
    from pyspark.sql import SparkSession
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2,3]")  # a task that fails is tried three times
        .config("spark.ui.enabled", "false")
        .config("spark.driver.extraClassPath", f"{ICEBERG}:{SQLITE}")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.python.filterPushdown.enabled", "true")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.sql.catalog.mediaflight", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.mediaflight.catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog")
        .config("spark.sql.catalog.mediaflight.uri", f"jdbc:sqlite:{server.data}/catalog.db")
        .config("spark.sql.catalog.mediaflight.warehouse", f"file://{server.data}/warehouse")
        .config("spark.sql.catalog.mediaflight.cache-enabled", "false")
        .getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def sql(server):
    """Runs a statement on the server; the answer's rows as a dict of columns."""
    with flight.connect(server.uri) as client:

        def run(statement):
            info = client.get_flight_info(flight.FlightDescriptor.for_command(statement.encode()))
            return client.do_get(info.endpoints[0].ticket).read_all().to_pydict()

        yield run


@pytest.fixture
def read(spark, server):
    """A reader of the data source, with options."""
    return lambda **options: spark.read.format("mediaflight").options(uri=server.uri, **options)
