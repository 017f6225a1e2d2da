"""Columns of a batch as arrays: what each type becomes, in slices, with nulls, with and without a copy."""
import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest
from mediaflight.arrays import Ragged, columns

COLUMNS = {
    "short": pa.array([1, 2, 3, 4, 5], pa.int16()),
    "half": pa.array(np.arange(5, dtype=np.float16)),
    "flag": pa.array([True, False, True, True, False]),
    "vector": pa.array([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], pa.list_(pa.float32(), 2)),
    "image": pa.array([[[i, 2], [3, 4], [5, 6]] for i in range(5)], pa.list_(pa.list_(pa.uint8(), 2), 3)),
    "tensor": pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.int8(), (2, 2)), pa.array([[i, 1, 2, 3] for i in range(5)], pa.list_(pa.int8(), 4))),
    "price": pa.array([decimal.Decimal(i) / 4 for i in range(5)], pa.decimal128(10, 2)),
    "uuid": pa.array([bytes([i] * 16) for i in range(5)], pa.binary(16)),
    "day": pa.array([datetime.date(2020, 1, i + 1) for i in range(5)]),
    "moment": pa.array([datetime.datetime(2020, 1, i + 1) for i in range(5)], pa.timestamp("us", "UTC")),
    "time": pa.array([datetime.time(0, 0, i) for i in range(5)], pa.time64("us")),
}
TEXTS = {
    "text": pa.array(["a", "", "ccc", "dé", "e"]),
    "large": pa.array(["a", "", "ccc", "dé", "e"], pa.large_string()),
    "view": pa.array(["a", "", "ccc", "d" * 30, "e"], pa.string_view()),
    "bytes": pa.array([b"1", b"22", b"", b"4", b"5"]),
    "label": pa.array(["x", "y", "x", "y", "z"]).dictionary_encode(),
}
SLICES = [(0, 5), (1, 3), (4, 1), (2, 0)]


def expected(name, column):
    """By way of Python's own objects."""
    if name == "tensor":
        return np.array(column.storage.to_pylist(), np.int8).reshape(len(column), 2, 2)
    if name == "uuid":
        return np.array([list(value) for value in column.to_pylist()], np.uint8).reshape(len(column), 16)
    if name == "price":
        return np.array([float(value) for value in column.to_pylist()])
    if name in ("day", "moment"):
        return column.to_numpy(zero_copy_only=False)
    if name == "time":
        return column.cast(pa.int64()).to_numpy()
    return np.array(column.to_pylist())


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_and_slices(name):
    for start, length in SLICES:
        column = COLUMNS[name].slice(start, length)
        for copy in (False, True):
            got = columns(pa.record_batch({name: column}), copy=copy)[name]
            assert got.shape[0] == length
            assert not length or got.shape == expected(name, column).shape
            assert got.tolist() == expected(name, column).tolist()
            assert not copy or got.flags.writeable


@pytest.mark.parametrize("name", TEXTS)
def test_text(name):
    for start, length in SLICES:
        batch = pa.record_batch({name: TEXTS[name].slice(start, length)})
        assert columns(batch)[name] == batch[name].to_pylist()
        got = columns(batch, text="bytes")[name]
        rows = [got.values[a:b].tobytes() for a, b in zip(got.offsets, got.offsets[1:])]
        assert rows == [value if isinstance(value, bytes) else value.encode() for value in batch[name].to_pylist()]


def test_numbers_are_views_of_the_batch():
    batch = pa.record_batch({"vector": COLUMNS["vector"], "short": COLUMNS["short"]})
    got = columns(batch.slice(1, 3))
    assert got["vector"].ctypes.data == batch["vector"].values.buffers()[1].address + 8
    assert got["short"].ctypes.data == batch["short"].buffers()[1].address + 2
    assert not got["vector"].flags.writeable


def test_lists_and_structs():
    batch = pa.record_batch({"list": pa.array([[1], [], [2, 3], [4]]), "pair": pa.array([{"x": i, "y": str(i)} for i in range(4)])}).slice(1, 3)
    got = columns(batch)
    assert got["list"].values.tolist() == [2, 3, 4] and got["list"].offsets.tolist() == [0, 0, 2, 3]
    assert got["pair"]["x"].tolist() == [1, 2, 3] and got["pair"]["y"] == ["1", "2", "3"]


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "tensor"])
def test_nulls_keep_their_rows(name):
    """A null vector has no values, and those of the rows behind it must not move up."""
    values = COLUMNS[name].to_pylist()
    values[2] = None
    batch = pa.record_batch({name: pa.array(values, COLUMNS[name].type)}).slice(1, 3)
    with pytest.raises(ValueError, match=f'column "{name}" has nulls.*{name} IS NOT NULL'):
        columns(batch)
    got = columns(batch, nulls="mask")
    assert got[f"{name}_valid"].tolist() == [True, False, True]
    whole = expected(name, COLUMNS[name].slice(1, 3))
    assert got[name][[0, 2]].tolist() == whole[[0, 2]].tolist()
    assert not np.any(got[name][1].astype(np.int64) if got[name].dtype.kind == "M" else got[name][1])


def test_null_texts():
    batch = pa.record_batch({"text": pa.array(["a", None, "c"])})
    assert columns(batch)["text"] == ["a", None, "c"]
    with pytest.raises(ValueError, match="has nulls"):
        columns(batch, text="bytes")
    got = columns(batch, text="bytes", nulls="mask")
    assert isinstance(got["text"], Ragged) and got["text"].offsets.tolist() == [0, 1, 1, 2]


def test_a_null_list_over_values():
    hidden = pa.ListArray.from_arrays(pa.array([0, 1, 3, 4], pa.int32()), pa.array([1, 2, 3, 4]), mask=pa.array([False, True, False]))
    got = columns(pa.record_batch({"list": hidden}), nulls="mask")["list"]
    assert got.values.tolist() == [1, 4] and got.offsets.tolist() == [0, 1, 1, 2]


def test_a_null_within_a_vector():
    for rows in ([[1, None], [2, 3]], [[1, None], None]):
        with pytest.raises(ValueError, match='column "vector" has a null within a value'):
            columns(pa.record_batch({"vector": pa.array(rows, pa.list_(pa.float32(), 2))}), nulls="mask")
