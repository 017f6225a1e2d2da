"""mediaflight.batches: every row of an epoch once, in one order, whatever the ranks, where a stream stops and what the server goes through."""
import json
import random
import signal
import threading

import adbc_driver_flightsql.dbapi as flightsql
import mediaflight
import numpy as np
import pyarrow as pa
import pytest

from conftest import Server

ROWS = 3_000


def table_of(ids):
    ids = np.asarray(ids, np.int64)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array((ids[:, None] + np.arange(16) / 16).astype(np.float32).reshape(-1)), 16)
    return pa.table({"id": ids, "vector": vectors, "text": [f"row {i}" for i in ids]})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A server with a table of several files, of which rows have been deleted."""
    server = Server(tmp_path_factory.mktemp("training") / "data")
    for start in range(0, ROWS + 200, 800):
        add(server, table_of(range(start, start + 800)))
    with mediaflight.connect(server.uri, progress=False) as db:
        db.execute("DELETE FROM rows WHERE id >= $1 OR id % 16 = 3", [ROWS])
    with mediaflight.batches(server.uri, "rows", ["id"]) as batches:
        next(batches)
        server.snapshot = batches.state["snapshot"]
    yield server
    assert server.stop() == 0, server.output()


def add(server, rows):
    with flightsql.connect(server.uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rows", rows, mode="create_append")


def ids(batches):
    return [batch["id"].tolist() for batch in batches]


def test_a_batch_holds_what_the_table_does(trained):
    seen = []
    for batch in mediaflight.batches(trained.uri, "rows", batch_size=100, seed=3):
        assert batch["vector"].shape == (len(batch["id"]), 16) and batch["vector"].dtype == np.float32
        assert np.array_equal(batch["vector"], (batch["id"][:, None] + np.arange(16) / 16).astype(np.float32))
        assert batch["text"] == [f"row {i}" for i in batch["id"]]
        seen += batch["id"].tolist()
    assert sorted(seen) == [i for i in range(ROWS) if i % 16 != 3]


def test_random_shards(trained):
    """For 200 random (rows, filter, world size, batch, seed, epoch, shuffle, stop and resume points): each row exactly once an epoch, and the
    same rows a step where the global batch is the same."""
    chance = random.Random(11)
    for _ in range(200):
        rows, modulus = chance.randint(1, ROWS), chance.choice([2, 5, 7])
        filter = chance.choice([None, f"id < {rows}", f"id < {rows} AND id % {modulus} = 1"])
        wanted = [i for i in range(ROWS) if i % 16 != 3 and (filter is None or i < rows and ("%" not in filter or i % modulus == 1))]
        world, size = chance.choice([1, 2, 3, 4, 6, 8]), chance.choice([1, 7, 12, 64, 256])
        if len(wanted) / (world * size) > 200:  # steps, each of which is looked at
            size = 64
        words = {"seed": chance.randint(-9, 1 << 40), "epoch": chance.randint(0, 1 << 20), "shuffle": chance.choice(["full", "full", "block", "none"]),
                 "filter": filter, "snapshot": trained.snapshot, "tail": "short"}
        case = f"{words} world {world} batch {size}"

        def run(world, size, state=None, steps=None):
            """The rows of each step of all ranks, and the state behind them."""
            taken, after = [], state
            for rank in range(world):
                with mediaflight.batches(trained.uri, "rows", ["id"], size, rank=rank, world_size=world, state=state, **words) as batches:
                    for step, batch in enumerate(batches):
                        if step == steps:
                            break
                        if step == len(taken):
                            taken.append([])
                        taken[step] += batch["id"].tolist()
                        if rank == 0:
                            after = json.loads(json.dumps(batches.state))
            return taken, after

        whole, _ = run(world, size)
        assert sorted(sum(whole, [])) == wanted, case
        assert all(len(step) == world * size for step in whole[:-1]), case
        if words["shuffle"] == "none":
            assert [sorted(step) for step in whole] == [wanted[i:i + world * size] for i in range(0, len(wanted), world * size)], case
        stop = chance.randint(0, len(whole))
        before, state = run(world, size, steps=stop) if stop else ([], None)
        assert [sorted(step) for step in before] == [sorted(step) for step in whole[:stop]], case
        same = chance.choice([w for w in (1, 2, 3, 4, 6, 8) if world * size % w == 0])
        rest, _ = run(same, world * size // same, state)
        assert [sorted(step) for step in rest] == [sorted(step) for step in whole[stop:]], f"{case}, then world {same} after {stop}"
        other, _ = run(chance.choice([1, 2, 5]), chance.choice([5, 100]), state)
        assert sorted(sum(before, []) + sum(other, [])) == wanted, f"{case} after {stop}"


def test_tails(trained):
    count = ROWS - len(range(3, ROWS, 16))
    for world, size in [(1, 100), (4, 32), (3, 7), (8, 1000)]:
        step = world * size
        for tail, steps in [("drop", count // step), ("short", -(-count // step)), ("pad", -(-count // step))]:
            ranks = [ids(mediaflight.batches(trained.uri, "rows", ["id"], size, seed=5, rank=rank, world_size=world, tail=tail, snapshot=trained.snapshot))
                     for rank in range(world)]
            given = sum((sum(rank, []) for rank in ranks), [])
            if tail == "short":
                assert max(map(len, ranks)) == steps and len(given) == len(set(given)) == count
            else:
                assert [len(batch) for rank in ranks for batch in rank] == [size] * steps * world, (tail, world, size)
                assert len(set(given)) == (min(count, len(given)))


def test_splits(trained):
    wanted = [i for i in range(ROWS) if i % 16 != 3]
    for split_by in (None, "id"):
        parts = {}
        for split in ("train", "val"):
            words = {"split": split, "splits": "train:0.8,val:0.2", "split_by": split_by, "seed": 5}
            whole = ids(mediaflight.batches(trained.uri, "rows", ["id"], 10, **words))
            with mediaflight.batches(trained.uri, "rows", ["id"], 10, **words) as batches:
                before = [next(batches)["id"].tolist() for _ in range(20)]
                assert before + ids(mediaflight.batches(trained.uri, "rows", ["id"], 10, state=batches.state, **words)) == whole
                with pytest.raises(ValueError, match="the state is of another splits"):
                    mediaflight.batches(trained.uri, "rows", ["id"], 10, state=batches.state, **{**words, "splits": "train:1,val:1"})
            parts[split] = sum(whole, [])
        assert sorted(parts["train"] + parts["val"]) == wanted
        assert abs(len(parts["val"]) / len(wanted) - 0.2) < 0.03


def test_orders_have_nothing_in_common(fresh):
    """Ranks of a hundred thousand rows in two random orders correlate by 0.003 or so."""
    count = 100_000
    add(fresh, pa.table({"id": np.arange(count)}))

    def places(seed, epoch, shuffle="full"):
        order = np.concatenate([batch["id"] for batch in mediaflight.batches(fresh.uri, "rows", ["id"], 4096, seed=seed, epoch=epoch, shuffle=shuffle)])
        assert np.array_equal(np.sort(order), np.arange(count))
        return np.argsort(order)

    orders = [np.arange(count)] + [places(seed, epoch) for seed, epoch in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (0, 2), (1 << 40, 7)]]
    correlations = np.abs(np.corrcoef(orders) - np.eye(len(orders)))
    assert correlations.max() < 0.02, correlations


def test_a_killed_server_loses_and_repeats_nothing(own):
    add(own, table_of(range(20_000)))
    whole = ids(mediaflight.batches(own.uri, "rows", ["id", "text"], 16, seed=9))
    assert len(whole) == 1250
    server, got = own, []
    for step, batch in enumerate(mediaflight.batches(own.uri, "rows", ["id", "text"], 16, seed=9)):
        got.append(batch["id"].tolist())
        if step in (0, 100, 1200):
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server = Server(own.data, "--flight", f"localhost:{own.flight}")
    assert got == whole
    assert server.stop() == 0


def test_a_server_that_stays_away(own):
    batches = mediaflight.batches(own.uri, "images", ["image_id"], 1, reconnect=1)
    next(batches)
    own.process.kill()
    own.process.wait()
    with pytest.raises(mediaflight.Unavailable):
        list(batches)
    with pytest.raises(mediaflight.Unavailable):  # nobody waits for an address where no server ever was
        list(mediaflight.batches(own.uri, "images", ["image_id"]))


def test_an_epoch_keeps_its_snapshot(fresh):
    add(fresh, table_of(range(500)))
    whole = ids(mediaflight.batches(fresh.uri, "rows", ["id"], 16, seed=1))
    batches = mediaflight.batches(fresh.uri, "rows", ["id"], 16, seed=1)
    got = [next(batches)["id"].tolist() for _ in range(5)]
    add(fresh, table_of(range(500, 900)))
    with mediaflight.connect(fresh.uri, progress=False) as db:
        db.execute("DELETE FROM rows WHERE id < 100")
    got += ids(mediaflight.batches(fresh.uri, "rows", ["id"], 16, seed=1, state=batches.state))
    assert got == whole
    assert sorted(sum(ids(mediaflight.batches(fresh.uri, "rows", ["id"])), [])) == list(range(100, 900))


def test_states_of_other_streams_are_refused(trained):
    batches = mediaflight.batches(trained.uri, "rows", ["id"], 16, seed=1, filter="id > 5")
    next(batches)
    state = batches.state
    for other in ({"filter": "id > 6"}, {"seed": 2}, {"shuffle": "block"}, {"snapshot": 5}):
        words = {"seed": 1, "filter": "id > 5", **other}
        with pytest.raises(ValueError, match=f"the state is of another {next(iter(other))}"):
            mediaflight.batches(trained.uri, "rows", ["id"], 16, state=state, **words)
    with pytest.raises(mediaflight.Error, match="rows") as refused:
        rows = state["rows"]
        next(mediaflight.batches(trained.uri, "rows", ["id"], 16, seed=1, filter="id > 5", state={**state, "plan": state["plan"].replace(str(rows), "7")}))
    assert refused.value.sqlstate == "55000"


def test_wrong_arguments(trained):
    for error, message, words in [
        (ValueError, "rank 2 is not one of 2", {"rank": 2, "world_size": 2, "snapshot": trained.snapshot}),
        (ValueError, "name a snapshot", {"world_size": 2}),
        (ValueError, "shuffle 'some' is none of full, block, none", {"shuffle": "some"}),
        (ValueError, "text 'str' is none of list, bytes", {"text": "str"}),
        (TypeError, 'columns=\\["id"\\]', {"columns": "id"}),
    ]:
        with pytest.raises(error, match=message):
            mediaflight.batches(trained.uri, "rows", **words)
    with pytest.raises(mediaflight.Error) as unknown:
        next(mediaflight.batches(trained.uri, "rows", ["idd"]))
    assert unknown.value.sqlstate == "42703" and "id" in unknown.value.hint


def test_whoever_leaves_early_leaves_nothing_behind(trained):
    def readers():
        return set(threading.enumerate()) - others

    others = set(threading.enumerate())
    batches = mediaflight.batches(trained.uri, "rows", ["id"], 1)
    next(batches)
    assert readers()
    batches.close()
    assert not readers() and list(batches) == []
    next(mediaflight.batches(trained.uri, "rows", ["id"], 1))  # dropped at once
    assert not readers()


def test_a_transform_runs_ahead_and_its_errors_arrive(trained):
    doubled = mediaflight.batches(trained.uri, "rows", ["id"], 8, shuffle="none", transform=lambda batch: batch["id"] * 2)
    assert next(doubled).tolist() == [0, 2, 4, 8, 10, 12, 14, 16]
    with pytest.raises(ZeroDivisionError):
        list(mediaflight.batches(trained.uri, "rows", ["id"], 8, transform=lambda batch: 1 // 0))
