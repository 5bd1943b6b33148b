#!/bin/bash
# Every case of tools/bench runs and has its rows. Says nothing about times.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/bench/bench.sh BUILD_DIR
#
# Prints "ok - text", "not ok - text", "skip - text". Exit code: 0, 1, or 77 if all was skipped.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
failed=0

for tool in nginx aria2c wget curl openssl; do
    [ -x "$(PATH=$PATH:/usr/sbin command -v $tool)" ] || { printf 'skip - bench: %s is missing\n' $tool; exit 77; }
done

output=$check/bench.out
"$top/tools/bench" --quick --build "${1:-$check/build}" >"$output" 2>&1
code=$?
cat "$output"

# has TEXT: a row of a table that begins so, with a figure
has()
{
    if grep -qE "^$1.* [0-9]+\.[0-9]{3} " "$output"; then printf 'ok - %s\n' "$1"
    elif [[ $1 = Wine* ]]; then printf 'skip - %s, which failed\n' "$1"
    else printf 'not ok - %s\n' "$1"; failed=1
    fi
}

for row in curl 'aria2, 1 connection' 'aria2, 4 connections' wget 'Winsock loop' 'WinHTTP loop' "Wine's own BITS" 'wine-bits' \
           'curl, one connection' 'wine-bits, 1 job' 'wine-bits, jobs of' 'wine-bits, foreground jobs' 'slowest job' \
           'wine-bits, Resume to Complete' 'wine-bits idle, error' 'wine-bits idle, transferred' 'wine-bits, 3 transfers, error' \
           'wine-bits, first Resume to last call' 'curl -T, same server' 'Delivery Optimization, foreground' 'BITS, foreground' 'curl, 7500 bytes of ranges' '4 downloads' \
           'IStream::Write alone' 'Delivery Optimization to a stream' 'BITS without jobs' 'BITS, a job waits'; do
    has "$row"
done
[ $code = 0 ] || { printf 'not ok - tools/bench ended with %s\n' $code; failed=1; }
[ $code = 0 ] || grep -A 12 '^not measured: ' "$output"
rm -f "$output"
exit $failed
