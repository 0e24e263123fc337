#!/usr/bin/env python3
"""Prints what scripts/bench-embed.sh and scripts/bench-text.sh measured: medians of the rounds, ratios and the roofline.

    embed_table.py images|texts FOLDER
"""
import glob
import json
import os
import statistics
import sys


def rounds(folder, name):
    reports = []
    for path in sorted(glob.glob(os.path.join(folder, f"{name}-*.json"))):
        with open(path) as file:
            reports.append(json.load(file))
    return reports


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def row(*cells):
    print("| " + " | ".join("" if cell is None else cell if isinstance(cell, str) else f"{cell:.2f}" if cell < 10
                            else f"{cell:.1f}" for cell in cells) + " |")


def images(folder):
    peer = rounds(folder, "peer")
    onnx = median([max(report["tower"].values()) for report in peer])
    pipeline = median([report["end_to_end"]["best"] for report in peer])
    row("pictures/s", "tower", "ratio", "of peak %", "end to end", "% of tower", "ratio", "decoding in process",
        "preprocess ms")
    row("---", *["--:"] * 8)
    notes = []
    row("ONNX Runtime f32, Pillow", onnx, 1.0, "", pipeline, 100 * pipeline / onnx, 1.0, "", "")
    for name in ("f32", "bf16", "int8"):
        reports = rounds(folder, name)
        if not reports:
            continue
        tower = median([max(rate["pictures_per_second"] for rate in report["tower"]) for report in reports])
        operations = median([report.get("tower_gflops") for report in reports])
        cores = max(rate["streams"] * rate["threads"] for rate in reports[0]["tower"])
        peak = median([report["peak"][name] * cores for report in reports])
        whole = median([report["end_to_end_per_second"] for report in reports])
        row(f"nftopia {name}", tower, tower / onnx, 100 * operations / peak if operations and peak else "", whole,
            100 * whole / tower, whole / pipeline,
            median([report["end_to_end_in_process_per_second"] for report in reports]),
            median([report["preprocess_ms"] for report in reports]))
        best = max(reports[-1]["tower"], key=lambda rate: rate["pictures_per_second"])
        notes.append(f"{name}: best with {best['streams']} x {best['threads']} threads, batches of {best['batch']}")
    print("\n" + "; ".join(notes))
    first = rounds(folder, "f32")
    peaks = {name: median([report["peak"][name] for report in first]) for name in ("f32", "bf16", "int8")}
    print("Peak of one core, 10^9 operations/s, our kernel in registers: "
          + ", ".join(f"{name} {value:.0f}" for name, value in peaks.items())
          + f"; numpy's f32 matrix product on all cores: "
          f"{median([report['f32_gflops'] for report in rounds(folder, 'matmul')]):.0f}")
    print("Decoding alone: "
          f"{median([report['decoded_per_second'] for report in first]):.0f} pictures/s")


def texts(folder):
    row("", "threads", "tokens", "p50 ms", "p99 ms", "ratio to ONNX Runtime")
    row("---", *["--:"] * 5)
    peer = {}
    for name in ("peer", "f32", "bf16", "int8"):
        found = {}
        for report in rounds(folder, name):
            for entry in report["texts"]:
                found.setdefault((entry["threads"], entry["tokens"]), []).append(entry)
        for (threads, tokens), entries in sorted(found.items()):
            p50 = median([entry["p50_ms"] for entry in entries])
            if name == "peer":
                peer[threads, tokens] = p50
            row("ONNX Runtime f32" if name == "peer" else f"nftopia {name}", str(threads), str(tokens), p50,
                median([entry["p99_ms"] for entry in entries]), peer[threads, tokens] / p50)
    for name in ("f32", "bf16", "int8"):
        together = [entry for report in rounds(folder, name) for entry in report["together"]]
        if together:
            best = max(entry["texts_per_second"] for entry in together)
            print(f"nftopia {name}, many short texts: {best:.0f} texts/s")


if __name__ == "__main__":
    {"images": images, "texts": texts}[sys.argv[1]](sys.argv[2])
