"""The Arrow Flight SQL JDBC driver; the checks are Java, in jdbc/."""
import pathlib
import subprocess

JDBC = pathlib.Path(__file__).parent / "jdbc"


def test_jdbc(server, fresh):
    done = subprocess.run(["mvn", "--batch-mode", "--quiet", "test", f"-Dlake=localhost:{server.flight}", f"-Dempty=localhost:{fresh.flight}"],
                          cwd=JDBC, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    reports = list((JDBC / "target" / "surefire-reports").glob("*.txt"))
    assert any("Tests run: " in r.read_text() and "Tests run: 0" not in r.read_text() for r in reports)
