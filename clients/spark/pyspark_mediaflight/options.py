"""The options of the data source."""
from __future__ import annotations

from collections.abc import Mapping

DEFAULT_URI = "grpc://localhost:8815"
DEFAULT_PARTITIONS = 8


class Options:
    """Options as the user states them, checked. Their names count in any case, as everywhere in Spark."""

    def __init__(self, given: Mapping[str, str]):
        known = {"uri", "table", "query", "path", "partitions", "pushfilters"}
        self._given = {name.lower(): value for name, value in given.items()}
        unknown = sorted(set(self._given) - known)
        if unknown:
            raise ValueError(f"unknown option {unknown[0]!r}: there are uri, table, query, partitions, pushFilters")
        self.uri = self._given.get("uri", DEFAULT_URI)
        self.query = self._given.get("query")
        self.table = self._given.get("table") or self._given.get("path")
        self.partitions = self._number("partitions", DEFAULT_PARTITIONS)
        self.push_filters = self._truth("pushfilters")

    def relation(self) -> str:
        """What is read, as SQL has it behind FROM."""
        if (self.table is None) == (self.query is None):
            raise ValueError("give one of the options table and query")
        return f"({self.query}) AS q" if self.query is not None else table_name(self.table)

    def _number(self, name: str, default: int) -> int:
        text = self._given.get(name)
        try:
            n = default if text is None else int(text)
        except ValueError:
            n = 0
        if not 1 <= n <= 1024:
            raise ValueError(f"option {name} is a number from 1 to 1024: {text!r}")
        return n

    def _truth(self, name: str) -> bool:
        text = self._given.get(name, "false").lower()
        if text not in ("true", "false"):
            raise ValueError(f"option {name} is true or false: {text!r}")
        return text == "true"


def table_name(name: str | None) -> str:
    """A table's name in SQL: parts between dots are quoted unless they are already."""
    return ".".join(quoted(part) for part in split_name(name or ""))


def split_name(name: str) -> list[str]:
    """The parts of a table's name, of which those with dots in them are in double quotes."""
    parts, part, inside = [], "", False
    for at, letter in enumerate(name):
        if letter == '"':
            inside = not inside
            part += '"' if inside and at > 0 and name[at - 1] == '"' else ""  # a doubled quote is one
        elif letter == "." and not inside:
            parts, part = [*parts, part], ""
        else:
            part += letter
    parts.append(part)
    if inside or not all(parts) or len(parts) > 2:
        raise ValueError(f"not a table's name: {name!r}")
    return parts


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
