"""The Spark data source "mediaflight".

Spark looks for data sources in packages whose names begin with pyspark_, so with this one installed
spark.read.format("mediaflight") works without more ado.
"""
from pyspark_mediaflight.source import MediaflightDataSource

DefaultSource = MediaflightDataSource  # the name by which Spark finds it

__all__ = ["DefaultSource", "MediaflightDataSource"]
