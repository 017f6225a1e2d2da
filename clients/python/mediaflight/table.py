"""A table of the server."""
from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import display
from .errors import Error
from .held import Held
from .query import Query, Search
from .result import Result
from .rows import Rows
from .statement import Fragment, condition, joined, literal, name

if TYPE_CHECKING:
    from .connection import Connection


class Table(Rows):
    """A table, or a view: Connection.table gives it. Nothing is read before it is asked for, and all rows then.

        images = db.table("images")
        images.schema, images.count(), images.head(3)
        images.search(vector, column="text_embedding").where("width > ?", 1000).limit(5).pandas()

    Iterating gives its rows as dictionaries; arrow(), pandas(), polars() and the others of Rows read all of them.
    """

    def __init__(self, connection: "Connection", table: str, schema: str | None = None, snapshot: int | None = None) -> None:
        if schema is None and "." in table:
            schema, table = table.split(".", 1)
        self.connection, self.name, self.schema_name, self.snapshot = connection, table, schema, snapshot
        self._names: list[str] | None = None
        name(table)

    def name_in_sql(self) -> str:
        """The table's name as statements have it, quoted."""
        return name(self.name) if self.schema_name is None else f"{name(self.schema_name)}.{name(self.name)}"

    def source(self) -> str:
        """The table as it stands in FROM."""
        if self.snapshot is None:
            return self.name_in_sql()
        return f"table_at({literal(self.name_in_sql())}, snapshot => {self.snapshot}) AS {name(self.name)}"

    def __repr__(self) -> str:
        at = "" if self.snapshot is None else f" at snapshot {self.snapshot}"
        return f"<mediaflight.Table {self.name_in_sql()}{at}>"

    def _repr_html_(self) -> str:
        return display.html(*self._first(10), title=f"{self.name_in_sql()}, {display.counted(self.count())}")

    # Reading

    def query(self) -> Query:
        """A query of the table, to go on with where(), select(), order_by() and limit()."""
        return Query(self)

    def search(self, query: Any = None, column: str | None = None, *, vector_column_name: str | None = None,
               embed: Callable[[str], Any] | None = None) -> Any:
        """The rows nearest to a vector, to go on with where(), select(), limit(), recall() ...; without a query, a query of the table.

        Args:
            query: a vector, as a NumPy array, a tensor or a list of as many numbers as the column's vectors have. Or a text, which embed
                makes a vector of.
            column: the column of vectors; it may be left out if the table has just one. vector_column_name is LanceDB's name for it.
            embed: makes a vector of a text, as a model's encode() does; the connection's own `embed` if it is not given.
        """
        if query is None:
            return Query(self)
        if isinstance(query, str):
            embed = embed or self.connection.embed
            if embed is None:
                hint = "give search(text, embed=model.encode), or set it once: db.embed = model.encode; where(\"title ILIKE '%word%'\") finds words"
                raise Error(f"ERROR 0A000: a text is searched for by its vector, and nothing makes one\nHINT: {hint}", "0A000", hint=hint)
            query = embed(query)
        return Search(self, query, column or vector_column_name or self._vector_column())

    def where(self, where: str | Mapping[str, Any], *values: Any) -> Query:
        """Rows that pass a condition: Query.where."""
        return Query(self).where(where, *values)

    filter = where

    def select(self, columns: Sequence[str] | Mapping[str, str]) -> Query:
        """Some of the columns: Query.select."""
        return Query(self).select(columns)

    def order_by(self, *columns: str | tuple[str, str], desc: bool = False) -> Query:
        """The rows in an order: Query.order_by."""
        return Query(self).order_by(*columns, desc=desc)

    def limit(self, rows: int) -> Query:
        """At most so many rows: Query.limit."""
        return Query(self).limit(rows)

    def head(self, rows: int = 5) -> Query:
        """Some rows, the first that are found."""
        return Query(self).limit(rows)

    def sample(self, rows: int) -> Rows:
        """So many rows by chance, each as likely as any other; all of them if the table has no more."""
        if not self.is_searchable() or (total := self.count()) <= rows:
            return self._rows(f"SELECT * FROM {self.source()} ORDER BY random() LIMIT {int(rows)}")
        # Rows are drawn one by one, more than are wanted, so that all but one in a billion draws are enough to choose from.
        percent = min(100.0, 100 * (rows + 6 * math.sqrt(rows) + 20) / total)
        return self._rows(f"SELECT * FROM {self.source()} TABLESAMPLE BERNOULLI ({percent:.9f}) ORDER BY random() LIMIT {int(rows)}")

    def count(self, filter: str | Mapping[str, Any] | None = None, *values: Any) -> int:
        """How many rows there are, or how many pass a condition."""
        return (Query(self) if filter is None else self.where(filter, *values)).count()

    count_rows = count
    __len__ = count

    @property
    def schema(self) -> pa.Schema:
        """The columns and their Arrow types."""
        return Query(self).schema

    def columns(self, fresh: bool = True) -> list[str]:
        """The names of the columns; fresh=False may take those of an earlier call."""
        if fresh or self._names is None:
            self._names = self.schema.names
        return self._names

    def describe(self) -> Rows:
        """A row for each column: its type, how many values and NULLs it has, about how many different ones, the least, the mean and the greatest."""
        schema = self.schema
        items = ["count(*)", *(item for field in schema for item in _summary(field))]
        aliased = ", ".join(f"{item} AS c{i}" for i, item in enumerate(items))
        values = list(self._rows(f"SELECT {aliased} FROM {self.source()}").one().values())
        total, rest = values[0], values[1:]
        rows = []
        for i, field in enumerate(schema):
            count, distinct, least, mean, greatest = rest[i * 5:i * 5 + 5]
            rows.append({"column": field.name, "type": str(field.type), "values": count, "nulls": total - count, "distinct": distinct and min(distinct, count),
                         "min": least, "mean": mean, "max": greatest})
        return Held(pa.Table.from_pylist(rows, _DESCRIBED))

    def reader(self) -> pa.RecordBatchReader:
        return Query(self).reader()

    def arrow(self) -> pa.Table:
        return Query(self).arrow()

    # Versions

    def history(self) -> Rows:
        """The states of the table that can still be read, the newest first: snapshot_id, committed_at, operation, rows_added, rows_deleted."""
        sql = ("SELECT snapshot_id, parent_id, committed_at, operation, rows_added, rows_deleted, is_current FROM mediaflight.snapshots "
               "WHERE table_schema = $1 AND table_name = $2 ORDER BY committed_at DESC, is_current DESC")
        return self.connection.sql(sql, [self._schema_name(), self.name])

    list_versions = history

    def version(self, version: int | datetime.datetime) -> "Table":
        """The table as it was, to be read only.

        Args:
            version: the snapshot_id of a row of history(), or a time: then as it was at that moment. A time without zone is local.
        """
        if isinstance(version, datetime.datetime):
            at = version.astimezone(datetime.timezone.utc)
            known = [row for row in self.history() if row["committed_at"] <= at]
            if not known:
                raise Error(f"ERROR 55000: no state of {self.name_in_sql()} from {at} or before is left", "55000")
            return Table(self.connection, self.name, self._schema_name(), known[0]["snapshot_id"])
        return Table(self.connection, self.name, self._schema_name(), int(version))

    def checkout(self, version: int | datetime.datetime) -> None:
        """Makes this object read the table as it was: version(), as LanceDB does it."""
        self.snapshot = self.version(version).snapshot

    def checkout_latest(self) -> None:
        """Makes this object read the table as it is again."""
        self.snapshot = None

    # Changing

    def add(self, data: Any, mode: str = "append") -> int:
        """Adds rows, all of them or, if something fails, none, and returns how many they were.

        Args:
            data: an Arrow table, batch, reader or dataset; a DataFrame of pandas or Polars; a list of dictionaries; a dictionary of columns;
                a result of sql(); or a generator of such parts, which streams: one part is in memory at a time.
            mode: "append", or "overwrite" for new rows, and columns, in the place of the old ones.

        Columns go by name. Those that data lacks are NULL, those that the table lacks are an error.
        """
        self._writable()
        return self.connection.ingest(self.name, data, "append" if mode == "append" else mode, schema=self.schema_name, create=False)

    def update(self, where: str | Mapping[str, Any] | None = None, values: Mapping[str, Any] | None = None, *params: Any,
               values_sql: Mapping[str, str] | None = None) -> int:
        """Changes rows and returns how many they were.

            images.update("image_id = ?", {"title": "Armadillo"}, 3)
            images.update({"category": "food"}, values_sql={"title": "upper(title)"})

        Args:
            where: which rows, as in Query.where, with its values in params; all if it is None.
            values: new values by column.
            values_sql: new values as expressions in SQL.
        """
        self._writable()
        sets = [Fragment(f"{name(column)} = $1", [value]) for column, value in (values or {}).items()]
        sets += [Fragment(f"{name(column)} = {expression}") for column, expression in (values_sql or {}).items()]
        if not sets:
            raise ValueError("update() needs values or values_sql")
        return self._change(Fragment(f"UPDATE {self.source()} SET ") + joined(sets, ", "), where, params)

    def delete(self, where: str | Mapping[str, Any] | None, *params: Any) -> int:
        """Deletes the rows that pass a condition, as in Query.where, and returns how many they were. None means all rows."""
        self._writable()
        return self._change(Fragment(f"DELETE FROM {self.source()}"), where, params)

    def add_column(self, column: str, how: str | Callable[[pa.RecordBatch], Any], **options: Any) -> int:
        """Adds a column, and returns how many rows got a value.

            images.add_column("pixels", "width * height")
            images.add_column("caption_length", lambda batch: pc.utf8_length(batch["image_caption"]), columns=["image_caption"], key="image_id")

        Args:
            how: an expression in SQL over the other columns. Or a function of a pyarrow.RecordBatch that returns as many values: an Arrow
                array, a NumPy array (of two dimensions for vectors), a tensor or a list.
            type: the new column's Arrow type, or its type in SQL; otherwise that of the expression or of the function's first answer.

        For a function:
            columns: those that it gets; all if not given.
            key: a column whose values tell rows apart; the primary key if not given.
            batch_size: rows that it gets at once, 1024 if not given.
            checkpoint: after how many rows what is done is saved on the server, 16384 if not given.

        What a function has done is kept in a table beside this one until all rows are done; then the column appears with all values. If the
        function raises an error, or the process ends, the same call goes on where it was, with the rows that have come meanwhile.
        discard_column(column) throws away what there is instead.
        """
        from .add_column import by_expression, by_function

        self._writable()
        self._names = None
        return by_expression(self, column, how, **options) if isinstance(how, str) else by_function(self, column, how, **options)

    def add_columns(self, transforms: Mapping[str, str]) -> int:
        """add_column() for several expressions, by LanceDB's name."""
        return max([self.add_column(column, expression) for column, expression in transforms.items()], default=0)

    def discard_column(self, column: str) -> None:
        """Throws away what an add_column() by a function that did not end has saved."""
        from .add_column import saved

        saved(self, column).drop(ignore_missing=True)

    def drop_columns(self, columns: Iterable[str]) -> None:
        """Drops columns. Older versions of the table keep them."""
        self._writable()
        self._names = None
        self.connection.execute(f"ALTER TABLE {self.source()} " + ", ".join(f"DROP COLUMN {name(column)}" for column in columns))

    def rename(self, new_name: str) -> None:
        """Gives the table another name."""
        self._writable()
        self.connection.execute(f"ALTER TABLE {self.source()} RENAME TO {name(new_name)}")
        self.name = new_name

    def drop(self, ignore_missing: bool = False) -> None:
        """Drops the table."""
        self.connection.drop_table(self.name, schema=self.schema_name, ignore_missing=ignore_missing)

    # Indexes

    def create_index(self, column: str | None = None, metric: str = "cosine", *, index: str | None = None, lists: int | None = None,
                     replace: bool = False, vector_column_name: str | None = None, num_partitions: int | None = None) -> None:
        """Builds an index that makes searches by one distance faster; it returns when the index is built.

        Args:
            column: the column of vectors; it may be left out if the table has just one.
            metric: cosine, l2 or dot. Searches by another distance do not use the index.
            index: its name; otherwise one made of the table's and the column's.
            lists: into how many the vectors are sorted; otherwise as many as suit the number of rows. num_partitions is LanceDB's name for it.
            replace: whether an index of this name gives way.
        """
        self._writable()
        operators = {"cosine": "vector_cosine_ops", "l2": "vector_l2_ops", "euclidean": "vector_l2_ops", "dot": "vector_ip_ops", "ip": "vector_ip_ops"}
        if metric not in operators:
            raise ValueError(f"no index is for {metric!r}; there are cosine, l2 and dot")
        column = column or vector_column_name or self._vector_column()
        lists = lists or num_partitions
        if replace:
            self.connection.execute(f"DROP INDEX IF EXISTS {self._beside(index or f'{self.name}_{column}_idx')}")
        named = name(index) + " " if index else ""
        options = f" WITH (lists = {int(lists)})" if lists else ""
        self.connection.execute(f"CREATE INDEX {named}ON {self.source()} USING ivf ({name(column)} {operators[metric]}){options}")

    def drop_index(self, index: str) -> None:
        """Drops an index by its name."""
        self.connection.execute(f"DROP INDEX {self._beside(index)}")

    def reindex(self) -> None:
        """Trains and builds the table's indexes anew; the old ones answer meanwhile."""
        self.connection.execute(f"REINDEX TABLE {self.source()}")

    def indexes(self) -> Rows:
        """The table's indexes: index_name, column_name, metric, lists, rows, rows_uncovered, bytes, state."""
        sql = ("SELECT index_name, column_name, metric, lists, rows, rows_uncovered, bytes, state FROM mediaflight.index_stats "
               "WHERE index_schema = $1 AND table_name = $2 ORDER BY index_name")
        return self.connection.sql(sql, [self._schema_name(), self.name])

    def list_indices(self) -> list[dict[str, Any]]:
        """indexes() as a list, by LanceDB's name."""
        return self.indexes().to_list()

    # What queries ask of a table

    def is_searchable(self) -> bool:
        """Whether indexes may answer for it: it is a table as it is now, neither a view nor an older state."""
        if self.snapshot is not None:
            return False
        if self._is_table is None:
            sql = "SELECT table_type FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2"
            kinds = self.connection.sql(sql, [self._schema_name(), self.name]).to_list()
            self._is_table = not kinds or kinds[0]["table_type"] != "VIEW"
        return self._is_table

    _is_table: bool | None = None

    def distance_function(self, column: str) -> str:
        """The function of the distance that the column's index is for; that of cosine without one."""
        found = [row["metric"] for row in self.indexes() if row["column_name"] == column]
        return found[0] if found else "cosine_distance"

    def _vector_column(self) -> str:
        found = [field.name for field in self.schema if pa.types.is_fixed_size_list(field.type) and pa.types.is_floating(field.type.value_type)]
        if len(found) == 1:
            return found[0]
        raise ValueError(f"{self.name_in_sql()} has {'no column' if not found else 'several columns'} of vectors{': ' if found else ''}"
                         f"{', '.join(found)}; say which: column=...")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> Result:
        return self.connection.sql(sql, values)

    def _change(self, statement: Fragment, where: str | Mapping[str, Any] | None, params: Sequence[Any]) -> int:
        if where is not None:
            statement = statement + " WHERE " + condition(where, params)
        return self.connection.execute(statement.text, statement.values)

    def _schema_name(self) -> str:
        return self.schema_name or self.connection.settings()["schema"]

    def _beside(self, other: str) -> str:
        """The name of something in the table's schema."""
        return name(other) if self.schema_name is None else f"{name(self.schema_name)}.{name(other)}"

    def _writable(self) -> None:
        if self.snapshot is not None:
            raise Error("ERROR 25006: an older state of a table cannot be changed\nHINT: checkout_latest(), or db.table() anew", "25006",
                        hint="checkout_latest(), or db.table() anew")


_DESCRIBED = pa.schema([("column", pa.string()), ("type", pa.string()), ("values", pa.int64()), ("nulls", pa.int64()), ("distinct", pa.int64()),
                        ("min", pa.string()), ("mean", pa.float64()), ("max", pa.string())])


def _summary(field: pa.Field) -> list[str]:
    """The aggregates of describe() for a column: count, distinct, min, mean, max. NULL where one says nothing."""
    column, kind = name(field.name), field.type
    t = pa.types
    number = t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind)
    ordered = number or t.is_string(kind) or t.is_boolean(kind) or t.is_temporal(kind)
    least, greatest = (f"min({column})::text", f"max({column})::text") if ordered else ("NULL::text", "NULL::text")
    if t.is_string(kind):
        least, greatest = f"left({least}, 60)", f"left({greatest}, 60)"
    return [f"count({column})", f"approx_count_distinct({column})" if ordered else "NULL::bigint", least,
            f"avg({column})::double precision" if number else "NULL::double precision", greatest]
