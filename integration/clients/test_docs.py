"""Every example in the README and in docs/ is run.

A block's language says how: sql goes to the shell, python and java are run as programs, sh as commands. Blocks of one page run in
order against one server with the sample lake of their own; its ports take the place of the default ones. A page's block that is to
show an error is marked `sql error`. Blocks of other languages (text, json, none) are not run, nor is what needs torch where there is
none: `make test-torch` runs that.
"""
import importlib.util
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "clients/python/README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w+)( error)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRIVER = pathlib.Path.home() / ".m2/repository/org/apache/arrow/flight-sql-jdbc-driver/18.3.0/flight-sql-jdbc-driver-18.3.0.jar"


def blocks(page):
    return [m.groups() for m in BLOCK.finditer(page.read_text()) if m.group(1) in ("sql", "python", "java", "sh")]


class Reader:
    """Somebody who types what a page says, with a server of their own."""

    def __init__(self, server, folder, environment):
        self.server, self.folder, self.environment = server, folder, environment

    def here(self, text):
        return text.replace("localhost:8815", f"localhost:{self.server.flight}").replace("localhost:8816", f"localhost:{self.server.http}")

    def run(self, *command, stdin=None):
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300, cwd=self.folder, env=self.environment)

    def sql(self, text):
        return self.run("mediaflight", "sql", "--uri", self.server.uri, stdin=text)

    def python(self, text):
        return self.run(sys.executable, "-c", self.here(text))

    def sh(self, text):
        return self.run("bash", "-e", "-c", self.here(text))

    def java(self, text):
        source = self.folder / "Example.java"
        source.write_text(self.here(text))
        return self.run("java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", str(DRIVER), str(source))


@pytest.fixture
def reader(own, tmp_path, environment):
    (tmp_path / "work").mkdir()
    return Reader(own, tmp_path / "work", environment)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_examples_run(page, reader):
    for language, error, text in blocks(page):
        if re.search(r"^import (mediaflight\.)?torch$", text, re.MULTILINE) and not importlib.util.find_spec("torch"):
            continue
        done = getattr(reader, language)(text)
        if error:
            assert done.returncode != 0, f"no error from:\n{text}\n{done.stdout}"
        else:
            assert done.returncode == 0, f"{language}:\n{text}\n{done.stdout}\n{done.stderr}"


def test_there_are_examples():
    assert sum(len(blocks(page)) for page in PAGES) > 20
