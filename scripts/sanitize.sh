#!/usr/bin/env bash
# Runs unit suites under the address and thread sanitizers, each in its own scratch folder.
#
#   scripts/sanitize.sh                                            all of them under both
#   scripts/sanitize.sh thread                                     under one of the two
#   scripts/sanitize.sh thread VectorEngineTests                   one target, built with what it needs and nothing else
#   scripts/sanitize.sh thread VectorEngineTests 'MergingTests|SnapshotTests'        some of its suites
set -euo pipefail
cd "$(dirname "$0")/.."
export PKG_CONFIG_PATH="$PWD/.deps/openvino/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# The sanitizers refuse libraries opened with RTLD_DEEPBIND, as TBB opens its helper for NUMA machines unless told.
export TBB_ENABLE_SANITIZERS=1
# OpenVINO, libvips and SQLite are not built with the sanitizer: what happens inside them is not ours to report.
# What the thread sanitizer no longer remembers of the earlier access it does not report, so it is to remember all it can.
export ASAN_OPTIONS=detect_leaks=0
export TSAN_OPTIONS="history_size=7 suppressions=$PWD/scripts/thread-sanitizer.suppressions"

sanitizers=${1:-address thread}
export NFTOPIA_TESTS=${2:-}
filter=${3:-$NFTOPIA_TESTS}

# The thread sanitizer does not see all that Swift's runtime does. What shows it the rest has to prove itself first.
show_runtime() {
    local folder=$1 name status
    clang -shared -fPIC -O2 -Wall -Werror -o "$folder/shown-runtime.so" scripts/thread-sanitizer-swift.c
    swiftc -O -sanitize=thread -swift-version 6 -o "$folder/check" scripts/thread-sanitizer-check.swift
    for name in mutex copies objects race race-mutexes race-objects; do
        status=0
        LD_PRELOAD="$PWD/$folder/shown-runtime.so" "$folder/check" "$name" 2>"$folder/check.log" || status=$?
        case $name:$status in
        race*:66 | [!r]*:0) ;;
        *)
            cat "$folder/check.log" >&2
            echo "sanitize: the case \"$name\" of thread-sanitizer-check.swift ended with $status" >&2
            exit 1
            ;;
        esac
    done
}

for sanitizer in $sanitizers; do
    echo "sanitize: $sanitizer"
    scratch=.build-$sanitizer
    mkdir -p "$scratch"
    preload=()
    if [ "$sanitizer" = thread ]; then
        show_runtime "$scratch"
        preload=(env "LD_PRELOAD=$PWD/$scratch/shown-runtime.so")
    fi
    # Optimised: that is what is shipped, and without it some suites of the index did not end in their time.
    flags=(--sanitize "$sanitizer" --scratch-path "$scratch" -Xswiftc -O)
    swift build --build-tests "${flags[@]}"
    "${preload[@]}" swift test --skip-build "${flags[@]}" --no-parallel --skip AcceptanceTests \
        ${filter:+--filter "$filter"}
done
echo 'sanitize: clean'
