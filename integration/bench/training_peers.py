#!/usr/bin/env python3
"""Feeding a trainer: samples/s of LanceDB, PyTorch over memory maps, datasets, webdataset, pyarrow and, where given, Mediaflight.

Every peer delivers the same thing: batches of 256 as {embedding: float32 tensor [256, dim], line: int32 tensor, text: list of
str}, in file order ("sequential") or shuffled, from files in the page cache to one process (plus its own workers where the name
says so). Each case runs in a process of its own for --seconds (epoch after epoch, from first to last batch), --rounds times, cases
interleaved; the median is printed, with the least and most, and the process's own (anonymous) memory at the end. "exact" shuffles are permutations of the whole table; "window" ones mix a buffer only. "first" is the time from a
loader that is not yet made to its first batch, so it holds the making of the permutation. Without torch the batches are numpy.
--work keeps the copies in each peer's format between runs.

    python training_peers.py --base sentences.parquet [--rows N] [--only torch,lancedb] [--webdataset] [--mosaic]
                        [--mediaflight grpc://localhost:8815 --table sentences]
"""
import argparse, json, multiprocessing, os, shutil, signal, tempfile, time, warnings

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

warnings.filterwarnings("ignore")
try:
    import torch
    from torch.utils.data import DataLoader
    tensor = torch.from_numpy
except ImportError:
    torch = DataLoader = None
    tensor = np.asarray

BATCH, COLUMNS, SEED = 256, ["embedding", "line", "text"], 7


def tensors(batch):
    """An Arrow record batch or table to what a training step takes; numbers are not copied where Arrow holds them in one piece."""
    e = batch["embedding"]
    e = e.combine_chunks() if isinstance(e, pa.ChunkedArray) else e
    vectors = e.flatten().to_numpy(zero_copy_only=False).reshape(len(e), -1)
    return dict(embedding=tensor(vectors), line=tensor(batch["line"].to_numpy(zero_copy_only=False)) if isinstance(batch, pa.RecordBatch)
                else tensor(batch["line"].to_numpy()), text=batch["text"].to_pylist())


def rebatch(batches):
    """Record batches of any size to record batches of BATCH rows; the remainder of one is joined with the head of the next."""
    rest = None
    for b in batches:
        at = 0
        if rest is not None:
            at = min(BATCH - rest.num_rows, b.num_rows)
            rest = pa.concat_batches([rest, b.slice(0, at)])
            if rest.num_rows < BATCH:
                continue
            yield rest
            rest = None
        while b.num_rows - at >= BATCH:
            yield b.slice(at, BATCH)
            at += BATCH
        rest = b.slice(at) if at < b.num_rows else None
    if rest is not None:
        yield rest


# What each peer reads, made once.

def prepare(a):
    def made(name):
        return os.path.exists(f"{a.work}/{name}")
    source = pq.ParquetFile(a.base)
    if not made("t.parquet"):
        writers, left, schema = {}, a.rows or source.metadata.num_rows, None
        sizes = dict(rows=0, text=0)
        vectors = None
        for b in source.iter_batches(20_000, columns=COLUMNS):
            b = b.slice(0, left)
            left -= b.num_rows
            if b.num_rows == 0:
                break
            e = b["embedding"]
            flat = e.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
            dim = len(flat) // b.num_rows
            t = pa.table({"embedding": pa.FixedSizeListArray.from_arrays(pa.array(flat), dim), "line": b["line"], "text": b["text"]})
            if not writers:
                writers["parquet"] = pq.ParquetWriter(f"{a.work}/t.parquet", t.schema, compression="none", use_dictionary=False)
                writers["ipc"] = pa.ipc.new_file(f"{a.work}/t.arrow", t.schema)
                vectors, lines = open(f"{a.work}/embedding.f32", "wb"), open(f"{a.work}/line.i32", "wb")
            writers["parquet"].write_table(t, row_group_size=20_000)
            writers["ipc"].write_table(t)
            vectors.write(flat.tobytes())
            lines.write(b["line"].to_numpy(zero_copy_only=False).astype(np.int32).tobytes())
            sizes["rows"] += t.num_rows
            sizes["text"] += t["text"].nbytes - 4 * t.num_rows
            sizes["dim"] = dim
        [w.close() for w in (*writers.values(), vectors, lines)]
        with open(f"{a.work}/sizes.json", "w") as out:
            json.dump(sizes, out)
    with open(f"{a.work}/sizes.json") as f:
        sizes = json.load(f)
    if not made("lance/t.lance") and any_wanted(a, "lancedb"):
        import lancedb
        lancedb.connect(f"{a.work}/lance").create_table("t", pq.ParquetFile(f"{a.work}/t.parquet").iter_batches(20_000),
                                                        schema=pq.read_schema(f"{a.work}/t.parquet"))
    if a.webdataset and not made("wds") and any_wanted(a, "webdataset"):
        import webdataset
        os.makedirs(f"{a.work}/wds")
        n = 0
        with webdataset.ShardWriter(f"{a.work}/wds/%05d.tar", maxcount=5_000, verbose=0) as out:
            for b in pq.ParquetFile(f"{a.work}/t.parquet").iter_batches(20_000):
                e = b["embedding"].flatten().to_numpy().reshape(b.num_rows, -1)
                for i, (line, text) in enumerate(zip(b["line"].to_pylist(), b["text"].to_pylist())):
                    out.write({"__key__": f"{n:09d}", "npy": e[i], "txt": text, "cls": line})
                    n += 1
    if a.mosaic and not made("mds") and any_wanted(a, "mosaicml"):
        import streaming
        with streaming.MDSWriter(out=f"{a.work}/mds", columns=dict(embedding=f"ndarray:float32:{sizes['dim']}", line="int32", text="str")) as out:
            for b in pq.ParquetFile(f"{a.work}/t.parquet").iter_batches(20_000):
                e = b["embedding"].flatten().to_numpy().reshape(b.num_rows, -1)
                for i, (line, text) in enumerate(zip(b["line"].to_pylist(), b["text"].to_pylist())):
                    out.write(dict(embedding=e[i], line=np.int32(line), text=text))
    return sizes


