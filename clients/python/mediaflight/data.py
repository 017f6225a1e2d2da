"""What callers have rows in, as streams of Arrow batches."""
from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

_ROWS_AT_ONCE = 65_536  # of what is cut into batches here


def stream(data: Any, schema: pa.Schema | None = None) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and batches of rows in whatever form. A generator's first part is read for its schema, the others when their turn comes.

    Raises:
        TypeError: data is of no kind that has rows.
    """
    if isinstance(data, (Generator, Iterator)) and not hasattr(data, "__arrow_c_stream__"):
        return _parts(iter(data), schema)
    reader = _reader(data, schema)
    if schema is not None and reader.schema != schema:
        return schema, (_cast(batch, schema) for batch in reader)
    return reader.schema, iter(reader)


def _parts(parts: Iterator[Any], schema: pa.Schema | None) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    first = next(parts, None)
    if first is None:
        if schema is None:
            raise ValueError("a generator that yields nothing has no columns: give schema=")
        return schema, iter(())
    if isinstance(first, Mapping) and not _is_columns(first):
        return _rows(first, parts, schema)
    stated, batches = stream(first, schema)

    def all_of_them() -> Iterator[pa.RecordBatch]:
        yield from batches
        for part in parts:
            found, more = stream(part, schema)
            yield from more if found == stated else (_cast(batch, stated) for batch in more)

    return stated, all_of_them()


def _rows(first: Mapping[str, Any], rest: Iterator[Any], schema: pa.Schema | None) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """A generator of single rows, as dictionaries: some thousand make a batch."""
    def chunks() -> Iterator[list[Any]]:
        held = [first]
        for row in rest:
            held.append(row)
            if len(held) == 8192:
                yield held
                held = []
        if held:
            yield held

    return _parts(iter(chunks()), schema)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A later batch with the columns of the first: generators of DataFrames and dictionaries come with types that their values happen to have."""
    columns = []
    for field in schema:
        at = batch.schema.get_field_index(field.name)
        columns.append(pa.nulls(batch.num_rows, field.type) if at < 0 else _as(batch.column(at), field))
    if unknown := set(batch.schema.names) - set(schema.names):
        raise ValueError(f"a later part has columns that the first did not have: {', '.join(sorted(unknown))}")
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _as(column: pa.Array, field: pa.Field) -> pa.Array:
    if column.type == field.type:
        return column
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"column {field.name!r} has the type {column.type} here, and {field.type} in the first part: {error}") from None


def _reader(data: Any, schema: pa.Schema | None) -> pa.RecordBatchReader:
    if isinstance(data, pa.RecordBatchReader):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data]).to_reader(_ROWS_AT_ONCE)
    if isinstance(data, pa.Table):
        return data.to_reader(_ROWS_AT_ONCE)
    kind = f"{type(data).__module__.split('.')[0]}.{type(data).__name__}"
    if kind == "pandas.DataFrame":
        return _vectors_found(pa.Table.from_pandas(data, schema=schema, preserve_index=False).replace_schema_metadata(None))
    if kind == "polars.LazyFrame":
        data = data.collect(engine="streaming")
    if isinstance(data, Mapping):
        return _vectors_found(pa.table({column: _column(values) for column, values in data.items()}, schema=schema))
    if isinstance(data, (list, tuple)):
        if not data and schema is None:
            raise ValueError("no rows, and so no columns: give schema=")
        if data and not isinstance(data[0], Mapping):
            if any(hasattr(data[0], mark) for mark in ("__arrow_c_stream__", "__arrow_c_array__")):
                schema, batches = _parts(iter(data), schema)
                return pa.RecordBatchReader.from_batches(schema, batches)
            raise TypeError(f"rows are dictionaries, not {type(data[0]).__name__}")
        return _vectors_found(_from_rows(data, schema))
    if hasattr(data, "to_reader"):  # pyarrow's datasets and scanners
        return data.to_reader()
    if hasattr(data, "scanner"):
        return data.scanner().to_reader()
    if hasattr(data, "__arrow_c_stream__"):  # Polars, DuckDB, results of ours, and all that will learn it
        return pa.RecordBatchReader.from_stream(data)
    if hasattr(data, "__arrow_c_array__"):
        return pa.Table.from_batches([pa.record_batch(data)]).to_reader()
    if isinstance(data, Iterable) and not isinstance(data, (str, bytes)):
        schema, batches = _parts(iter(data), schema)
        return pa.RecordBatchReader.from_batches(schema, batches)
    raise TypeError(f"no rows in a {kind}: give an Arrow table or reader, a DataFrame, a list of dictionaries or a generator of these")


def _is_columns(data: Mapping[str, Any]) -> bool:
    """Whether a dictionary is of columns and not one row: its values are arrays or lists of one length, and of a row some are not."""
    lengths = {len(value) if isinstance(value, list) or hasattr(value, "ndim") else -1 for value in data.values()}
    return len(lengths) == 1 and -1 not in lengths


def _from_rows(rows: Any, schema: pa.Schema | None) -> pa.Table:
    if schema is not None:
        return pa.Table.from_pylist([dict(row) for row in rows], schema)
    names: dict[str, None] = {}
    for row in rows:  # from_pylist would take the names of the first row alone
        names.update(dict.fromkeys(row))
    return pa.table({column: _column([row.get(column) for row in rows]) for column in names})


def _column(values: Any) -> Any:
    """A column as Arrow has it: arrays of two dimensions are vectors."""
    from .parameters import array, as_numpy

    found = as_numpy(values)
    if found is not None and found.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(found.reshape(-1)), found.shape[1])
    if found is not None or isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values if found is None else pa.array(found)
    return array(list(values))


def _vectors_found(table: pa.Table) -> pa.RecordBatchReader:
    """Lists of floats that all have one length as vectors, which they are in a table. Python has no other way to write one."""
    for i, field in enumerate(table.schema):
        if (size := _vector_size(table.column(i))) is not None:
            table = table.set_column(i, field.name, table.column(i).cast(pa.list_(pa.float32(), size)))
    return table.to_reader(_ROWS_AT_ONCE)


def _vector_size(column: pa.ChunkedArray) -> int | None:
    kind = column.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)) or not pa.types.is_floating(kind.value_type):
        return None
    lengths = {n for chunk in column.chunks for n in chunk.value_lengths().unique().to_pylist()} - {None}
    size = lengths.pop() if len(lengths) == 1 else 0
    holes = any(chunk.flatten().null_count for chunk in column.chunks)
    return size if size > 1 and not holes else None
