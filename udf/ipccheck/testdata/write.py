"""Writes the files beside it. Run it with pyarrow 21 or later; what it writes is what Arrow's C++ library writes."""

import datetime
import decimal
import pathlib

import pyarrow as pa

folder = pathlib.Path(__file__).parent

table = pa.table({
    "null": pa.nulls(3),
    "bool": pa.array([True, None, False]),
    "u8": pa.array([1, None, 255], pa.uint8()),
    "f16": pa.array([1.5, None, -1], pa.float16()),
    "decimal": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-1")], pa.decimal128(10, 2)),
    "decimal64": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-1")], pa.decimal64(18, 2)),
    "time": pa.array([datetime.time(12, 30), None, datetime.time(0)], pa.time32("s")),
    "timestamp": pa.array([datetime.datetime(2024, 2, 29), None, datetime.datetime(1970, 1, 1)], pa.timestamp("ms", "UTC")),
    "interval": pa.array([(1, 2, 3), None, (0, 0, 0)], pa.month_day_nano_interval()),
    "string": pa.array(["a", None, "é"]),
    "large": pa.array(["a", None, "é"], pa.large_string()),
    "view": pa.array(["a string of more than twelve bytes", None, "short"], pa.string_view()),
    "bytes": pa.array([b"\x00\x01", None, b"\xff"], pa.binary_view()),
    "fixed": pa.array([b"\x00\x01", None, b"\xff\xff"], pa.binary(2)),
    "list": pa.array([["a", None], None, []]),
    "list_view": pa.array([[1, 2], None, []], pa.list_view(pa.int64())),
    "vector": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.float32(), 2)),
    "struct": pa.array([{"a": 1, "b": {"c": ["x"]}}, None, {"a": None, "b": None}]),
    "nothing": pa.array([{}, None, {}], pa.struct([])),
    "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int32())),
    "dictionary": pa.array(["a", None, "b"]).dictionary_encode(),
    "views_by_code": pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.uint8()), pa.array(["a", "b"], pa.string_view())),
    "dictionaries": pa.array([["a", "b"], None, ["a"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    "nested_dictionary": pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), pa.array([{"k": "a"}, {"k": "b"}], pa.struct([("k", pa.dictionary(pa.int8(), pa.string()))]))),
    "uuid": pa.array([b"0123456789abcdef", None, b"fedcba9876543210"], pa.uuid()),
})

for name, options in {
    "plain": pa.ipc.IpcWriteOptions(),
    "lz4": pa.ipc.IpcWriteOptions(compression="lz4"),
    "zstd": pa.ipc.IpcWriteOptions(compression="zstd"),
    "v4": pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4),
}.items():
    with pa.ipc.new_stream(str(folder / f"{name}.arrows"), table.schema, options=options) as out:
        out.write_table(table)
        out.write_table(table.slice(1, 1))
    with pa.ipc.new_file(str(folder / f"{name}.arrow"), table.schema, options=options) as out:
        out.write_table(table)
with pa.ipc.new_file(str(folder / "empty.arrow"), table.schema):
    pass
