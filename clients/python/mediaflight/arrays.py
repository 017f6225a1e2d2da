"""Arrow columns as numpy arrays, without a copy wherever Arrow holds a column's values in one piece."""
from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np
import pyarrow as pa


class Ragged(NamedTuple):
    """Rows of different lengths: row i is values[offsets[i]:offsets[i + 1]]. Of text the values are its UTF-8 bytes, as uint8."""

    values: Any
    offsets: Any


def columns(batch: pa.RecordBatch, *, text: str = "list", nulls: str = "error", copy: bool = False) -> dict[str, Any]:
    """The columns of a batch by name.

    Numbers come as arrays of their own type, vectors as [rows, dimensions], tensors as [rows, *shape], dates and timestamps as datetime64,
    lists as Ragged, structs as dicts, text and bytes as Python lists or, with text="bytes", as Ragged. Numbers, vectors and timestamps are
    views of the batch's memory, which is read-only, unless copy is set.

    An array has no nulls, so a null is an error that names its column. With nulls="mask" zeros take its place, and "<name>_valid" says which
    rows have a value. Python lists hold None either way.
    """
    out: dict[str, Any] = {}
    for field, column in zip(batch.schema, batch.columns):
        if not (text == "list" and _is_text(field.type)):
            if nulls == "mask":
                out[f"{field.name}_valid"] = column.is_valid().to_numpy(zero_copy_only=False)
            elif column.null_count:
                raise ValueError(f'column "{field.name}" has nulls: leave those rows out with filter="{field.name} IS NOT NULL", '
                                 'or take nulls="mask"')
        try:
            values = _column(column, text)
        except _NullWithin:
            raise ValueError(f'column "{field.name}" has a null within a value, which no array can hold') from None
        out[field.name] = change(np.array, values) if copy else values
    return out


def change(how: Callable[[np.ndarray], Any], values: Any) -> Any:
    """A column with each of its arrays changed."""
    if isinstance(values, np.ndarray):
        return how(values)
    if isinstance(values, Ragged):
        return Ragged(change(how, values.values), how(values.offsets))
    if isinstance(values, dict):
        return {name: change(how, inner) for name, inner in values.items()}
    return values


class _NullWithin(Exception):
    """A list or struct has a null within."""


def _is_text(kind: pa.DataType) -> bool:
    return any(holds(kind) for holds in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
                                         pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view))


def _column(column: pa.Array, text: str) -> Any:
    """The values of a column, with zeros for its nulls."""
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        values = _column(column.storage, text)
        return values.reshape(len(column), *kind.shape) if isinstance(kind, pa.FixedShapeTensorType) else values
    if pa.types.is_dictionary(kind):
        return _column(column.dictionary_decode(), text)
    if _is_text(kind):
        return column.to_pylist() if text == "list" else _bytes(column)
    if pa.types.is_fixed_size_list(kind):
        return _vectors(column, text)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        if column.null_count:
            column = column.fill_null(pa.scalar([], kind))  # a null may lie over values, which then are nobody's
        offsets = column.offsets.to_numpy()
        return Ragged(_whole(column.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0])), text), offsets - offsets[0])
    if pa.types.is_struct(kind):
        return {field.name: _whole(child, text) for field, child in zip(kind, column.flatten())}
    if pa.types.is_fixed_size_binary(kind):
        size = kind.byte_width
        flat = pa.Array.from_buffers(pa.uint8(), len(column) * size, [None, column.buffers()[1]], offset=column.offset * size)
        return _zeroed(flat.to_numpy().reshape(len(column), size), column)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_time(kind):
        column = column.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    if column.null_count:
        column = column.fill_null(pa.scalar(False if pa.types.is_boolean(kind) else 0, column.type))
    return column.to_numpy(zero_copy_only=False)


def _vectors(column: pa.Array, text: str) -> Any:
    """Fixed-size lists as an array with a dimension more.

    flatten() leaves out what lies below a null row and so would shift all rows after it; .values knows nothing of the column's slice.
    """
    size = column.type.list_size
    values = column.values.slice(column.offset * size, len(column) * size)
    if values.null_count and column.flatten().null_count:
        raise _NullWithin
    flat = _column(values, text)
    return _zeroed(flat.reshape(len(column), size, *flat.shape[1:]), column)


def _zeroed(values: np.ndarray, column: pa.Array) -> np.ndarray:
    """What lies below a null may be anything."""
    if column.null_count:
        values = values.copy()
        values[column.is_null().to_numpy(zero_copy_only=False)] = 0
    return values


def _whole(column: pa.Array, text: str) -> Any:
    """The values within lists and structs, none of which may be null."""
    if column.null_count:
        raise _NullWithin
    return _column(column, text)


def _bytes(column: pa.Array) -> Ragged:
    """Text as its bytes, one after the other."""
    kind = column.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        column = column.cast(pa.large_binary())
    if column.null_count:
        column = column.fill_null(pa.scalar(b"", column.type))
    wide = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    _, places, data = column.buffers()
    if places is None or not len(column):
        return Ragged(np.zeros(0, np.uint8), np.zeros(1, np.int64 if wide else np.int32))
    offsets = np.frombuffer(places, np.int64 if wide else np.int32)[column.offset:column.offset + len(column) + 1]
    values = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return Ragged(values[offsets[0]:offsets[-1]], offsets - offsets[0])
