#!/usr/bin/env bash
# Installs the peer of the towers (NumPy, Pillow, ONNX Runtime) into an environment of its own, .deps/peers/embed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/peers/embed/.onnxruntime
[ -e "$stamp" ] && exit 0
echo 'installing NumPy, Pillow and ONNX Runtime under .deps/peers/embed'
python3 -m venv .deps/peers/embed
.deps/peers/embed/bin/python -m pip install --quiet --disable-pip-version-check numpy pillow onnxruntime
touch "$stamp"
