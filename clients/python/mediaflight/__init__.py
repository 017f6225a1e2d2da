"""Mediaflight: SQL, nearest neighbors and streams over tables of media.

    import mediaflight

    with mediaflight.connect("grpc://localhost:8815") as db:
        db.sql("SELECT title, width FROM images WHERE category = $1 LIMIT 5", ["animals"]).show()

connect() gives a Connection; its sql() gives a Result, which becomes Arrow, pandas, Polars, NumPy or torch; its table() gives a Table, to
search, filter, add to and change.
"""
from .connection import Connection, connect
from .errors import Error, Unavailable
from .prepared import Prepared
from .query import Query, Search
from .result import Result
from .rows import Rows
from .table import Table
from .training import Batches, batches

__all__ = ["Batches", "Connection", "Error", "Prepared", "Query", "Result", "Rows", "Search", "Table", "Unavailable", "batches", "connect"]
__version__ = "0.1.0"
