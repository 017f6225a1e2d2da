"""mediaflight.torch: the data set by itself, in PyTorch's loaders with workers, over ranks, resumed, and over a server that is killed.

`make test-torch` runs it: torch brings gigabytes of packages along.
"""
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap

import adbc_driver_flightsql.dbapi as flightsql
import mediaflight
import numpy as np
import pyarrow as pa
import pytest

from conftest import ROOT, Server

torch = pytest.importorskip("torch")
stateful = pytest.importorskip("torchdata.stateful_dataloader")

import mediaflight.torch
from torch.utils.data import DataLoader

ROWS, SIZE = 1_000, 16

# A process that has been connected cannot fork workers. These start faster than spawned ones, and are as little its copies.
WORKERS = {"multiprocessing_context": "forkserver"}
torch.multiprocessing.set_forkserver_preload(["torch", "mediaflight.torch", "torchdata.stateful_dataloader"])

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create", "ignore:'set_vital' is deprecated")


def table_of(count):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(count * 8, dtype=np.float32)), 8)
    return pa.table({"id": np.arange(count), "vector": vectors, "text": [f"row {i}" for i in range(count)]})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("torch") / "data")
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rows", table_of(ROWS))
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture
def dataset(trained):
    def make(**words):
        return mediaflight.torch.Dataset(trained.uri, "rows", ["id", "vector"], SIZE, seed=3, **words)
    return make


@pytest.fixture
def epochs(trained):
    """What the epochs hold, by the generator without torch."""
    return [ids(mediaflight.batches(trained.uri, "rows", ["id"], SIZE, seed=3, epoch=epoch)) for epoch in range(4)]


def ids(batches):
    return [batch["id"].tolist() for batch in batches]


def test_tensors(trained):
    for copy in (False, True):
        for batch in mediaflight.torch.Dataset(trained.uri, "rows", None, SIZE, copy=copy):
            assert batch["vector"].dtype == torch.float32 and batch["vector"].shape == (len(batch["id"]), 8)
            assert torch.equal(batch["vector"], (batch["id"][:, None] * 8 + torch.arange(8)).float())
            assert batch["text"] == [f"row {i}" for i in batch["id"]]
            assert not copy or batch["vector"].mul_(2) is not None
    batch = next(iter(mediaflight.torch.Dataset(trained.uri, "rows", ["text", "true AS yes", "DATE '2020-01-02' AS day"], 4, text="bytes")))
    assert bytes(batch["text"].values[:batch["text"].offsets[1]]).startswith(b"row ")
    assert batch["yes"].dtype == torch.bool and batch["day"].tolist() == [18263] * 4


def test_epochs_follow_one_another(dataset, epochs):
    data = dataset()
    assert len(data) == len(epochs[0]) == 63
    assert [ids(data) for _ in range(3)] == epochs[:3]
    data.set_epoch(1)
    assert ids(data) == epochs[1]
    iterator = iter(data)
    next(iterator)
    assert ids(data) == epochs[2]  # one that was left begins anew


def test_resume(dataset, epochs):
    for stop in (0, 1, 30, 62, 63):
        data = dataset()
        iterator = iter(data)
        before = [next(iterator)["id"].tolist() for _ in range(stop)]
        state = json.loads(json.dumps(data.state_dict()))
        again = dataset()
        again.load_state_dict(state)
        assert again.state_dict() == state
        iter(again)  # no batch is taken from it, so that nothing is lost
        again.load_state_dict(state)
        assert before + ids(again) == epochs[0]
        assert ids(again) == epochs[1]  # and not the rest of it
        again.load_state_dict(state)
        again.set_epoch(2)
        assert ids(again) == epochs[2]


def test_plain_loader(dataset, epochs):
    for workers in (0, 1, 3):
        loader = DataLoader(dataset(), batch_size=None, num_workers=workers, **(WORKERS if workers else {}))
        assert len(loader) == 63
        assert [ids(loader) for _ in range(2)] == epochs[:2], workers
    persistent = dataset()
    loader = DataLoader(persistent, batch_size=None, num_workers=2, persistent_workers=True, **WORKERS)
    assert [ids(loader) for _ in range(2)] == epochs[:2]
    persistent.set_epoch(0)
    assert ids(loader) == epochs[0]
    with pytest.raises(RuntimeError, match="only their loader knows"):
        persistent.state_dict()


