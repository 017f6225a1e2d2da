"""The shell at a terminal: what is typed, completed, remembered and interrupted."""
import os
import pty
import re
import select
import signal
import termios
import time

import pyte
import pytest

from conftest import BINARY, SAMPLE


class Terminal:
    """A process at a terminal of 40 lines and 120 columns, and what its screen shows."""

    def __init__(self, *args, home):
        self.master = None
        self.screen = pyte.Screen(120, 40)
        self.stream = pyte.ByteStream(self.screen)
        self.screen.write_process_input = lambda answer: os.write(self.master, answer.encode())  # where the cursor is
        pid, self.master = pty.fork()
        if pid == 0:
            os.environ |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
            os.execv(BINARY, [BINARY, *map(str, args)])
        self.pid = pid
        termios.tcsetwinsize(self.master, (40, 120))

    def read(self, seconds):
        """Takes in what is shown within some time; false if that is nothing."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.stream.feed(os.read(self.master, 1 << 16))
        except OSError:  # the process has ended
            return False
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def wait_for(self, pattern, seconds=20):
        """Waits until the screen shows something, and returns the screen."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text(), re.MULTILINE):
            assert time.monotonic() < end, f"{pattern!r} is not shown:\n{self.text()}"
            self.read(0.2)
        return self.text()

    def type(self, keys):
        """Types as people do: when the prompt stands, and a line at a time."""
        while self.read(0.3):
            pass
        os.write(self.master, keys.encode())
        while self.read(0.3):
            pass

    def exit_code(self, seconds=20):
        end = time.monotonic() + seconds
        while True:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = None
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < end, f"still running:\n{self.text()}"

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


@pytest.fixture
def terminal(server, tmp_path):
    started = []

    def start():
        t = Terminal("sql", "--uri", server.uri, home=tmp_path)
        started.append(t)
        t.wait_for("^mediaflight=> ?$")
        return t

    yield start
    for t in started:
        t.close()


def test_a_statement_may_take_several_lines(terminal):
    t = terminal()
    t.type("SELECT title_id + 41000\r")
    t.type("FROM titles WHERE title_id = 7;\r")
    screen = t.wait_for(r"^mediaflight=> ?$")
    assert re.search("^ +41007$", screen, re.MULTILINE), screen
    assert "(1 row)" in screen
    t.type("\\q\r")
    assert t.exit_code() == 0


def test_tab_completes_names(terminal):
    t = terminal()
    t.type("SELECT count(text_emb")
    t.type("\t")
    t.wait_for(r"count\(text_embedding$")
    t.type(") FROM titl")
    t.type("\t")  # title, titles, title_id ...: what they share, then the choices
    t.wait_for(r"FROM title$")
    t.type("\t")
    t.wait_for(r"title_id")


def test_lines_are_remembered(terminal):
    t = terminal()
    t.type("SELECT 20000 + 3456 AS sum;\r")
    t.wait_for("^ +23456$")
    t.type("\\q\r")
    assert t.exit_code() == 0
    t = terminal()
    t.type("\x1b[A")
    t.type("\x1b[A")
    t.wait_for(r"20000 \+ 3456")
    t.type("\r")
    t.wait_for("^ +23456$")


def test_ctrl_c_cancels_the_statement_only(terminal):
    t = terminal()
    t.type("SELECT count(*) FROM generate_series(1, 400000) a(x), generate_series(1, 400000) b(y) WHERE x + y = 0;\r")
    t.type("\x03")
    t.wait_for("ERROR 57014", seconds=10)
    t.type("SELECT 12000 + 345;\r")
    t.wait_for("^ +12345$")


def test_ctrl_d_leaves(terminal):
    t = terminal()
    t.type("\x04")
    assert t.exit_code() == 0


def test_an_error_points_at_the_word(terminal):
    t = terminal()
    t.type("SELECT titel FROM titles;\r")
    t.wait_for("ERROR 42703")
    t.wait_for(r"^ +\^$")


def test_load_shows_a_bar(tmp_path):
    """Lines without a terminal are in test_shell."""
    t = Terminal("load", "--data", tmp_path / "data", SAMPLE / "images.parquet", "main.images", home=tmp_path)
    try:
        assert t.exit_code() == 0, t.text()
        assert "images" in t.text() and "rows" in t.text(), t.text()
    finally:
        t.close()