def wanted(a, name):
    return not a.only or any(o in name for o in a.only.split(","))


def any_wanted(a, part):
    return any(part in name and wanted(a, name) for name in PEERS)


# The peers: each yields batches.

class Mapped:
    """A map-style data set over a memory-mapped float32 file and an Arrow file; opened at first use, in the process that uses it."""
    def __init__(self, work, rows, dim):
        self.work, self.rows, self.dim, self.opened = work, rows, dim, False

    def open(self):
        if not self.opened:
            self.e = np.memmap(f"{self.work}/embedding.f32", np.float32, "r", shape=(self.rows, self.dim))
            self.line = np.memmap(f"{self.work}/line.i32", np.int32, "r")
            self.text = pa.ipc.open_file(pa.memory_map(f"{self.work}/t.arrow")).read_all().select(["text"]).combine_chunks()["text"].chunk(0)
            self.opened = True

    def __len__(self): return self.rows


class MappedItems(Mapped):
    def __getitem__(self, i):
        self.open()
        return dict(embedding=np.array(self.e[i]), line=int(self.line[i]), text=self.text[i].as_py())


class MappedBatches(Mapped):
    def __getitems__(self, indexes):
        self.open()
        i = np.asarray(indexes)
        return dict(embedding=tensor(self.e[i]), line=tensor(self.line[i]), text=self.text.take(pa.array(i)).to_pylist())


def same(batch): return batch


def torch_loader(kind, workers, shuffled):
    def run(a, s):
        data = kind(a.work, s["rows"], s["dim"])
        g = torch.Generator().manual_seed(SEED)
        yield from DataLoader(data, BATCH, shuffle=shuffled, generator=g, num_workers=workers, collate_fn=same if kind is MappedBatches else None)
    return run


def numpy_mapped(shuffled):
    def run(a, s):
        d = MappedBatches(a.work, s["rows"], s["dim"])
        order = np.random.default_rng(SEED).permutation(s["rows"]) if shuffled else np.arange(s["rows"])
        for at in range(0, s["rows"], BATCH):
            yield d.__getitems__(order[at:at + BATCH])
    return run


def lance_permutation(shuffled):
    def run(a, s):
        import lancedb
        from lancedb.permutation import Permutation, permutation_builder
        t = lancedb.connect(f"{a.work}/lance").open_table("t")
        p = Permutation.from_tables(t, permutation_builder(t).shuffle(seed=SEED).execute()) if shuffled else Permutation.identity(t)
        yield from p.select_columns(COLUMNS).with_transform(tensors).iter(BATCH)
    return run


def lance_loader(workers):
    def run(a, s):
        import lancedb
        from lancedb.permutation import Permutation
        p = Permutation.identity(lancedb.connect(f"{a.work}/lance").open_table("t")).select_columns(COLUMNS).with_transform(tensors)
        yield from DataLoader(p, BATCH, shuffle=True, collate_fn=same, num_workers=workers, generator=torch.Generator().manual_seed(SEED),
                              multiprocessing_context="spawn" if workers else None)
    return run


