#!/usr/bin/env python3
"""How long `mediaflight serve` takes from the start of the process to its first answer, on an empty lake.

    ./start_time.py bin/mediaflight [--runs 20]
"""
import argparse, socket, statistics, subprocess, tempfile, time

import pyarrow.flight as flight


def start(binary):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        server = subprocess.Popen([binary, "serve", "--data", folder + "/data", "--flight", f"localhost:{port}", "--http", "localhost:0"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("localhost", port)).close()
                break
            except OSError:
                time.sleep(0.001)
        flight.connect(f"grpc://localhost:{port}").do_get(flight.Ticket(b"SELECT 1")).read_all()
        took = time.perf_counter() - begin
        server.terminate()
        server.wait()
    return took * 1000


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("binary")
    p.add_argument("--runs", type=int, default=20)
    a = p.parse_args()
    took = sorted(start(a.binary) for _ in range(a.runs))
    print(f"start to first answer: min {took[0]:.0f} ms, median {statistics.median(took):.0f} ms, max {took[-1]:.0f} ms")


if __name__ == "__main__":
    main()
