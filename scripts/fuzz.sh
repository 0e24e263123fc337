#!/usr/bin/env bash
# Fuzzes the parsers that strangers feed, each for SECONDS_EACH seconds (60), with libFuzzer and the address sanitizer.
#
#   scripts/fuzz.sh [PARSER…]      uri, data-uri, alchemy, robots, content-type, cid; all when none is named
#
# Inputs that reach something new are kept under .build-fuzz/corpus; one that crashes is left under .build-fuzz/crashes
# and ends the run with an error.
set -euo pipefail
cd "$(dirname "$0")/.."
export PKG_CONFIG_PATH="$PWD/.deps/openvino/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

readonly seconds=${SECONDS_EACH:-60}
export NFTOPIA_FUZZ=1

echo 'fuzz: building with coverage and the address sanitizer'
swift build -c release --scratch-path .build-fuzz --product fuzz -Xswiftc -enable-testing \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld
readonly fuzz=$(swift build -c release --scratch-path .build-fuzz --show-bin-path)/fuzz

mkdir -p .build-fuzz/crashes
parsers=("$@")
((${#parsers[@]})) || parsers=(uri data-uri alchemy robots content-type cid)
for parser in "${parsers[@]}"; do
    echo "fuzz: $parser for $seconds s"
    mkdir -p ".build-fuzz/corpus/$parser"
    log=.build-fuzz/$parser.log
    if ! ASAN_OPTIONS=detect_leaks=0:symbolize=0 timeout "$((seconds + 60))" "$fuzz" "$parser" \
        ".build-fuzz/corpus/$parser" "Tests/Fuzz/Corpus/$parser" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix=.build-fuzz/crashes/"$parser"- >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        exit 1
    fi
    grep -E '^(Done|stat::(number|average|new|peak))' "$log"
done
echo 'fuzz: no crash'
