#!/usr/bin/env bash
# Measures `nftopia ingest` and the usual Python pipeline (Pillow and ONNX Runtime) on the same folder in turns.
# RUNS sets how often (3), FOLDER which pictures (Open Clip Art).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=$(swift build -c release --show-bin-path)
readonly folder=${FOLDER:-/usr/share/openclipart/png}
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-peer.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ ! -x .deps/peers/bin/python ]; then
    echo 'bench-peer: installing the peer (numpy, Pillow, ONNX Runtime) under .deps/peers'
    python3 -m venv .deps/peers
    .deps/peers/bin/python -m pip install --quiet --disable-pip-version-check numpy pillow onnxruntime
fi
export NFTOPIA_LIBRARY=$work/library
for run in $(seq "${RUNS:-3}"); do
    rm -rf "$work/library" "$work/peer"
    "$bin/nftopia" collect folder "$folder" --collection pictures --quiet
    printf 'run %s, nftopia: ' "$run"
    "$bin/nftopia" ingest --quiet --json | tr -d '\n{}'
    echo
    printf 'run %s, python:  ' "$run"
    .deps/peers/bin/python Benchmarks/python_pipeline.py "$folder" "$work/peer"
done
