"""Rows that are here already."""
from __future__ import annotations

import pyarrow as pa

from .rows import Rows


class Held(Rows):
    """Rows in memory, with everything that rows can become."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def reader(self) -> pa.RecordBatchReader:
        return self.table.to_reader()

    def arrow(self) -> pa.Table:
        return self.table

    def __repr__(self) -> str:
        return f"<mediaflight.Held {self.table.num_rows} rows: {', '.join(self.table.column_names)}>"
