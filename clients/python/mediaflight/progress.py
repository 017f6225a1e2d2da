"""How far a long read or load is, on terminals and in notebooks."""
from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import pyarrow as pa


class Progress:
    """Counts rows and writes a line over itself once reading takes longer than a second."""

    PATIENCE = 1.0  # seconds before the first line
    INTERVAL = 0.2

    def __init__(self, shown: bool | None, total: int) -> None:
        self.shown = self.wanted(shown)
        self.total, self.rows, self.bytes = total, 0, 0
        self.start = time.monotonic()
        self.next = self.start + self.PATIENCE
        self.width = 0

    @staticmethod
    def wanted(shown: bool | None) -> bool:
        return shown if shown is not None else sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)

    def add(self, batch: pa.RecordBatch) -> None:
        if not self.shown:
            return
        self.rows += batch.num_rows
        self.bytes += batch.nbytes
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + self.INTERVAL
            self.write(self.line())

    def counting(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches as they are."""
        for batch in batches:
            self.add(batch)
            yield batch

    def line(self) -> str:
        seconds = time.monotonic() - self.start
        rows = f"{self.rows:,} of {self.total:,} rows" if self.total > 0 else f"{self.rows:,} rows"
        return f"{rows}, {self.bytes / 1e6:,.0f} MB, {seconds:.0f} s, {self.bytes / 1e6 / seconds:,.0f} MB/s"

    def write(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self.width))
        sys.stderr.flush()
        self.width = len(text)

    def close(self) -> None:
        if self.width:
            self.write("")
            sys.stderr.write("\r")
