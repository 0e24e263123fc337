#!/usr/bin/env bash
# Sends the optimised program through the stand-in's hostile web and compares its outcomes with the stand-in's account.
# ITEMS (20000), HOSTS (200) and SEED (1) set the web; further arguments go to Benchmarks/hostile_web.py.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly pictures=.deps/corpora/small-pictures
scripts/peer-tools.sh
.deps/peers/fetch/bin/python scripts/make-pictures.py mix "$pictures" --count 240 --minimum 200 --maximum 900
exec python3 Benchmarks/hostile_web.py --products "$(swift build -c release --show-bin-path)" \
    --items "${ITEMS:-20000}" --hosts "${HOSTS:-200}" --seed "${SEED:-1}" \
    --pictures "$pictures" --pictures Tests/AcceptanceTests/Fixtures/formats "$@"
