"""Spark's types for Arrow's, and the batches that Spark takes.

Spark's Arrow reader knows fewer types than Arrow has. Vectors come as arrays; what Spark has no type for (time, uuid, interval,
numerics of more than 38 digits) is selected as text.
"""
from __future__ import annotations

import pyarrow as pa
from pyspark.sql import types as spark

_PLAIN: list[tuple[pa.DataType, spark.DataType, str]] = [
    (pa.bool_(), spark.BooleanType(), "boolean"),
    (pa.int16(), spark.ShortType(), "smallint"),
    (pa.int32(), spark.IntegerType(), "integer"),
    (pa.int64(), spark.LongType(), "bigint"),
    (pa.float32(), spark.FloatType(), "real"),
    (pa.float64(), spark.DoubleType(), "double precision"),
    (pa.string(), spark.StringType(), "text"),
    (pa.binary(), spark.BinaryType(), "bytea"),
    (pa.date32(), spark.DateType(), "date"),
    (pa.timestamp("us"), spark.TimestampNTZType(), "timestamp"),
    (pa.timestamp("us", "UTC"), spark.TimestampType(), "timestamptz"),
]


def spark_type(t: pa.DataType) -> spark.DataType | None:
    """Spark's type for an Arrow type; None where there is none."""
    for arrow, of_spark, _ in _PLAIN:
        if arrow == t:
            return of_spark
    if pa.types.is_timestamp(t):
        return spark.TimestampType() if t.tz else spark.TimestampNTZType()
    if pa.types.is_decimal128(t):
        return spark.DecimalType(t.precision, t.scale)
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        element = spark_type(t.value_type)
        return element and spark.ArrayType(element, t.value_field.nullable)
    if pa.types.is_struct(t):
        fields = [(f.name, spark_type(f.type), f.nullable) for f in t]
        return None if any(of is None for _, of, _ in fields) else spark.StructType([spark.StructField(*f) for f in fields])
    if pa.types.is_map(t):
        key, value = spark_type(t.key_type), spark_type(t.item_type)
        return spark.MapType(key, value, t.item_field.nullable) if key and value else None
    return None


def sql_type(t: spark.DataType) -> str | None:
    """SQL's name of a type whose constants can be compared with a column's; None for others."""
    if isinstance(t, spark.DecimalType):
        return f"numeric({t.precision}, {t.scale})"
    for _, of_spark, name in _PLAIN:
        if of_spark == t:
            return name
    return None


def column_type(t: spark.DataType) -> str:
    """SQL's name of the type of a column for Spark's values."""
    name = "integer" if isinstance(t, spark.ByteType) else sql_type(t)
    if name is None and isinstance(t, spark.ArrayType) and not isinstance(t.elementType, spark.ArrayType):
        name = column_type(t.elementType) + "[]"
    if name is None:
        raise ValueError(f"there is no column type for Spark's {t.simpleString()}: make the table first, by CREATE TABLE")
    return name


def fit(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    """The batch with the types that Spark's reader takes."""
    columns = [column if column.type == field.type else _fit(column, field.type) for column, field in zip(batch.columns, wanted)]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)


def _fit(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_fixed_size_list(column.type) and column.null_count == 0 and column.type.value_type == wanted.value_type:
        size = column.type.list_size  # where no list is missing, the elements stay where they are
        offsets = pa.array(range(0, size * len(column) + 1, size), pa.int32()) if size else pa.array([0] * (len(column) + 1), pa.int32())
        return pa.ListArray.from_arrays(offsets, column.flatten(), type=wanted)
    return column.cast(wanted)
