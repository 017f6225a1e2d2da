"""Bulk ingest of rows that become visible later: staged by each task, committed once by the driver.

The one message of Flight SQL that this takes is encoded here, so that executors need nothing beside pyarrow.
"""
from __future__ import annotations

import base64
import json
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.flight as flight

_INGEST = "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementIngest"
_FAIL_IF_MISSING, _APPEND_IF_EXISTS = 2, 2


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _command(name: list[str]) -> bytes:
    """CommandStatementIngest of staged rows, within an Any."""
    schema = _bytes(3, name[0]) if len(name) == 2 else b""
    message = (_bytes(1, _number(1, _FAIL_IF_MISSING) + _number(2, _APPEND_IF_EXISTS)) + _bytes(2, name[-1]) + schema
               + _bytes(1000, _bytes(1, "staged") + _bytes(2, "true")))
    return _bytes(1, _INGEST) + _bytes(2, message)


def stage(client: flight.FlightClient, name: list[str], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> bytes | None:
    """Writes rows that nobody sees, and returns what commits them: None if there are none."""
    writer, answers = client.do_put(flight.FlightDescriptor.for_command(_command(name)), schema)
    with writer:
        for batch in batches:
            writer.write_batch(batch)
        writer.done_writing()
        answers.read()  # their number
        receipt = answers.read()
    return receipt.to_pybytes() if receipt is not None else None


def commit(client: flight.FlightClient, name: list[str], commit_id: str, receipts: list[bytes], replace: bool) -> int:
    """Makes the rows of all receipts visible at once, in place of those that the table has if so wanted. It may be sent again."""
    body = {"schema": name[0] if len(name) == 2 else "", "table": name[-1], "id": commit_id, "replace": replace,
            "receipts": [base64.b64encode(receipt).decode() for receipt in receipts]}
    [answer] = client.do_action(flight.Action("CommitStagedRows", json.dumps(body).encode()))
    return json.loads(answer.body.to_pybytes())["rows"]
