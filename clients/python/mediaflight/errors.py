"""Errors, as the server states them: by SQLSTATE, with the place in the statement and a hint."""
from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Iterator

import pyarrow as pa
import pyarrow.flight as flight

from . import headers


class Error(Exception):
    """What the server found wrong. Its text is the server's, with the line of the statement and a caret below the place:

        ERROR 42703: column "image_captoin" does not exist
        LINE 1: SELECT image_captoin FROM images
                       ^
        HINT: did you mean "image_caption"?

    Attributes:
        message: the text without state, line and hint.
        sqlstate: five characters, such as "42P01" for a table that is not there; "08001" where the server cannot be reached.
        position: the place in the statement, in characters from 1; None if the error has none.
        hint: what to try; None if the server knows nothing.
        query_id: the id under which the server's log has the request; None if it never came there.
    """

    def __init__(self, text: str, sqlstate: str = "XX000", position: int | None = None, hint: str | None = None,
                 query_id: str | None = None) -> None:
        super().__init__(text)
        self.message = _HEAD.sub("", text.split("\nLINE ", 1)[0].split("\nHINT: ", 1)[0])
        self.sqlstate, self.position, self.hint, self.query_id = sqlstate, position, hint, query_id


class Unavailable(Error):
    """The server cannot be reached, or went away while it answered. The statement may be sent again if it only reads."""


_HEAD = re.compile(r"^ERROR(?: [0-9A-Z]{5})?: ")
_STATE = re.compile(r"ERROR ([0-9A-Z]{5}): ")
_WRAPPING = re.compile(r"^Flight returned [\w ]+ error, with message: ")
_CONTEXT = re.compile(r"\.? (?:gRPC client debug context|Client context|Detail): .*$", re.DOTALL)


def of(error: BaseException) -> Error:
    """What pyarrow raised, as one of ours. To be called in the thread that made the call."""
    trailers = headers.trailers()
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    text = _CONTEXT.sub("", _WRAPPING.sub("", text))
    if start := _STATE.search(text):
        text = text[start.start():]
        hint = text.split("\nHINT: ", 1)[1] if "\nHINT: " in text else None
        position = trailers.get("sql-position")
        kind = Unavailable if start[1] == "57P01" else Error
        return kind(text, start[1], int(position) if position else None, hint, trailers.get("query-id"))
    if isinstance(error, flight.FlightUnavailableError):
        return Unavailable("the server cannot be reached: " + text, "08001")
    if isinstance(error, flight.FlightTimedOutError):
        return Error("canceling statement: the deadline is over", "57014")
    if isinstance(error, (flight.FlightCancelledError, pa.ArrowCancelled)):
        return Error("canceling statement: " + text, "57014")
    return Error(text, "08000" if isinstance(error, flight.FlightError) else "XX000")


@contextmanager
def translated() -> Iterator[None]:
    """Raises what pyarrow raises within as Error."""
    headers.forget()
    try:
        yield
    except (flight.FlightError, pa.ArrowException) as error:
        raise of(error) from None
