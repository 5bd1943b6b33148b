#!/bin/bash
# A property that lacks a part, or has the tag of another one, does not compile.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/properties/table.sh BUILD

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
table=transfer/jobs/property_table.h

ok() { printf 'ok - %s\n' "$1"; }
not_ok() { printf 'not ok - %s\n' "$1"; failed=1; }

mkdir -p "$scratch/${table%/*}"

# compiles SED-SCRIPT: whether the users of the table compile with the table as the script changes it.
compiles()
{
    sed "$1" "$top/libs/$table" >"$scratch/$table"
    "${CC:-gcc}" -std=gnu11 -fsyntax-only -fshort-wchar -D_WIN32 -DUNICODE -I"$scratch" -I"$top/tests/engine/include" \
        -I"$top/libs" -I"$top/libs/http" "$top/libs/transfer/jobs/job_record.c" "$top/libs/transfer/jobs/property.c" \
        "$top/libs/transfer/jobs/queue.c" 2>"$scratch/errors"
}

# refuses NAME SED-SCRIPT TEXT: it does not compile, and the compiler says why.
refuses()
{
    if compiles "$2"; then not_ok "$1: it compiles"
    elif grep -q -e "$3" "$scratch/errors"; then ok "$1 does not compile"
    else not_ok "$1: $(grep -m 1 error "$scratch/errors")"; fi
}

# line COLUMNS: a script that adds a number with these columns after its name.
line() { printf '%s' 's/^#define JOB_NUMBERS.*/&\n    NUMBER(NEW_ONE, '"$1"') \\/'; }

if compiles "$(line '199, ANY_TIME, 0, NONE')"; then ok "a new number is one line"
else not_ok "a new number is one line: $(grep -m 1 error "$scratch/errors")"; fi
refuses "a number with the tag of another" "$(line '102, ANY_TIME, 0, NONE')" 'duplicate case value'
refuses "a number with tag 0" "$(line '0, ANY_TIME, 0, NONE')" 'the tag of JOB_NEW_ONE is none of a number'
refuses "a number without a tag" "$(line 'ANY_TIME, 0, NONE')" 'error:'
refuses "a number with the tag of a text" "$(line '200, ANY_TIME, 0, NONE')" 'the tag of JOB_NEW_ONE is none of a number'
refuses "a number without a time when it may be set" "$(line '199, 0, NONE')" 'error:'
refuses "a number without a value" "$(line '199, ANY_TIME, NONE')" 'error:'
refuses "a number without an effect" "$(line '199, ANY_TIME, 0')" 'error:'
refuses "a text without a tag" 's/^    STRING(DESCRIPTION, 201,/    STRING(DESCRIPTION,/' 'error:'
exit $failed
