"""Epochs of a table in a shuffled order, cut into batches, for one of several ranks, from any place on: the server's training streams.

The order is a function of the table's snapshot, the filter, the seed and the epoch. What it takes to go on where one was is therefore a
small dict, the state, and it is the same whatever the number of ranks and of workers.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator, Sequence

from .connection import Connection, connection_to
from .prefetch import Prefetch
from .training_stream import TrainingStream

VERSION = 1  # of the state


@dataclass(frozen=True)
class Training:
    """What is read: the words of training_stream in SQL, less those that say where in it one is."""

    table: str
    columns: Sequence[str] | None = None
    batch_size: int = 256
    seed: int = 0
    shuffle: str = "full"
    filter: str | None = None
    tail: str | None = None
    split: str | None = None
    splits: str | None = None
    split_by: str | None = None
    rank: int = 0
    world_size: int = 1
    snapshot: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.columns, str):
            raise TypeError(f'columns is a list of names or expressions: columns=["{self.columns}"]')
        if not 0 <= self.rank < self.world_size:
            raise ValueError(f"rank {self.rank} is not one of {self.world_size}: they are counted from 0")
        for name, allowed in (("shuffle", ("full", "block", "none")), ("tail", (None, "drop", "pad", "short"))):
            if (given := getattr(self, name)) not in allowed:
                raise ValueError(f"{name} {given!r} is none of {', '.join(filter(None, allowed))}")

    @property
    def global_batch(self) -> int:
        """The rows of a step of all ranks."""
        return self.batch_size * self.world_size

    @property
    def order(self) -> dict[str, Any]:
        """What a state's order depends on besides the snapshot and the epoch."""
        return {name: getattr(self, name) for name in ("table", "filter", "split", "splits", "split_by", "seed", "shuffle")}

    @property
    def end(self) -> str:
        """What becomes of the rows that are too few for a step. Ranks that take unequal numbers of steps would wait for one another."""
        return self.tail or ("drop" if self.world_size > 1 else "short")

    def steps(self, rows: int, position: int = 0) -> int:
        """How many batches each rank gets of an epoch of so many rows, from a position on."""
        left = max(rows - position, 0)
        return left // self.global_batch if self.end == "drop" else -(-left // self.global_batch)

    def gives(self, number: int, rows: int, position: int) -> bool:
        """Whether the rank's batch of that number, counted from a position on, has rows."""
        first = position + number * self.global_batch + self.rank * self.batch_size
        return number < self.steps(rows, position) and (self.end == "pad" or first < rows)

    def check(self, state: dict[str, Any]) -> None:
        """Fails unless the state is one of this training."""
        if state.get("version") != VERSION:
            raise ValueError(f"the state is of version {state.get('version')}, this is version {VERSION}")
        ours = dict(self.order, snapshot=self.snapshot)
        for name, own in ours.items():
            if name == "snapshot" and (own is None or state[name] is None):
                continue
            if state[name] != own:
                raise ValueError(f"the state is of another {name}: {state[name]!r}, this is {own!r}")

    def sql(self, state: dict[str, Any], reader: int = 0, readers: int = 1) -> str:
        """The statement that goes on from a state.

        Of several readers of a rank each takes the rank's batches in turn: what one of them reads is what a rank among readers * world_size
        would, but for the end of the epoch, which only the reader can tell (see Batches).
        """
        words: dict[str, Any] = {
            "seed": self.seed, "epoch": state["epoch"], "rank": reader * self.world_size + self.rank, "world_size": readers * self.world_size,
            "batch_size": self.batch_size, "position": state["position"], "shuffle": self.shuffle, "filter": self.filter,
            "split": self.split, "splits": self.splits, "split_by": self.split_by,
            "tail": "short" if readers > 1 and self.end == "drop" else self.end,
            "snapshot": state.get("snapshot") if self.snapshot is None else self.snapshot, "plan": state.get("plan")}
        given = "".join(f", {name} => {_literal(value)}" for name, value in words.items() if value is not None)
        return f"SELECT {', '.join(self.columns or ['*'])} FROM training_stream({_literal(self.table)}{given})"


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def beginning(training: Training, epoch: int) -> dict[str, Any]:
    """The state before the first batch of an epoch."""
    return {"version": VERSION, **training.order, "snapshot": training.snapshot, "epoch": epoch, "position": 0}


def turn(state: dict[str, Any], reader: int, readers: int) -> int:
    """Which batch behind a state is the first of a reader: that of its turn, or if the state is that of the reader itself, a whole turn on."""
    return readers - 1 if state.get("reader") else reader


