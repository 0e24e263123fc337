#!/usr/bin/env python3
"""Asks a gallery one query after another over several connections until it is told to stop, and says how it went.

    scripts/query-load.py http://127.0.0.1:8080 [--connections 4] [--pause 0]

Stops at SIGTERM or SIGINT and prints JSON: queries, failures with an example, percentiles of the whole answer's time in
milliseconds, and which models answered in which order. Prints "ready" when every connection has had an answer. Standard
library only.
"""
import argparse
import http.client
import json
import signal
import threading
import time
import urllib.parse

WORDS = ["ape", "cat", "dog", "flower", "house", "car", "boat", "tree", "bird", "star", "hat", "hammer", "computer",
         "guitar", "apple", "fish", "clock", "red", "blue", "a small green thing"]


class Load:
    def __init__(self, address, pause):
        self.pause = pause
        parts = urllib.parse.urlsplit(address)
        self.host, self.port = parts.hostname, parts.port
        # A plain value: a lock that a signal handler wants may be held by what it interrupted.
        self.stopped = False
        self.lock = threading.Lock()
        self.times, self.failures, self.models = [], [], []

    def run(self, number, ready):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        count = number
        while not self.stopped:
            query = f"{WORDS[count % len(WORDS)]} {count % 97}"
            count += 1
            start = time.perf_counter()
            failure, model = None, None
            try:
                connection.request("GET", "/v1/search?" + urllib.parse.urlencode({"q": query, "limit": 5}))
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    value = json.loads(body)
                    model = value["model"]
                    if not value["hits"]:
                        failure = "no hits"
                else:
                    failure = f"{answer.status}: {body[:200]!r}"
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                failure = repr(error)
                connection.close()
            taken = (time.perf_counter() - start) * 1000
            with self.lock:
                self.times.append(taken)
                if failure:
                    self.failures.append(failure)
                if model and (not self.models or self.models[-1] != model):
                    self.models.append(model)
            ready.set()
            time.sleep(self.pause)

    def report(self):
        times = sorted(self.times)

        def at(share):
            return round(times[min(len(times) - 1, int(share * len(times)))], 2) if times else None

        return {"queries": len(times), "failures": len(self.failures), "example": (self.failures or [None])[0],
                "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1), "models": self.models}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0, help="seconds between a connection's queries")
    arguments = parser.parse_args()
    load = Load(arguments.address, arguments.pause)

    def stop(*_):
        load.stopped = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # Whoever starts this may have blocked them.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM, signal.SIGINT])
    ready = [threading.Event() for _ in range(arguments.connections)]
    threads = [threading.Thread(target=load.run, args=(i * 7, ready[i])) for i in range(arguments.connections)]
    for thread in threads:
        thread.start()
    for event in ready:
        event.wait()
    print("ready", flush=True)
    while not load.stopped:
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    print(json.dumps(load.report()), flush=True)


if __name__ == "__main__":
    main()
