#!/bin/bash
# The native tests go on running nearly all of the pure parts.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/coverage/coverage.sh
#
# Prints "ok - ...", "not ok - ..." or "skip - ...". Exit code: 0 passed, 1 failed, 77 skipped.

set -u

# In percent. A new pure part comes with its unit test.
least_lines=97
least_branches=90
least_lines_of_a_file=85

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
if ! command -v gcovr >/dev/null; then
    echo "skip - tests/coverage: gcovr is missing"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

WB_CHECK_DIR=$work "$top/tools/coverage" >"$work/table" 2>"$work/errors"
result $? "tools/coverage measures"
cat "$work/errors"

read -r lines branches < <(sed -n 's/^the pure parts  *[0-9]*  *[0-9]*  *\([0-9]*\)\.[0-9] %  *[0-9]*  *[0-9]*  *\([0-9]*\)\..*/\1 \2/p' \
    "$work/table")
[ "${lines:-0}" -ge "$least_lines" ]
result $? "the native tests run ${lines:-no} % of the lines of the pure parts, at least $least_lines"
[ "${branches:-0}" -ge "$least_branches" ]
result $? "they take ${branches:-no} % of the branches, at least $least_branches"
low=$(awk -v least="$least_lines_of_a_file" '/^(libs|programs)\// && $4 < least { printf " %s (%s %%)", $1, $4 }' "$work/table")
[ -z "$low" ]
result $? "no file is below $least_lines_of_a_file % of its lines$low"

[ "$failures" = 0 ]