def test_workers_after_load_state_dict(dataset, epochs):
    """What is loaded before workers start is for one epoch, though every epoch's workers get a copy of it."""
    data = dataset()
    iterator = iter(data)
    for _ in range(10):
        next(iterator)
    state = data.state_dict()
    iterator.close()
    resumed = dataset()
    resumed.load_state_dict(state)
    loader = DataLoader(resumed, batch_size=None, num_workers=2, **WORKERS)
    assert [ids(loader) for _ in range(3)] == [epochs[0][10:], epochs[1], epochs[2]]


@pytest.mark.parametrize("workers,persistent", [(0, False), (2, False), (3, True)])
def test_stateful_loader(dataset, epochs, workers, persistent):
    def make(**words):
        return stateful.StatefulDataLoader(dataset(), batch_size=None, num_workers=workers, persistent_workers=persistent,
                                           **(WORKERS if workers else {}), **words)

    loader, chance = make(), random.Random(workers)
    assert [ids(loader) for _ in range(2)] == epochs[:2]
    finished = loader.state_dict()
    for stop, every in [(0, 1), (1, 1), (chance.randint(2, 61), 1), (chance.randint(2, 61), 5), (63, 1)][1 if workers else 0:]:
        loader = make(snapshot_every_n_steps=every)
        iterator = iter(loader)
        before = [next(iterator)["id"].tolist() for _ in range(stop)]
        state = pickle.loads(pickle.dumps(loader.state_dict()))
        del iterator, loader
        loader = make(snapshot_every_n_steps=every)
        loader.load_state_dict(state)
        assert before + ids(loader) == epochs[0], (stop, every)
        assert ids(loader) == epochs[1], (stop, every)
    loader = make()
    loader.load_state_dict(finished)
    assert ids(loader) == epochs[2]
    assert ids(loader) == epochs[3]


def test_own_loader_changes_its_workers(dataset, epochs):
    def make(workers):
        return mediaflight.torch.Loader(dataset(), workers, persistent_workers=workers == 2, **(WORKERS if workers else {}))

    for workers in (0, 1, 3):
        loader = make(workers)
        iterator = iter(loader)
        before = [next(iterator)["id"].tolist() for _ in range(11)]
        state = json.loads(json.dumps(loader.state_dict()))
        assert state["position"] == 11 * SIZE
        del iterator, loader
        for others in (0, 2):
            loader = make(others)
            loader.load_state_dict(state)
            assert before + ids(loader) == epochs[0]
            assert loader.state_dict()["epoch"] == 1
            assert ids(loader) == epochs[1]
            loader.load_state_dict(state)
            assert before + ids(loader) == epochs[0]


def test_spawned_workers(dataset, epochs):
    loader = mediaflight.torch.Loader(dataset(), 2, persistent_workers=True)
    assert loader.multiprocessing_context.get_start_method() == "spawn"
    assert [ids(loader) for _ in range(2)] == epochs[:2]


