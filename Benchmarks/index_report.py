#!/usr/bin/env python3
"""Prints a table of `nftopia bench index --json` and index_peers.py: index_report.py OURS PEERS"""
import json
import sys


def main():
    ours, peers = (json.load(open(path)) for path in sys.argv[1:3])
    print(f"{ours['vectors']:,} vectors of {ours['dimension']}; nftopia: build {ours['build_seconds']:.1f} s "
          f"({ours['build_cpu_seconds']:.1f} s CPU), {ours['bytes'] >> 20} MiB on disk, resident "
          f"{ours['resident_bytes'] >> 20} MiB, of its own {ours['anonymous_bytes'] >> 20} MiB, "
          f"open {ours['open_ms']:.0f} ms, first query {ours['first_query_ms']:.1f} ms")
    for peer in peers["peers"]:
        print(f"{peer['name']}: build {peer.get('build_seconds', '?')} s ({peer.get('build_cpu_seconds', '?')} s CPU), "
              f"of its own {peer['anonymous_bytes'] >> 20} MiB")
    print("\n| queries | target | recall@10 | queries/CPU-s | p50 ms | p99 ms | fastest peer of that recall | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    kinds = {"picture": "image", "text": "text"}
    for row in ours["results"]:
        # A peer counts when it reaches what we reached or the target, whichever is less.
        wanted = min(row["recall"], {"fast": .9, "default": .95, "high": .99}[row["target"]])
        rivals = [(result["queries_per_cpu_second"], result["recall"], peer["key"], result["width"])
                  for peer in peers["peers"] for result in peer["results"]
                  if result["kind"] == kinds[row["kind"]] and result["recall"] >= wanted]
        best = max(rivals, default=None)
        peer = f"{best[2]} ef {best[3]}: {best[1]:.3f} at {best[0]:.0f}" if best else "none"
        ratio = f"{row['queries_per_cpu_second'] / best[0]:.1f}" if best else "-"
        print(f"| {row['kind']} | {row['target']} | {row['recall']:.4f} | {row['queries_per_cpu_second']:.0f} | "
              f"{row['p50_ms']:.3f} | {row['p99_ms']:.3f} | {peer} | {ratio} |")


if __name__ == "__main__":
    main()
