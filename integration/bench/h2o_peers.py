#!/usr/bin/env python3
"""The questions of h2o.ai's db-benchmark (https://github.com/h2oai/db-benchmark, MPL-2.0), asked in SQL, and some about windows.

Aggregation: the ten groupby questions over N rows with K groups. Joins: the five questions, of which the sums are fetched that
db-benchmark checks the answers by, not the joined rows. Windows: five of our own over the groupby table, fetched as sums too.
Data are made here, as its R programs make them: no NULLs, not sorted. Every peer reads the same Parquet files with two threads;
Mediaflight reads tables of the same names loaded from them. Per question the best of --rounds, interleaved; answers are compared.

    ./h2o_peers.py --data DIR --make [--rows 10000000]
    for t in x j small medium big; do mediaflight load --data LAKE DIR/$t.parquet h2o.$t; done
    ./h2o_peers.py --data DIR [--mediaflight grpc://localhost:8815]
"""
import argparse
import json
import math
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import sql_peers

TABLES = ("x", "j", "small", "medium", "big")

QUESTIONS = {
    "groupby 1": "SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1",
    "groupby 2": "SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2",
    "groupby 3": "SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3",
    "groupby 4": "SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4",
    "groupby 5": "SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6",
    "groupby 6": "SELECT id4, id5, percentile_cont(0.5) WITHIN GROUP (ORDER BY v3) AS m, stddev(v3) AS s FROM x GROUP BY id4, id5",
    "groupby 7": "SELECT id3, max(v1) - min(v2) AS range_v1_v2 FROM x GROUP BY id3",
    "groupby 8": "SELECT id6, v3 FROM (SELECT id6, v3, row_number() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS n FROM x) t WHERE n <= 2",
    "groupby 9": "SELECT id2, id4, power(corr(v1, v2), 2) AS r2 FROM x GROUP BY id2, id4",
    "groupby 10": "SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS v3, count(*) AS n FROM x GROUP BY id1, id2, id3, id4, id5, id6",
    "join 1": "SELECT count(*) AS n, sum(j.v1) AS v1, sum(small.v2) AS v2 FROM j JOIN small USING (id1)",
    "join 2": "SELECT count(*) AS n, sum(j.v1) AS v1, sum(medium.v2) AS v2 FROM j JOIN medium USING (id2)",
    "join 3": "SELECT count(*) AS n, sum(j.v1) AS v1, sum(medium.v2) AS v2 FROM j LEFT JOIN medium USING (id2)",
    "join 4": "SELECT count(*) AS n, sum(j.v1) AS v1, sum(medium.v2) AS v2 FROM j JOIN medium USING (id5)",
    "join 5": "SELECT count(*) AS n, sum(j.v1) AS v1, sum(big.v2) AS v2 FROM j JOIN big USING (id3)",
    "window 1": "SELECT sum(n) FROM (SELECT row_number() OVER (PARTITION BY id3 ORDER BY v3) AS n FROM x) t",
    "window 2": "SELECT sum(s) FROM (SELECT sum(v3) OVER (PARTITION BY id6) AS s FROM x) t",
    "window 3": "SELECT max(s) FROM (SELECT sum(v1) OVER (PARTITION BY id4 ORDER BY id6, v3, v1, v2) AS s FROM x) t",
    "window 4": "SELECT sum(d) FROM (SELECT v1 - lag(v1) OVER (PARTITION BY id2 ORDER BY v3, v1) AS d FROM x) t",
    "window 5": "SELECT sum(a) FROM (SELECT avg(v3) OVER (PARTITION BY id5 ORDER BY v3 ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING) AS a FROM x) t",
}


