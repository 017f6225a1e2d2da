"""Reading the streams of an answer."""
from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.flight as flight

from .errors import translated

if TYPE_CHECKING:
    from .connection import Connection

# Batches that wait for the reader, a stream: enough to keep the network busy while one is worked on.
AHEAD = 4


def read(connection: "Connection", info: flight.FlightInfo) -> Iterator[pa.RecordBatch]:
    """The batches of an answer, read ahead in a thread, so that the network works while the caller does, and Ctrl-C ends what
    takes long. The endpoints of an answer without an order are read at once; whichever has a batch is next."""
    together = [list(info.endpoints)] if info.ordered or len(info.endpoints) < 2 else [[endpoint] for endpoint in info.endpoints]
    arrived: queue.Queue[Any] = queue.Queue(maxsize=AHEAD * len(together))
    workers = [_Worker(connection, endpoints, arrived) for endpoints in together]
    running = len(workers)
    try:
        for worker in workers:
            worker.start()
        while running:
            item = arrived.get()
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
    finally:
        for worker in workers:
            worker.stop()


class _Worker(threading.Thread):
    """Reads endpoints one after the other into a queue; then None, or the error that ended it."""

    def __init__(self, connection: "Connection", endpoints: list[flight.FlightEndpoint], arrived: "queue.Queue[Any]") -> None:
        super().__init__(name="mediaflight-read", daemon=True)
        self.connection, self.endpoints, self.arrived = connection, endpoints, arrived
        self.stopped = threading.Event()
        self.stream: flight.FlightStreamReader | None = None

    def run(self) -> None:
        end: BaseException | None = None
        try:
            for endpoint in self.endpoints:
                self.stream = self.connection.read(endpoint.ticket)
                while not self.stopped.is_set() and (batch := self.next()) is not None:
                    self.put(batch)
        except BaseException as error:  # it is raised where the rows are wanted
            end = error
        self.put(end)

    def next(self) -> pa.RecordBatch | None:
        assert self.stream is not None
        with translated():
            try:
                return self.stream.read_chunk().data
            except StopIteration:
                return None

    def put(self, item: Any) -> None:
        while not self.stopped.is_set():
            try:
                return self.arrived.put(item, timeout=0.1)
            except queue.Full:
                continue

    def stop(self) -> None:
        self.stopped.set()
        if self.stream is not None:
            self.stream.cancel()
