"""Spark's filters as conditions in SQL.

A constant is cast to its column's type, so that 0.1 compared with a column of float32 is the float32. What the server might see
otherwise than Spark is left to Spark: then condition() is None.
"""
from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

from pyspark.sql import datasource as spark
from pyspark.sql import types

from pyspark_mediaflight.options import quoted
from pyspark_mediaflight.relation import Relation
from pyspark_mediaflight.types import sql_type

_COMPARISONS = {spark.EqualTo: "=", spark.EqualNullSafe: "IS NOT DISTINCT FROM", spark.GreaterThan: ">", spark.GreaterThanOrEqual: ">=",
                spark.LessThan: "<", spark.LessThanOrEqual: "<="}


def condition(f: spark.Filter, relation: Relation) -> str | None:
    """The condition that keeps the rows that a filter keeps, NULL as Spark has it; None if it is for Spark to look at."""
    if isinstance(f, spark.Not):
        inner = condition(f.child, relation)
        return None if inner is None else f"NOT ({inner})"
    if len(f.attribute) != 1:  # a field of a struct
        return None
    of = relation.compares(f.attribute[0])
    column = quoted(f.attribute[0])
    if isinstance(f, spark.IsNull):
        return of and f"{column} IS NULL"
    if isinstance(f, spark.IsNotNull):
        return of and f"{column} IS NOT NULL"
    if of is None:
        return None
    if isinstance(f, spark.In):
        values = [literal(v, of) for v in f.value]
        return None if None in values or not values else f"{column} IN ({', '.join(map(str, values))})"
    value = literal(f.value, of)
    if value is None:
        return None
    if type(f) in _COMPARISONS:
        return f"{column} {_COMPARISONS[type(f)]} {value}"
    if isinstance(f, spark.StringStartsWith):
        return f"{column} LIKE {_pattern(f.value, after='%')}"
    if isinstance(f, spark.StringEndsWith):
        return f"{column} LIKE {_pattern(f.value, before='%')}"
    if isinstance(f, spark.StringContains):
        return f"{column} LIKE {_pattern(f.value, '%', '%')}"
    return None


def literal(value: Any, of: types.DataType) -> str | None:
    """A constant of a column's type; None if it has no form that is the same to both sides."""
    name = sql_type(of)
    if name is None or value is None:
        return None
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, (int, decimal.Decimal, str)):
        text = str(value)
    elif isinstance(value, float):
        text = repr(value) if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    elif isinstance(value, datetime.datetime):
        text = value.isoformat(" ")
    elif isinstance(value, datetime.date):
        text = value.isoformat()
    else:
        return None
    if isinstance(of, types.TimestampType) and getattr(value, "tzinfo", None) is None or "\0" in text:
        return None  # an instant without a zone is of the session's, which is not known here
    return f"CAST({_text(text)} AS {name})"


def _pattern(text: str, before: str = "", after: str = "") -> str:
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return _text(before + text + after)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
