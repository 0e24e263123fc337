#!/usr/bin/env bash
# Measures the vector index beside faiss, hnswlib, usearch and, up to 200,000 vectors, SymphonyQG on the same vectors.
# COUNT=200000 takes some 15 minutes when peers must be built, 5 when they are; COUNT=1000000 an hour and 15 minutes.
# The table in docs/benchmarks.md and the plot in docs/images are made anew.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly count=${COUNT:-200000}
readonly python=.deps/peers/index/bin/python
readonly corpus=.deps/corpora/clip-like-$count
# The seeds of the figures in docs/benchmarks.md.
case $count in 1000000) seed=43 ;; *) seed=41 ;; esac
scripts/index-peers.sh
[ -e "$corpus/gt.npy" ] || "$python" Benchmarks/clip_like_vectors.py --count "$count" --seed "$seed" --out "$corpus"
"$(swift build -c release --show-bin-path)/nftopia" bench index --data "$corpus" --directory .deps/corpora --json \
    >"$corpus/ours.json"
"$python" Benchmarks/index_peers.py --data "$corpus" --keep ".deps/peers/index/built-$count" >"$corpus/peers.json"
record=()
if grep -q "<!-- vector index, $count: made" docs/benchmarks.md; then
    record=(--docs docs/benchmarks.md --plot "docs/images/index-$count.svg")
fi
"$python" Benchmarks/index_report.py "$corpus/ours.json" "$corpus/peers.json" "${record[@]}"
