"""Arrow columns as arrays of NumPy, torch and JAX."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.types as types


def numpy(table: pa.Table) -> dict[str, Any]:
    """The columns as NumPy arrays that own their memory."""
    return {name: numpy_column(name, table.column(i)) for i, name in enumerate(table.column_names)}


def torch(table: pa.Table) -> dict[str, Any]:
    """The columns as torch tensors that own their memory; what is no number is a list."""
    import torch

    return {name: torch.from_numpy(found) if is_tensor(found) else found for name, found in _numbers(table)}


def jax(table: pa.Table) -> dict[str, Any]:
    """The columns as JAX arrays; what is no number is a list."""
    import jax.numpy as jnp

    return {name: jnp.asarray(found) if is_tensor(found) else found for name, found in _numbers(table)}


def _numbers(table: pa.Table) -> Iterator[tuple[str, Any]]:
    for i, name in enumerate(table.column_names):
        column = table.column(i)
        if types.is_timestamp(column.type) or types.is_time64(column.type) or types.is_duration(column.type):
            column = column.cast(pa.int64())
        elif types.is_date32(column.type):
            column = column.cast(pa.int32())
        if is_array_like(column.type):
            found = numpy_column(name, column)
            yield name, found if is_tensor(found) else list(found)
        else:
            yield name, column.to_pylist()


def is_tensor(found: Any) -> bool:
    return hasattr(found, "dtype") and not found.dtype.hasobject


def is_array_like(kind: pa.DataType) -> bool:
    """Whether a column's values are numbers, or lists of numbers."""
    if types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind):
        return is_array_like(kind.value_type)
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind)


def numpy_column(name: str, column: pa.ChunkedArray) -> Any:
    """A column as one NumPy array."""
    import numpy as np

    kind = column.type
    if types.is_decimal(kind):
        column = column.cast(pa.float64())
        kind = column.type
    if types.is_fixed_size_list(kind) and is_array_like(kind.value_type):
        return _vectors(name, column, kind.list_size)
    if (types.is_list(kind) or types.is_large_list(kind)) and is_array_like(kind.value_type):
        return _lists(name, column)
    fixed = types.is_integer(kind) or types.is_boolean(kind) or types.is_temporal(kind) and not types.is_interval(kind)
    if fixed and column.null_count and not types.is_timestamp(kind) and not types.is_date(kind):
        raise ValueError(f"column {name!r} has {column.null_count} NULLs, which an array of {kind} has no place for: "
                         f"leave them out with WHERE, or replace them with coalesce()")
    if not fixed and not types.is_floating(kind):
        out = np.empty(len(column), dtype=object)
        out[:] = column.to_pylist() if len(column) else []
        return out
    if types.is_time(kind):
        column = column.cast(pa.int64() if types.is_time64(kind) else pa.int32())
    if column.num_chunks == 0:
        return np.empty(0, dtype=column.type.to_pandas_dtype() if not types.is_temporal(kind) else "datetime64[us]")
    first = column.chunk(0).to_numpy(zero_copy_only=False)
    out = np.empty(len(column), dtype=first.dtype)
    _fill(out, (chunk.to_numpy(zero_copy_only=False) for chunk in column.chunks))
    return out


def _fill(out: Any, parts: Iterable[Any]) -> None:
    row = 0
    for part in parts:
        out[row:row + len(part)] = part
        row += len(part)


def _vectors(name: str, column: pa.ChunkedArray, size: int) -> Any:
    """Lists of one length as an array of two dimensions. A NULL's elements are none of flatten()'s, so that rows after it would shift."""
    import numpy as np

    if column.null_count:
        raise ValueError(f"column {name!r} has {column.null_count} NULLs, and an array of vectors has no place for them: "
                         f"leave them out with WHERE {name} IS NOT NULL")
    inner = numpy_column(name, pa.chunked_array([], column.type.value_type)).dtype
    out = np.empty((len(column), size), dtype=inner)
    _fill(out, (numpy_column(name, pa.chunked_array([chunk.flatten()])).reshape(-1, size) if not _plain(chunk.type.value_type)
                else chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, size) for chunk in column.chunks))
    return out


def _plain(kind: pa.DataType) -> bool:
    return types.is_integer(kind) or types.is_floating(kind)


def _lists(name: str, column: pa.ChunkedArray) -> Any:
    """Lists as an array of two dimensions if they have one length, else as objects, an array each."""
    import numpy as np

    lengths = {n for chunk in column.chunks for n in chunk.value_lengths().unique().to_pylist()}
    if len(lengths) == 1 and None not in lengths and column.null_count == 0 and (size := lengths.pop()):
        element = column.type.value_type
        chunks = [pa.FixedSizeListArray.from_arrays(chunk.flatten(), size) for chunk in column.chunks]
        return _vectors(name, pa.chunked_array(chunks, pa.list_(element, size)), size)
    out = np.empty(len(column), dtype=object)
    for i, value in enumerate(column):
        out[i] = None if value.as_py() is None else numpy_column(name, pa.chunked_array([value.values]))
    return out


def of_size(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of just so many rows, the last one of what is left. Batches that fit already are passed on as they are."""
    if rows < 1:
        raise ValueError(f"batches have at least one row: {rows}")
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        start = 0
        while batch.num_rows - start >= rows - count:
            held.append(batch.slice(start, rows - count))
            start += rows - count
            yield joined(held)
            held, count = [], 0
        if start < batch.num_rows:
            held.append(batch.slice(start))
            count += batch.num_rows - start
    if held:
        yield joined(held)


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches as one, without a copy if it is one."""
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
