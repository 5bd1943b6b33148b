#!/bin/bash
# Every rule is named by a test, or tests/coverage.md says why not.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/coverage/coverage.sh
#
# Prints "ok - ..." or "not ok - ...". Exit code: 0 passed, 1 failed.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1

if answer=$("$top/tools/coverage-check" 2>&1); then
    printf 'ok - %s\n' "$answer"
else
    printf 'not ok - rules are unaccounted for\n'
    printf '%s\n' "$answer" | sed 's/^/    /'
    exit 1
fi
