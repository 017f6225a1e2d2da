"""Training streams as data sets of PyTorch."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Sequence

import numpy as np
import torch
import torch.distributed as distributed
import torch.utils.data
import torch.utils.dlpack

from . import arrays
from .connection import Connection, connection_to
from .training import Batches, Convert, Training, beginning, turn
from .training_stream import TrainingStream


class Dataset(torch.utils.data.IterableDataset[Any]):
    """A table's rows in a shuffled order, as whole batches: dicts of tensors by column.

        dataset = mediaflight.torch.Dataset("grpc://localhost:8815", "images", ["text_embedding", "category"], batch_size=256, seed=7)
        for epoch in range(10):
            for batch in dataset:
                step(batch["text_embedding"])        # float32 [256, dimensions]

    A process needs no workers: the data set reads ahead in a thread, and what arrives are tensors already. Where a transform has to
    compute for long, hand the data set to Loader, or to DataLoader or StatefulDataLoader with batch_size=None, and name num_workers:
    worker k of m reads every m-th batch, and the order stays the same. Forked workers do if this process has not read from the server
    itself, spawned ones always.

    Each iteration to the end is an epoch further; set_epoch chooses one. After load_state_dict the next iteration goes on behind the batch
    that was yielded last before state_dict, to the row, whatever the number of ranks: if batch_size * world_size is the same, so are the
    rows of each further step. All epochs are of one snapshot of the table.

    Args:
        rank, world_size: from torch.distributed if it is initialized, else from the variables RANK and WORLD_SIZE, unless given.
        epoch: the first.
        copy: whether tensors have memory of their own. Otherwise they are views of what came over the network and must not be written to,
            which PyTorch does not prevent.
        prefetch: how many batches are read ahead.

    The other arguments are those of mediaflight.batches.
    """

    def __init__(self, server: str | Connection, table: str, columns: Sequence[str] | None = None, batch_size: int = 256, *, seed: int = 0, epoch: int = 0,
                 shuffle: str = "full", filter: str | None = None, tail: str | None = None, split: str | None = None,
                 splits: str | None = None, split_by: str | None = None, snapshot: int | None = None, rank: int | None = None,
                 world_size: int | None = None, text: str = "list", nulls: str = "error", copy: bool = False, prefetch: int = 4,
                 reconnect: float = 300.0, transform: Callable[[dict[str, Any]], Any] | None = None) -> None:
        own_rank, own_size = _place_in_world()
        self.training = Training(table, columns, batch_size, seed, shuffle, filter, tail, split, splits, split_by,
                                 own_rank if rank is None else rank, own_size if world_size is None else world_size, snapshot)
        self._server, self._prefetch, self._reconnect = connection_to(server), prefetch, reconnect
        self._convert = Convert(text, nulls, copy, transform, tensors)
        self._shared = _Shared(epoch, snapshot)
        self._resume: dict[str, Any] | None = None
        self._taken: _Taken | None = None

    def __iter__(self) -> Iterator[Any]:
        reader, readers = _reader()
        # What was loaded is for this iteration alone, even if it never comes to a batch: loaders drop iterators. A copy of it may come with
        # the workers of later epochs.
        state, self._resume = self._resume, None
        if state is None or state["epoch"] < self._shared.next_epoch(reader):
            state = beginning(self.training, self._shared.next_epoch_of_all(readers))
        elif state.get("reader") not in (None, [reader, readers]):
            raise ValueError(f"the state is that of worker {state['reader'][0]} of {state['reader'][1]}, this is worker {reader} of {readers}: "
                             "keep the number of workers, or use mediaflight.torch.Loader, whose state any number can go on from")
        if "rows" in state and not self.training.gives(turn(state, reader, readers), state["rows"], state["position"]):
            # Nothing is left, and a loader that knows so may ask for the next epoch's iterator at once.
            self._shared.finish(reader, state["epoch"])
        self._shared.read_by_workers |= _in_worker()
        self._taken = _Taken(state)
        return self._epoch(self._taken, reader, readers)

    def _epoch(self, taken: _Taken, reader: int, readers: int) -> Iterator[Any]:
        state, shared = taken.state, self._shared
        met = shared.opened
        if state["snapshot"] is None:
            state = dict(state, snapshot=self._agreed_snapshot(reader))
        with Batches(self._server, self.training, state, self._convert, prefetch=self._prefetch, reconnect=self._reconnect,
                     reader=reader, readers=readers, met=met) as batches:
            for batch in batches:
                taken.state, taken.begun = batches.state, True
                if not shared.opened:
                    shared.open(taken.state["snapshot"], taken.state["rows"])
                yield batch
        if not shared.opened:
            shared.open(state["snapshot"], 0)
        shared.finish(reader, state["epoch"])
        taken.state, taken.begun = dict(beginning(self.training, state["epoch"] + 1), snapshot=shared.snapshot), False

    def _agreed_snapshot(self, reader: int) -> int | None:
        """The snapshot that all ranks and workers read; None where there is but one, or for the first worker: it takes the newest."""
        shared = self._shared
        if shared.snapshot is None and self.training.world_size > 1:
            if _in_worker() or not _distributed():
                raise RuntimeError("ranks that open the table at different times could see different versions of it: name a snapshot, or "
                                   "call pin() on every rank before the first iteration")
            self.pin()
        deadline = time.monotonic() + 60
        while reader > 0 and shared.snapshot is None and not shared.opened:
            if time.monotonic() > deadline:
                raise RuntimeError("the first worker has not opened the table for a minute")
            time.sleep(0.002)
        return shared.snapshot

    def pin(self) -> int | None:
        """Chooses the table's newest snapshot for all epochs now, the first rank's for all ranks where torch.distributed is initialized."""
        if self._shared.snapshot is None:
            found = [self._meet() if self.training.rank == 0 or not _distributed() else None]
            if _distributed():
                distributed.broadcast_object_list(found, src=0)
            self._shared.snapshot = found[0]
        return self._shared.snapshot

    def _meet(self) -> int | None:
        """Asks for an epoch's first batch, for what comes with it."""
        stream = TrainingStream(self._server, self.training.sql, dict(beginning(self.training, 0), snapshot=self._shared.snapshot), self._reconnect)
        stream.read()
        stream.close()
        self._shared.open(stream.state["snapshot"], stream.state["rows"])
        return self._shared.snapshot

    def __len__(self) -> int:
        """The batches of a whole epoch, for one rank. Asks the server, unless it has said so before."""
        if self._shared.rows is None:
            self._meet()
        return self.training.steps(self._shared.rows or 0)

    def set_epoch(self, epoch: int) -> None:
        """The epoch that the next iteration reads. Workers that live on hear of it too."""
        self._shared.set_epoch(epoch)
        self._taken = None

    def state_dict(self) -> dict[str, Any]:
        """Where the iteration is: behind the batch that was yielded last."""
        if self._taken is None:
            if self._shared.read_by_workers and not _in_worker():
                raise RuntimeError("workers read this data set, and only their loader knows how far: use Loader.state_dict, or StatefulDataLoader's")
            return self.next_state()
        reader, readers = _reader()
        # The next batch of one of several workers is a turn of all of them behind its last.
        return dict(self._taken.state, reader=[reader, readers]) if self._taken.begun and readers > 1 else self._taken.state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration, and no other, goes on from a state."""
        self.training.check(state)
        if _in_worker():
            self._shared.finish(_reader()[0], state["epoch"] - 1)
        else:
            self._shared.set_epoch(state["epoch"])
        if state["snapshot"] is not None:
            self._shared.snapshot = state["snapshot"]
        self._resume, self._taken = state, None

    def next_state(self) -> dict[str, Any]:
        """Where the next iteration begins."""
        if self._resume is not None:
            return self._resume
        return dict(beginning(self.training, self._shared.next_epoch_of_all(_reader()[1])), snapshot=self._shared.snapshot)

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__, _taken=None)


class Loader(torch.utils.data.DataLoader[Any]):
    """A DataLoader of a Dataset that knows where its reader is.

        loader = mediaflight.torch.Loader(dataset, num_workers=4)
        for step, batch in enumerate(loader):
            if step % 1000 == 0:
                torch.save({"model": model.state_dict(), "data": loader.state_dict()}, path)

    The state is that behind the batch which was taken from the loader last, whatever the workers have read ahead, and any number of workers
    can go on from it. Workers are spawned, so that all they are handed has to be picklable. The other arguments are DataLoader's.
    """

    def __init__(self, dataset: Dataset, num_workers: int = 0, **others: Any) -> None:
        if num_workers:
            others.setdefault("multiprocessing_context", "spawn")
        self._source = dataset
        super().__init__(_WithStates(dataset), batch_size=None, num_workers=num_workers, collate_fn=_same, **others)
        self._state: dict[str, Any] | None = None

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        source = self._source
        epoch = source._shared.next_epoch_of_all(max(self.num_workers, 1))
        self._state = source._resume
        batches = super().__iter__()
        source._resume = None  # the workers have it
        return self._epoch(batches, epoch)

    def _epoch(self, batches: Iterator[Any], epoch: int) -> Iterator[Any]:
        for self._state, batch in batches:
            yield batch
        self.set_epoch(epoch + 1)

    def __len__(self) -> int:
        return len(self._source)

    def set_epoch(self, epoch: int) -> None:
        """The epoch that the next iteration reads."""
        self._source.set_epoch(epoch)
        self._state = None

    def state_dict(self) -> dict[str, Any]:
        """Where the iteration is: behind the batch that was taken last."""
        return self._state or self._source.next_state()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration, and no other, goes on from a state."""
        self._source.load_state_dict(state)
        self._state = None
        self._iterator = None  # workers that live on have the data set as it was


