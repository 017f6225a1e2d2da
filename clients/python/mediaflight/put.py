"""Sending rows."""
from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.flight as flight

from .errors import translated

# A message of a batch is held in memory on both sides, and servers refuse those of more than some ten MiB.
MESSAGE_BYTES = 4 << 20

# A stream that ends is one that the server commits, and pyarrow ends a stream whatever happens: this takes it back.
ABORT = b"abort"


def put(client: flight.FlightClient, descriptor: flight.FlightDescriptor, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bytes:
    """Sends batches and returns the server's answer, b"" if it gives none. One batch is in memory at a time."""
    with translated():
        writer, answers = client.do_put(descriptor, schema)
    source = iter(batches)
    try:
        while True:
            try:
                batch = next(source, None)
            except BaseException:
                writer.write_metadata(ABORT)
                raise
            if batch is None:
                break
            with translated():
                for part in parts(batch):
                    writer.write_batch(part)
        with translated():
            writer.done_writing()
            answer = answers.read()
            writer.close()
            return answer.to_pybytes() if answer is not None else b""
    except BaseException:
        try:
            writer.close()
        except (flight.FlightError, pa.ArrowException):
            pass  # the error that brought us here says more
        raise


def parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in pieces that fit into messages."""
    rows = max(1, batch.num_rows * MESSAGE_BYTES // max(batch.nbytes, 1))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
