#!/usr/bin/env python3
"""What the package mediaflight adds to a large result on its way to pandas, Polars, NumPy and torch.

The bar is pyarrow alone: Flight's read_all() for the stream, then pyarrow's own conversion of the table. Ours is the same result through
Result.pandas() and so on. Both run turn by turn, and their medians are compared: for the whole, and for what remains after the stream's
time. Times are the client's CPU seconds (user and system of all its threads), as the machine may do other things, and wall seconds beside.

    ./python_results.py --uri grpc://localhost:8815 --rows 1000000 [--vectors 64] [--turns 7]
"""
import argparse
import statistics
import time

import mediaflight
import numpy as np
import polars
import pyarrow as pa
import pyarrow.flight as flight


def tensors(table, torch):
    """The columns as one hand-written loop makes tensors of them: memory that is written once, and is theirs."""
    out = {}
    for name, column in zip(table.column_names, table.columns):
        if pa.types.is_string(column.type):
            out[name] = column.to_pylist()
            continue
        parts = [chunk.flatten().to_numpy().reshape(len(chunk), -1) if pa.types.is_fixed_size_list(chunk.type) else chunk.to_numpy() for chunk in column.chunks]
        joined = np.concatenate(parts)
        out[name] = torch.from_numpy(joined) if torch else joined
    return out


def measured(run):
    wall, cpu = time.perf_counter(), time.process_time()
    kept = run()
    return time.process_time() - cpu, time.perf_counter() - wall, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--uri", default="grpc://localhost:8815")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=int, default=64, help="dimensions of the column of vectors; 0 for none")
    parser.add_argument("--turns", type=int, default=7)
    args = parser.parse_args()
    try:
        import torch
    except ImportError:
        torch = None
    with mediaflight.connect(args.uri, progress=False) as db:
        rng = np.random.default_rng(1)
        columns = {"id": np.arange(args.rows), "a": rng.normal(size=args.rows), "b": rng.integers(0, 1000, args.rows).astype(np.int32),
                   "s": pa.array([f"category {i % 500}" for i in range(args.rows)])}
        if args.vectors:
            columns["v"] = rng.normal(size=(args.rows, args.vectors)).astype(np.float32)
        db.create_table("python_results", columns, mode="overwrite")
        sql = "SELECT * FROM python_results"
        client = flight.connect(args.uri)

        def stream():
            info = client.get_flight_info(flight.FlightDescriptor.for_command(sql.encode()))
            return client.do_get(info.endpoints[0].ticket).read_all()

        plain = {"stream": lambda t: t, "pandas": lambda t: t.to_pandas(), "polars": polars.from_arrow,
                 "torch" if torch else "numpy": lambda t: tensors(t, torch)}
        ours = {"stream": lambda r: r.arrow(), "pandas": lambda r: r.pandas(), "polars": lambda r: r.polars(),
                "torch": lambda r: r.torch(), "numpy": lambda r: {**r.numpy()}}
        print(f"{args.rows:,} rows, {stream().nbytes / 1e6:,.0f} MB; seconds of CPU (wall)")
        print(f"{'':8} {'pyarrow':>14} {'mediaflight':>14} {'whole':>7} {'after the stream':>17}")
        base = None
        for name, convert in plain.items():
            times = {"theirs": [], "ours": []}
            for _ in range(args.turns):
                times["theirs"].append(measured(lambda: convert(stream()))[:2])
                times["ours"].append(measured(lambda: ours[name](db.sql(sql)))[:2])
            (theirs, theirs_wall), (own, own_wall) = ([statistics.median(t[i] for t in times[who]) for i in (0, 1)] for who in times)
            base = base or theirs
            converting = theirs - base  # Polars takes Arrow's memory as it is, in no time that could be told from the stream's noise
            after = f"{(own - base) / converting:16.2f}x" if converting > base / 2 else ""
            print(f"{name:8} {theirs:6.3f} ({theirs_wall:5.2f}) {own:6.3f} ({own_wall:5.2f}) {own / theirs:6.2f}x {after}")
        db.drop_table("python_results")


if __name__ == "__main__":
    main()
