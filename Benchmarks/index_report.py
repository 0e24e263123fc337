#!/usr/bin/env python3
"""Sets `nftopia bench index --json` beside index_peers.py.

    index_report.py OURS PEERS [--docs docs/benchmarks.md --plot docs/images/index-COUNT.svg]

Prints Markdown; with --docs it replaces what stands between the markers of this number of vectors there, and with --plot
draws recall against speed. Nothing is interpolated: beside each of our rows stands the fastest setting of a peer whose
recall is at least the lesser of the target and what we reached.
"""
import argparse
import json
import os
import sys

from index_plot import plot

TARGETS = {"fast": .90, "default": .95, "high": .99}
KINDS = {"picture": "image", "text": "text"}
RIVALS = ("faiss", "hnswlib")


def megabytes(count):
    return f"{count / 1e6:,.0f}" if count else "-"


def number(value, form="{:,.0f}"):
    return "-" if value is None else form.format(value)


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 1)]
    return lines + [f"| {' | '.join(row)} |" for row in rows] + [""]


def fastest(peers, keys, kind, wanted):
    rows = [(row["queries_per_cpu_second"], row["recall"], peer["key"], row["width"]) for peer in peers
            if peer["key"] in keys for row in peer.get("results", ())
            if row["kind"] == KINDS[kind] and row["recall"] >= wanted]
    return max(rows, default=None)


def shown(row):
    return f"{row[2]} ef {row[3]}: {row[0]:,.0f} at {row[1]:.3f}" if row else "not reached"


def costs(ours, peers):
    build, memory = ours.get("build") or {}, ours.get("memory") or {}
    rows = [["nftopia", number(build.get("cpu_seconds")), megabytes(build.get("bytes")),
             number((ours.get("warm") or {}).get("open_milliseconds")), megabytes(memory.get("resident_bytes")),
             megabytes(memory.get("anonymous_bytes"))]]
    for peer in peers:
        if "failure" in peer:
            rows.append([peer["name"], f"failed ({peer['failure']})", "", "", "", ""])
            continue
        rows.append([peer["name"], number(peer.get("build_cpu_seconds")), megabytes(peer.get("bytes")),
                     number(peer.get("open_milliseconds")), megabytes(peer.get("resident_bytes")),
                     megabytes(peer.get("anonymous_bytes"))])
    lines = table(["", "build, CPU s", "disk, MB", "open, ms", "resident, MB", "anonymous, MB"], rows)
    if build:
        count = ours["vectors"]
        tiers = [f"{name} {build[key] / count:.0f}" for name, key in
                 (("codes", "code_bytes"), ("int8", "int8_bytes"), ("float16", "float16_bytes"),
                  ("ids and places", "place_bytes"), ("codebook, log, manifest", "other_bytes"))]
        lines += [f"Bytes a vector: {', '.join(tiers)}. Building took {build['seconds']:.0f} s on two threads, "
                  f"{build['coding_seconds']:.0f} s of it for codes, and {megabytes(build['peak_bytes'])} MB at most."]
    cold = ours.get("cold")
    if cold:
        lines += [f"With nothing in the page cache: open {cold['open_milliseconds']:.0f} ms, first query "
                  f"{cold['first_query_milliseconds']:.1f} ms; else {ours['warm']['first_query_milliseconds']:.1f} ms."]
    return lines + ([""] if build or cold else [])


def searches(ours, peers):
    rows = []
    for row in ours.get("results") or ():
        rate = row["queries_per_cpu_second"]
        rival = other = None
        if row["target"] in TARGETS:
            wanted = min(row["recall"], TARGETS[row["target"]])
            rival = fastest(peers, RIVALS, row["kind"], wanted)
            other = fastest(peers, [peer["key"] for peer in peers if peer["key"] not in RIVALS], row["kind"], wanted)
        exact = row["target"] not in TARGETS
        rows.append([row["kind"], row["target"], f"{row['recall']:.4f}", f"{rate:,.0f}",
                     f"{row['p50_milliseconds']:.2f} / {row['p99_milliseconds']:.2f}",
                     "" if exact else shown(rival), f"**{rate / rival[0]:.1f}**" if rival else "",
                     "" if exact else shown(other)])
    return rows and table(["queries", "target", "recall@10", "queries/CPU-s", "p50 / p99 ms",
                           "faster of faiss and hnswlib", "ratio", "faster of the others"], rows)


