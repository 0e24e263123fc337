#!/usr/bin/env bash
# Installs the libraries that the vector index is measured beside into an environment of its own, .deps/peers/index.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly stamp=.deps/peers/index/.faiss-1.15.1-hnswlib-0.8.0
[ -e "$stamp" ] && exit 0
echo 'installing faiss, hnswlib and NumPy under .deps/peers/index'
python3 -m venv .deps/peers/index
.deps/peers/index/bin/python -m pip install --quiet --disable-pip-version-check \
    faiss-cpu==1.15.1 hnswlib==0.8.0 numpy==2.4.6
touch "$stamp"
