#!/usr/bin/env bash
# Runs the tests that are built (`swift test` takes the arguments). Whoever keeps only the end of the output, as CI does,
# would not see which of a thousand tests failed: they are named once more, with their issues, before the closing line.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build
log=$(mktemp .build/test-output.XXXXXX)
trap 'rm -f "$log"' EXIT

swift test --skip-build --no-parallel "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
[ "$status" = 0 ] && exit 0

# Suites fail with their tests and would be named for nothing. A run that crashed has no closing line, but tests that
# began and did not end.
awk '
    function name(line) {
        sub(/^[^ ]+ +Test /, "", line)
        sub(/( with [0-9]+ test cases?)? (started|passed after|failed after|skipped)[^"]*$/, "", line)
        return line
    }
    /^✘ +Test run with / { closing = $0; next }
    /^✘ / { if ($0 !~ /^✘ +Suite .* failed after /) failed[++count] = $0 }
    /^◇ +Test .* started\.$/ && !/^◇ +Test (run|case) / { running[name($0)] = 1 }
    /^(✔|✘) +Test .* (passed|failed) after / { delete running[name($0)] }
    NF { last = $0 }
    END {
        print "\ntests that failed:"
        for (i = 1; i <= count; i++) print failed[i]
        if (closing == "") for (test in running) print "✘ Test " test " did not end"
        print closing == "" ? last : closing
    }
' "$log"
exit "$status"
