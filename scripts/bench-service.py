#!/usr/bin/env python3
"""Measures the embedding service under load, beside the towers alone.

64 clients keep a connection each and send one request after another, one text of about eight tokens or one 800-pixel
JPEG each, no two alike in a series. The towers' own rates come from the same program in the same run: the text tower
without HTTP on the same texts, the picture tower, and pictures with decoding. Rounds of both take turns, since a
machine's speed drifts. Standard library only; clients are one process that waits with epoll, and its processor time is
reported, since it takes that from the server.
"""
import argparse
import base64
import glob
import json
import os
import random
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOOKS = ["red", "blue", "green", "small", "old", "funny", "tall", "shiny", "round", "dark"]
THINGS = ["ape", "cat", "dog", "flower", "house", "car", "boat", "tree", "bird", "star", "hat", "phone", "guitar", "apple"]
PLACES = ["table", "road", "hill", "beach", "roof", "wall", "chair", "box", "bed", "floor"]


def texts(count, seed):
    """About eight tokens each, with the two that mark the ends: a LOOK THING and ANOTHER (and a number now and then)."""
    chooser = random.Random(seed)
    return [f"{chooser.choice(LOOKS)} {chooser.choice(THINGS)} {chooser.choice(LOOKS)} {chooser.choice(THINGS)} "
            f"{chooser.choice(PLACES)} {chooser.choice(PLACES)}" for _ in range(count)]


