"""The examples in docs/spark.md are run, in order: pyspark in this session, sql on the server."""
import re

import pytest

from conftest import HERE, servers

PAGE = HERE.parents[1] / "docs" / "spark.md"
BLOCK = re.compile(r"^```(pyspark|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def sample(server):
    for file, table in (("images.parquet", "main.images"), ("queries.jsonl", "main.queries")):
        done = servers.run("load", "--uri", server.uri, servers.SAMPLE / file, table)
        assert done.returncode == 0, done.stderr


def test_examples_run(spark, server, sql, sample):
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) > 2
    names = {"spark": spark}
    for language, text in blocks:
        if language == "sql":
            for statement in filter(str.strip, text.split(";")):
                sql(statement)
        else:
            exec(text.replace("grpc://localhost:8815", server.uri), names)
