#!/usr/bin/env python3
"""Measures text queries over HTTP against the demo's library: latency of the whole answer, and the server's memory.

One connection, one query after another, JSON read to its end; every query text is sent once (nothing cached) in the
first series, and again in the second (embeddings cached). Standard library only.
"""
import argparse
import http.client
import json
import os
import statistics
import subprocess
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = os.environ.get("NFTOPIA_LIBRARY", os.path.join(ROOT, "library"))


def texts(count):
    things = ["ape", "alien", "zombie", "cat", "dog", "flower", "house", "car", "boat", "tree", "bird", "star", "hat",
              "computer", "phone", "guitar", "pizza", "apple", "fish", "clock"]
    looks = ["red", "blue", "green", "small", "old", "funny", "pixel art", "black and white", "shiny", "round"]
    places = ["", " on a table", " in the sea", " with a hat", " at night", " with glasses", " in a garden"]
    every = [f"a {look} {thing}{place}" for place in places for look in looks for thing in things]
    return every[:count]


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def series(connection, queries, parameters):
    milliseconds = []
    own = []
    for query in queries:
        path = "/v1/search?" + urllib.parse.urlencode({"q": query, "limit": 24, **parameters})
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        milliseconds.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {body[:200]!r}")
        own.append(json.loads(body)["took_ms"])
    return milliseconds, own


def memory(pid):
    fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    server = subprocess.Popen(
        [os.path.join(ROOT, ".build/release/nftopia"), "serve", "--port", "0", "--library", LIBRARY],
        stdout=subprocess.PIPE, text=True)
    began = time.perf_counter()
    try:
        line = server.stdout.readline()
        ready = time.perf_counter() - began
        port = int(line.rstrip().rstrip("/").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        queries = texts(arguments.queries)
        series(connection, ["warm up"] * 20, {})
        report = {"ready_s": round(ready, 2), "queries": len(queries)}
        for name, chosen, parameters in [
            ("first time", queries, {}),
            ("again (last 200)", queries[-200:], {}),
            ("one collection", [q + " picture" for q in queries[:300]], {"collection": "clipart"}),
        ]:
            taken, own = series(connection, chosen, parameters)
            report[name] = {
                "p50_ms": round(percentile(taken, 0.5), 2), "p90_ms": round(percentile(taken, 0.9), 2),
                "p99_ms": round(percentile(taken, 0.99), 2), "max_ms": round(max(taken), 2),
                "embed_p50_ms": round(statistics.median(o["embed"] for o in own), 2),
                "search_p50_ms": round(statistics.median(o["search"] for o in own), 2),
            }
        report["memory_mb"] = {name: round(value) for name, value in memory(server.pid).items()}
    finally:
        server.terminate()
        server.wait()
    if arguments.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:18} {value}")


if __name__ == "__main__":
    main()
