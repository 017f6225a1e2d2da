"""The answer to a statement."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.flight as flight

from .errors import translated
from .progress import Progress
from .rows import Rows
from .stream import read

if TYPE_CHECKING:
    from .connection import Connection

_ABOUT_SQL = b"ARROW:FLIGHT:SQL:"


class Result(Rows):
    """The answer to a statement: its columns are known, its rows are read when they are asked for.

    Attributes:
        query: the statement.
        info: what the server said of the answer: tickets, and how many rows there are if it knows.
    """

    def __init__(self, connection: "Connection", info: flight.FlightInfo, query: str) -> None:
        self.connection, self.info, self.query = connection, info, query
        self._schema = plain_schema(info.schema)

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def arrow(self) -> pa.Table:
        if Progress.wanted(self.connection.progress) or len(self.info.endpoints) != 1:
            return pa.Table.from_batches(self._batches(), self._schema)
        with translated():
            table = self.connection.client().do_get(self.info.endpoints[0].ticket).read_all()
        return pa.Table.from_batches(table.to_batches(), self._schema)

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        if rows is None:
            return self._batches()
        return super().batches(rows)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        progress = Progress(self.connection.progress, self.info.total_records)
        try:
            for batch in read(self.connection, self.info):
                progress.add(batch)
                yield pa.RecordBatch.from_arrays(batch.columns, schema=self._schema) if batch.num_columns else batch
        finally:
            progress.close()

    def __repr__(self) -> str:
        columns = ", ".join(f"{field.name} {field.type}" for field in self._schema)
        query = " ".join(self.query.split())
        return f"<mediaflight.Result of {query if len(query) <= 80 else query[:77] + '...'}: {columns}>"


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """A schema without what Flight SQL says of columns for drivers of other kinds."""
    fields = []
    for field in schema:
        if field.metadata:
            kept = {key: value for key, value in field.metadata.items() if not key.startswith(_ABOUT_SQL)}
            field = field.with_metadata(kept or None) if kept else field.remove_metadata()
        fields.append(field)
    return pa.schema(fields, schema.metadata)
