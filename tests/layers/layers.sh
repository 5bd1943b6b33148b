#!/bin/bash
# The folders of libs point down only, and tools/check-layers sees when one does not.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/layers/layers.sh BUILD

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${1:?usage: tests/layers/layers.sh BUILD}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

ok() { printf 'ok - %s\n' "$1"; }
not_ok() { printf 'not ok - %s\n' "$1"; failed=1; }

# expect NAME CODE PATTERN: what check-layers says of the copy in $scratch/libs.
expect()
{
    local output code
    output=$("$top/tools/check-layers" "$build" "$scratch/libs" 2>&1)
    code=$?
    if [ "$code" = "$2" ] && printf '%s\n' "$output" | grep -q -e "$3"; then ok "$1"
    else not_ok "$1: exit code $code, $output"; fi
}

output=$("$top/tools/check-layers" "$build" 2>&1)
code=$?
if [ "$code" = 0 ] && [ -z "$output" ]; then ok "the folders of libs point down only"
else not_ok "the folders of libs point down only: exit code $code"; printf '%s\n' "$output"; fi

cp -r "$top/libs" "$scratch/libs"
printf '#include "transfer/jobs/job.h"\n' >>"$scratch/libs/base/debug.h"
expect "an #include that points up is seen" 1 '^base/debug.h points up to transfer/jobs/job.h'
cp "$top/libs/base/debug.h" "$scratch/libs/base/debug.h"

sed -i '/^layer store$/d' "$scratch/libs/layers"
expect "a folder without a layer is seen" 1 'store/store.c is in no layer'
sed -i 's/^layer base$/&/; s/^layer service$/&\nlayer store/' "$scratch/libs/layers"
expect "a call that points up is seen" 1 'transfer/jobs/job_store.c points up to store/store.c (store_append)'
cp "$top/libs/layers" "$scratch/libs/layers"

sed -i '/^circle transfer\/jobs/d' "$scratch/libs/layers"
expect "a circle without a reason is seen" 1 'a circle without a reason: .*transfer/jobs/job'
cp "$top/libs/layers" "$scratch/libs/layers"

printf 'circle base/debug base/text : none\n' >>"$scratch/libs/layers"
expect "a reason without a circle is seen" 1 'a circle that is not there: base/debug base/text'

exit $failed
