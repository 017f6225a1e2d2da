"""Queries of one table, put together by methods."""
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pyarrow as pa

from .errors import Error
from .result import Result
from .rows import Rows
from .statement import Fragment, column_list, condition, joined, literal, name

if TYPE_CHECKING:
    from .table import Table

_Q = TypeVar("_Q", bound="Query")


def refused(what: str, hint: str) -> NoReturn:
    """Raises an error as the server would, for what has no counterpart here."""
    raise Error(f"ERROR 0A000: there is no {what} here\nHINT: {hint}", "0A000", hint=hint)


class Query(Rows):
    """Rows of a table: those that pass, in an order, some of their columns. Methods return a new query and leave this one as it is.

        images.filter("width > ?", 1000).select(["image_id", "title"]).order_by("title").limit(5).pandas()
    """

    def __init__(self, table: "Table") -> None:
        self.table = table
        self._columns: Sequence[str] | Mapping[str, str] | None = None
        self._conditions: list[Fragment] = []
        self._order: list[str] = []
        self._limit: int | None = None
        self._offset = 0

    def where(self: _Q, where: str | Mapping[str, Any], *values: Any, prefilter: bool = True) -> _Q:
        """Only rows that pass the condition, besides those before.

        Args:
            where: a condition in SQL, with ? or $1 for values: where("width > ? AND category <> ?", 1000, "food"). Or columns and what they
                equal: where({"category": ["animals", "food"], "title": None}).
            prefilter: conditions hold before the nearest rows are chosen, so that there are as many as asked for. False is refused.
        """
        if not prefilter:
            refused("search before its conditions", "a search with a condition finds its k rows whenever there are k; leave prefilter out")
        return self._with(_conditions=[*self._conditions, condition(where, values)])

    filter = where

    def select(self: _Q, columns: Sequence[str] | Mapping[str, str]) -> _Q:
        """Only these columns: names, or names of results and what they are in SQL: {"image_id": "image_id", "area": "width * height"}."""
        column_list(columns)
        return self._with(_columns=columns if isinstance(columns, Mapping) else list(columns))

    def order_by(self: _Q, *columns: str | tuple[str, str], desc: bool = False) -> _Q:
        """Sorted by columns, or by names that select() gave. ("title", "desc") and ("title", "asc") go their own way; NULLs are the largest."""
        order = []
        for item in columns:
            column, way = (item, "desc" if desc else "asc") if isinstance(item, str) else item
            if way.lower() not in ("asc", "desc"):
                raise ValueError(f"an order is asc or desc, not {way!r}")
            order.append(f"{name(column)} {way.upper()}")
        return self._with(_order=order)

    def limit(self: _Q, rows: int | None) -> _Q:
        """At most so many rows. None is all of them."""
        return self._with(_limit=_count(rows, "limit"))

    def offset(self: _Q, rows: int) -> _Q:
        """Without the first so many rows."""
        return self._with(_offset=_count(rows, "offset") or 0)

    def count(self) -> int:
        """How many rows there are."""
        inner = self._statement()
        return int(self._run(Fragment("SELECT count(*) FROM (") + inner + ") AS rows").scalar())

    count_rows = count

    def head(self: _Q, rows: int = 5) -> _Q:
        """The first rows: limit(), by pandas' name."""
        return self.limit(rows)

    def result(self) -> Result:
        """Runs the query, and returns its result."""
        return self._run(self._statement())

    @property
    def schema(self) -> pa.Schema:
        return self.result().schema

    def reader(self) -> pa.RecordBatchReader:
        return self.result().reader()

    def arrow(self) -> pa.Table:
        return self.result().arrow()

    def to_sql(self) -> tuple[str, list[Any]]:
        """The statement, and the values of its parameters: db.sql(*query.to_sql()) is the same."""
        statement = self._statement()
        return statement.text, statement.values

    def explain(self, analyze: bool = False) -> str:
        """The server's plan; with analyze=True it runs the query, and the plan tells rows and times."""
        rows = self._run(Fragment("EXPLAIN ANALYZE " if analyze else "EXPLAIN ") + self._statement()).arrow()
        return "\n".join(rows.column(0).to_pylist())

    def explain_plan(self, verbose: bool = False) -> str:
        """explain(), by LanceDB's name."""
        return self.explain()

    def analyze_plan(self) -> str:
        """explain(analyze=True), by LanceDB's name."""
        return self.explain(analyze=True)

    def __repr__(self) -> str:
        return f"<mediaflight.{type(self).__name__}: {self.to_sql()[0]}>"

    def _with(self: _Q, **changes: Any) -> _Q:
        other = copy.copy(self)
        for key, value in changes.items():
            setattr(other, key, value)
        return other

    def _run(self, statement: Fragment) -> Result:
        return self.table.connection.sql(statement.text, statement.values)

    def _statement(self) -> Fragment:
        items = "*" if self._columns is None else column_list(self._columns)
        out = Fragment(f"SELECT {items} FROM {self.table.source()}")
        if self._conditions:
            out = out + " WHERE " + joined(self._conditions, " AND ")
        return out + self._tail(self._order)

    def _tail(self, order: list[str]) -> str:
        tail = f" ORDER BY {', '.join(order)}" if order else ""
        tail += f" LIMIT {self._limit}" if self._limit is not None else ""
        return tail + (f" OFFSET {self._offset}" if self._offset else "")


