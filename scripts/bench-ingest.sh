#!/usr/bin/env bash
# Measures the pipeline on the demo's 18,121 pictures, from collected references to a searchable library, in a fresh
# library each time. RUNS sets how often (3).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=$(swift build -c release --show-bin-path)
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-bench.XXXXXX")
"$bin/standin" --cryptopunks .deps/corpora/cryptopunks >"$work/standin.log" &
readonly standin=$!
trap 'kill "$standin" 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q '^standin ready' "$work/standin.log"; do sleep 0.1; done
readonly outside=$(sed -n 's/^standin ready on //p' "$work/standin.log")
export NFTOPIA_ALCHEMY_KEY=bench

for run in $(seq "${RUNS:-3}"); do
    export NFTOPIA_LIBRARY=$work/library
    rm -rf "$NFTOPIA_LIBRARY"
    "$bin/nftopia" collect alchemy --contract 0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb --endpoint "$outside" \
        --allow-private-hosts --quiet
    "$bin/nftopia" collect folder /usr/share/openclipart/png --collection clipart --quiet
    printf 'run %s: ' "$run"
    /usr/bin/env bash -c 'TIMEFORMAT="  wall %R s, user %U s, system %S s"; time "$0" "$@"' \
        "$bin/nftopia" ingest --gateway "$outside" --only-these-gateways --allow-private-hosts --maximum-pixels 700000000 --quiet --json | tr -d '\n{}'
    echo
done
