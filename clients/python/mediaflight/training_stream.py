"""A training stream as the server sends it, over as many connections as it takes."""
from __future__ import annotations

import copy
import json
import threading
import time
from typing import Any, Callable

import pyarrow as pa
import pyarrow.flight as flight

from . import errors
from .connection import Connection


class TrainingStream:
    """Reads batches in order, each once. When the server goes away, goes on where it was as soon as it is back.

    sql makes the statement from a state: what the server's last message said, or where the stream is to begin.
    patience is for how many seconds a server that went away is waited for; one that has never answered is not, unless met says that it did.
    """

    def __init__(self, server: Connection, sql: Callable[[dict[str, Any]], str], state: dict[str, Any], patience: float,
                 met: bool = False) -> None:
        self.state = state
        self._server, self._sql, self._patience, self._met = server, sql, patience, met
        self._connection: Connection | None = None
        self._reader: flight.FlightStreamReader | None = None
        self._cancelled = threading.Event()

    def read(self) -> tuple[pa.RecordBatch, dict[str, Any]] | None:
        """The next batch with the state after it, or None at the end."""
        deadline, pause = None, 0.02
        while not self.state.get("end") and not self._cancelled.is_set():
            try:
                batch = self._next()
            except errors.Unavailable:
                self.close()
                now = time.monotonic()
                deadline = deadline or now + (self._patience if self._met else 0)
                if now + pause > deadline:
                    raise
                self._cancelled.wait(pause)
                pause = min(2 * pause, 1.0)
            else:
                deadline = None
                if batch.num_rows:
                    return batch, self.state
        return None

    def cancel(self) -> None:
        """Ends the stream. May be called from another thread than the one that reads."""
        self._cancelled.set()
        if (reader := self._reader) is not None:
            reader.cancel()

    def _next(self) -> pa.RecordBatch:
        try:
            with errors.translated():
                if self._reader is None:
                    self._connection = copy.copy(self._server)  # gRPC knows nothing of the one that is lost
                    self._reader = self._connection.client().do_get(flight.Ticket(self._sql(self.state).encode()))
                    if self._cancelled.is_set():
                        self._reader.cancel()
                chunk = self._reader.read_chunk()
        except StopIteration:
            # Only a message that says so is the end.
            raise errors.Unavailable("the server closed the stream before its end", "08006") from None
        if chunk.app_metadata is None:
            raise errors.Error("what the server sends is not a training stream", "XX000")
        self.state, self._met = json.loads(chunk.app_metadata.to_pybytes()), True
        return chunk.data

    def close(self) -> None:
        """Closes the connection. A stream that is not at its end would open another one."""
        reader, connection, self._reader, self._connection = self._reader, self._connection, None, None
        if reader is not None:
            reader.cancel()
        if connection is not None:
            connection.close()
