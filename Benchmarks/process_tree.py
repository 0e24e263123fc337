"""Runs a command and measures it from outside: wall time, CPU time and memory of it and all its descendants.

Memory is sampled ten times a second: the sum of the proportional set sizes (PSS, so that shared pages count once), the
sum of the resident sets (RSS), and for every process its own peak (VmHWM, kept by the kernel, so that nothing is
missed). CPU time is what the kernel charges to the command and to all descendants that were waited for, or the
sum of what it had charged to each at its last sample, whichever is more.
"""
import os
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def descendants(root):
    found, line = [], [root]
    while line:
        process = line.pop()
        found.append(process)
        try:
            tasks = os.listdir(f"/proc/{process}/task")
        except OSError:
            continue
        for task in tasks:
            line += [int(child) for child in _read(f"/proc/{process}/task/{task}/children").split()]
    return found


def _kilobytes(text, name):
    for line in text.splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def peak(process):
    """The largest resident set of `process` so far, in bytes."""
    return _kilobytes(_read(f"/proc/{process}/status"), "VmHWM") * 1024


class Measurement:
    def __init__(self):
        self.seconds = self.cpu_seconds = 0.0
        self.peak_pss = self.peak_rss = 0
        # Bytes by process.
        self.peaks = {}
        self.status, self.output = None, ""
        self.timed_out = False


def run(command, environment=None, timeout=None, output=subprocess.PIPE, errors=None):
    """Runs `command` to its end and returns a `Measurement`; `root` in it is the command's own process."""
    measured = Measurement()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
        text=True)
    measured.root = process.pid
    ended = threading.Event()
    cpu = {}

    def sample():
        while not ended.is_set():
            pss = rss = 0
            for child in descendants(process.pid):
                status = _read(f"/proc/{child}/status")
                if not status:
                    continue
                measured.peaks[child] = max(measured.peaks.get(child, 0), _kilobytes(status, "VmHWM") * 1024)
                rss += _kilobytes(status, "VmRSS") * 1024
                pss += _kilobytes(_read(f"/proc/{child}/smaps_rollup"), "Pss") * 1024
                fields = _read(f"/proc/{child}/stat").rpartition(")")[2].split()
                if len(fields) > 13:
                    # utime, stime, and those of its waited-for children
                    cpu[child] = (sum(map(int, fields[11:13])) / TICK, sum(map(int, fields[13:15])) / TICK)
            measured.peak_pss = max(measured.peak_pss, pss)
            measured.peak_rss = max(measured.peak_rss, rss)
            ended.wait(0.1)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    before = os.times()
    try:
        measured.output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        measured.timed_out = True
        process.kill()
        measured.output, _ = process.communicate()
    measured.seconds = time.perf_counter() - start
    ended.set()
    sampler.join()
    after = os.times()
    waited = after.children_user + after.children_system - before.children_user - before.children_system
    seen = sum(own for own, _ in cpu.values())
    measured.cpu_seconds = max(waited, seen)
    measured.status = process.returncode
    return measured
