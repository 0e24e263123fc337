#!/usr/bin/env bash
# House checks: format by diff, lint, the build with warnings as errors. `scripts/check.sh test` also runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export PKG_CONFIG_PATH="$PWD/.deps/openvino/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

echo 'check: format'
unformatted=$(git ls-files '*.swift' | while read -r file; do
    swift format "$file" | cmp -s - "$file" || echo "$file"
done)
if [ -n "$unformatted" ]; then
    printf 'check: run `make format`; these files are not formatted:\n%s\n' "$unformatted" >&2
    exit 1
fi

echo 'check: lint'
swift format lint --strict --recursive --parallel Sources Tests Package.swift

echo 'check: shell and Python scripts parse'
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
git ls-files '*.py' | xargs python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'

echo 'check: build with warnings as errors'
swift build --build-tests --explicit-target-dependency-import-check error 2>&1 | tail -n 40

if [ "${1:-}" = test ]; then
    echo 'check: tests'
    scripts/test.sh
fi
echo 'check: green'
