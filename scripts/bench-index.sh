#!/usr/bin/env bash
# Measures the vector index beside faiss and hnswlib on the same vectors (COUNT=200000; 1000000 for the full run).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly count=${COUNT:-200000}
readonly python=.deps/peers/index/bin/python
readonly corpus=.deps/corpora/clip-like-$count
scripts/index-peers.sh
[ -e "$corpus/gt.npy" ] || "$python" Benchmarks/clip_like_vectors.py --count "$count" --seed 41 --out "$corpus"
"$(swift build -c release --show-bin-path)/nftopia" bench index --data "$corpus" --json >"$corpus/ours.json"
"$python" Benchmarks/index_peers.py --data "$corpus" --keep ".deps/peers/index/built-$count" >"$corpus/peers.json"
"$python" Benchmarks/index_report.py "$corpus/ours.json" "$corpus/peers.json"