def one_item(batch): return [tensors(batch)] + [None] * (batch.num_rows - 1)


def lance_streaming(shuffled, clump=None):
    def run(a, s):
        import lancedb
        from lancedb.streaming import StreamingDataset, StreamingDataLoader
        t = lancedb.connect(f"{a.work}/lance").open_table("t")
        # Rows are its unit: a transform must give one item a row, so a batch rides on the first row of each read of BATCH rows.
        d = StreamingDataset(t, shuffle=shuffled, shuffle_seed=SEED, columns=COLUMNS, read_batch_size=BATCH, transform=one_item,
                             shuffle_clump_size=clump)
        for b in StreamingDataLoader(d, batch_size=BATCH, collate_fn=lambda rows: rows[0]):
            yield b
    return run


def lance_streaming_rows(a, s):
    """As documented: rows are dicts, the default collate stacks them."""
    import lancedb
    from lancedb.streaming import StreamingDataset, StreamingDataLoader

    def rows(batch):
        t = tensors(batch)
        return [dict(embedding=e, line=l, text=x) for e, l, x in zip(t["embedding"], t["line"], t["text"])]
    t = lancedb.connect(f"{a.work}/lance").open_table("t")
    yield from StreamingDataLoader(StreamingDataset(t, shuffle_seed=SEED, columns=COLUMNS, read_batch_size=BATCH, transform=rows), batch_size=BATCH)


def hugging(shuffle):
    def run(a, s):
        import datasets
        datasets.disable_progress_bars()
        d = datasets.Dataset.from_file(f"{a.work}/t.arrow.stream")
        if shuffle == "exact":
            d = d.shuffle(seed=SEED, keep_in_memory=True)
        elif shuffle == "window":
            d = d.to_iterable_dataset(num_shards=16).shuffle(seed=SEED, buffer_size=10_000)
        if shuffle == "window":
            # The shuffle buffer holds rows; batch() puts them together again.
            for b in d.batch(BATCH):
                yield dict(embedding=tensor(np.asarray(b["embedding"], np.float32)), line=tensor(np.asarray(b["line"])), text=list(b["text"]))
        else:
            for b in d.with_format("arrow").iter(BATCH):
                yield tensors(b)
    return run


def wds(shuffled):
    def run(a, s):
        import glob, webdataset
        d = webdataset.WebDataset(sorted(glob.glob(f"{a.work}/wds/*.tar")), shardshuffle=100 if shuffled else False, seed=SEED)
        d = (d.shuffle(10_000) if shuffled else d).decode().to_tuple("npy", "cls", "txt").batched(BATCH)
        for e, line, text in d:
            yield dict(embedding=tensor(np.asarray(e)), line=tensor(np.asarray(line)), text=list(text))
    return run


def mosaic(shuffled):
    def run(a, s):
        import streaming
        streaming.base.util.clean_stale_shared_memory()
        d = streaming.StreamingDataset(local=f"{a.work}/mds", shuffle=shuffled, shuffle_seed=SEED, batch_size=BATCH, num_canonical_nodes=1)
        yield from streaming.StreamingDataLoader(d, batch_size=BATCH)
    return run


def scanner(window):
    def run(a, s):
        rng = np.random.default_rng(SEED)

        def mixed(batches, rows=32_768):
            held, n = [], 0
            for b in batches:
                held.append(b)
                n += b.num_rows
                if n >= rows:
                    t = pa.Table.from_batches(held)
                    yield from t.take(rng.permutation(n)).combine_chunks().to_batches()
                    held, n = [], 0
            if held:
                yield from pa.Table.from_batches(held).take(rng.permutation(n)).combine_chunks().to_batches()
        batches = (b for b in pads.dataset(f"{a.work}/t.parquet").scanner(columns=COLUMNS, batch_size=8_192).to_batches() if b.num_rows)
        for b in rebatch(mixed(batches) if window else batches):
            yield tensors(b)
    return run


def mapped_arrow(shuffled):
    """Arrow's own take over a memory-mapped file: many chunks, any order."""
    def run(a, s):
        t = pa.ipc.open_file(pa.memory_map(f"{a.work}/t.arrow")).read_all()
        if not shuffled:
            for b in rebatch(t.to_batches()):
                yield tensors(b)
            return
        order = np.random.default_rng(SEED).permutation(t.num_rows)
        for at in range(0, t.num_rows, BATCH):
            yield tensors(t.take(order[at:at + BATCH]).combine_chunks())
    return run


