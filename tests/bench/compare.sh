#!/bin/bash
# What tools/bench --compare makes of two runs (tests/bench/compare.awk).
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints "ok - text", "not ok - text". Exit code: 0 or 1.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# run FILE CURL OURS STREAM: an output with these figures; STREAM: none
run()
{
    {
        echo 'servers run on core 0, everything else on core 1; load 0.05'
        printf '\n1024 MiB over HTTP into a file\n'
        printf '%-38s %9s %9s %9s %7s %7s %10s %9s\n' '' 'min s' median max ratio 'CPU s' wineserver 'peak MiB'
        printf '%-38s %9.3f %9.3f %9.3f %7s\n' curl $2 1.00 wine-bits $3 0.59
        [ -z "${5:-}" ] || printf '%-38s %9.3f %9.3f %9.3f %7s\n' "$5" 1 1 1 1.00
        echo 'callbacks: 20 threads before, at most 82'
        if [ -n "$4" ]; then
            printf '\n256 MiB into a stream of another process\n'
            printf '%-38s %9s %9s %9s %7s %7s %10s %9s\n' '' 'min s' median max ratio 'CPU s' wineserver 'peak MiB'
            printf '%-38s %9.3f %9.3f %9.3f %7s\n' 'Delivery Optimization to a stream' $4 1.08
        fi
    } >"$scratch/$1"
}

# expect CODE PATTERN TEXT: of the last comparison; PATTERN: of one line
expect()
{
    local output code
    output=$(awk -f "$top/tests/bench/compare.awk" "$scratch/stored" "$scratch/new" 2>&1)
    code=$?
    if [ $code = "$1" ] && grep -qE "$2" <<<"$output"; then printf 'ok - %s\n' "$3"
    else printf 'not ok - %s: %s, %s\n' "$3" $code "$output"; failed=1
    fi
}

run stored '1.333 1.343 1.402' '0.751 0.790 0.976' '5.757 6.180 6.230'
cp "$scratch/stored" "$scratch/new"
expect 0 '^nothing of ours is slower.* 3 rows compared$' 'the same run is not slower'
run new '1.333 1.343 1.402' '0.700 0.970 1.400' '5.757 6.180 6.230'
expect 0 '^nothing' 'a median within the stored times is noise'
run new '1.333 1.343 1.402' '0.780 0.990 1.400' '5.757 6.180 6.230'
expect 0 '^nothing' 'a shortest time that is as short as before is noise'
run new '1.333 1.343 1.402' '0.751 0.790 0.976' '6.181 6.240 6.300'
expect 0 '^nothing' 'less than 5 % is noise'
run new '1.333 1.343 1.402' '0.900 0.990 1.400' '5.757 6.180 6.230'
expect 1 '^slower: 1024 MiB over HTTP into a file: wine-bits: 0\.900, 0\.990, 1\.400 instead of 0\.751, 0\.790, 0\.976 \(1\.25 times\)$' \
    'what is slower is told with its figures'
run new '1.333 1.343 1.402' '0.400 0.410 0.420' '7.000 7.100 7.200'
expect 1 '^slower: 256 MiB into a stream of another process: Delivery' 'another table, the one faster, the other slower'
run new '2.000 2.100 2.200' '0.751 0.790 0.976' '5.757 6.180 6.230'
expect 0 '^peer: 1024 MiB over HTTP into a file: curl: ' 'a slower peer is told, and no failure'
run new '1.333 1.343 1.402' '0.751 0.790 0.976' ''
expect 0 ' 2 rows compared$' 'tables that were not measured do not matter'
run stored '1.333 1.343 1.402' '0.751 0.790 0.976' '' 'BITS, foreground'
expect 1 '^gone: 1024 MiB over HTTP into a file: BITS, foreground$' 'a row that is gone is told'
run stored '1.333 1.343 1.402' '0.751 0.790 0.976' '' 'wget'
expect 0 '^nothing' 'a peer that is gone does not matter'
echo 'no table' >"$scratch/stored"
expect 2 'no table' 'a file without tables is refused'
cp "$top/docs/performance.md" "$scratch/stored"
cp "$scratch/stored" "$scratch/new"
expect 0 '^nothing of ours is slower.* [3-9][0-9] rows compared$' 'the figures of the documentation can be compared with'
exit $failed
