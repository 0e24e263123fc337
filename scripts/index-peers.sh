#!/usr/bin/env bash
# Installs the libraries that the vector index is measured beside into an environment of its own, .deps/peers/index.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/peers/index/.faiss-1.15.1-hnswlib-0.8.0-usearch-2.26.6-rabitqlib-0.7.1
[ -e "$stamp" ] && exit 0
echo 'installing faiss, hnswlib, usearch, rabitqlib and NumPy under .deps/peers/index'
python3 -m venv .deps/peers/index
readonly pip=(.deps/peers/index/bin/python -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" faiss-cpu==1.15.1 hnswlib==0.8.0 usearch==2.26.6 numpy==2.4.6
# It has no wheel for every machine; without it the others are still measured.
"${pip[@]}" --only-binary :all: rabitqlib==0.7.1 || echo 'rabitqlib cannot be installed here' >&2
touch "$stamp"
