#!/usr/bin/env python3
"""Fetching, shrinking and storing beside img2dataset (PyPI): the same pictures from the same server, in turns.

    bench_fetch.py --products BUILD --pictures DIR [--items 1000] [--rounds 3]

The stand-in serves ITEMS pictures on HOSTS loopback addresses, each answer after 200 ms, and both programs read one
list. Both make JPEGs of quality 82 with the longer side at most 800 pixels (img2dataset's `keep_ratio_largest`; its
`keep_ratio` would mean the shorter side, which is more work), write them to files and hash them. img2dataset runs with
the number of threads that suited it best in a first trial, with two processes and with one. Everything is measured
from outside by process_tree.py, start-up included; the share of the start-up is measured apart.
"""
import argparse
import csv
import glob
import io
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile_web  # noqa: E402
import process_tree  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Peer:
    def __init__(self, arguments, processes, threads):
        self.arguments, self.processes, self.threads = arguments, processes, threads
        self.name = f"img2dataset, {processes} process{'es' if processes > 1 else ''}, {threads} threads"

    def run(self, urls, folder, count):
        shard = max(1, -(-count // (self.processes * 2)))
        command = [
            os.path.join(ROOT, ".deps/peers/fetch/bin/img2dataset"), "--url_list", urls, "--input_format", "txt",
            "--output_folder", folder, "--output_format", "files", "--image_size", "800",
            "--resize_mode", "keep_ratio_largest", "--resize_only_if_bigger", "True", "--encode_format", "jpg",
            "--encode_quality", "82", "--processes_count", str(self.processes), "--thread_count", str(self.threads),
            "--number_sample_per_shard", str(shard), "--timeout", "60", "--extract_exif", "False",
            "--enable_wandb", "False",
        ]
        # Without this it asks the network for a newer version of one of its parts before it starts.
        measured = process_tree.run(
            command, {"NO_ALBUMENTATIONS_UPDATE": "1"}, output=subprocess.DEVNULL, errors=subprocess.DEVNULL)
        pictures = 0
        for path in glob.glob(os.path.join(folder, "*_stats.json")):
            with open(path) as file:
                pictures += json.load(file)["successes"]
        return pictures, measured


class Own:
    name = "nftopia"

    def __init__(self, arguments):
        self.arguments = arguments

    def run(self, urls, folder, count):
        command = self.arguments.command or (
            "{nftopia} bench fetch --urls {urls} --store {folder} --allow-private-hosts --json")
        words = [
            word.format(nftopia=os.path.join(self.arguments.products, "nftopia"), urls=urls, folder=folder)
            for word in shlex.split(command)
        ]
        measured = process_tree.run(words, {"NFTOPIA_LIBRARY": folder}, errors=sys.stderr)
        if measured.status != 0:
            raise SystemExit(f"bench-fetch: nftopia ended with {measured.status}")
        answer = json.loads(measured.output)
        return int(answer.get("pictures", answer.get("searchable", 0))), measured


def once(side, urls, work, count):
    folder = os.path.join(work, "output")
    shutil.rmtree(folder, ignore_errors=True)
    pictures, measured = side.run(urls, folder, count)
    if pictures < count:
        print(f"  ({side.name}: only {pictures} of {count} pictures came through)")
    return {
        "pictures": pictures, "seconds": measured.seconds, "cpu": measured.cpu_seconds,
        "per_second": pictures / measured.seconds, "per_cpu": pictures / max(measured.cpu_seconds, 0.001),
        "pss": measured.peak_pss / 1e6, "rss": measured.peak_rss / 1e6,
        "largest": max(measured.peaks.values(), default=0) / 1e6,
    }


def line(name, run):
    print(
        f"  {name:40} {run['per_second']:7.1f}/s  {run['per_cpu']:7.1f} per CPU s  {run['seconds']:6.1f} s  "
        f"CPU {run['cpu']:6.1f} s  memory: PSS {run['pss']:6.0f} MB, RSS {run['rss']:6.0f} MB, largest process "
        f"{run['largest']:6.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", required=True)
    parser.add_argument("--pictures", action="append", required=True)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=int, default=200)
    parser.add_argument("--threads", help="img2dataset's threads, 2:N,1:N; tried out when not given")
    parser.add_argument("--command", help="another command than `bench fetch`, with {nftopia}, {urls}, {folder}")
    parser.add_argument("--skip-own", action="store_true", help="only the peer")
    parser.add_argument("--cryptopunks", default=os.path.join(ROOT, ".deps/corpora/cryptopunks"))
    arguments = parser.parse_args()
    arguments.without, arguments.tail_ms, arguments.hostile_percent, arguments.seed = [], 0, 0, 1
    arguments.web = ["--web-addresses", "--latency-ms", str(arguments.latency_ms)]
    with tempfile.TemporaryDirectory(prefix="nftopia-bench-fetch-") as work:
        standin = hostile_web.StandIn(arguments, os.path.join(work, "standin.log"))
        try:
            bench(arguments, standin, work)
        finally:
            peak = standin.stop()
            print(f"(the stand-in took {peak:.0f} MB)")


def bench(arguments, standin, work):
    urls, few = os.path.join(work, "urls.txt"), os.path.join(work, "few.txt")
    rows = [row["url"] for row in csv.DictReader(io.StringIO(standin.get("/standin/urls.csv")))]
    for path, lines in ((urls, rows), (few, rows[:3])):
        with open(path, "w") as file:
            file.write("".join(f"{url}\n" for url in lines))
    print(f"{arguments.items} pictures on {arguments.hosts} hosts, {arguments.latency_ms} ms latency")
    best = {}
    if arguments.threads:
        best = {int(pair.split(":")[0]): int(pair.split(":")[1]) for pair in arguments.threads.split(",")}
    else:
        print("img2dataset's number of threads, tried out:")
        for processes in (2, 1):
            trials = {}
            for threads in (32, 64, 128):
                side = Peer(arguments, processes, threads)
                trials[threads] = once(side, urls, work, arguments.items)
                line(side.name, trials[threads])
            best[processes] = max(trials, key=lambda threads: trials[threads]["per_second"])
    sides = [Peer(arguments, processes, best[processes]) for processes in sorted(best, reverse=True)]
    if not arguments.skip_own:
        sides.insert(0, Own(arguments))
    print("three pictures, for the share of the start-up:")
    start_up = {}
    for side in sides:
        run = once(side, few, work, 3)
        start_up[side.name] = run["cpu"]
        line(side.name, run)
    results = {side.name: [] for side in sides}
    for number in range(arguments.rounds):
        print(f"round {number + 1}:")
        # The order turns, so that nobody always goes first.
        for side in sides[number % len(sides):] + sides[:number % len(sides)]:
            results[side.name].append(once(side, urls, work, arguments.items))
            line(side.name, results[side.name][-1])
    print("medians:")
    medians = {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for name, runs in results.items()
    }
    for name, run in medians.items():
        # Long runs make the start-up disappear; so does taking it away.
        run["steady"] = (run["pictures"] - 3) / max(run["cpu"] - start_up[name], 0.001)
        line(name, run)
        print(f"  {'without the start-up':40} {'':10}  {run['steady']:7.1f} per CPU s")
    if arguments.skip_own:
        return
    own = medians.pop("nftopia")
    for name, run in medians.items():
        print(
            f"nftopia : {name} = {own['per_second'] / run['per_second']:.2f} in pictures/s, "
            f"{own['per_cpu'] / run['per_cpu']:.2f} in pictures/CPU-second "
            f"({own['steady'] / run['steady']:.2f} without the start-up), {own['pss'] / run['pss']:.2f} in peak memory "
            f"(PSS), {own['largest'] / run['largest']:.2f} in that of the largest process")


if __name__ == "__main__":
    main()
