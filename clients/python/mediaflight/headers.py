"""What travels beside the messages of a call: cookies, who calls, the trailers of errors, and notices."""
from __future__ import annotations

import http.cookies
import logging
import threading
from typing import Any

import pyarrow.flight as flight

_log = logging.getLogger("mediaflight")

# pyarrow hands an error's trailers to middleware only. It does so in the thread that makes the call, before it raises the error there.
_thread = threading.local()


def trailers() -> dict[str, str]:
    """The trailers of the thread's last call."""
    return getattr(_thread, "trailers", {})


def forget() -> None:
    """Drops the trailers of calls that are over."""
    _thread.trailers = {}


class Headers(flight.ClientMiddlewareFactory):
    """Keeps the cookies of a connection, which lead to its session, and sends them and the caller's own headers with every call."""

    def __init__(self, own: dict[str, str]) -> None:
        super().__init__()
        self.own = {name.lower(): value for name, value in own.items()}
        self.cookies: dict[str, str] = {}
        self.lock = threading.Lock()

    def start_call(self, info: Any) -> flight.ClientMiddleware:
        return _Call(self)

    def sent(self) -> dict[str, str]:
        with self.lock:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.own, "cookie": cookies} if cookies else self.own

    def set_cookie(self, text: str) -> None:
        with self.lock:
            for name, morsel in http.cookies.SimpleCookie(text).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


class _Call(flight.ClientMiddleware):
    def __init__(self, headers: Headers) -> None:
        super().__init__()
        self.headers = headers

    def sending_headers(self) -> dict[str, str]:
        return self.headers.sent()

    def received_headers(self, headers: dict[str, list[Any]]) -> None:
        for name, values in headers.items():
            if name == "set-cookie":
                for text in values:
                    self.headers.set_cookie(text)
            elif name == "sql-notice-bin":
                for text in values:
                    _log.warning("%s", text.decode() if isinstance(text, bytes) else text)
            elif name in ("sqlstate", "sql-position", "query-id"):
                trailers()[name] = values[-1]
