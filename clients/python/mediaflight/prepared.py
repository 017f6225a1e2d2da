"""Prepared statements: sent and planned once, run with many parameters."""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.flight as flight

from . import messages, parameters
from .errors import Error
from .result import Result

if TYPE_CHECKING:
    from .connection import Connection

_T = TypeVar("_T")


class Prepared:
    """A statement that the server has prepared. It is for one thread at a time, as its parameters are bound to it.

        with db.prepare("SELECT title FROM images WHERE image_id = $1") as find:
            titles = [find.sql([i]).to_list() for i in (1, 2, 3)]
    """

    def __init__(self, connection: "Connection", query: str) -> None:
        self.connection, self.query = connection, query
        body = connection.action("CreatePreparedStatement", messages.new("ActionCreatePreparedStatementRequest", query=query), packed=True)
        answer = messages.unpack("ActionCreatePreparedStatementResult", body)
        self.handle: bytes = answer.prepared_statement_handle
        self.is_update: bool = answer.is_update
        self.schema: pa.Schema = _schema(answer.dataset_schema)
        self.parameters: pa.Schema = _schema(answer.parameter_schema)

    def __enter__(self) -> "Prepared":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def sql(self, params: Sequence[Any] = ()) -> Result:
        """Runs it as Connection.sql does."""
        values = parameters.checked(params)
        return Result(self.connection, self.info(parameters.batch(values) if values else None), self.query)

    def execute(self, params: Sequence[Any] = ()) -> int:
        """Runs it as Connection.execute does."""
        values = parameters.checked(params)
        return self.update(parameters.batch(values) if values else None)

    def many(self, rows: Any) -> Result:
        """Runs it for each row of parameters, and returns the rows of all runs one after the other.

        A nearest-neighbor query runs for all of its vectors together: pass a table with a column of vectors.
        """
        return Result(self.connection, self.info(parameters.batch_of_rows(rows)), self.query)

    def info(self, bound: pa.RecordBatch | None) -> flight.FlightInfo:
        command = messages.new("CommandPreparedStatementQuery", prepared_statement_handle=self.handle)
        if bound is not None:
            answer = self.connection.put(command, bound.schema, [bound])
            handle = messages.parse("DoPutPreparedStatementResult", answer).prepared_statement_handle
            command = messages.new("CommandPreparedStatementQuery", prepared_statement_handle=handle or self.handle)
        return self.connection.flight_info(messages.pack(command))

    def update(self, bound: pa.RecordBatch | None) -> int:
        command = messages.new("CommandPreparedStatementUpdate", prepared_statement_handle=self.handle)
        return self.connection._update(command, bound)

    def close(self) -> None:
        """Lets the server forget it."""
        message = messages.new("ActionClosePreparedStatementRequest", prepared_statement_handle=self.handle)
        self.connection.action("ClosePreparedStatement", message, packed=True)


def _schema(data: bytes) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(data)) if data else pa.schema([])


class Statements:
    """The statements that a connection has prepared, by their text. A thread takes one out while it uses it, and puts it back."""

    LIMIT = 64

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.idle: OrderedDict[str, Prepared] = OrderedDict()
        self.lock = threading.Lock()

    def info(self, query: str, bound: pa.RecordBatch) -> flight.FlightInfo:
        return self._use(query, lambda p: p.info(bound))

    def update(self, query: str, bound: pa.RecordBatch) -> int:
        return self._use(query, lambda p: p.update(bound))

    def _use(self, query: str, run: Callable[[Prepared], _T]) -> _T:
        with self.lock:
            known = self.idle.pop(query, None)
        prepared = known or Prepared(self.connection, query)
        try:
            answer = run(prepared)
        except Error as error:
            if known is None or error.sqlstate != "26000":  # the server forgets statements that are not used, and all when it ends
                self._keep(prepared)
                raise
            prepared = Prepared(self.connection, query)
            answer = run(prepared)
        self._keep(prepared)
        return answer

    def _keep(self, prepared: Prepared) -> None:
        with self.lock:
            surplus = self.idle.pop(prepared.query, None)
            self.idle[prepared.query] = prepared
            if surplus is None and len(self.idle) > self.LIMIT:
                _, surplus = self.idle.popitem(last=False)
        if surplus is not None:
            surplus.close()
