#!/usr/bin/env python3
"""Changes the model of a library and back while queries run, killing the build on the way, and says what people noticed.

    scripts/model-switch.py [--library DIR] [--connections 4] [--kills 2] [--model DIR] [--json]

Without --model the second model is the starter model with another mean: its vectors differ and cost the same. The
library is left as it was, but for its cache. Standard library only.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, ".build/release/nftopia")


def nftopia(library, *arguments):
    run = subprocess.run([PROGRAM, *arguments, "--library", library], stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(f"nftopia {' '.join(arguments)} ended with {run.returncode}")
    return run.stdout


def model_list(library):
    return {model["name"]: model for model in json.loads(nftopia(library, "model", "list", "--json"))["installed"]}


def serving(address):
    with urllib.request.urlopen(address + "v1/search?q=x&limit=1") as answer:
        return json.load(answer)["model"]


def wait_for(address, model):
    start = time.perf_counter()
    while serving(address) != model:
        time.sleep(0.1)
        if time.perf_counter() - start > 120:
            raise SystemExit(f"the server does not change to {model}")
    return time.perf_counter() - start


class Load:
    def __init__(self, address, connections):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "scripts/query-load.py"), address, "--connections", str(connections)],
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return json.loads(self.process.communicate()[0].strip().splitlines()[-1])


def second_model(folder):
    shutil.copytree(os.path.join(ROOT, "Models/starter"), folder)
    path = os.path.join(folder, "preprocessor_config.json")
    with open(path) as file:
        settings = json.load(file)
    settings["image_mean"] = [0.4, 0.45, 0.5]
    with open(path, "w") as file:
        json.dump(settings, file)
    return folder


def build(library, model, kills, items):
    """Runs `model use`, killed at even shares of the way; the last run's report and what was embedded twice."""
    name, twice = os.path.basename(model), 0
    for number in range(1, kills + 1):
        run = subprocess.Popen([PROGRAM, "model", "use", model, "--quiet", "--library", library])
        while run.poll() is None and model_list(library).get(name, {}).get("vectors", 0) < items * number // (kills + 1):
            time.sleep(0.05)
        run.kill()
        run.wait()
    before = model_list(library).get(name, {}).get("vectors", 0)
    report = json.loads(nftopia(library, "model", "use", model, "--json", "--quiet"))
    if kills:
        twice = max(0, before + report["embedded"] - items)
    report["vectors_at_last_kill"], report["embedded_twice_at_most"] = before, twice
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default=os.environ.get("NFTOPIA_LIBRARY", os.path.join(ROOT, "library")))
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--model")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    library = arguments.library
    status = json.loads(nftopia(library, "status", "--json"))
    old, items = status["model"], status["searchable"]
    with tempfile.TemporaryDirectory() as scratch:
        model = arguments.model or second_model(os.path.join(scratch, "switch-test"))
        name = os.path.basename(model.rstrip("/"))
        server = subprocess.Popen([PROGRAM, "serve", "--port", "0", "--library", library], stdout=subprocess.PIPE,
                                  text=True)
        try:
            address = "http" + server.stdout.readline().strip().split("http", 1)[1]
            quiet = Load(address, arguments.connections)
            time.sleep(5)
            report = {"pictures": items, "connections": arguments.connections, "kills": arguments.kills,
                      "before": quiet.stop()}
            load = Load(address, arguments.connections)
            began = time.perf_counter()
            report["switch"] = build(library, model, arguments.kills, items)
            report["switch_s"] = round(time.perf_counter() - began, 1)
            report["seen_after_s"] = round(wait_for(address, name), 1)
            report["rollback"] = json.loads(nftopia(library, "model", "use", old, "--json", "--quiet"))
            report["rollback_seen_after_s"] = round(wait_for(address, old), 1)
            time.sleep(1)
            report["during"] = load.stop()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
            if name != old and name in model_list(library):
                nftopia(library, "model", "remove", name, "--quiet")
    if arguments.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:22} {value}")
    if report["during"]["failures"]:
        raise SystemExit("queries failed")


if __name__ == "__main__":
    main()