_METRICS = {"cosine": "cosine", "l2": "l2", "euclidean": "l2", "dot": "ip", "ip": "ip", "inner_product": "ip", "l1": "l1"}
_DISTANCES = {"cosine": "cosine_distance", "l2": "l2_distance", "ip": "negative_inner_product", "l1": "l1_distance"}
_METRIC_OF = {function: metric for metric, function in _DISTANCES.items()}


class Search(Query):
    """The rows of a table nearest to a vector, the nearest first, with their distance in the column _distance.

        images.search(vector, column="text_embedding").where("NSFW_score < ?", 0.2).select(["title"]).limit(5).recall(0.99).pandas()

    Distances are cosine: 1 - cosine; l2: Euclidean, not squared; dot: -(a . b); l1. Where an index is for one of these, it is the default.
    There are as many rows as limit() says whenever so many pass the conditions.
    """

    def __init__(self, table: "Table", vector: Any, column: str) -> None:
        super().__init__(table)
        self._vector, self._column = vector, column
        self._limit: int | None = 10
        self._metric: str | None = None
        self._recall: float | None = None
        self._range: tuple[float | None, float | None] = (None, None)

    def limit(self, rows: int | None) -> "Search":
        """The so many nearest rows; 10 if it is not called."""
        if rows is None:
            raise ValueError("a search has a limit; order_by of a distance in sql() sorts a whole table")
        return super().limit(rows)

    def metric(self, metric: str) -> "Search":
        """The distance: cosine, l2, dot or l1."""
        if metric.lower() not in _METRICS:
            raise ValueError(f"not a distance: {metric!r}; there are cosine, l2, dot and l1")
        return self._with(_metric=_METRICS[metric.lower()])

    distance_type = metric

    def recall(self, recall: float) -> "Search":
        """The share of the true nearest rows that an index is to find, over many searches: above 0, at most 1. The session's is 0.95 at first."""
        if not 0 < recall <= 1:
            raise ValueError(f"a recall is above 0 and at most 1: {recall}")
        return self._with(_recall=float(recall))

    def exact(self) -> "Search":
        """All of the true nearest rows, as recall(1) finds them."""
        return self.recall(1)

    bypass_vector_index = exact

    def distance_range(self, lower_bound: float | None = None, upper_bound: float | None = None) -> "Search":
        """Only rows at a distance of at least lower_bound and less than upper_bound."""
        return self._with(_range=(lower_bound, upper_bound))

    def order_by(self, *columns: str | tuple[str, str], desc: bool = False) -> "Search":
        """Sorts the nearest rows that were found; they come nearest first if it is not called."""
        return super().order_by(*columns, desc=desc)

    def nprobes(self, nprobes: int) -> NoReturn:
        """Refused: say the recall that you need."""
        refused("nprobes", "say which recall you need, as .recall(0.95): the index knows how much of it must be looked at for that")

    minimum_nprobes = maximum_nprobes = ef = refine_factor = nprobes

    def fast_search(self) -> NoReturn:
        """Refused: rows that an index does not cover yet are found as well."""
        refused("fast_search", "rows that an index does not cover are compared exactly, so that none is missing; leave it out")

    def rerank(self, *args: Any, **keywords: Any) -> NoReturn:
        """Refused: rows that an index finds are measured by their own vectors already."""
        refused("rerank", "distances are exact already; max_marginal_relevance() in sql() spreads the answer")

    def _statement(self) -> Fragment:
        found = self._found()
        items = "*" if self._columns is None else column_list(self._columns)
        if self._columns is not None and "_distance" not in self._columns:
            items += ', "_distance"'
        return Fragment(f"SELECT {items} FROM (") + found + ") AS found" + (f" ORDER BY {', '.join(self._order)}" if self._order else "")

    def _found(self) -> Fragment:
        """The nearest rows with their _distance, in its order."""
        conditions = [*self._conditions, *self._within()]
        where = joined(conditions, " AND ")
        tail = ' ORDER BY "_distance"' + self._tail([])
        if not self.table.is_searchable():
            out = Fragment("SELECT *, ") + self._distance() + f' AS "_distance" FROM {self.table.source()}'
            return (out + " WHERE " + where if conditions else out) + tail
        arguments = Fragment(f"{literal(self.table.name_in_sql())}, {literal(name(self._column))}, $1", [self._vector])
        arguments += f", k => {(self._limit or 0) + self._offset}"
        if self._metric is not None:
            arguments += f", metric => {literal(self._metric)}"
        if conditions:
            arguments = arguments.with_condition(", filter => ", where)
        if self._recall is not None:
            arguments += f", recall => {self._recall!r}"
        columns = self.table.columns(fresh=self._columns is None)
        items = ", ".join(map(name, columns))
        if "distance" in columns:  # two columns of that name: all of them get names
            return Fragment("SELECT * FROM vector_search(") + arguments + f') AS nearest({items}, "_distance")' + tail
        return Fragment(f'SELECT {items}, distance AS "_distance" FROM vector_search(') + arguments + ")" + tail

    def _distance(self) -> Fragment:
        metric = self._metric or _METRIC_OF.get(self.table.distance_function(self._column), "cosine")
        return Fragment(f"{_DISTANCES[metric]}({name(self._column)}, $1)", [self._vector])

    def _within(self) -> list[Fragment]:
        lower, upper = self._range
        bounds = [(" >= $1", lower), (" < $1", upper)]
        return [self._distance() + Fragment(text, [bound]) for text, bound in bounds if bound is not None]


def _count(rows: int | None, what: str) -> int | None:
    if rows is None:
        return None
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        raise ValueError(f"a {what} is a whole number from 0: {rows!r}")
    return rows