def filters(ours, peers):
    faiss = next((peer.get("filters", []) for peer in peers if peer["key"] == "faiss"), [])
    rows = []
    for row in ours.get("filters") or ():
        theirs = sorted((r for r in faiss if r["kind"] == KINDS[row["kind"]] and r["share"] == row["share"]),
                        key=lambda r: r["width"])
        rows.append([row["kind"], f"{row['share'] * 100:g} %", f"{row['recall']:.4f}",
                     f"{row['p50_milliseconds']:.2f} / {row['p99_milliseconds']:.2f}",
                     "; ".join(f"{r['recall']:.3f} in {r['p50_milliseconds']:.2f} / {r['p99_milliseconds']:.2f} (ef "
                               f"{r['width']})" for r in theirs) or "-"])
    return rows and table(["queries", "allowed", "recall@10", "p50 / p99 ms", "faiss IDSelector: recall in p50 / p99 ms"],
                          rows)


def batches(ours):
    rows = [[row["kind"], row["target"], f"{row['recall']:.4f}",
             f"{number(row['queries_per_cpu_second'])} / {number(row['single_queries_per_cpu_second'])}",
             f"{row['queries_per_cpu_second'] / row['single_queries_per_cpu_second']:.2f}",
             f"{number(row['queries_per_second'])} / {number(row['single_queries_per_second'])}",
             f"{row['queries_per_second'] / row['single_queries_per_second']:.2f}"] for row in ours.get("batches") or ()]
    return rows and table(["64 at once", "target", "recall@10", "a CPU-second / one by one", "ratio",
                           "a second on all cores / one by one", "ratio"], rows)


def live(ours):
    live = ours.get("live")
    if not live:
        return []
    lines = table(["adds in batches of", "durable adds/s", "queries/s beside", "their recall@10", "p50 / p99 / slowest ms"],
                  [[f"{row['batch']}", number(row["adds_per_second"]), number(row["queries_per_second"]),
                    f"{row['recall']:.4f}", f"{row['p50_milliseconds']:.2f} / {row['p99_milliseconds']:.2f} / "
                    f"{row['slowest_milliseconds']:.1f}"] for row in live["adding"]])
    rows = []
    for name, key in (("as built", "before"), ("half replaced", "replaced"), ("compacted", "compacted")):
        by_kind = {row["kind"]: row for row in live[key]}
        rows.append([name] + [cell for kind in KINDS for cell in
                              (f"{by_kind[kind]['recall']:.4f}", number(by_kind[kind]["queries_per_cpu_second"]))])
    lines += table(["`default` against exact search", "pictures: recall@10", "queries/CPU-s", "texts: recall@10",
                    "queries/CPU-s"], rows)
    return lines + [
        f"{live['replaced_count']:,} replaced at {live['replaced_per_second']:,.0f} a second, {live['deleted_count']:,} "
        f"deleted; {live['reappeared']} of {live['searches_checked']:,} searches found what was gone. "
        f"{live['segments_before_compact']} segments after {live['maintain_seconds']:.0f} s of maintenance (plans measured anew), "
        f"`compact` took {live['compact_seconds']:.1f} s more.", ""]


def replace(path, name, lines):
    """Puts `lines` between the markers of `name`, which stand in the section on the index."""
    text = open(path).read()
    begin, end = f"<!-- {name}: made by make bench-index -->", f"<!-- {name}: end -->"
    if begin not in text or end not in text:
        sys.exit(f"{path} has no markers for {name}: add the lines\n{begin}\n{end}")
    head, rest = text.split(begin, 1)
    open(path, "w").write(head + "\n".join([begin, ""] + lines + [end]) + rest.split(end, 1)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("peers")
    parser.add_argument("--docs")
    parser.add_argument("--plot")
    arguments = parser.parse_args()
    ours = json.load(open(arguments.ours))
    peers = json.load(open(arguments.peers))["peers"]
    if any(peer.get("failure") for peer in peers if peer["key"] in RIVALS):
        sys.exit("faiss or hnswlib failed, so there is nothing to compare with")
    lines = [f"{ours['vectors']:,} vectors of {ours['dimension']}:", ""] + costs(ours, peers)
    lines += searches(ours, peers) or []
    if arguments.plot and ours.get("results"):
        panels = {}
        for kind, title in (("picture", "Queries like pictures"), ("text", "Queries like texts")):
            panels[title] = {"nftopia": [(row["recall"], row["queries_per_cpu_second"]) for row in ours["results"]
                                         if row["kind"] == kind and row["target"] in TARGETS]}
            for peer in peers:
                if peer.get("results"):
                    panels[title][peer["key"]] = [(row["recall"], row["queries_per_cpu_second"])
                                                  for row in peer["results"] if row["kind"] == KINDS[kind]]
        with open(arguments.plot, "w") as file:
            file.write(plot(ours["vectors"], panels))
        if arguments.docs:
            picture = os.path.relpath(arguments.plot, os.path.dirname(arguments.docs))
            lines += [f"![Recall and speed of the indexes]({picture})", ""]
    lines += (filters(ours, peers) or []) + (batches(ours) or []) + live(ours)
    print("\n".join(lines))
    if arguments.docs:
        replace(arguments.docs, f"vector index, {ours['vectors']}", lines)


if __name__ == "__main__":
    main()
