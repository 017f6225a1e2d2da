"""Reading ahead in a thread."""
from __future__ import annotations

import os
import queue
import threading
import weakref
from typing import Any, Callable, Generic, Iterator, TypeVar

T = TypeVar("T")

_END = object()


class Prefetch(Generic[T]):
    """The items that make() returns until it returns None, made in a thread of their own, at most `depth` of them ahead.

    cancel ends a make() that is under way, finish is what the thread does last. What make() raises is raised here, after the items before
    it. The thread ends with the last item, with close() and when nobody holds this object any longer.
    """

    def __init__(self, make: Callable[[], T | None], cancel: Callable[[], None], finish: Callable[[], None], depth: int) -> None:
        self._items: queue.Queue[Any] = queue.Queue(depth)
        self._over = False
        self._process, self._parent = os.getpid(), os.getppid()
        stop = threading.Event()
        thread = threading.Thread(target=_run, args=(make, finish, self._items, stop), name="mediaflight prefetch", daemon=True)
        # At the interpreter's exit too: a thread that is still in a call then could end the process the hard way.
        self.close = weakref.finalize(self, _close, os.getpid(), thread, self._items, stop, cancel)
        thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._process != os.getpid():
            raise RuntimeError("an iterator cannot be used in a forked process: make a new one there")
        if self._over or not self.close.alive:
            raise StopIteration
        while True:
            try:
                item = self._items.get(timeout=5)
                break
            except queue.Empty:
                if self._parent != os.getppid():  # a loader's worker, whose loader was killed
                    raise RuntimeError("the process that reads these batches is gone") from None
        if item is _END or isinstance(item, _Raised):
            self._over = True
            self.close()
            if isinstance(item, _Raised):
                raise item.error
            raise StopIteration
        return item


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _run(make: Callable[[], Any], finish: Callable[[], None], items: queue.Queue[Any], stop: threading.Event) -> None:
    last: Any = _END
    try:
        while not stop.is_set() and (item := make()) is not None:
            items.put(item)
    except BaseException as error:  # whatever it is, it is the reader's
        last = _Raised(error)
    finish()
    items.put(last)


def _close(process: int, thread: threading.Thread, items: queue.Queue[Any], stop: threading.Event, cancel: Callable[[], None]) -> None:
    if process != os.getpid():
        return  # neither the thread nor gRPC came along into a forked process
    stop.set()
    cancel()
    while thread.is_alive():
        try:
            items.get_nowait()  # makes room for an item that is being put
        except queue.Empty:
            thread.join(0.01)
