#!/usr/bin/env python3
"""Counts known punks among the hits of the demo's library: retrieval quality of the whole path, with labels.

Prints a line for each query with the hits that have what the query says, and fails when one falls below its floor.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = os.environ.get("NFTOPIA_LIBRARY", os.path.join(ROOT, "library"))

# query, labels that a hit must have, hits asked for, hits that must fit
QUERIES = [
    ("ape", {"Ape"}, 24, 20),
    ("alien", {"Alien"}, 9, 7),
    ("zombie", {"Zombie"}, 88, 60),
    ("punk with 3d glasses", {"3D Glasses"}, 50, 40),
    ("cowboy hat", {"Cowboy Hat"}, 50, 40),
    # Only two punks are zombies in hoodies: both must be among the first ten.
    ("a zombie wearing a hoodie", {"Zombie", "Hoodie"}, 10, 2),
]


def main():
    with open(os.path.join(ROOT, ".deps/corpora/cryptopunks/punks.json")) as file:
        labels = {str(punk["id"]): {value for _, value in punk["attributes"]} for punk in json.load(file)}
    program = os.path.join(ROOT, ".build/release/nftopia")
    below = 0
    for query, wanted, k, floor in QUERIES:
        answer = subprocess.run(
            [program, "search", query, "--collection", "cryptopunks", "--json", "-k", str(k), "--library", LIBRARY],
            check=True, capture_output=True)
        hits = json.loads(answer.stdout)["hits"]
        fitting = sum(wanted <= labels[hit["token"]] for hit in hits)
        known = sum(wanted <= punk for punk in labels.values())
        verdict = "ok" if fitting >= floor else "BELOW"
        below += fitting < floor
        print(f"{verdict:5} {query!r}: {fitting} of {k} hits fit (floor {floor}; {known} are known)")
    print(f"{len(QUERIES) - below} passed, {below} failed")
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
