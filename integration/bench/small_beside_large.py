#!/usr/bin/env python3
"""How long a small query takes while large ones run: four clients repeat queries of TPC-H, one asks for the lines of an order.

    ./small_beside_large.py --mediaflight grpc://localhost:8815 [--schema tpch] [--seconds 20]
"""
import argparse
import random
import threading
import time

import adbc_driver_flightsql.dbapi as flightsql
import numpy as np

LARGE = (1, 9, 18, 21)
SMALL = "SELECT l_linenumber, l_quantity, l_shipdate FROM lineitem WHERE l_orderkey = {}"


def connect(a):
    cursor = flightsql.connect(a.mediaflight, autocommit=True).cursor()
    cursor.execute(f"SET search_path = {a.schema}")
    return cursor


def small(cursor, seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        cursor.execute(SMALL.format(random.randrange(1, 1_000_000)))
        cursor.fetch_arrow_table()
        times.append(time.perf_counter() - start)
    return np.array(times) * 1e3


def report(what, times):
    print(f"{what:22} {len(times):6} queries   p50 {np.percentile(times, 50):7.2f} ms   p99 {np.percentile(times, 99):7.2f} ms   "
          f"most {times.max():7.2f} ms", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mediaflight", required=True)
    p.add_argument("--schema", default="tpch")
    p.add_argument("--seconds", type=float, default=20)
    a = p.parse_args()
    cursor = connect(a)
    small(cursor, 1)
    report("alone", small(cursor, a.seconds / 4))

    done, counts = threading.Event(), {n: 0 for n in LARGE}

    def repeat(n):
        with open(f"{__file__.rsplit('/', 1)[0]}/tpch/q{n:02}.sql") as f:
            sql = f.read()
        own = connect(a)
        while not done.is_set():
            own.execute(sql)
            own.fetch_arrow_table()
            counts[n] += 1

    threads = [threading.Thread(target=repeat, args=(n,)) for n in LARGE]
    for t in threads:
        t.start()
    time.sleep(1)
    report("beside four large ones", small(cursor, a.seconds))
    done.set()
    for t in threads:
        t.join()
    print("large queries meanwhile: " + ", ".join(f"Q{n} {c}" for n, c in counts.items()))


if __name__ == "__main__":
    main()
