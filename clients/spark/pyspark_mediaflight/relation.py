"""What is read, as the server describes it."""
from __future__ import annotations

import pyarrow as pa
import pyarrow.flight as flight
from pyspark.sql import types as spark

from pyspark_mediaflight.options import Options, quoted
from pyspark_mediaflight.types import spark_type


def descriptor(sql: str) -> flight.FlightDescriptor:
    return flight.FlightDescriptor.for_command(sql.encode())


class Relation:
    """A table or query: its name in FROM, and its columns with Spark's types."""

    def __init__(self, name: str, columns: pa.Schema):
        self.name = name
        self._as_text = {f.name for f in columns if spark_type(f.type) is None}
        self.schema = spark.StructType(
            [spark.StructField(f.name, spark_type(f.type) or spark.StringType(), f.nullable) for f in columns])
        if len(set(columns.names)) < len(columns):
            raise ValueError(f"columns of one name: give them different ones with AS: {columns.names}")

    @classmethod
    def of(cls, options: Options) -> Relation:
        name = options.relation()
        with flight.connect(options.uri) as client:
            return cls(name, client.get_schema(descriptor(f"SELECT * FROM {name}")).schema)

    def select(self, names: list[str], conditions: list[str]) -> str:
        """The statement that reads some columns of the rows that fulfill all conditions."""
        items = ", ".join(f"{quoted(n)}::text AS {quoted(n)}" if n in self._as_text else quoted(n) for n in names)
        where = " WHERE " + " AND ".join(f"({c})" for c in conditions) if conditions else ""
        return f"SELECT {items} FROM {self.name}{where}"

    def compares(self, name: str) -> spark.DataType | None:
        """The type of a column that the server compares as Spark does; None for others."""
        if name in self._as_text or name not in self.schema.fieldNames():
            return None
        return self.schema[name].dataType
