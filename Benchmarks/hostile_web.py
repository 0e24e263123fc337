#!/usr/bin/env python3
"""Sends `nftopia` through the stand-in's hostile web and compares what it says with the stand-in's own account.

    hostile_web.py --products BUILD [--items 20000] [--hosts 200] [--pictures DIR ...]

Prints a table of kinds and outcomes; ends with 0 when the run ended by itself, every item has one outcome, all of
them are true, nothing was fetched that a drawing pointed to, and memory stayed within its limit.
"""
import argparse
import collections
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import process_tree  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Outcomes that need no request, because the address alone decides or the host is known to be dead.
UNASKED = {"hostDown", "throttled", "disallowedByRobots", "robotsUnavailable"}
INLINE = {
    "inlinePicture", "inlineDrawing", "inlineBroken", "inlinePage", "unsupportedScheme", "noAddress", "unreachable",
}


class StandIn:
    def __init__(self, arguments, log):
        command = [
            os.path.join(arguments.products, "standin"), "--cryptopunks", arguments.cryptopunks,
            "--web-items", str(arguments.items), "--web-hosts", str(arguments.hosts),
            "--hostile-percent", str(arguments.hostile_percent), "--seed", str(arguments.seed),
            "--web-tail-ms", str(arguments.tail_ms), *arguments.web,
        ]
        for folder in arguments.pictures:
            command += ["--pictures", folder]
        for kind in arguments.without:
            command += ["--web-without", kind]
        self.log = log
        self.process = subprocess.Popen(
            command, stdout=open(log, "w"), stdin=subprocess.DEVNULL, preexec_fn=StandIn.allow_many_connections)
        self.address = self.line("standin web ready on ")

    @staticmethod
    def allow_many_connections():
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))

    def line(self, prefix):
        for _ in range(1200):
            with open(self.log) as file:
                for line in file:
                    if line.startswith(prefix) and line.endswith("\n"):
                        return line[len(prefix):].strip()
            if self.process.poll() is not None:
                raise SystemExit("hostile: the stand-in did not start")
            time.sleep(0.1)
        raise SystemExit("hostile: the stand-in was not ready within two minutes")

    def get(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.address + path) as answer:
            return answer.read().decode()

    def stop(self):
        """Returns its peak memory in megabytes."""
        peak = process_tree.peak(self.process.pid) / 1e6
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return peak


def outcomes(library):
    """By token: the code or `ok`, whether it may be retried, and the sentence."""
    catalog = sqlite3.connect(f"file:{library}/catalog.sqlite?mode=ro", uri=True)
    found = collections.defaultdict(list)
    rows = catalog.execute(
        "SELECT item.token, item.state, failure.code, failure.isRetryable, failure.reason"
        " FROM item LEFT JOIN failure ON failure.item = item.id")
    for token, state, code, retryable, reason in rows:
        if state == 1:
            found[token].append(("ok", None, ""))
        elif code is not None:
            found[token].append((code, bool(retryable), reason))
        else:
            found[token].append(("none", None, "it has no outcome"))
    return found


def problem(item, found):
    """What is untrue about the outcome of `item`, or nothing."""
    if len(found) != 1:
        return f"{len(found)} outcomes"
    code, retryable, _ = found[0]
    if code not in item["allowed"]:
        return f"{code}; true were {', '.join(item['allowed'])}"
    if code != "ok" and (code, retryable) != ("throttled", True) and retryable != item.get("retryable", retryable):
        return f"{code} is {'retryable' if retryable else 'final'}, which is wrong"
    if item["kind"] in INLINE:
        return None
    if item["requests"] == 0 and code not in UNASKED:
        return f"{code}, but it was never asked for"
    if code == "ok" and item["allowed"] == ["ok"] and item["whole"] == 0:
        return "ok, but it was never sent whole"
    return None


