"""A connection to a server: statements, and the session that they run in."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.flight as flight

from . import messages, parameters
from .data import stream
from .errors import Error, Unavailable, translated
from .headers import Headers
from .prepared import Prepared, Statements
from .progress import Progress
from .put import put
from .result import Result
from .table import Table

_T = TypeVar("_T")

_process: int | None = None  # the one that gRPC runs in


def connect(uri: str = "grpc://localhost:8815", *, user: str | None = None, password: str | None = None, token: str | None = None,
            options: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None, schema: str | None = None,
            tls_root_certs: bytes | str | os.PathLike[str] | None = None, tls_verify: bool = True, progress: bool | None = None) -> "Connection":
    """Connects to a Mediaflight server.

        with mediaflight.connect("grpc://localhost:8815") as db:
            print(db.sql("SELECT category, count(*) FROM images GROUP BY 1").pandas())

    Args:
        uri: grpc://HOST:PORT, or grpc+tls://HOST:PORT; HOST:PORT means the first.
        user, password: whom the server asks for, if it does; token: a bearer token instead.
        options: settings of the session, such as {"timezone": "Europe/Berlin", "statement_timeout": "30s"}.
        headers: sent with every call.
        schema: where names of tables are looked up first; "main" if not given.
        tls_root_certs: certificates to trust, in PEM, or the path of a file with them. tls_verify=False trusts any.
        progress: whether long reads show how far they are; by default they do on terminals and in notebooks.

    Raises:
        Unavailable: nobody answers at this address.
    """
    settings = dict(options or {})
    if schema is not None:
        settings["schema"] = schema
    if tls_root_certs is not None and not (isinstance(tls_root_certs, bytes) or str(tls_root_certs).startswith("-----")):
        with open(tls_root_certs, "rb") as file:
            tls_root_certs = file.read()
    connection = Connection(_address(uri), settings, dict(headers or {}), (user, password), token, tls_root_certs, tls_verify, progress)
    connection.check()
    return connection


def connection_to(server: "str | Connection") -> "Connection":
    """A connection by its address, or itself. Nobody is asked before it is used."""
    return Connection(_address(server), {}, {}, (None, None), None, None, True, None) if isinstance(server, str) else server


def _enter() -> None:
    """Makes sure that gRPC works in this process. Its threads do not come along into a forked one, where calls, even over new connections and
    after all others were closed, may wait for them for ever."""
    global _process
    if _process not in (None, os.getpid()):
        raise Error("the process that this one was forked from has been connected, and gRPC does not work in such a process: start processes "
                    "by spawn or forkserver, or before the first connection", "08003")
    _process = os.getpid()


def _address(uri: str) -> str:
    scheme, found, rest = uri.partition("://")
    if not found:
        scheme, rest = "grpc", uri
    schemes = {"grpc": "grpc", "grpc+tcp": "grpc", "grpc+tls": "grpc+tls", "grpcs": "grpc+tls"}
    if scheme not in schemes or not rest.rstrip("/"):
        raise ValueError(f"not a server's address: {uri!r}; try grpc://localhost:8815")
    return f"{schemes[scheme]}://{rest.rstrip('/')}"


class Connection:
    """A connection to a server; connect() makes it.

    It may be used by several threads at once; they share its session. It can be pickled, and then connects anew where it is used, in a
    session of its own with the same options. After a fork the child must make a connection of its own: gRPC's threads don't survive it.

    Attributes:
        uri: where the server is.
        embed: makes a vector of a text, for Table.search; None at first.
        progress: whether long reads and loads show how far they are; None where somebody looks.
    """

    def __init__(self, uri: str, options: dict[str, Any], headers: dict[str, str], login: tuple[str | None, str | None],
                 token: str | None, tls_root_certs: Any, tls_verify: bool, progress: bool | None) -> None:
        self.uri = uri
        self.progress = progress
        self.embed: Callable[[str], Any] | None = None
        self._arguments = (uri, options, headers, login, token, tls_root_certs, tls_verify, progress)
        self._lock = threading.RLock()
        self._flight: flight.FlightClient | None = None
        self._process = os.getpid()
        self._answered = False
        self._statements = Statements(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Connection, self._arguments

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mediaflight.Connection to {self.uri}>"

    # Statements

    def sql(self, query: str, params: Sequence[Any] | None = None) -> Result:
        """Runs a statement and returns what it answers with.

            db.sql("SELECT image_id, title FROM images WHERE category = $1 LIMIT 5", ["animals"]).pandas()

        The server plans the statement now, so errors in it are raised here; rows are read when the result is asked for them, as often as
        it is, and are the same each time: those of the moment of this call. A statement that changes something has done so when this
        returns, once, whether its result is read or not.

        Args:
            query: one statement in SQL.
            params: values for $1, $2 and so on, or for each ?. A vector is a NumPy array or a list of numbers.
        """
        if params is None or len(values := parameters.checked(params)) == 0:
            return Result(self, self.flight_info(messages.pack(messages.new("CommandStatementQuery", query=query))), query)
        return Result(self, self._statements.info(query, parameters.batch(values)), query)

    def execute(self, statement: str, params: Sequence[Any] | None = None) -> int:
        """Runs a statement that changes something and returns how many rows it changed.

            db.execute("UPDATE images SET title = upper(title) WHERE category = ?", ["animals"])

        Statements such as CREATE TABLE and SET change no rows: 0.
        """
        if params is None or len(values := parameters.checked(params)) == 0:
            return self._update(messages.new("CommandStatementUpdate", query=statement), None)
        return self._statements.update(statement, parameters.batch(values))

    def execute_many(self, statement: str, rows: Any) -> int:
        """Runs a statement once for each row of parameters and returns how many rows it changed in all.

        An INSERT's rows become visible together, or not at all. To load many rows, Table.add is faster.

        Args:
            rows: lists or tuples of one length, or an Arrow table or batch whose columns are $1, $2 and so on.
        """
        bound = parameters.batch_of_rows(rows)
        return self._statements.update(statement, bound) if bound.num_rows else 0

    def prepare(self, statement: str) -> Prepared:
        """Prepares a statement to be run many times. sql() and execute() keep the statements that they prepare, so it is rarely needed."""
        return Prepared(self, statement)

    # Tables

    def table(self, name: str, schema: str | None = None) -> Table:
        """A table or view, which is looked up when it is used.

        Args:
            name: its exact name; "attic.images" is the table images of the schema attic.
            schema: its schema; a name then may have dots in it.
        """
        return Table(self, name, schema)

    def open_table(self, name: str, schema: str | None = None) -> Table:
        """table(), by LanceDB's name: an error at once if there is none."""
        table = Table(self, name, schema)
        table.columns()
        return table

    def table_names(self, schema: str | None = None) -> list[str]:
        """The names of the tables and views in a schema; the session's own if it is not given."""
        found = self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name",
                         [schema or self.settings()["schema"]])
        return [row["table_name"] for row in found]

    def create_table(self, name: str, data: Any = None, *, schema: pa.Schema | str | None = None, mode: str = "create", exist_ok: bool = False,
                     temporary: bool = False) -> Table:
        """Makes a table, and returns it. It appears with all of its rows, or not at all.

            images = db.create_table("images", [{"image_id": 1, "embedding": [0.1, 0.2, 0.3]}])
            db.create_table("points", schema=pa.schema([("id", pa.int64()), ("v", pa.list_(pa.float32(), 3))]))

        Args:
            data: its rows, in any form that Table.add takes. Lists of floats of one length become vectors of float32.
            schema: its columns as a pyarrow.Schema; those of data if not given.
            mode: "create": an error (42P07) if there is a table of this name; "overwrite": it is replaced; "exist_ok", or exist_ok=True: it is
                returned as it is, and data is not looked at.
            temporary: for this session only, in memory.
        """
        if isinstance(schema, str):
            raise TypeError("schema is a pyarrow.Schema: the name of a schema goes before the table's, as \"attic.images\"")
        if data is None and schema is None:
            raise ValueError("a table needs data or a schema")
        table = Table(self, name)
        if exist_ok or mode == "exist_ok":
            mode = "create"
            try:
                table.columns()
                return table
            except Error as error:
                if error.sqlstate != "42P01":
                    raise
        self.ingest(table.name, [] if data is None else data, mode, schema=table.schema_name, arrow_schema=schema, temporary=temporary)
        return table

    def drop_table(self, name: str, schema: str | None = None, ignore_missing: bool = False) -> None:
        """Drops a table. Without one it is an error (42P01) unless ignore_missing."""
        try:
            self.execute(f"DROP TABLE {Table(self, name, schema).name_in_sql()}")
        except Error as error:
            if error.sqlstate != "42P01" or not ignore_missing:
                raise

    def ingest(self, table: str, data: Any, mode: str = "append", *, schema: str | None = None, create: bool = True,
               arrow_schema: pa.Schema | None = None, temporary: bool = False) -> int:
        """Loads rows into a table in one commit, and returns how many they were. Table.add and create_table are made of it.

        Args:
            mode: what to do where the table exists: "append", "overwrite", or "create" for an error.
            create: whether a table that does not exist is made.
        """
        if mode not in _IF_EXISTS:
            raise ValueError(f"a mode is {', '.join(_IF_EXISTS)}, not {mode!r}")
        columns, batches = stream(data, arrow_schema)
        options = messages.new("TableDefinitionOptions", if_not_exist=_CREATE if create else _FAIL, if_exists=_IF_EXISTS[mode])
        command = messages.new("CommandStatementIngest", table_definition_options=options, table=table, schema=schema, temporary=temporary)
        progress = Progress(self.progress, -1)
        try:
            answer = self.put(command, columns, progress.counting(batches))
        finally:
            progress.close()
        return int(messages.parse("DoPutUpdateResult", answer).record_count)

    # The session

    def set(self, **options: Any) -> None:
        """Changes settings of the session: db.set(timezone="Europe/Berlin", target_recall=0.99). None puts one back.

        SHOW ALL, or docs/configuration.md, has them all.
        """
        entries = [messages.new("SessionOption", key=name, value=_option(value)) for name, value in options.items()]
        answer = messages.parse("SetSessionOptionsResult", self.action("SetSessionOptions", messages.new("SetSessionOptionsRequest", session_options=entries)))
        for fault in answer.errors:
            try:  # the action tells only which option it was; the statement says what is wrong with it
                self.execute(f"SET {fault.key} = '{str(options[fault.key]).replace(chr(39), chr(39) * 2)}'")
            except Error as error:
                raise error from None
            raise Error(f"ERROR 22023: option not set: {fault.key}", "22023")

    def settings(self) -> dict[str, str]:
        """The settings of the session, as text."""
        answer = messages.parse("GetSessionOptionsResult", self.action("GetSessionOptions", messages.new("GetSessionOptionsRequest")))
        return {option.key: option.value.string_value for option in sorted(answer.session_options, key=lambda o: o.key)}

    def check(self) -> None:
        """Raises an error unless the server answers."""
        self.action("GetSessionOptions", messages.new("GetSessionOptionsRequest"))

    def close(self) -> None:
        """Ends the session and the connection. What was begun and not read ends as well."""
        with self._lock:
            client, self._flight = self._flight, None
            if client is None or self._process != os.getpid():
                return
            try:
                if self._headers.cookies:
                    list(client.do_action(flight.Action("CloseSession", messages.new("CloseSessionRequest").SerializeToString())))
            except (flight.FlightError, pa.ArrowException):
                pass  # a server that has gone has ended the session
            client.close()

    # What results, tables and streams are made of

    def client(self) -> flight.FlightClient:
        """pyarrow's client, connected when it is first asked for."""
        with self._lock:
            if self._flight is None:
                _enter()
                self._process = os.getpid()
                self._flight = self._open()
            elif self._process != os.getpid():
                raise Error("a connection does not survive a fork: connect in the new process, or start it by spawn or forkserver", "08003")
            return self._flight

    def _open(self) -> flight.FlightClient:
        uri, options, headers, (user, password), token, roots, verify, _ = self._arguments
        if token is not None:
            headers = {**headers, "authorization": f"Bearer {token}"}
        self._headers = Headers(headers)
        tls: dict[str, Any] = {}
        if uri.startswith("grpc+tls"):
            tls = {"tls_root_certs": roots} if roots is not None else {}
            tls["disable_server_verification"] = not verify
        with translated():
            client = flight.FlightClient(uri, middleware=[self._headers], generic_options=_RECONNECT, **tls)
            if user is not None:
                name, value = client.authenticate_basic_token(user, password or "")
                self._headers.own[name.decode()] = value.decode()
        if options:
            self._flight = client
            try:
                self.set(**options)
            except BaseException:
                self._flight = None
                client.close()
                raise
        return client

    def flight_info(self, command: bytes) -> flight.FlightInfo:
        """What the server says of a command: its schema, and tickets for its rows."""
        return self._sent(lambda: self.client().get_flight_info(flight.FlightDescriptor.for_command(command)))

    def read(self, ticket: flight.Ticket) -> flight.FlightStreamReader:
        """The rows that a ticket is for."""
        return self._sent(lambda: self.client().do_get(ticket))

    def action(self, name: str, message: Any, packed: bool = False) -> bytes:
        """The answer to an action. Flight SQL's own are packed, their answers too."""
        body = messages.pack(message) if packed else message.SerializeToString()
        answers = self._sent(lambda: list(self.client().do_action(flight.Action(name, body))))
        return answers[0].body.to_pybytes() if answers else b""

    def _sent(self, call: Callable[[], _T]) -> _T:
        """Makes a call, and makes it again if there was no connection to send it on: a server that was there may be starting anew, and
        gRPC fails at once while it pauses between attempts."""
        for pause in (0.1, 0.2, 0.4, None):
            try:
                with translated():
                    answer = call()
                self._answered = True
                return answer
            except Unavailable as error:
                if not self._answered or pause is None or "failed to connect" not in str(error):
                    raise
            time.sleep(pause)
        raise AssertionError("unreachable")

    def put(self, command: Any, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bytes:
        """Sends rows by DoPut and returns the server's answer. A source that fails ends the call without effect."""
        descriptor = flight.FlightDescriptor.for_command(messages.pack(command))
        if isinstance(batches, list):
            return self._sent(lambda: put(self.client(), descriptor, schema, batches))
        return put(self.client(), descriptor, schema, batches)

    def _update(self, command: Any, bound: pa.RecordBatch | None) -> int:
        schema, batches = (bound.schema, [bound]) if bound is not None else (pa.schema([]), [])
        answer = messages.parse("DoPutUpdateResult", self.put(command, schema, batches))
        return max(answer.record_count, 0)


# The numbers of CommandStatementIngest's options.
_CREATE, _FAIL = 1, 2
_IF_EXISTS = {"create": 1, "append": 2, "overwrite": 3}

# A server that is back is found again at once, not after the minutes that gRPC's pauses grow to.
_RECONNECT = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.min_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)]


def _option(value: Any) -> Any:
    if value is None:
        return messages.new("SessionOptionValue")
    kind = {bool: "bool_value", int: "int64_value", float: "double_value"}.get(type(value), "string_value")
    return messages.new("SessionOptionValue", **{kind: value if kind != "string_value" else str(value)})
