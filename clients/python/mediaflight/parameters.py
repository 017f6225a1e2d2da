"""Python's values as parameters of a statement."""
from __future__ import annotations

import datetime
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa


def batch(values: Sequence[Any]) -> pa.RecordBatch:
    """One row of parameters: a column a value, named by their numbers."""
    return named([array([value]) for value in values])


def batch_of_rows(rows: Any) -> pa.RecordBatch:
    """Rows of parameters, from an Arrow table or batch, or from sequences of one length."""
    if isinstance(rows, pa.RecordBatch):
        return named(rows.columns)
    if isinstance(rows, pa.Table):
        return named([column.combine_chunks() for column in rows.columns])
    columns = list(zip(*rows, strict=True))
    return named([array(list(column)) for column in columns])


def named(columns: list[Any]) -> pa.RecordBatch:
    columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
    return pa.RecordBatch.from_arrays(columns, names=[str(i) for i in range(1, len(columns) + 1)])


def checked(params: Any) -> Sequence[Any]:
    """What a caller gave as parameters, as a sequence."""
    if isinstance(params, Mapping):
        raise TypeError("parameters go by their place: write $1, $2 or ? in the statement and give a list")
    if isinstance(params, (str, bytes)) or not isinstance(params, Iterable):
        raise TypeError(f"parameters are a list or tuple, not {type(params).__name__}: give [{params!r:.40}]")
    return list(params)


def array(values: list[Any]) -> pa.Array:
    """A column of Python values, of a type that they have in common."""
    return pa.array([plain(value) for value in values], common_type(values))


def common_type(values: list[Any]) -> pa.DataType | None:
    """The type that the values state themselves; None leaves it to pyarrow."""
    types = {type_of(value) for value in values if value is not None}
    return types.pop() if len(types) == 1 else None


def type_of(value: Any) -> pa.DataType | None:
    if isinstance(value, pa.Scalar):
        return value.type
    if isinstance(value, pa.Array):
        return pa.list_(value.type)
    numbers = as_numpy(value)
    if numbers is None:
        return None
    element = pa.from_numpy_dtype(numbers.dtype)
    if numbers.ndim == 0:
        return element
    if numbers.ndim > 1:
        raise TypeError(f"an array of the shape {numbers.shape} is no parameter: vectors have one dimension; send several by many()")
    # float32 is what vectors are made of: with their length they go as they are, the others are cast where they arrive.
    return pa.list_(element, len(numbers)) if numbers.dtype.name in ("float32", "float16") else pa.list_(element)


def plain(value: Any) -> Any:
    """The value as pyarrow's array() takes it."""
    if isinstance(value, pa.Scalar):
        return value.as_py()
    if isinstance(value, pa.Array):
        return value.to_pylist()
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.timedelta):  # as text, which every type can be read from
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    numbers = as_numpy(value)
    if numbers is None:
        return value
    return numbers.item() if numbers.ndim == 0 else numbers


def as_numpy(value: Any) -> Any:
    """A NumPy array for what is one in some library: NumPy's own scalars and arrays, tensors of torch, arrays of JAX; None for others."""
    if isinstance(value, (str, bytes, list, tuple, dict)) or not hasattr(value, "__array__") or hasattr(value, "isoformat"):
        return None
    import numpy as np

    if hasattr(value, "detach"):  # torch's, whose __array__ refuses what has a gradient or is on another device
        value = value.detach().cpu()
    found = np.asarray(value)
    return None if found.dtype.hasobject else found
