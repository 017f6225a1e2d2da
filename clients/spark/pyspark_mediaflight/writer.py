"""Writing: each task stages its rows, and the driver makes those of the attempts that count visible in one commit.

An attempt that fails, or is one too many, leaves rows that no commit names: nobody ever sees them, and the server removes them in a day.
"""
from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.flight as flight
from pyspark.sql.datasource import DataSourceArrowWriter, WriterCommitMessage
from pyspark.sql.types import StructType

from pyspark_mediaflight import ingest
from pyspark_mediaflight.options import Options, quoted, split_name, table_name
from pyspark_mediaflight.relation import descriptor
from pyspark_mediaflight.types import column_type

_COMMIT_ATTEMPTS = 3


@dataclass
class Staged(WriterCommitMessage):
    """What commits a task's rows; None where it had none."""

    receipt: bytes | None


class Writer(DataSourceArrowWriter):
    """Appends to a table, or replaces its rows. A table that is missing is made first."""

    def __init__(self, options: Options, schema: StructType, overwrite: bool):
        if options.table is None or options.query is not None:
            raise ValueError("give the option table, and no query, to write")
        self._uri = options.uri
        self._name = split_name(options.table)
        self._overwrite = overwrite
        self._id = f"spark-{uuid.uuid4().hex}"
        columns = [f"{quoted(f.name)} {column_type(f.dataType)}{'' if f.nullable else ' NOT NULL'}" for f in schema]
        with flight.connect(self._uri) as client:
            client.get_flight_info(descriptor(f"CREATE TABLE IF NOT EXISTS {table_name(options.table)} ({', '.join(columns)})"))

    def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
        first = next(iterator, None)
        if first is None:
            return Staged(None)
        with flight.connect(self._uri) as client:
            return Staged(ingest.stage(client, self._name, first.schema, itertools.chain([first], iterator)))

    def commit(self, messages: list[WriterCommitMessage | None]) -> None:
        receipts = [m.receipt for m in messages if m is not None and m.receipt is not None]
        for attempt in range(1, _COMMIT_ATTEMPTS + 1):
            try:
                with flight.connect(self._uri) as client:
                    ingest.commit(client, self._name, self._id, receipts, self._overwrite)
                return
            except flight.FlightUnavailableError:  # it may have been made: the server knows it by its id
                if attempt == _COMMIT_ATTEMPTS:
                    raise

    def abort(self, messages: list[WriterCommitMessage | None]) -> None:
        """There is nothing to do: what was staged is not part of the table."""