def test_forked_workers(trained, epochs):
    """They work in a process that has not been connected; in another they say what to do, and do not hang."""
    program = textwrap.dedent(f"""
        import json
        import mediaflight.torch
        from torch.utils.data import DataLoader

        data = mediaflight.torch.Dataset("{trained.uri}", "rows", ["id"], {SIZE}, seed=3)
        loader = DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context="fork")
        print(json.dumps([[batch["id"].tolist() for batch in loader] for _ in range(2)]))
        list(data)
        try:
            list(loader)
        except mediaflight.Error as error:
            assert "spawn or forkserver" in str(error)
        else:
            raise AssertionError("no error")
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == epochs[:2]


def test_an_iterator_does_not_survive_a_fork(dataset):
    iterator = iter(dataset())
    next(iterator)
    child = os.fork()
    if child == 0:
        try:
            next(iterator)
            os._exit(1)
        except RuntimeError as error:
            os._exit(0 if "forked process" in str(error) else 2)
    assert os.waitpid(child, 0)[1] == 0
    assert len(next(iterator)["id"]) == SIZE


def test_a_pickled_data_set(dataset, epochs):
    data = dataset()
    iterator = iter(data)
    next(iterator)
    assert ids(pickle.loads(pickle.dumps(data))) == epochs[0]


def test_workers_of_ranks(trained):
    """A rank with workers of its own gets the batches that it would get without."""
    snapshot = mediaflight.torch.Dataset(trained.uri, "rows").pin()
    for tail in ("drop", "pad", "short"):
        for rank in range(3):
            words = {"seed": 3, "rank": rank, "world_size": 3, "tail": tail, "snapshot": snapshot}
            alone = ids(mediaflight.batches(trained.uri, "rows", ["id"], 12, **words))
            data = mediaflight.torch.Dataset(trained.uri, "rows", ["id"], 12, **words)
            assert ids(data) == alone
            if rank != 1:
                continue
            data.set_epoch(0)
            assert ids(DataLoader(data, batch_size=None, num_workers=2, **WORKERS)) == alone, (tail, rank)


def test_ranks_of_torch_distributed(trained, tmp_path):
    """Two processes find their ranks, agree on a snapshot, and share the epoch."""
    program = textwrap.dedent(f"""
        import json, os, sys
        import torch.distributed as distributed
        import mediaflight.torch

        rank = int(sys.argv[1])
        distributed.init_process_group("gloo", init_method="file://{tmp_path}/meeting", rank=rank, world_size=2)
        data = mediaflight.torch.Dataset("{trained.uri}", "rows", ["id"], {SIZE}, seed=3, tail="short")
        got = [batch["id"].tolist() for batch in data]
        print(json.dumps([data.training.rank, data.training.world_size, data.state_dict()["snapshot"], got]))
    """)
    ranks = [subprocess.Popen([sys.executable, "-c", program, str(rank)], stdout=subprocess.PIPE, text=True) for rank in (0, 1)]
    answers = [json.loads(rank.communicate(timeout=120)[0]) for rank in ranks]
    assert [answer[:2] for answer in answers] == [[0, 2], [1, 2]]
    assert answers[0][2] == answers[1][2] is not None
    assert sorted(sum((sum(answer[3], []) for answer in answers), [])) == list(range(ROWS))


def test_ranks_must_agree_on_a_snapshot(trained, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    data = mediaflight.torch.Dataset(trained.uri, "rows", ["id"], SIZE)
    assert (data.training.rank, data.training.world_size) == (1, 2)
    with pytest.raises(RuntimeError, match="call pin"):
        next(iter(data))
    data.pin()
    assert len(ids(data)) == len(data) == ROWS // SIZE // 2


def test_a_killed_server_with_workers(tmp_path):
    server = Server(tmp_path / "data")
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rows", table_of(20_000))
    data = mediaflight.torch.Dataset(server.uri, "rows", ["id", "text"], SIZE, seed=3)
    whole = ids(data)
    for workers in (0, 2):
        data.set_epoch(0)
        got = []
        for step, batch in enumerate(DataLoader(data, batch_size=None, num_workers=workers, **(WORKERS if workers else {}))):
            got.append(batch["id"].tolist())
            if step in (3, 700):
                server.process.send_signal(signal.SIGKILL)
                server.process.wait()
                server = Server(tmp_path / "data", "--flight", data._server.uri.removeprefix("grpc://"))
        assert got == whole, workers
    assert server.stop() == 0


def test_the_example_resumes_to_the_same_loss(server, tmp_path):
    """The classifier of examples/, left in the middle and resumed, ends where one that was never left does."""
    def run(*flags):
        done = subprocess.run([sys.executable, ROOT / "clients/python/examples/train_classifier.py", "--uri", server.uri, "--epochs", "3", *flags],
                              capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"})
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    whole = run()
    checkpoint = str(tmp_path / "checkpoint.pt")
    left = run("--checkpoint", checkpoint, "--stop-after", "20")
    resumed = run("--checkpoint", checkpoint)
    assert resumed[-1] == whole[-1]
    assert left[-1] != whole[-1]
    accuracy = float(whole[-1].rsplit(" ", 1)[1].rstrip("%"))
    assert accuracy > 60, whole
