"""What spark.read and spark.write name: options, and the schema of what they stand for."""
from __future__ import annotations

from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceWriter
from pyspark.sql.types import StructType

from pyspark_mediaflight.options import Options
from pyspark_mediaflight.reader import FilteringReader, Reader
from pyspark_mediaflight.relation import Relation
from pyspark_mediaflight.writer import Writer


class MediaflightDataSource(DataSource):
    """Tables and queries of a Mediaflight server; docs/spark.md has the options."""

    @classmethod
    def name(cls) -> str:
        return "mediaflight"

    def schema(self) -> StructType:
        return Relation.of(Options(self.options)).schema

    def reader(self, schema: StructType) -> DataSourceReader:
        options = Options(self.options)
        # Spark refuses a reader that takes filters unless it is configured to push some.
        kind = FilteringReader if options.push_filters else Reader
        return kind(options, schema)

    def writer(self, schema: StructType, overwrite: bool) -> DataSourceWriter:
        return Writer(Options(self.options), schema, overwrite)