def report(account, found, out):
    table = collections.defaultdict(collections.Counter)
    wrong, impatient, canaries = collections.defaultdict(list), 0, []
    # A host that asks for a pause asks for all that it serves.
    pausing = {item["host"] for item in account if {"429", "503"} & set(item["statuses"])}
    for item in account:
        if item["host"] in pausing and "ok" not in item["expected"]:
            item["allowed"] = [*item["allowed"], "throttled"]
        about = found.get(item["id"], [])
        code = about[0][0] if len(about) == 1 else f"{len(about)} outcomes"
        reason = problem(item, about)
        name = item["kind"] if item["kind"] != "healthy" else f"healthy ({item['temper']})"
        table[name][code + (" (!)" if reason else "")] += 1
        if reason:
            sentence = about[0][2] if about else ""
            wrong[name, reason].append(f"{item['id']} {item['statuses']} {sentence[:120]}")
        elif code not in item["expected"]:
            impatient += 1
        if item["canary"]:
            canaries.append(item["id"])
    for name in sorted(table):
        print(f"  {name:22} " + "  ".join(f"{code} {count}" for code, count in table[name].most_common()), file=out)
    for (name, reason), items in sorted(wrong.items()):
        print(f"wrong: {name}: {reason} ({len(items)}x), e.g. item {items[0]}", file=out)
    count = sum(len(items) for items in wrong.values())
    print(
        f"{len(account)} items: {len(account) - count} true, {impatient} of them given up on before the host gave in; "
        f"{count} untrue; {len(canaries)} drawings loaded something", file=out)
    return not wrong and not canaries


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", required=True, help="where nftopia and standin are")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--hostile-percent", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tail-ms", type=int, default=30_000)
    parser.add_argument("--concurrency", type=int, help="as for nftopia ingest")
    parser.add_argument("--pictures", action="append", default=[])
    parser.add_argument("--without", action="append", default=[], help="a kind to leave out")
    parser.add_argument("--cryptopunks", default=os.path.join(ROOT, ".deps/corpora/cryptopunks"))
    parser.add_argument("--memory-mb", type=float, default=600, help="limit for the main process")
    parser.add_argument("--timeout", type=float, default=5400)
    parser.add_argument("--keep", help="keep the library, the account and the logs in this new folder")
    parser.add_argument("--ingest", action="append", default=[], help="a further argument for nftopia ingest")
    arguments = parser.parse_args()
    arguments.web = []
    if arguments.keep:
        os.makedirs(arguments.keep)
    with tempfile.TemporaryDirectory(prefix="nftopia-hostile-") as scratch:
        sys.exit(0 if check(arguments, arguments.keep or scratch) else 1)


def check(arguments, folder):
    nftopia, library = os.path.join(arguments.products, "nftopia"), os.path.join(folder, "library")
    environment = {"NFTOPIA_LIBRARY": library}
    standin = StandIn(arguments, os.path.join(folder, "standin.log"))
    try:
        urls = os.path.join(folder, "urls.csv")
        with open(urls, "w") as file:
            file.write(standin.get("/standin/urls.csv"))
        collected = process_tree.run([nftopia, "collect", "urls", urls, "--collection", "web", "--quiet"], environment)
        if collected.status != 0:
            print("FAIL: the list could not be collected")
            return False
        port = standin.address.rpartition(":")[2]
        command = [
            nftopia, "ingest", "--quiet", "--json", "--allow-private-hosts", "--only-these-gateways", "--gateway",
            f"http://gateway.localhost:{port}", *arguments.ingest,
        ]
        if arguments.concurrency:
            command += ["--concurrency", str(arguments.concurrency)]
        with open(os.path.join(folder, "ingest.err"), "w") as errors:
            ingest = process_tree.run(command, environment, arguments.timeout, errors=errors)
        with open(os.path.join(folder, "account.jsonl"), "w") as file:
            file.write(standin.get("/standin/account.jsonl"))
    finally:
        standin_peak = standin.stop()
    with open(os.path.join(folder, "account.jsonl")) as file:
        account = [json.loads(line) for line in file]
    is_true = report(account, outcomes(library), sys.stdout)
    main_peak = ingest.peaks.get(ingest.root, 0) / 1e6
    workers = [peak / 1e6 for process, peak in ingest.peaks.items() if process != ingest.root]
    print(
        f"ended with {ingest.status} after {ingest.seconds:.0f} s, {ingest.cpu_seconds:.0f} CPU s; peak memory: main "
        f"{main_peak:.0f} MB, largest of {len(workers)} workers {max(workers, default=0):.0f} MB, sum (PSS) "
        f"{ingest.peak_pss / 1e6:.0f} MB, stand-in {standin_peak:.0f} MB")
    problems = []
    if ingest.timed_out:
        problems.append("the run did not end by itself")
    elif ingest.status != 0:
        with open(os.path.join(folder, "ingest.err")) as errors:
            problems.append(f"the run ended with {ingest.status}: {errors.read()[-500:].strip()}")
    if main_peak > arguments.memory_mb:
        problems.append(f"the main process took {main_peak:.0f} MB, more than {arguments.memory_mb:.0f}")
    if not is_true:
        problems.append("outcomes are untrue")
    print("PASS" if not problems else "FAIL: " + "; ".join(problems))
    return not problems


if __name__ == "__main__":
    main()
