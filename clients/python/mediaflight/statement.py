"""Putting statements together: names are always quoted, values are always parameters."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What a statement's text consists of as far as parameters go: texts, names and comments, in which nothing is one, and parameters. E'' knows
# backslashes; a name before $ is one that goes on with it.
_TOKEN = re.compile(r"""
    [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$([A-Za-z_]\w*)?\$.*?\$\1\$
  | [A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]* | \$\d+ | \?\|? | \?&""", re.VERBOSE | re.DOTALL)


def name(text: str) -> str:
    """A name in double quotes, exactly as it is."""
    if not isinstance(text, str):
        raise TypeError(f"a name is a str, not {type(text).__name__}: {text!r:.40}")
    if "\0" in text or not text:
        raise ValueError(f"not a name: {text!r}")
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes, for where the grammar wants a constant."""
    return "'" + text.replace("'", "''") + "'"


class Fragment:
    """A piece of SQL with the values of its parameters, which are $1, $2 ... by their places."""

    def __init__(self, text: str, values: Sequence[Any] = ()) -> None:
        self.text, self.values = text, list(values)

    def __add__(self, more: "Fragment | str") -> "Fragment":
        if isinstance(more, str):
            return Fragment(self.text + more, self.values)
        return Fragment(self.text + more.shifted(len(self.values)), self.values + more.values)

    def shifted(self, by: int) -> str:
        """The text for a statement that has so many parameters before."""
        return self.text if by == 0 else _TOKEN.sub(lambda m: f"${int(m[0][1:]) + by}" if m[0][0] == "$" and m[0][1:].isdigit() else m[0], self.text)

    def with_condition(self, before: str, inner: "Fragment") -> "Fragment":
        """The fragment and, behind it, a piece of SQL as a constant text, for functions that take SQL in one. Parameters in there are the
        statement's, and are numbered here and now: nothing that has parameters may be put before it."""
        return Fragment(self.text + before + literal(inner.shifted(len(self.values))), self.values + inner.values)


def written(text: str, values: Sequence[Any]) -> Fragment:
    """What a caller wrote, with ? or $1 for the values."""
    used: set[int] = set()
    marks = 0

    def number(token: re.Match[str]) -> str:
        nonlocal marks
        found = token[0]
        if found == "?" and values:
            marks += 1
            return f"${marks}"
        if found[0] == "$" and found[1:].isdigit():
            used.add(int(found[1:]))
        return found

    numbered = _TOKEN.sub(number, text)
    if marks and used:
        raise ValueError(f"both ? and ${min(used)} in {text!r}: use one of them")
    want = marks or max(used, default=0)
    if want != len(values):
        raise ValueError(f"{len(values)} values for the {want} parameters of {text!r}")
    return Fragment(numbered, values)


def condition(given: str | Mapping[str, Any], values: Sequence[Any]) -> Fragment:
    """A condition in SQL, or of equal columns: {"category": "animals", "width": [640, 1024], "title": None}."""
    if isinstance(given, str):
        # The line break ends a comment that the condition may end in.
        return Fragment("(") + written(given, values) + "\n)" if "--" in given else Fragment("(") + written(given, values) + ")"
    if values:
        raise TypeError("conditions as a mapping hold their values themselves")
    return joined([_equal(column, value) for column, value in given.items()], " AND ")


def _equal(column: str, value: Any) -> Fragment:
    if value is None:
        return Fragment(f"{name(column)} IS NULL")
    if isinstance(value, (list, tuple, set, frozenset)):
        return Fragment(f"{name(column)} = ANY($1)", [list(value)])
    return Fragment(f"{name(column)} = $1", [value])


def joined(parts: Iterable[Fragment], separator: str) -> Fragment:
    out = Fragment("")
    for i, part in enumerate(parts):
        out = out + separator + part if i else out + part
    return out


def column_list(columns: Sequence[str] | Mapping[str, str]) -> str:
    """Items of a select list: names, or names and what they stand for in SQL."""
    if isinstance(columns, str):
        raise TypeError(f"columns are a list: [{columns!r}]")
    if isinstance(columns, Mapping):
        return ", ".join(f"{expression} AS {name(alias)}" for alias, expression in columns.items())
    return ", ".join(name(column) for column in columns)
