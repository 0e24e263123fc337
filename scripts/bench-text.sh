#!/usr/bin/env bash
# Measures the text tower beside ONNX Runtime, in turns. MODEL as for bench-embed.sh, INT8 an int8 model folder to measure
# as well, ROUNDS how often (3), COUNT texts of each length (200).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=$(swift build -c release --show-bin-path)/nftopia
readonly full=.deps/models/vit-b-32-random
model=${MODEL:-}
if [ -z "$model" ]; then
    model=Models/starter
    [ -e "$full/onnx/text_model.onnx" ] && model=$full
fi
readonly count=${COUNT:-200}
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-text.XXXXXX")
trap 'rm -rf "$work"' EXIT

scripts/embed-peer-tools.sh
readonly python=.deps/peers/embed/bin/python
echo "bench-text: $model"
for round in $(seq "${ROUNDS:-3}"); do
    echo "round $round"
    for precision in f32 bf16; do
        "$bin" bench text --model "$model" --precision $precision --count "$count" --json \
            >"$work/$precision-$round.json"
    done
    if [ -n "${INT8:-}" ]; then
        "$bin" bench text --model "$INT8" --count "$count" --json >"$work/int8-$round.json"
    fi
    "$python" Benchmarks/embed_peer.py "$model" --text --count "$count" >"$work/peer-$round.json"
done
"$python" Benchmarks/embed_table.py texts "$work"
