#!/usr/bin/env bash
# Measures collecting from the stand-in's NFT API, both on this machine: CONTRACTS synthetic contracts (22,000) with
# FAULTS percent of faults (5), once straight, once killed three times; each time the counts must be the stand-in's.
# BIN names the folder of the programs.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=${BIN:-$(swift build -c release --show-bin-path)}
readonly contracts=${CONTRACTS:-22000} faults=${FAULTS:-5} concurrency=${CONCURRENCY:-32}
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/nftopia-bench.XXXXXX")
standin=
cleanup() {
    [ -z "$standin" ] || kill "$standin" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
export NFTOPIA_ALCHEMY_KEY=bench NFTOPIA_LIBRARY=$work/library

start_standin() {
    [ -z "$standin" ] || { kill "$standin" && wait "$standin" 2>/dev/null || true; }
    "$bin/standin" --cryptopunks .deps/corpora/cryptopunks --contracts "$contracts" \
        --alchemy-fault-percent "$faults" >"$work/standin.log" &
    standin=$!
    until grep -q '^standin ready' "$work/standin.log"; do sleep 0.1; done
    outside=$(sed -n 's/^standin ready on //p' "$work/standin.log")
    curl -sf "$outside/standin/contracts" >"$work/contracts.csv"
}

collect() {
    exec "$bin/nftopia" collect alchemy --contracts-file "$work/contracts.csv" --endpoint "$outside" \
        --allow-private-hosts --concurrency "$concurrency" --json
}

check() {
    "$bin/nftopia" status --json >"$work/status.json"
    curl -sf "$outside/standin/alchemy-account" >"$work/account.jsonl"
    head -1 "$work/account.jsonl" >"$work/account.json"
    python3 - "$work" "$1" <<'PYTHON'
import json, sys
work, kills = sys.argv[1], int(sys.argv[2])
status, account = (json.load(open(f"{work}/{name}.json")) for name in ("status", "account"))
wanted = {"items": account["items"], "failed": account["retryable"] + account["final"]}
found = {name: status[name] for name in wanted}
print(f"  counts: {found}, the stand-in's: {wanted}")
print(f"  stand-in: {account['requests']:,} requests, {account['pages']:,} pages, "
      f"{account['pages'] - account['distinct_pages']:,} repeated, none more often than {account['most_often']} times; "
      f"faults {account['faults']}")
# Where two parts of a contract meet, a page may be looked at from both sides.
if found != wanted or account["most_often"] > 2 + kills:
    sys.exit("  FAIL: something was lost, or came too often")
print("  PASS")
PYTHON
}

echo "straight: $contracts contracts, $faults % faults, $concurrency requests in flight"
start_standin
python3 - "$work" "$standin" "$bin" "$outside" "$concurrency" <<'PYTHON'
import json, os, resource, subprocess, sys, time
work, standin, bin, outside, concurrency = sys.argv[1:]

def seconds(pid):
    parts = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

def peak(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024

before, start = seconds(standin), time.monotonic()
run = subprocess.Popen(
    [f"{bin}/nftopia", "collect", "alchemy", "--contracts-file", f"{work}/contracts.csv", "--endpoint", outside,
     "--allow-private-hosts", "--concurrency", concurrency, "--json"], stdout=subprocess.PIPE)
memory, cpu = 0, 0
while run.poll() is None:
    try:
        memory, cpu = max(memory, peak(run.pid) or 0), seconds(run.pid)
    except (OSError, TypeError):
        pass
    time.sleep(0.2)
wall = time.monotonic() - start
report = json.load(run.stdout)
pages, items = report["pages"], report["items"] + report["failed"]
print(f"  {wall:.1f} s: {pages:,} pages ({pages / wall:.0f}/s), {items:,} items ({items / wall:,.0f}/s)")
print(f"  CPU: nftopia {cpu:.1f} s, stand-in {seconds(standin) - before:.1f} s; "
      f"memory: nftopia {memory:.0f} MB, stand-in {peak(standin):.0f} MB")
print(f"  catalog {os.path.getsize(work + '/library/catalog.sqlite') / 1e6:,.0f} MB, "
      f"{os.path.getsize(work + '/library/catalog.sqlite') / items:.0f} bytes an item")
if run.returncode or report["problems"]:
    sys.exit(f"  FAIL: {report['problems'][:3]}")
PYTHON
check 0

echo "killed three times and gone on with"
rm -rf "$NFTOPIA_LIBRARY"
start_standin
for after in ${KILLS:-7 11 5}; do
    (collect >/dev/null 2>&1) &
    run=$!
    sleep "$after"
    kill -9 "$run" 2>/dev/null || true
    wait "$run" 2>/dev/null || true
done
(collect >"$work/rest.json")
python3 -c 'import json, sys; report = json.load(open(sys.argv[1])); print("  rest:", {
    name: report[name] for name in ("collections", "skipped", "resumed", "complete", "pages", "added")})' "$work/rest.json"
check 3
