#!/usr/bin/env bash
# Measures the image tower and stored pictures end to end beside ONNX Runtime and Pillow, in turns.
# MODEL names the model folder (the random ViT-B/32 where it was made, else the starter model), GFLOP the operations of a
# picture in 10^9 (ViT-B/32: 8.8), INT8 an int8 model folder to measure as well, ROUNDS how often (3), SECONDS_EACH (3).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=$(swift build -c release --show-bin-path)/nftopia
readonly full=.deps/models/vit-b-32-random
model=${MODEL:-}
if [ -z "$model" ]; then
    model=Models/starter
    [ -e "$full/onnx/vision_model.onnx" ] && model=$full
fi
gflop=${GFLOP:-}
[ -z "$gflop" ] && [ "$model" = "$full" ] && gflop=8.8
readonly seconds=${SECONDS_EACH:-3} images=.deps/corpora/stored-pictures
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-embed.XXXXXX")
trap 'rm -rf "$work"' EXIT

scripts/embed-peer-tools.sh
readonly python=.deps/peers/embed/bin/python
if [ ! -d "$images" ]; then
    echo 'bench-embed: making stored pictures'
    "$python" scripts/make-pictures.py mix "$work/large" --count 96 --minimum 1000 --maximum 1600
    "$python" Benchmarks/embed_peer.py --store "$work/large" "$work/stored"
    mv "$work/stored" "$images"
fi
ours() {
    local name=$1 folder=$2
    shift 2
    "$bin" bench embed --model "$folder" --images "$images" --seconds "$seconds" --json ${gflop:+--gflop "$gflop"} \
        "$@" >"$work/$name-$round.json"
}
echo "bench-embed: $model"
for round in $(seq "${ROUNDS:-3}"); do
    echo "round $round"
    ours f32 "$model" --precision f32
    "$python" Benchmarks/embed_peer.py "$model" --images "$images" --seconds "$seconds" >"$work/peer-$round.json"
    ours bf16 "$model" --precision bf16
    if [ -n "${INT8:-}" ]; then ours int8 "$INT8"; fi
    "$python" Benchmarks/embed_peer.py --matmul >"$work/matmul-$round.json"
done
"$python" Benchmarks/embed_table.py images "$work"