def request(body, content_type, path="/v1/embeddings"):
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Client:
    """One connection: sends a request, reads its answer, sends the next."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.out = b""
        self.answer = bytearray()
        self.wanted = None
        self.began = 0.0
        self.body_at = 0

    def begin(self, data, now):
        self.out = memoryview(data)
        self.answer.clear()
        self.wanted = None
        self.began = now
        return self.write()

    def write(self):
        """Whether there is more to write."""
        while self.out:
            try:
                self.out = self.out[self.socket.send(self.out):]
            except BlockingIOError:
                return True
        return False

    def read(self):
        """The status when the answer is complete, 0 when the connection ended, else None."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return None
        except ConnectionError:
            return 0
        if not data:
            return 0
        self.answer += data
        if self.wanted is None:
            end = self.answer.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = bytes(self.answer[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.body_at = end + 4
            self.wanted = end + 4 + length
        if len(self.answer) < self.wanted:
            return None
        return int(bytes(self.answer[9:12]))


def series(port, clients, seconds, make, warmup=1.0):
    """Runs the load for `seconds` after a warm-up; `make` gives the next request."""
    selector = selectors.DefaultSelector()
    connections = [Client(port) for _ in range(clients)]
    for client in connections:
        wants_more = client.begin(make(), time.perf_counter())
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wants_more else 0)
        selector.register(client.socket, events, client)
    start = time.perf_counter() + warmup
    end = start + seconds
    taken, statuses = [], {}
    cpu = None
    sample = None
    while True:
        now = time.perf_counter()
        if now >= start and cpu is None:
            cpu = time.process_time()
        if now >= end:
            break
        for key, events in selector.select(0.5):
            client = key.data
            if events & selectors.EVENT_WRITE and not client.write():
                selector.modify(client.socket, selectors.EVENT_READ, client)
            if not events & selectors.EVENT_READ:
                continue
            status = client.read()
            if status is None:
                continue
            now = time.perf_counter()
            if start <= now < end:
                statuses[status] = statuses.get(status, 0) + 1
                if status == 200:
                    taken.append(now - client.began)
            if status == 200 and sample is None:
                sample = bytes(client.answer[client.body_at:client.wanted])
            if status == 0:
                raise SystemExit("the server closed a connection")
            if client.begin(make(), now):
                selector.modify(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
    cpu = time.process_time() - cpu
    for client in connections:
        selector.unregister(client.socket)
        client.socket.close()
    answer = json.loads(sample)
    assert len(answer["data"]) == 1 and "embedding" in answer["data"][0], sample[:300]
    taken.sort()
    milliseconds = [1000 * value for value in taken]
    return {
        "rate": round(len(taken) / seconds, 1), "p50_ms": percentile(milliseconds, 0.5),
        "p90_ms": percentile(milliseconds, 0.9), "p99_ms": percentile(milliseconds, 0.99),
        "errors": sum(count for status, count in statuses.items() if status != 200),
        "statuses": statuses, "client_cpu": round(cpu / seconds, 2),
    }


def percentile(values, share):
    return round(values[min(len(values) - 1, int(share * len(values)))], 1) if values else None


def metrics(port):
    import urllib.request
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    values = {}
    for line in text.splitlines():
        if line.startswith("nftopia_embed"):
            name, value = line.rsplit(" ", 1)
            values[name] = float(value)
    return values


def batch_sizes(before, after, kind):
    """How many runs had how many inputs: by the upper bound of each range."""
    sizes, below = {}, 0
    prefix = f'nftopia_embed_batch_size_bucket{{kind="{kind}",le="'
    for name in after:
        if name.startswith(prefix):
            count = int(after[name] - before[name])
            if count > below:
                sizes[name[len(prefix):-2]] = count - below
            below = count
    return sizes


def tower_rates(program, model, seconds, pictures, lines, environment):
    command = [program, "bench", "towers", "--seconds", str(seconds), "--texts", lines, "--json"]
    if model:
        command += ["--model", model]
    if pictures:
        command += ["--pictures", pictures]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a model folder (default: the starter model)")
    parser.add_argument("--pictures", help="a folder of JPEG files of 800 pixels (default: they are made from clip art)")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--encoding", choices=["base64", "float"], default="base64")
    parser.add_argument("--send", choices=["raw", "base64"], default="raw", help="how pictures are sent")
    parser.add_argument("--only", choices=["text", "image"])
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/nftopia"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    files = sorted(glob.glob(os.path.join(arguments.pictures or "", "**", "*.jpg"), recursive=True))[:256]
    if arguments.only != "text" and not files:
        raise SystemExit("bench-service: name a folder with JPEG files by --pictures")
    pictures = [open(file, "rb").read() for file in files]
    command = [arguments.program, "serve", "--only", "embeddings", "--port", "0", "--quiet"]
    if arguments.model:
        command += ["--model", arguments.model]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    report = {"clients": arguments.clients, "encoding": arguments.encoding, "rounds": []}
    lines = tempfile.NamedTemporaryFile("w", suffix=".txt")
    lines.write("\n".join(texts(40000, seed=0)))
    lines.flush()
    try:
        port = int(server.stdout.readline().rstrip().rstrip("/").rsplit(":", 1)[1])
        for number in range(arguments.rounds):
            # The server rests meanwhile: it does nothing without requests.
            row = {"tower": tower_rates(arguments.program, arguments.model, arguments.seconds / 2, arguments.pictures,
                                        lines.name, os.environ)}
            for kind in ["text", "image"]:
                if arguments.only not in (None, kind):
                    continue
                if kind == "text":
                    bodies = [json.dumps({"input": text, "encoding_format": arguments.encoding}).encode()
                              for text in texts(40000, seed=number)]
                    requests = [request(body, "application/json") for body in bodies]
                elif arguments.send == "raw":
                    path = f"/v1/embeddings?encoding_format={arguments.encoding}"
                    requests = [request(picture, "image/jpeg", path) for picture in pictures]
                else:
                    requests = [request(json.dumps({
                        "input": [{"type": "image", "image": base64.b64encode(picture).decode()}],
                        "encoding_format": arguments.encoding}).encode(), "application/json") for picture in pictures]
                position = iter(range(1 << 60))
                before = metrics(port)
                row[kind] = series(port, arguments.clients, arguments.seconds,
                                   lambda: requests[next(position) % len(requests)])
                after = metrics(port)
                label = f'{{kind="{kind}"}}'
                runs = after[f"nftopia_embed_batch_size_count{label}"] - before[f"nftopia_embed_batch_size_count{label}"]
                inputs = after[f"nftopia_embed_batch_size_sum{label}"] - before[f"nftopia_embed_batch_size_sum{label}"]
                row[kind]["batch"] = round(inputs / max(runs, 1), 1)
                row[kind]["batches"] = batch_sizes(before, after, kind)
                busy = after[f"nftopia_embed_tower_seconds_total{label}"] - before[f"nftopia_embed_tower_seconds_total{label}"]
                row[kind]["tower_busy"] = round(busy / (arguments.seconds + 1), 2)
            report["rounds"].append(row)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    def median(path):
        values = [row[path[0]][path[1]] for row in report["rounds"] if path[0] in row and path[1] in row[path[0]]]
        return round(statistics.median(values), 1) if values else None
    summary = {}
    for kind, own in [("text", ["text_rate"]), ("image", ["image_rate", "image_with_decoding_rate"])]:
        if arguments.only not in (None, kind):
            continue
        summary[kind] = {name: median((kind, name)) for name in ["rate", "p50_ms", "p90_ms", "p99_ms", "errors", "batch"]}
        for name in own:
            ratios = [row[kind]["rate"] / row["tower"][name] for row in report["rounds"] if row["tower"].get(name)]
            summary[kind][name] = median(("tower", name))
            summary[kind]["share_of_" + name] = round(statistics.median(ratios), 3) if ratios else None
    report["summary"] = summary
    if arguments.json:
        print(json.dumps(report))
        return
    for number, row in enumerate(report["rounds"]):
        for name, values in row.items():
            print(f"round {number + 1} {name:6} {values}")
    for kind, values in summary.items():
        print(f"{kind}:")
        for name, value in values.items():
            print(f"  {name:34} {value}")


if __name__ == "__main__":
    main()