class _WithStates(torch.utils.data.IterableDataset[Any]):
    """Batches, each with the state behind it."""

    def __init__(self, source: Dataset) -> None:
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return self._pairs(iter(self.source))

    def _pairs(self, batches: Iterator[Any]) -> Iterator[Any]:
        taken = self.source._taken
        assert taken is not None
        for batch in batches:
            yield taken.state, batch


def _same(item: Any) -> Any:
    return item


def tensors(columns: dict[str, Any]) -> dict[str, Any]:
    """numpy's arrays, as those of arrays.columns, as tensors of the same memory. Dates and times are int64, in the column's unit."""
    return {name: arrays.change(_tensor, values) for name, values in columns.items()}


def _tensor(values: np.ndarray) -> Any:
    if values.dtype.kind in "mM":
        values = values.view(np.int64)
    elif values.dtype.kind == "O":
        return values.tolist()
    return torch.utils.dlpack.from_dlpack(values)  # from_numpy warns of memory that is read-only


@dataclass
class _Taken:
    """How far an iteration is. It does not keep the iteration alive."""

    state: dict[str, Any]
    begun: bool = False


class _Shared:
    """What the copies of a data set in a loader's processes tell one another, in shared memory. Each cell has one writer at a time."""

    _SNAPSHOT, _OPENED, _ROWS, _WORKERS, _EPOCHS = range(5)
    _READERS = 1024

    def __init__(self, epoch: int, snapshot: int | None) -> None:
        self._cells = torch.zeros(self._EPOCHS + self._READERS, dtype=torch.int64)
        self._cells.share_memory_()  # type: ignore[no-untyped-call]
        self._cells[self._SNAPSHOT] = -1
        self.snapshot = snapshot
        self.set_epoch(epoch)

    @property
    def snapshot(self) -> int | None:
        value = int(self._cells[self._SNAPSHOT])
        return None if value == -1 else value

    @snapshot.setter
    def snapshot(self, value: int | None) -> None:
        self._cells[self._SNAPSHOT] = -1 if value is None else value

    def open(self, snapshot: int | None, rows: int) -> None:
        """The server has answered, with an epoch of so many rows."""
        self.snapshot = snapshot
        self._cells[self._ROWS] = rows
        self._cells[self._OPENED] = 1

    @property
    def opened(self) -> bool:
        return bool(self._cells[self._OPENED])

    @property
    def rows(self) -> int | None:
        return int(self._cells[self._ROWS]) if self.opened else None

    @property
    def read_by_workers(self) -> bool:
        return bool(self._cells[self._WORKERS])

    @read_by_workers.setter
    def read_by_workers(self, value: bool) -> None:
        self._cells[self._WORKERS] = int(value)

    def set_epoch(self, epoch: int) -> None:
        self._cells[self._EPOCHS:] = epoch

    def finish(self, reader: int, epoch: int) -> None:
        self._cells[self._EPOCHS + reader] = epoch + 1

    def next_epoch(self, reader: int) -> int:
        return int(self._cells[self._EPOCHS + reader])

    def next_epoch_of_all(self, readers: int) -> int:
        """The first epoch that one of the readers has not finished. A reader that starts late does not see another one's as finished."""
        return int(self._cells[self._EPOCHS:self._EPOCHS + readers].min())


def _in_worker() -> bool:
    return torch.utils.data.get_worker_info() is not None


def _reader() -> tuple[int, int]:
    """Which of how many workers this process is; the only one, if it is none."""
    info = torch.utils.data.get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def _distributed() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def _place_in_world() -> tuple[int, int]:
    if _distributed():
        return distributed.get_rank(), distributed.get_world_size()
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