class Batches(Iterator[Any]):
    """The batches of the rest of an epoch, one after the other, read ahead in a thread.

    Attributes:
        state: goes on after the batch that was taken last, when handed to a new Batches or Dataset. It can be kept as JSON.
        done: whether the epoch is over.
    """

    def __init__(self, server: Connection, training: Training, state: dict[str, Any], convert: Callable[[Any], Any], *, prefetch: int,
                 reconnect: float, reader: int = 0, readers: int = 1, met: bool = False) -> None:
        self.state, self.done = state, False
        reader = turn(state, reader, readers)
        start, step = {name: value for name, value in state.items() if name != "reader"}, training.global_batch
        stream = TrainingStream(server, lambda at: training.sql(at, reader, readers), start, reconnect, met)
        taken = 0

        def following() -> tuple[Any, dict[str, Any]] | None:
            nonlocal taken
            if (got := stream.read()) is None:
                return None
            batch, at = got
            number = taken * readers + reader  # counted from the state on, over all readers of the rank
            taken += 1
            if not training.gives(number, at["rows"], start["position"]):
                return None
            position = min(start["position"] + (number + 1) * step, max(at["rows"], start["position"]))
            after = {**start, **{name: at[name] for name in ("snapshot", "rows", "plan")}, "global_batch": step, "position": position}
            return convert(batch), after

        self._prefetch = Prefetch(following, stream.cancel, stream.close, prefetch)

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> Any:
        try:
            batch, self.state = next(self._prefetch)
        except StopIteration:
            self.done = True
            raise
        return batch

    def close(self) -> None:
        """Stops reading. Whoever reads to the end, or drops the object, need not call it."""
        self._prefetch.close()

    def __enter__(self) -> Batches:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def batches(server: str | Connection, table: str, columns: Sequence[str] | None = None, batch_size: int = 256, *, seed: int = 0, epoch: int = 0,
            shuffle: str = "full", filter: str | None = None, tail: str | None = None, split: str | None = None, splits: str | None = None,
            split_by: str | None = None, snapshot: int | None = None, rank: int = 0, world_size: int = 1,
            state: dict[str, Any] | None = None, text: str = "list", nulls: str = "error", copy: bool = False, prefetch: int = 4,
            reconnect: float = 300.0, transform: Callable[[dict[str, Any]], Any] | None = None) -> Batches:
    """One epoch of a table as batches of numpy arrays, for JAX and whoever else takes those.

        for batch in mediaflight.batches("grpc://localhost:8815", "images", ["text_embedding"], 256, seed=7, epoch=0):
            step(batch["text_embedding"])            # float32 [256, dimensions]

    Args:
        server: its address, or a connection, whose options and credentials the stream's own connection has too.
        columns: names, or expressions of SQL with AS; all of the table if None.
        batch_size: rows of each batch.
        seed, epoch: choose the order. Two epochs of a seed have as little in common as two seeds.
        shuffle: "full": any order of all rows is as likely; "block": blocks of neighbouring rows in windows of some 100,000, for tables
            larger than memory; "none": as they are stored.
        filter: a condition in SQL; rows that do not meet it are no part of the epoch.
        tail: what becomes of the last rows, if too few for a batch of each rank: "short" gives smaller batches (the default for one rank),
            "drop" leaves them out (the default for several), "pad" fills up with the epoch's first rows.
        split, splits: a part of the rows, such as split="train" with splits="train:0.9,val:0.1". Rows are dealt by the hash of the column
            split_by, so that equal values stay together and new rows move no others; of where they are stored, without one.
        snapshot: the version of the table to read; the newest if None. Several ranks have to name one, so that all read the same.
        rank, world_size: this process's share: of each batch_size * world_size rows the run of batch_size that is the rank's.
        state: where to go on: `.state` of an earlier call. epoch is then the state's.
        text: "list" for Python lists of str, "bytes" for Ragged: the bytes as uint8, and offsets.
        nulls: "error", or "mask" for zeros in their places and a further column "<name>_valid" of bool.
        copy: whether arrays have memory of their own, that may be written to. Otherwise they are views of what came over the network.
        prefetch: how many batches are read ahead.
        reconnect: for how many seconds a server that went away is waited for.
        transform: is called with each batch, in the thread that reads ahead; what it returns takes the batch's place.
    """
    training = Training(table, columns, batch_size, seed, shuffle, filter, tail, split, splits, split_by, rank, world_size, snapshot)
    if state is not None:
        training.check(state)
    elif world_size > 1 and snapshot is None:
        raise ValueError("ranks that open the table at different times could see different versions of it: name a snapshot")
    return Batches(connection_to(server), training, state or beginning(training, epoch), Convert(text, nulls, copy, transform), prefetch=prefetch,
                   reconnect=reconnect)


@dataclass(frozen=True)
class Convert:
    """What becomes of a record batch. It can be pickled, if the functions can."""

    text: str
    nulls: str
    copy: bool
    transform: Callable[[dict[str, Any]], Any] | None = None
    wrap: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("text", ("list", "bytes")), ("nulls", ("error", "mask"))):
            if (given := getattr(self, name)) not in allowed:
                raise ValueError(f"{name} {given!r} is none of {', '.join(allowed)}")

    def __call__(self, batch: Any) -> Any:
        from . import arrays  # which needs numpy; the rest of the package does not

        made: Any = arrays.columns(batch, text=self.text, nulls=self.nulls, copy=self.copy)
        if self.wrap is not None:
            made = self.wrap(made)
        return made if self.transform is None else self.transform(made)
