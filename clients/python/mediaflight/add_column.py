"""New columns: by an expression, or by a function over batches, which may take days and is resumed where it was."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .columns import of_size
from .errors import Error
from .parameters import as_numpy
from .statement import name

if TYPE_CHECKING:
    from .table import Table

_TYPE_NAME = b"ARROW:FLIGHT:SQL:TYPE_NAME"


def by_expression(table: "Table", column: str, expression: str, type: pa.DataType | str | None = None) -> int:
    """Adds a column of what an expression over the others comes to. The column appears first, without values: all of them follow at once."""
    db = table.connection
    if type is None:
        type = _name_of(db.sql(f"SELECT ({expression}) AS x FROM {table.source()} LIMIT 0").info.schema.field(0))
    db.execute(f"ALTER TABLE {table.source()} ADD COLUMN {name(column)} {_type_name(table, type)}")
    try:
        return db.execute(f"UPDATE {table.source()} SET {name(column)} = ({expression})")
    except BaseException:
        db.execute(f"ALTER TABLE {table.source()} DROP COLUMN {name(column)}")
        raise


def by_function(table: "Table", column: str, function: Callable[[pa.RecordBatch], Any], *, columns: Sequence[str] | None = None,
                key: str | None = None, type: pa.DataType | str | None = None, batch_size: int = 1024, checkpoint: int = 16_384) -> int:
    """Adds a column of what a function makes of the rows."""
    db, staging = table.connection, saved(table, column)
    begun = _exists(staging)
    if column in table.columns() and not begun:
        raise Error(f'ERROR 42701: column "{column}" of {table.name_in_sql()} already exists', "42701")
    key = key or _primary_key(table)
    _check_key(table, key)
    wanted = list(dict.fromkeys([key, *(columns if columns is not None else [c for c in table.columns() if c != column])]))
    given = wanted if columns is None or key in columns else wanted[1:]
    # Rows that come while the function runs are found by the next look for rows that lack a value.
    while True:
        missing = f"SELECT {', '.join('t.' + name(c) for c in wanted)} FROM {table.source()} AS t"
        if begun:
            missing += f" WHERE NOT EXISTS (SELECT 1 FROM {staging.source()} AS s WHERE s.key = t.{name(key)})"
        done = 0
        held: list[pa.RecordBatch] = []
        for batch in of_size(db.sql(missing).batches(), batch_size):
            held.append(_answered(function, batch, given, key, type))
            if sum(b.num_rows for b in held) >= checkpoint:
                done += _save(staging, held)
                begun = True
        done += _save(staging, held)
        begun = begun or done > 0
        if not done:
            break
    if not begun:  # a table without rows says nothing of the type
        if type is None:
            raise ValueError(f"{table.name_in_sql()} has no rows, so say the type of the column: type=...")
        db.execute(f"ALTER TABLE {table.source()} ADD COLUMN {name(column)} {_type_name(table, type)}")
        return 0
    value = _name_of(staging.select(["value"]).result().info.schema.field(0)) if not isinstance(type, str) else type
    db.execute(f"ALTER TABLE {table.source()} ADD COLUMN IF NOT EXISTS {name(column)} {value}")
    count = db.execute(f"UPDATE {table.source()} SET {name(column)} = s.value FROM {staging.source()} AS s WHERE s.key = {name(table.name)}.{name(key)}")
    staging.drop()
    return count


def saved(table: "Table", column: str) -> "Table":
    """The table that keeps what a function has done: its columns are key and value."""
    return type(table)(table.connection, f"{table.name}__adding__{column}", table.schema_name or table._schema_name())


def _answered(function: Callable[[pa.RecordBatch], Any], batch: pa.RecordBatch, given: list[str], key: str, type: Any) -> pa.RecordBatch:
    """The keys of a batch, and what the function says of its rows."""
    values = _array(function(batch.select(given)))
    if len(values) != batch.num_rows:
        raise ValueError(f"the function got {batch.num_rows} rows and returned {len(values)} values")
    if isinstance(type, pa.DataType):
        values = values.cast(type)
    return pa.RecordBatch.from_arrays([batch.column(key), values], names=["key", "value"])


def _array(values: Any) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    numbers = as_numpy(values)
    if numbers is None:
        return pa.array(list(values))
    if numbers.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(numbers.reshape(-1)), numbers.shape[1])
    return pa.array(numbers)


def _save(staging: "Table", held: list[pa.RecordBatch]) -> int:
    if not held:
        return 0
    try:
        rows = pa.Table.from_batches(held)
    except pa.ArrowInvalid:  # a batch whose values are all None has no type of its own
        rows = pa.concat_tables([pa.Table.from_batches([batch]) for batch in held], promote_options="permissive")
    held.clear()
    return staging.connection.ingest(staging.name, rows, "append", schema=staging.schema_name)


def _exists(table: "Table") -> bool:
    try:
        table.columns()
        return True
    except Error as error:
        if error.sqlstate != "42P01":
            raise
        return False


def _primary_key(table: "Table") -> str:
    sql = ("SELECT k.column_name FROM information_schema.table_constraints c JOIN information_schema.key_column_usage k "
           "USING (constraint_schema, constraint_name) WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = $1 AND c.table_name = $2")
    found = [row["column_name"] for row in table.connection.sql(sql, [table._schema_name(), table.name])]
    if len(found) != 1:
        raise ValueError(f"{table.name_in_sql()} has {'no primary key' if not found else 'a primary key of several columns'}: "
                         "say which column tells rows apart: key=...")
    return found[0]


def _check_key(table: "Table", key: str) -> None:
    counts = table.connection.sql(f"SELECT count(*) AS total, count(DISTINCT {name(key)}) AS keys FROM {table.source()}").one()
    if counts["total"] != counts["keys"]:
        raise ValueError(f"column {key!r} does not tell rows apart: {counts['total']} rows have {counts['keys']} values of it")


def _name_of(field: pa.Field) -> str:
    """A column's type in SQL, as the server says it beside the Arrow type."""
    return (field.metadata or {})[_TYPE_NAME].decode()


def _type_name(table: "Table", type: pa.DataType | str) -> str:
    """The type in SQL. The server says what an Arrow type is: an empty table of the session's own is made with it."""
    if isinstance(type, str):
        return type
    db = table.connection
    probe = f"{table.name}__type"
    db.ingest(probe, [], "overwrite", arrow_schema=pa.schema([("x", type)]), temporary=True)
    try:
        return _name_of(db.sql(f"SELECT x FROM pg_temp.{name(probe)}").info.schema.field(0))
    finally:
        db.execute(f"DROP TABLE pg_temp.{name(probe)}")