def make(folder, n, k=100):
    r = np.random.default_rng(108)

    def numbers(most, rows=n):
        return r.integers(1, most + 1, rows, dtype=np.int32)

    def texts(values, form):
        known, at = np.unique(values, return_inverse=True)
        names = pa.array([form % v for v in known])
        return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), names).cast(pa.string())

    def write(name, columns):
        pq.write_table(pa.table(columns), f"{folder}/{name}.parquet")

    write("x", {
        "id1": texts(numbers(k), "id%03d"), "id2": texts(numbers(k), "id%03d"), "id3": texts(numbers(n // k), "id%010d"),
        "id4": numbers(k), "id5": numbers(k), "id6": numbers(n // k),
        "v1": numbers(5), "v2": numbers(15), "v3": np.round(r.uniform(0, 100, n), 6),
    })
    # Of the keys of each size nine tenths are on both sides, and one tenth on one side only.
    sizes = {"small": max(n // 1_000_000, 10), "medium": max(n // 1_000, 10), "big": n}
    sides = {}
    for name, size in sizes.items():
        keys = r.permutation(np.arange(1, size + size // 10 + 1, dtype=np.int32))
        sides[name] = keys[:size], keys[size // 10:]  # of j, of the other table
    ids = {"small": "1", "medium": "2", "big": "3"}
    columns = {}
    for name, size in sizes.items():
        columns["id" + ids[name]] = r.choice(sides[name][0], n) if size < n else r.permutation(sides[name][0])
    for name in sizes:
        columns["id" + str(int(ids[name]) + 3)] = texts(columns["id" + ids[name]], "id%d")
    columns["v1"] = np.round(r.uniform(0, 100, n), 6)
    write("j", columns)
    for name, size in sizes.items():
        own = {"id" + ids[name]: sides[name][1], "id" + str(int(ids[name]) + 3): texts(sides[name][1], "id%d"),
               "v2": np.round(r.uniform(0, 100, size), 6)}
        write(name, own)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--make", action="store_true", help="write the data, and end")
    p.add_argument("--rows", type=int, default=10_000_000)
    p.add_argument("--rounds", type=int, default=2)
    p.add_argument("--only", default="", help="what a question's name contains, such as join")
    p.add_argument("--peers", default="duckdb,datafusion")
    p.add_argument("--mediaflight")
    p.add_argument("--schema", default="h2o")
    p.add_argument("--json")
    a = p.parse_args()
    if a.make:
        return make(a.data, a.rows)

    sql_peers.TABLES = TABLES
    engines = {name: getattr(sql_peers, name + "_engine")(a.data) for name in filter(None, a.peers.split(","))}
    if a.mediaflight:
        engines["mediaflight"] = sql_peers.mediaflight_engine(a.mediaflight, a.schema)
    truth = engines.get("duckdb") or sql_peers.duckdb_engine(a.data)
    times = {name: {} for name in engines}
    print(f"{'':12}" + " ".join(f"{name:>14}" for name in engines))
    for question, sql in QUESTIONS.items():
        if a.only not in question:
            continue
        want, faults = truth(sql), {}
        for _ in range(a.rounds):
            for name, run in engines.items():
                start = time.perf_counter()
                try:
                    got = run(sql)
                    spent = time.perf_counter() - start
                    fault = f"{got.num_rows} rows, not {want.num_rows}" if got.num_rows != want.num_rows else ""
                    if not fault and want.num_rows <= 200_000:
                        fault = sql_peers.same(want, got)
                except Exception as e:
                    fault = f"{type(e).__name__}: {str(e).splitlines()[0][:100]}"
                if fault:
                    faults[name] = fault
                else:
                    times[name][question] = min(spent, times[name].get(question, 1e9))
        cells = (f"{times[e][question]*1e3:11.1f} ms" if e not in faults else f"{'FAILED':>14}" for e in engines)
        print(f"{question:12}" + " ".join(cells), flush=True)
        for name, fault in faults.items():
            times[name].pop(question, None)
            print(f"    {name}: {fault}")
    for name, got in times.items():
        if got:
            mean = math.exp(sum(map(math.log, got.values())) / len(got))
            print(f"{name:14} {len(got)} right, total {sum(got.values()):.2f} s, geometric mean {mean*1e3:.1f} ms")
    if a.json:
        with open(a.json, "w") as out:
            json.dump(times, out, indent=1)


if __name__ == "__main__":
    main()
