#!/usr/bin/env bash
# Runs the unit suites under the address and thread sanitizers, each in its own scratch folder.
set -euo pipefail
cd "$(dirname "$0")/.."
export PKG_CONFIG_PATH="$PWD/.deps/openvino/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# The sanitizers refuse libraries opened with RTLD_DEEPBIND, as TBB opens its helper for NUMA machines unless told.
export TBB_ENABLE_SANITIZERS=1

for sanitizer in ${1:-address thread}; do
    echo "sanitize: $sanitizer"
    # OpenVINO, libvips and SQLite are not built with the sanitizer: what happens inside them is not ours to report.
    export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS="suppressions=$PWD/scripts/thread-sanitizer.suppressions"
    swift build --build-tests --sanitize "$sanitizer" --scratch-path ".build-$sanitizer"
    swift test --skip-build --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" --no-parallel --skip AcceptanceTests
done
echo 'sanitize: clean'
