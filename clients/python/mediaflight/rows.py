"""What every set of rows can become, wherever they come from."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import columns, display

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Rows(ABC):
    """Rows that can be read as Arrow, pandas, Polars, NumPy, torch or JAX. Subclasses say how they are streamed, in reader().

    Nothing is read before one of these methods is called, and each call reads anew. to_arrow(), to_pandas(), to_polars(), to_list() and
    to_batches() are what LanceDB calls arrow(), pandas() and so on.
    """

    @abstractmethod
    def reader(self) -> pa.RecordBatchReader:
        """The rows as a stream of Arrow batches, which holds a few of them at a time. Close it if it is not read to its end."""

    @property
    def schema(self) -> pa.Schema:
        """The columns and their Arrow types."""
        with self.reader() as reader:
            return reader.schema

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        """The rows as Arrow batches: of the sizes in which they arrive, about 2 MiB each, or of just so many rows, the last with what is left."""
        with self.reader() as reader:
            yield from reader if rows is None else columns.of_size(reader, rows)

    def arrow(self) -> pa.Table:
        """All rows as a pyarrow.Table."""
        with self.reader() as reader:
            return reader.read_all()

    def pandas(self, **options: Any) -> "pd.DataFrame":
        """All rows as a pandas.DataFrame. Options are those of pyarrow.Table.to_pandas: types_mapper=pandas.ArrowDtype keeps Arrow's types.

        A vector becomes a NumPy array in a column of objects; numpy() gives the whole column as one array of two dimensions.
        """
        return self.arrow().to_pandas(**options)

    def polars(self) -> "pl.DataFrame":
        """All rows as a polars.DataFrame. Vectors are polars.Array(Float32, n)."""
        import polars

        return polars.from_arrow(self.arrow())  # type: ignore[return-value]

    def numpy(self) -> dict[str, Any]:
        """All rows as NumPy arrays, by the columns' names.

        Shapes: (rows,) of numbers, booleans, datetime64, or objects for text, bytes and structs; (rows, n) of float32 for vector(n), and
        of numbers for lists that all have one length. A NULL is NaN among floats and None among objects; among others, and as a vector,
        it is an error, as it has no place there.
        """
        return columns.numpy(self.arrow())

    def torch(self) -> dict[str, Any]:
        """All rows as torch tensors, by the columns' names; text, bytes and structs are lists.

        Shapes and NULLs are as in numpy(). Timestamps are int64 in microseconds since 1970 in UTC, dates int32 in days. The tensors own
        their memory and may be written to.
        """
        return columns.torch(self.arrow())

    def jax(self) -> dict[str, Any]:
        """All rows as JAX arrays, by the columns' names; text, bytes and structs are lists. Shapes are as in numpy()."""
        return columns.jax(self.arrow())

    def to_list(self) -> list[dict[str, Any]]:
        """All rows as dictionaries of Python values."""
        return self.arrow().to_pylist()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows one by one, as dictionaries; a few batches are in memory."""
        for batch in self.batches():
            yield from batch.to_pylist()

    def one(self) -> dict[str, Any]:
        """The only row. ValueError if there is none or another one."""
        rows = self.arrow()
        if rows.num_rows != 1:
            raise ValueError(f"one row expected, there are {rows.num_rows}")
        return rows.to_pylist()[0]

    def scalar(self) -> Any:
        """The value of the only row's only column."""
        row = self.one()
        if len(row) != 1:
            raise ValueError(f"one column expected, there are {len(row)}: {', '.join(row)}")
        return next(iter(row.values()))

    def show(self, rows: int = 20) -> None:
        """Prints the first rows as a table, long texts and vectors shortened."""
        first, more = self._first(rows)
        print(display.text(first, more))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Arrow's PyCapsule protocol: whatever takes Arrow data takes these rows, as polars.DataFrame(result) and DuckDB do."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        return display.html(*self._first(10))

    def _first(self, rows: int) -> tuple[pa.Table, bool]:
        """The first rows, and whether there are more."""
        with self.reader() as reader:
            taken, got = [], 0
            for batch in reader:
                taken.append(batch)
                if (got := got + batch.num_rows) > rows:
                    break
            table = pa.Table.from_batches(taken, reader.schema)
        return table.slice(0, rows), got > rows

    def to_arrow(self) -> pa.Table:
        """arrow(), by LanceDB's name."""
        return self.arrow()

    def to_pandas(self, **options: Any) -> "pd.DataFrame":
        """pandas(), by LanceDB's name."""
        return self.pandas(**options)

    def to_polars(self) -> "pl.DataFrame":
        """polars(), by LanceDB's name."""
        return self.polars()

    def to_batches(self, batch_size: int | None = None) -> pa.RecordBatchReader:
        """The rows as a pyarrow.RecordBatchReader, by LanceDB's name."""
        reader = self.reader()
        if batch_size is None:
            return reader
        return pa.RecordBatchReader.from_batches(reader.schema, columns.of_size(reader, batch_size))
