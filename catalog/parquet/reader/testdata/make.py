"""Makes the files of this folder: Parquet as other writers write it, and beside each one what pyarrow reads from it.

    pip install pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 fastparquet==2026.9.0
    python make.py

NAME.VARIANT.parquet is read by the tests of this package and held against NAME.arrow, an Arrow IPC file with what pyarrow
reads from each of the variants, in the types that this package reads them as: times and timestamps in microseconds,
dictionaries and large types plain.
"""

import datetime as dt
import decimal
import os
import random
import sys
import uuid

import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

os.chdir(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
rng = random.Random(1)
ROWS = 44


def some(make, nulls=0.2):
    return [None if rng.random() < nulls else make() for _ in range(ROWS)]


def word():
    return "".join(rng.choice("abcdeäß漢") for _ in range(rng.randrange(8)))


def stamp():
    return dt.datetime(1960, 1, 1) + dt.timedelta(milliseconds=rng.randrange(3_000_000_000_000))


def number(digits, scale):
    return decimal.Decimal(rng.randrange(-(10**digits) + 1, 10**digits)).scaleb(-scale, decimal.Context(prec=76))


def flat():
    """A column of every type that is not nested."""
    utc = dt.timezone.utc
    columns = {
        "bool": pa.array(some(lambda: rng.random() < 0.5), pa.bool_()),
        "i8": pa.array(some(lambda: rng.randrange(-128, 128)), pa.int8()),
        "i16": pa.array(some(lambda: rng.randrange(-(2**15), 2**15)), pa.int16()),
        "i32": pa.array(some(lambda: rng.randrange(-(2**31), 2**31)), pa.int32()),
        "i64": pa.array(some(lambda: rng.randrange(-(2**63), 2**63)), pa.int64()),
        "u8": pa.array(some(lambda: rng.randrange(256)), pa.uint8()),
        "u16": pa.array(some(lambda: rng.randrange(2**16)), pa.uint16()),
        "u32": pa.array(some(lambda: rng.randrange(2**32)), pa.uint32()),
        "u64": pa.array(some(lambda: rng.randrange(2**64)), pa.uint64()),
        "f16": pa.array(some(lambda: np.float16(rng.uniform(-9, 9))), pa.float16()),
        "f32": pa.array(some(lambda: rng.choice([rng.uniform(-1, 1), float("nan"), float("inf"), -0.0])), pa.float32()),
        "f64": pa.array(some(lambda: rng.uniform(-1, 1)), pa.float64()),
        "d9": pa.array(some(lambda: number(9, 2)), pa.decimal128(9, 2)),
        "d18": pa.array(some(lambda: number(18, 3)), pa.decimal128(18, 3)),
        "d38": pa.array(some(lambda: number(38, 10)), pa.decimal128(38, 10)),
        "date": pa.array(some(lambda: stamp().date()), pa.date32()),
        "time_ms": pa.array(some(lambda: rng.randrange(86_400_000)), pa.int32()).cast(pa.time32("ms")),
        "time_us": pa.array(some(lambda: rng.randrange(86_400_000_000)), pa.int64()).cast(pa.time64("us")),
        "time_ns": pa.array(some(lambda: rng.randrange(86_400_000_000) * 1000), pa.int64()).cast(pa.time64("ns")),
        "ts_ms": pa.array(some(stamp), pa.timestamp("ms")),
        "ts_us": pa.array(some(stamp), pa.timestamp("us")),
        "ts_ns": pa.array(some(stamp), pa.timestamp("ns")),
        "ts_utc": pa.array(some(lambda: stamp().replace(tzinfo=utc)), pa.timestamp("us", "UTC")),
        "text": pa.array(some(word), pa.string()),
        "few": pa.array(some(lambda: rng.choice(["red", "green", "blue"])), pa.string()),
        "bytes": pa.array(some(lambda: rng.randbytes(rng.randrange(9))), pa.binary()),
        "fixed": pa.array(some(lambda: rng.randbytes(3)), pa.binary(3)),
        "uuid": pa.array(some(lambda: uuid.UUID(int=rng.getrandbits(128)).bytes), pa.uuid()),
        "nothing": pa.nulls(ROWS, pa.string()),
        "null": pa.nulls(ROWS),
        "solid": pa.array(range(ROWS), pa.int64()),
    }
    schema = pa.schema([pa.field(n, c.type, nullable=n != "solid") for n, c in columns.items()])
    return pa.table(list(columns.values()), schema=schema)


def nested():
    """Lists, structs and maps in each other, NULL at every level."""

    def maybe(make, nulls=0.25):
        return None if rng.random() < nulls else make()

    def many(make, most=4):
        return [make() for _ in range(rng.randrange(most))]

    box = pa.struct([("label", pa.string()), ("xy", pa.list_(pa.float32())), ("at", pa.struct([("day", pa.date32())]))])
    make_box = lambda: {
        "label": maybe(word),
        "xy": maybe(lambda: many(lambda: maybe(lambda: rng.random()))),
        "at": maybe(lambda: {"day": maybe(lambda: stamp().date())}),
    }
    columns = {
        "ints": pa.array(some(lambda: many(lambda: maybe(lambda: rng.randrange(99)))), pa.list_(pa.int32())),
        "deep": pa.array(
            some(lambda: many(lambda: maybe(lambda: many(lambda: maybe(lambda: many(lambda: maybe(word))))))),
            pa.list_(pa.list_(pa.list_(pa.string()))),
        ),
        "struct": pa.array(some(make_box), box),
        "boxes": pa.array(some(lambda: many(lambda: maybe(make_box))), pa.list_(box)),
        "map": pa.array(some(lambda: [(str(i), maybe(lambda: rng.randrange(99))) for i in range(rng.randrange(4))]), pa.map_(pa.string(), pa.int64())),
        "maps": pa.array(
            some(lambda: [(i, maybe(lambda: many(lambda: maybe(make_box)))) for i in range(rng.randrange(3))]),
            pa.map_(pa.int32(), pa.list_(box)),
        ),
        "vector": pa.array(some(lambda: [rng.random() for _ in range(5)], 0), pa.list_(pa.field("element", pa.float32(), nullable=False), 5)),
        "vector_null": pa.array(some(lambda: [rng.random() for _ in range(5)]), pa.list_(pa.float32(), 5)),
        "vector_half": pa.array(some(lambda: [np.float16(rng.random()) for _ in range(5)], 0), pa.list_(pa.float16(), 5)),
        "vector_double": pa.array(some(lambda: [rng.random() for _ in range(5)], 0), pa.list_(pa.float64(), 5)),
    }
    return pa.table(columns)


def plain(t):
    """The type that the reader gives for a type that pyarrow reads."""
    if pa.types.is_dictionary(t):
        return plain(t.value_type)
    if pa.types.is_timestamp(t):
        return pa.timestamp("us", "UTC" if t.tz else None)
    if pa.types.is_time(t):
        return pa.time64("us")
    if pa.types.is_large_string(t) or t in (pa.json_(), pa.string_view()):
        return pa.string()
    if pa.types.is_large_binary(t) or pa.types.is_binary_view(t):
        return pa.binary()
    if pa.types.is_list(t) or pa.types.is_large_list(t):
        return pa.list_(t.value_field.with_type(plain(t.value_type)))
    if pa.types.is_struct(t):
        return pa.struct([f.with_type(plain(f.type)) for f in t])
    if pa.types.is_map(t):
        return pa.map_(plain(t.key_type), t.item_field.with_type(plain(t.item_type)))
    return t


def expect(file):
    """Writes what pyarrow reads, or sees that it equals what it read from another variant."""
    table = pq.read_table(f"{file}.parquet", partitioning=None)
    columns = []
    for i, field in enumerate(table.schema):
        column = table.column(i).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type)
        columns.append(column.cast(plain(field.type), safe=False))
    schema = pa.schema([pa.field(f.name, c.type, f.nullable) for f, c in zip(table.schema, columns)])
    batch = pa.record_batch(columns, schema=schema)
    name = file.split(".")[0]
    if name in expected:
        assert str(batch.to_pylist()) == str(expected[name].to_pylist()), file
        return
    expected[name] = batch
    with pa.OSFile(f"{name}.arrow", "wb") as f:
        with pa.ipc.new_file(f, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as w:
            w.write(batch)


expected = {}


def write(file, table, **options):
    pq.write_table(table, f"{file}.parquet", **options)
    expect(file)


def pyarrow_files():
    every, lists = flat(), nested()
    small = dict(data_page_size=128, write_batch_size=16)
    short = every.select(["bool", "i32", "f64", "d38", "text", "few", "nothing"])
    for version in ("1.0", "2.0"):
        pages = dict(data_page_version=version, store_schema=False, **small)
        write(f"flat.v{version[0]}", every, compression="none", data_page_version=version, **small)
        for codec in ("snappy", "zstd", "gzip", "lz4", "brotli"):
            write(f"short.{codec}_v{version[0]}", short, compression=codec, **pages)
    write("flat.one_page", every, compression="snappy", use_dictionary=False)
    write("nested.v1", lists, compression="none", data_page_size=128, write_batch_size=16)
    write("nested.v2", lists, compression="zstd", data_page_version="2.0", **small)
    write("nested.page_index", lists, compression="snappy", write_page_index=True)
    write("nested_names.groups", lists.drop(["maps"]), use_compliant_nested_type=False, store_schema=False, row_group_size=20)
    write("format1.no_statistics", every.drop(["u32", "time_ns", "ts_ns"]), version="1.0", write_statistics=False, store_schema=False)
    write("int96.pyarrow", every.select(["ts_ms", "ts_us", "ts_ns"]), use_deprecated_int96_timestamps=True)
    decimals = every.select(["d9", "d18", "d38"])
    write("decimal.integers", decimals, store_decimal_as_integer=True, write_page_index=True)
    write("decimal.bytes", decimals)
    encodings = {
        "bool": "RLE", "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "solid": "DELTA_BINARY_PACKED", "u16": "DELTA_BINARY_PACKED",
        "ts_us": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY", "bytes": "DELTA_LENGTH_BYTE_ARRAY", "few": "DELTA_LENGTH_BYTE_ARRAY",
        "fixed": "DELTA_BYTE_ARRAY", "f16": "BYTE_STREAM_SPLIT", "f32": "BYTE_STREAM_SPLIT", "f64": "BYTE_STREAM_SPLIT", "d38": "BYTE_STREAM_SPLIT",
        "date": "BYTE_STREAM_SPLIT", "u64": "BYTE_STREAM_SPLIT",
    }
    for version in ("1.0", "2.0"):
        write(f"encodings.v{version[0]}", every.select(list(encodings)), use_dictionary=False, column_encoding=encodings,
              data_page_version=version, compression="none", store_schema=False, **small)
    vectors = {f"{name}.list.element": "BYTE_STREAM_SPLIT" for name in ("vector", "vector_half", "vector_double")}
    write("vectors.split", lists.select([name.split(".")[0] for name in vectors]), use_dictionary=False, column_encoding=vectors)
    write("vectors.plain", lists.select([name.split(".")[0] for name in vectors]), use_dictionary=False, compression="none")
    write("empty.pyarrow", every.slice(0, 0))
    write("one.pyarrow", lists.slice(7, 1))


def duckdb_files():
    db = duckdb.connect()
    db.execute("SELECT setseed(0.5)")
    db.execute(f"""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TABLE t AS SELECT
            i, i % 3 = 0 AS flag, (i * 7919 % 251 - 125)::TINYINT AS tiny, (i * 13)::UINTEGER AS unsigned, i::UBIGINT * 92233720368547758 AS ubig,
            CASE WHEN i % 5 = 0 THEN NULL ELSE i * 1.5 END::DOUBLE AS f, (i / 7)::FLOAT AS g,
            (i * 1.01)::DECIMAL(4, 1) AS d4, (i * 1234.5)::DECIMAL(9, 2) AS d9, (i * 12345.678)::DECIMAL(18, 3) AS d18,
            CASE WHEN i % 4 = 1 THEN NULL ELSE i::DECIMAL(38, 5) * -1000000007 END AS d38,
            'value ' || (i % 10) AS few, CASE WHEN i % 7 = 0 THEN NULL ELSE md5(i::VARCHAR) END AS text, encode('x' || i) AS bytes,
            md5(i::VARCHAR)::UUID AS id, (DATE '1990-01-01' + i::INTEGER) AS day, TIME '00:00:01' + INTERVAL (i) MINUTE AS t,
            TIMESTAMP '1950-01-01' + INTERVAL (i * 37) HOUR AS ts, (TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND)::TIMESTAMPTZ AS tz,
            (TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND)::TIMESTAMP_MS AS ms, (TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND)::TIMESTAMP_NS AS ns,
            (CASE i % 3 WHEN 0 THEN 'sad' WHEN 1 THEN 'ok' END)::mood AS mood,
            CASE WHEN i % 6 = 0 THEN NULL ELSE range(i % 4) END AS list,
            [[i, NULL], NULL, []] AS lists, [i, i + 0.5, i * 2]::FLOAT[3] AS vector,
            CASE WHEN i % 4 = 0 THEN NULL ELSE {{'a': i, 'b': {{'c': CASE WHEN i % 3 = 0 THEN NULL ELSE 'c' || i END}}}} END AS s,
            MAP {{'k' || i: i, 'l': NULL}} AS m
        FROM range({ROWS}) r(i)""")
    for name, options in {
        "duckdb.v1": "PARQUET_VERSION V1, COMPRESSION uncompressed",
        "duckdb.v2": "PARQUET_VERSION V2, COMPRESSION zstd",
        "duckdb.ids": "COMPRESSION snappy, FIELD_IDS 'auto'",
    }.items():
        db.execute(f"COPY t TO '{name}.parquet' (FORMAT parquet, {options})")
        expect(name)


def polars_files():
    table = flat().drop(["uuid", "null", "time_ms", "time_us", "time_ns"])
    frame = pl.from_arrow(table)
    frame.write_parquet("polars_flat.default.parquet", compression="zstd", data_page_size=300)
    expect("polars_flat.default")
    frame = pl.from_arrow(nested().select(["ints", "deep", "struct", "boxes", "vector", "vector_null"]))
    frame.write_parquet("polars_nested.default.parquet", compression="lz4", data_page_size=300, row_group_size=50)
    expect("polars_nested.default")


def fastparquet_files():
    frame = pd.DataFrame({
        "i": np.arange(ROWS), "f": np.random.default_rng(1).random(ROWS), "text": [word() for _ in range(ROWS)],
        "some": pd.array(some(lambda: rng.randrange(9)), dtype="Int64"), "maybe": some(word), "flag": [i % 3 == 0 for i in range(ROWS)],
        "few": pd.Categorical([rng.choice(["red", "green"]) for _ in range(ROWS)]),
        "ts": pd.to_datetime([stamp() for _ in range(ROWS)]).astype("datetime64[ns]"),
    })
    fastparquet.write("fastparquet.int96.parquet", frame, times="int96", compression="GZIP", object_encoding="utf8", row_group_offsets=50)
    expect("fastparquet.int96")
    fastparquet.write("fastparquet.snappy.parquet", frame, compression="SNAPPY", object_encoding="utf8")
    expect("fastparquet.snappy")


for make in (pyarrow_files, duckdb_files, polars_files, fastparquet_files):
    make()