def ours(shuffle, as_numpy=False):
    """The package's own data set, which needs neither loader nor workers."""
    def run(a, s):
        import mediaflight
        words = dict(columns=COLUMNS, batch_size=BATCH, seed=SEED, shuffle=shuffle)
        if as_numpy or torch is None:
            yield from mediaflight.batches(a.mediaflight, a.table, **words)
        else:
            import mediaflight.torch
            yield from mediaflight.torch.Dataset(a.mediaflight, a.table, **words)
    return run


def ours_loader(workers):
    def run(a, s):
        import mediaflight.torch
        yield from mediaflight.torch.Loader(mediaflight.torch.Dataset(a.mediaflight, a.table, COLUMNS, BATCH, seed=SEED), workers)
    return run


def ours_raw(a, s):
    """The table as any statement's answer, cut into batches here: what the stream gives without training_stream."""
    import pyarrow.flight as flight
    client = flight.connect(a.mediaflight)
    info = client.get_flight_info(flight.FlightDescriptor.for_command(f"SELECT {', '.join(COLUMNS)} FROM {a.table}".encode()))
    for endpoint in info.endpoints:
        for b in rebatch(chunk.data for chunk in client.do_get(endpoint.ticket)):
            yield tensors(b)


def ours_adbc(a, s):
    import adbc_driver_flightsql.dbapi as flightsql
    with flightsql.connect(a.mediaflight, autocommit=True) as con, con.cursor() as cur:
        cur.execute(f"SELECT {', '.join(COLUMNS)} FROM training_stream('{a.table}', seed => {SEED}, batch_size => {BATCH})")
        for b in cur.fetch_record_batch():
            yield tensors(b)


PEERS = {
    "numpy memmap + arrow text | sequential": numpy_mapped(False),
    "numpy memmap + arrow text | exact": numpy_mapped(True),
    "arrow mmap | sequential": mapped_arrow(False),
    "arrow mmap take | exact": mapped_arrow(True),
    "pyarrow dataset scanner | sequential": scanner(False),
    "pyarrow dataset scanner | window 32768": scanner(True),
    "torch DataLoader items, 0 workers | exact": torch_loader(MappedItems, 0, True),
    "torch DataLoader items, 2 workers | exact": torch_loader(MappedItems, 2, True),
    "torch DataLoader batches, 0 workers | sequential": torch_loader(MappedBatches, 0, False),
    "torch DataLoader batches, 0 workers | exact": torch_loader(MappedBatches, 0, True),
    "torch DataLoader batches, 2 workers | exact": torch_loader(MappedBatches, 2, True),
    "lancedb Permutation | sequential": lance_permutation(False),
    "lancedb Permutation | exact": lance_permutation(True),
    "lancedb Permutation in DataLoader, 0 workers | exact": lance_loader(0),
    "lancedb Permutation in DataLoader, 2 workers | exact": lance_loader(2),
    "lancedb StreamingDataset, batch reads | sequential": lance_streaming(False),
    "lancedb StreamingDataset, batch reads | exact": lance_streaming(True),
    "lancedb StreamingDataset, batch reads | clumps of 64": lance_streaming(True, 64),
    "lancedb StreamingDataset, rows as documented | exact": lance_streaming_rows,
    "datasets | sequential": hugging(None),
    "datasets | exact": hugging("exact"),
    "datasets iterable | window 10000": hugging("window"),
    "webdataset | sequential": wds(False),
    "webdataset | window 10000": wds(True),
    "mosaicml StreamingDataset | sequential": mosaic(False),
    "mosaicml StreamingDataset | py1e blocks": mosaic(True),
    "mediaflight raw stream over pyarrow | sequential": ours_raw,
    "mediaflight.torch.Dataset | sequential": ours("none"),
    "mediaflight.torch.Dataset | exact": ours("full"),
    "mediaflight.torch.Dataset | blocks": ours("block"),
    "mediaflight.batches | exact": ours("full", as_numpy=True),
    "mediaflight.torch.Loader, 2 workers | exact": ours_loader(2),
    "mediaflight ADBC | exact": ours_adbc,
}


