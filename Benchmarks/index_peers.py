#!/usr/bin/env python3
"""Measures faiss HNSW, hnswlib, usearch and SymphonyQG on the data that `nftopia bench index` is measured on.

    .deps/peers/index/bin/python Benchmarks/index_peers.py --data DIR --keep DIR [--rounds 3] [--peers faiss,hnswlib] [--only-build]

DIR as written by clip_like_vectors.py. Each peer is built (with `--threads`) and measured in a process of its own; what was
built stays under --keep, so that a second run only searches. One thread searches. Queries per CPU-second are those of one
call with all queries, so that Python costs nothing; latencies are those of single calls. Widths of the search are a ladder,
and between its rungs the narrowest that reach recall .90, .95 and .99. Prints one JSON object.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np
from index_libraries import K, PEERS

LADDER = {"image": (16, 32, 64, 128, 256, 512, 1024), "text": (64, 128, 256, 512, 1024, 2048, 4096)}
TARGETS = (0.90, 0.95, 0.99)
SHARES = (0.5, 0.05, 0.005, 0.0005)
FILTERED = 250  # queries of each kind that filters are measured with


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory():
    fields = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    return {name: int(fields[field].split()[0]) << 10 for name, field in
            (("resident_bytes", "VmRSS"), ("anonymous_bytes", "RssAnon"))}


def passing(count, share):
    """The ids that a filter lets pass; `BenchIndex` takes the same."""
    return (np.arange(count, dtype=np.uint64) * np.uint64(2654435761) % np.uint64(1 << 32)) < np.uint64(share * (1 << 32))


def recall(found, truth):
    return float(np.mean([len(np.intersect1d(f, t)) for f, t in zip(found, truth)])) / truth.shape[1]


def percentiles(seconds):
    return {"p50_milliseconds": round(float(np.percentile(seconds, 50)) * 1e3, 4),
            "p99_milliseconds": round(float(np.percentile(seconds, 99)) * 1e3, 4)}


def singly(search, queries):
    latencies, found = [], []
    for i in range(len(queries)):
        began = time.perf_counter()
        found.append(search(queries[i:i + 1])[0])
        latencies.append(time.perf_counter() - began)
    return np.array(found), latencies


def widths(peer, queries, truth, ladder):
    """Recall by width: the ladder and what lies just above each target."""
    known = {width: recall(peer.search(queries, width), truth) for width in ladder}
    for target in TARGETS:
        above = [width for width in sorted(known) if known[width] >= target]
        below = [width for width in sorted(known) if known[width] < target and (not above or width < above[0])]
        if not above or not below:
            continue
        low, high = below[-1], above[0]
        while high - low > max(1, low // 32):
            middle = (low + high) // 2
            known[middle] = recall(peer.search(queries, middle), truth)
            low, high = (low, middle) if known[middle] >= target else (middle, high)
    chosen = set(ladder)
    for target in TARGETS:
        chosen.update(sorted(width for width in known if known[width] >= target)[:1])
    return {width: known[width] for width in sorted(chosen)}


def searches(peer, queries, truth, rounds):
    rows = []
    half = len(queries) // 2
    for kind, part in (("image", slice(0, half)), ("text", slice(half, None))):
        for width, found in widths(peer, queries[part], truth[part], LADDER[kind]).items():
            seconds = []
            for _ in range(rounds):
                start = cpu_seconds()
                peer.search(queries[part], width)
                seconds.append(cpu_seconds() - start)
            latencies = singly(lambda query: peer.search(query, width), queries[part][:500])[1]
            rows.append({"kind": kind, "width": width, "recall": round(found, 4),
                         "queries_per_cpu_second": round(half / float(np.median(seconds)), 1), **percentiles(latencies)})
    return rows


def filters(peer, base, queries, rows):
    half = len(queries) // 2
    results = []
    for kind, first in (("image", 0), ("text", half)):
        part = queries[first:first + FILTERED]
        usual = min((row["width"] for row in rows if row["kind"] == kind and row["recall"] >= .95), default=4096)
        for share in SHARES:
            allowed = passing(len(base), share)
            truth = exact(base, np.flatnonzero(allowed), part)
            for width in sorted({usual, 1024}):
                found, latencies = singly(lambda query: peer.filtered(query, width, allowed), part)
                results.append({"kind": kind, "share": share, "width": width, "recall": round(recall(found, truth), 4),
                                **percentiles(latencies)})
    return results


def exact(base, ids, queries):
    """The best K of `ids`, or all when there are fewer."""
    scores, best = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    for start in range(0, len(ids), 50_000):
        some = ids[start:start + 50_000]
        scores = np.concatenate([scores, queries @ base[some].T], 1)
        best = np.concatenate([best, np.broadcast_to(some, (len(queries), len(some)))], 1)
        order = np.argsort(-scores, axis=1)[:, :K]
        scores, best = np.take_along_axis(scores, order, 1), np.take_along_axis(best, order, 1)
    return best


def build(peer, base, path, threads):
    wall, cpu = time.perf_counter(), cpu_seconds()
    peer.build(base, threads)
    built = {"build_seconds": round(time.perf_counter() - wall, 2), "build_threads": threads,
             "build_cpu_seconds": round(cpu_seconds() - cpu, 2)}
    peer.save(path + ".new")
    with open(path + ".json", "w") as file:
        json.dump(built, file)
    os.replace(path + ".new", path)


def measure(peer, path, data, rounds):
    queries = np.load(f"{data}/queries.npy")
    start = time.perf_counter()
    peer.load(path, queries.shape[1])
    report = {"open_milliseconds": round((time.perf_counter() - start) * 1e3, 1), "bytes": os.path.getsize(path)}
    report.update(json.load(open(path + ".json")))
    half = len(queries) // 2
    # As many of each kind as make 1,000, at a width of about recall .95 for pictures.
    for query in np.concatenate([queries[:500], queries[half:half + 500]]):
        peer.search(query[None], 96)
    report.update(memory())
    if "mapped" not in peer.name or "usearch" in peer.name:
        report["results"] = searches(peer, queries, np.load(f"{data}/gt.npy"), rounds)
    if hasattr(peer, "filtered") and "results" in report:
        report["filters"] = filters(peer, np.load(f"{data}/base.npy", mmap_mode="r"), queries, report["results"])
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--keep", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--only-build", action="store_true")
    parser.add_argument("--step", choices=("build", "measure"), help="one step of one peer, in this process")
    arguments = parser.parse_args()
    base = np.load(f"{arguments.data}/base.npy", mmap_mode="r")
    if arguments.step:
        make, owner = PEERS[arguments.peers]
        path = f"{arguments.keep}/{owner}.index"
        if arguments.step == "build":
            build(make(), base, path, arguments.threads)
        else:
            print(json.dumps(measure(make(), path, arguments.data, arguments.rounds)))
        return
    os.makedirs(arguments.keep, exist_ok=True)
    report = {"vectors": len(base), "dimension": base.shape[1], "peers": []}
    for key in arguments.peers.split(","):
        make, owner = PEERS[key]
        if make.limit and len(base) > make.limit:
            continue
        steps = [] if os.path.exists(f"{arguments.keep}/{owner}.index") else ["build"]
        entry = {"name": make.name, "key": key}
        for step in steps + ([] if arguments.only_build else ["measure"]):
            command = [sys.executable, __file__, "--data", arguments.data, "--keep", arguments.keep, "--peers", key,
                       "--rounds", str(arguments.rounds), "--threads", str(arguments.threads), "--step", step]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                # A library that cannot be measured here is named, and the others still are.
                entry["failure"] = f"{step}: exit status {done.returncode}"
                print(f"{make.name}: {entry['failure']}", file=sys.stderr)
                break
            if step == "measure":
                entry.update(json.loads(done.stdout))
        report["peers"].append(entry)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
