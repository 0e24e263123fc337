#!/usr/bin/env bash
# Measures fetching, shrinking and storing beside img2dataset on the same pictures, served with 200 ms latency.
# ITEMS (1000) and ROUNDS (3) set how much; further arguments go to Benchmarks/bench_fetch.py.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly pictures=.deps/corpora/pictures
scripts/peer-tools.sh
.deps/peers/fetch/bin/python scripts/make-pictures.py mix "$pictures" --count 240
exec python3 Benchmarks/bench_fetch.py --products "$(swift build -c release --show-bin-path)" \
    --pictures "$pictures" --items "${ITEMS:-1000}" --rounds "${ROUNDS:-3}" "$@"