def case(name, a, sizes, pipe):
    os.setsid()
    try:
        if torch is None and ("torch" in name and "Dataset" not in name):
            raise ImportError("torch")
        start = time.perf_counter()
        batches = iter(PEERS[name](a, sizes))
        b = next(batches)
        if tuple(b["embedding"].shape) != (min(BATCH, sizes["rows"]), sizes["dim"]) or not isinstance(b["text"][0], str):
            raise AssertionError(f"wrong batch: {b['embedding'].shape}")
        first, n, took, touched = time.perf_counter() - start, 0, 0.0, 0.0
        while took < a.seconds:
            start = time.perf_counter()
            for b in batches:
                n += len(b["text"])
                touched += float(b["embedding"][0, 0])
                if took + time.perf_counter() - start > a.seconds:
                    break
            took += time.perf_counter() - start
            if took < a.seconds:
                batches = iter(PEERS[name](a, sizes))
                next(batches)
        with open("/proc/self/status") as f:
            held = next(int(line.split()[1]) for line in f if line.startswith("RssAnon"))
        pipe.send(dict(rate=n / took, first=first, samples=n, anonymous_mib=held / 1024))
    except Exception as e:
        pipe.send(dict(error=f"{type(e).__name__}: {str(e)[:200]}"))
    pipe.close()
    time.sleep(60)  # killed with its workers by the parent


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--base", required=True)
    p.add_argument("--rows", type=int, help="take only the first rows of --base")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--only", help="comma-separated parts of names")
    p.add_argument("--work", help="folder for the peers' copies; kept")
    p.add_argument("--webdataset", action="store_true", help="make tar shards too (slow)")
    p.add_argument("--mosaic", action="store_true", help="make MDS shards too (mosaicml-streaming pins numpy < 2.2: give it its own environment)")
    p.add_argument("--mediaflight")
    p.add_argument("--table")
    p.add_argument("--json")
    a = p.parse_args()
    keep, a.work = bool(a.work), a.work or tempfile.mkdtemp(prefix="training_")
    os.makedirs(a.work, exist_ok=True)
    sizes = prepare(a)
    if any_wanted(a, "datasets") and not os.path.exists(f"{a.work}/t.arrow.stream"):
        f = pa.ipc.open_file(pa.memory_map(f"{a.work}/t.arrow"))
        with pa.ipc.new_stream(f"{a.work}/t.arrow.stream", f.schema) as out:
            for i in range(f.num_record_batches):
                out.write_batch(f.get_batch(i))
    row_bytes = 4 * sizes["dim"] + 4 + sizes["text"] / sizes["rows"]
    print(f"{sizes['rows']} rows of {row_bytes:.0f} bytes; batches of {BATCH}; {'torch ' + torch.__version__ if torch else 'numpy'}")
    spawn, got = multiprocessing.get_context("spawn"), {}
    for _ in range(a.rounds):
        for name in PEERS:
            if not wanted(a, name) or ("mediaflight" in name and not a.mediaflight) or ("webdataset" in name and not a.webdataset) \
                    or ("mosaicml" in name and not a.mosaic):
                continue
            if "error" in got.get(name, [{}])[-1]:
                continue
            here, there = spawn.Pipe(False)
            child = spawn.Process(target=case, args=(name, a, sizes, there))
            child.start()
            there.close()
            try:
                got.setdefault(name, []).append(here.recv() if here.poll(a.seconds * 4 + 120) else dict(error="no answer"))
            except EOFError:
                got.setdefault(name, []).append(dict(error="died"))
            try:
                os.killpg(child.pid, signal.SIGKILL)  # a loader's workers outlive it otherwise
            except ProcessLookupError:
                pass
            child.join()
    results = {}
    for name, runs in got.items():
        if "error" in runs[-1]:
            print(f"{name:58} {runs[-1]['error']}")
            continue
        m = {k: float(np.median([r[k] for r in runs])) for k in ("rate", "first", "anonymous_mib", "samples")}
        results[name] = m | dict(mb_per_s=m["rate"] * row_bytes / 1e6, low=min(r["rate"] for r in runs), high=max(r["rate"] for r in runs))
        print(f"{name:58} {m['rate']:10,.0f} samples/s {m['rate'] * row_bytes / 1e6:8.1f} MB/s  "
              f"({results[name]['low']:,.0f} to {results[name]['high']:,.0f})  first {m['first']:6.2f} s  {m['anonymous_mib']:6.0f} MiB", flush=True)
    if a.json:
        with open(a.json, "w") as out:
            json.dump(dict(sizes=sizes, batch=BATCH, results=results), out, indent=1)
    if not keep:
        shutil.rmtree(a.work, ignore_errors=True)


if __name__ == "__main__":
    main()
