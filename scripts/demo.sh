#!/usr/bin/env bash
# The whole path on 18,121 real pictures: collect from a stand-in of Alchemy and from a folder, ingest, serve.
#
#   SERVE=0    print five example searches instead of serving
#   PORT       where to serve (8080)
#   NFTOPIA_LIBRARY   where the library lies (./library)
set -euo pipefail
cd "$(dirname "$0")/.."

readonly library=${NFTOPIA_LIBRARY:-library}
readonly bin=$(swift build -c release --show-bin-path)
readonly punks=0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb
export NFTOPIA_LIBRARY=$library

say() { printf '\n%s\n' "$*"; }

is_complete() {
    "$bin/nftopia" status --json 2>/dev/null | python3 -c '
import json, sys
status = json.load(sys.stdin)
done = {c.get("slug") or c["id"] for c in status["collections"] if c["complete"] and c["items"] >= 8000}
sys.exit(0 if status["pending"] == 0 and {"cryptopunks", "clipart"} <= done else 1)'
}

if is_complete; then
    say "The library $library is complete."
else
    log=$(mktemp)
    "$bin/standin" --cryptopunks .deps/corpora/cryptopunks >"$log" &
    standin=$!
    trap 'kill "$standin" 2>/dev/null || true; rm -f "$log"' EXIT
    for _ in $(seq 100); do
        grep -q '^standin ready' "$log" && break
        kill -0 "$standin" || exit 1
        sleep 0.1
    done
    outside=$(sed -n 's/^standin ready on //p' "$log")

    say "Collecting 10,000 CryptoPunks from the stand-in for Alchemy and 8,121 pictures of clip art from a folder"
    NFTOPIA_ALCHEMY_KEY=demo "$bin/nftopia" collect alchemy --contract "$punks" \
        --endpoint "$outside" --allow-private-hosts
    "$bin/nftopia" collect folder /usr/share/openclipart/png --collection clipart

    say "Fetching, shrinking, embedding, indexing"
    # Sixteen pieces of clip art have more than the 100 million pixels that are decoded by default.
    "$bin/nftopia" ingest --gateway "$outside" --only-these-gateways --allow-private-hosts --maximum-pixels 700000000
    kill "$standin"
    wait "$standin" || true
    rm -f "$log"
    trap - EXIT
fi

"$bin/nftopia" status

if [ "${SERVE:-1}" = 0 ]; then
    for query in "ape" "punk with 3d glasses" "a zombie wearing a hoodie" "a red flower" "sailing boat"; do
        say "> $query"
        "$bin/nftopia" search "$query" -k 5
    done
    exit 0
fi

say "Serving the gallery; stop it with Ctrl-C."
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
    (sleep 2 && xdg-open "http://127.0.0.1:${PORT:-8080}/") >/dev/null 2>&1 &
fi
exec "$bin/nftopia" serve --port "${PORT:-8080}"
