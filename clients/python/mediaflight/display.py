"""Rows as people look at them: as text on terminals, as HTML in notebooks."""
from __future__ import annotations

import base64
import html as markup
import unicodedata
from typing import Any

import pyarrow as pa
import pyarrow.types as types

TEXT_WIDTH = 40  # characters of a value
ELEMENTS = 3  # of a vector or list that are shown

# How files of images begin, which browsers show. WebP's mark comes after the length.
_IMAGES = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"BM": "bmp"}


def text(table: pa.Table, more: bool = False) -> str:
    """A table as text, its numbers to the right."""
    names = [short(name) for name in table.column_names]
    cells = [[value(v, field.type) for v in table.column(i).to_pylist()] for i, field in enumerate(table.schema)]
    widths = [max([_width(name), *map(_width, column)]) for name, column in zip(names, cells)]
    right = [_is_number(field.type) for field in table.schema]

    def line(values: list[str]) -> str:
        return " | ".join(_pad(v, width, to_right) for v, width, to_right in zip(values, widths, right)).rstrip()

    lines = [line(names), "-+-".join("-" * width for width in widths), *(line(list(row)) for row in zip(*cells))]
    lines.append(f"({counted(table.num_rows)}{', and more' if more else ''})")
    return "\n".join(lines)


def html(table: pa.Table, more: bool = False, title: str | None = None) -> str:
    """A table as HTML: everything escaped, images shown, vectors shortened."""
    head = "".join(f"<th title=\"{markup.escape(str(field.type))}\">{markup.escape(field.name)}</th>" for field in table.schema)
    columns = [[_cell(v, field.type) for v in table.column(i).to_pylist()] for i, field in enumerate(table.schema)]
    body = "".join("<tr>" + "".join(row) + "</tr>" for row in zip(*columns))
    note = f"{counted(table.num_rows)}{', and more' if more else ''} × {table.num_columns} columns"
    top = f"<p><b>{markup.escape(title)}</b></p>" if title else ""
    return f"{top}<div style=\"overflow-x:auto\"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{note}</p></div>"


def _cell(v: Any, kind: pa.DataType) -> str:
    if isinstance(v, bytes) and (picture := image_type(v)):
        source = f"data:image/{picture};base64,{base64.b64encode(v).decode()}"
        return f"<td><img src=\"{source}\" style=\"max-width:96px;max-height:96px\"></td>"
    if v is None:
        return "<td><i>NULL</i></td>"
    align = " style=\"text-align:right\"" if _is_number(kind) else ""
    shown = value(v, kind)
    full = f" title=\"{markup.escape(v[:500])}\"" if isinstance(v, str) and shown != v else ""
    return f"<td{align}{full}>{markup.escape(shown)}</td>"


def image_type(data: bytes) -> str | None:
    """The kind of image that bytes are, as in the media type image/...; None for others."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for mark, kind in _IMAGES.items() if data.startswith(mark)), None)


def value(v: Any, kind: pa.DataType) -> str:
    """A value in one short line."""
    if v is None:
        return "NULL"
    if isinstance(v, bytes):
        return f"<{image_type(v) or 'binary'}, {len(v):,} bytes>"
    if isinstance(v, list):
        element = getattr(kind, "value_type", None)
        shown = ", ".join(f"{e:.3g}" if isinstance(e, float) else value(e, element) for e in v[:ELEMENTS])
        return f"[{short(shown)}]" if len(v) <= ELEMENTS else f"[{short(shown)}, ...] ({len(v):,})"
    if isinstance(v, dict):
        return short("{" + ", ".join(f"{key}: {value(e, None)}" for key, e in v.items()) + "}")
    if isinstance(v, float):
        return f"{v:.6g}" if kind is None or types.is_float32(kind) or types.is_float16(kind) else repr(v)
    return short(str(v))


def short(line: str) -> str:
    line = "".join(c if c.isprintable() else " " for c in line)
    return line if len(line) <= TEXT_WIDTH else line[:TEXT_WIDTH - 3] + "..."


def counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _is_number(kind: pa.DataType) -> bool:
    return types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)


def _width(line: str) -> int:
    """The columns that a line takes on a terminal, where East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def _pad(line: str, width: int, to_right: bool) -> str:
    space = " " * (width - _width(line))
    return space + line if to_right else line + space
