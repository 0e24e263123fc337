#!/usr/bin/env python3
"""Measures faiss HNSW and hnswlib on the data that `nftopia bench index` is measured on.

    .deps/peers/index/bin/python Benchmarks/index_peers.py --data DIR [--keep DIR] [--rounds 3] [--peers faiss,hnswlib]

DIR as written by clip_like_vectors.py. One thread searches, one query at a time; a build uses `--threads`. Prints one JSON
object: for each peer what building took, memory, and recall@10 and queries per CPU-second for each kind of query and each
width of the search. --keep: where built indexes are kept for the next run.
"""
import argparse
import json
import os
import resource
import time

import numpy as np

WIDTHS = {"image": (16, 32, 48, 64, 96, 128, 192, 256, 512), "text": (64, 128, 256, 512, 1024, 1536)}
K = 10


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) << 10
    return 0


class Faiss:
    name = "faiss HNSW32 efConstruction 128"

    def __init__(self, threads):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(threads)

    def build(self, base):
        self.index = self.faiss.IndexHNSWFlat(base.shape[1], 32, self.faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = 128
        self.index.add(np.ascontiguousarray(base))

    def save(self, path):
        self.faiss.write_index(self.index, path)

    def load(self, path, dimension):
        self.index = self.faiss.read_index(path)

    def width(self, width):
        self.faiss.omp_set_num_threads(1)
        self.index.hnsw.efSearch = width

    def search(self, query):
        return self.index.search(query, K)[1][0]


class Hnswlib:
    name = "hnswlib M16 efConstruction 200"

    def __init__(self, threads):
        import hnswlib
        self.hnswlib, self.threads = hnswlib, threads

    def build(self, base):
        self.index = self.hnswlib.Index(space="ip", dim=base.shape[1])
        self.index.init_index(max_elements=len(base), ef_construction=200, M=16)
        self.index.set_num_threads(self.threads)
        self.index.add_items(base)

    def save(self, path):
        self.index.save_index(path)

    def load(self, path, dimension):
        self.index = self.hnswlib.Index(space="ip", dim=dimension)
        self.index.load_index(path)

    def width(self, width):
        self.index.set_num_threads(1)
        self.index.set_ef(max(width, K))

    def search(self, query):
        return self.index.knn_query(query, k=K)[0][0]


PEERS = {"faiss": Faiss, "hnswlib": Hnswlib}


def measure(peer, queries, truth, rounds):
    rows = []
    half = len(queries) // 2
    for kind, first in (("image", 0), ("text", half)):
        for width in WIDTHS[kind]:
            peer.width(width)
            for i in range(20):
                peer.search(queries[first + i:first + i + 1])
            seconds, latencies, hits = [], [], 0
            for _ in range(rounds):
                start, hits = cpu_seconds(), 0
                for i in range(first, first + half):
                    began = time.perf_counter()
                    found = peer.search(queries[i:i + 1])
                    latencies.append(time.perf_counter() - began)
                    hits += len(np.intersect1d(found, truth[i]))
                seconds.append(cpu_seconds() - start)
            # Comparing with the truth is not the peer's time.
            start = cpu_seconds()
            for i in range(first, first + half):
                np.intersect1d(truth[i], truth[i - 1])
            overhead = cpu_seconds() - start
            rows.append({
                "kind": kind, "width": width, "recall": round(hits / (half * K), 4),
                "queries_per_cpu_second": round(half / max(float(np.median(seconds)) - overhead, 1e-9), 1),
                "p50_ms": round(float(np.percentile(latencies, 50)) * 1e3, 4),
                "p99_ms": round(float(np.percentile(latencies, 99)) * 1e3, 4),
            })
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--keep")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default="faiss,hnswlib")
    arguments = parser.parse_args()
    base = np.load(f"{arguments.data}/base.npy", mmap_mode="r")
    queries = np.load(f"{arguments.data}/queries.npy")
    truth = np.load(f"{arguments.data}/gt.npy")
    report = {"vectors": len(base), "dimension": base.shape[1], "peers": []}
    for key in arguments.peers.split(","):
        before = memory("RssAnon")
        peer = PEERS[key](arguments.threads)
        entry = {"name": peer.name, "key": key}
        path = arguments.keep and f"{arguments.keep}/{key}-{len(base)}.index"
        if path and os.path.exists(path):
            peer.load(path, base.shape[1])
            if os.path.exists(path + ".json"):
                entry.update(json.load(open(path + ".json")))
        else:
            wall, cpu = time.perf_counter(), cpu_seconds()
            peer.build(base)
            built = {"build_seconds": round(time.perf_counter() - wall, 2),
                     "build_cpu_seconds": round(cpu_seconds() - cpu, 2)}
            entry.update(built)
            if path:
                os.makedirs(arguments.keep, exist_ok=True)
                peer.save(path)
                json.dump(built, open(path + ".json", "w"))
                entry["bytes"] = os.path.getsize(path)
        entry["results"] = measure(peer, queries, truth, arguments.rounds)
        entry["anonymous_bytes"] = memory("RssAnon") - before
        entry["resident_bytes"] = memory("VmRSS")
        report["peers"].append(entry)
        del peer
    print(json.dumps(report))


if __name__ == "__main__":
    main()
