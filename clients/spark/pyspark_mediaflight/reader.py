"""Reading: one partition an endpoint of the server."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.flight as flight
from pyspark.sql.datasource import DataSourceReader, Filter, InputPartition
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from pyspark_mediaflight.filters import condition
from pyspark_mediaflight.options import Options
from pyspark_mediaflight.relation import Relation, descriptor
from pyspark_mediaflight.types import fit


@dataclass
class Endpoint(InputPartition):
    """A part of the rows. Its ticket pins the snapshot and may be read again, so a task may be tried again, and by several at once."""

    ticket: bytes

    def __init__(self, ticket: bytes):
        super().__init__(None)
        self.ticket = ticket


class Reader(DataSourceReader):
    """Reads the columns of a schema, which may be some of those that there are."""

    def __init__(self, options: Options, schema: StructType):
        self._options = options
        self._schema = schema
        self._conditions: list[str] = []

    def partitions(self) -> list[InputPartition]:
        relation = Relation.of(self._options)
        missing = set(self._schema.fieldNames()) - set(relation.schema.fieldNames())
        if missing:
            raise ValueError(f"there is no column {sorted(missing)[0]!r}")
        sql = relation.select(self._schema.fieldNames(), self._conditions)
        wanted = flight.FlightCallOptions(headers=[(b"endpoints", str(self._options.partitions).encode())])
        with flight.connect(self._options.uri) as client:
            info = client.get_flight_info(descriptor(sql), wanted)
        return [Endpoint(endpoint.ticket.ticket) for endpoint in info.endpoints]

    def read(self, partition: Endpoint) -> Iterator[pa.RecordBatch]:
        leave_out_jars()
        wanted = to_arrow_schema(self._schema)
        with flight.connect(self._options.uri) as client:
            for chunk in client.do_get(flight.Ticket(partition.ticket)):
                yield fit(chunk.data, wanted)


def leave_out_jars() -> None:
    """Takes jars off the path that Python modules are looked up on.

    Spark puts some there. At the beginning of each task its worker has the path read anew, for which Python before 3.12 reads the
    directories of all archives: of Spark's own jar in 0.1 s, of a large one such as Iceberg's in half a second.
    """
    for path in [path for path in sys.path if path.endswith(".jar")]:
        sys.path.remove(path)
        sys.path_importer_cache.pop(path, None)


class FilteringReader(Reader):
    """A reader that leaves filters to the server, where it understands them as Spark does."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        relation = Relation.of(self._options)
        for f in filters:
            sql = condition(f, relation)
            if sql is None:
                yield f
            else:
                self._conditions.append(sql)
