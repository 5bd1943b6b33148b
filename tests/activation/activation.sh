#!/bin/bash
# Many programs use BITS and Delivery Optimization first at once, in sessions in which neither has run yet.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/activation/activation.sh BUILD_DIR
#
# Each part of activation.exe runs in a session of its own, in a copy of the prefix $WB_INSTALLED; the parts without a
# slow service once more while all processors are busy. Prints "ok - text", "not ok - text", "skip - text".

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
build=${1:?usage: activation.sh BUILD_DIR}
check=${WB_CHECK_DIR:?} installed=${WB_INSTALLED:?}

# shellcheck source=tests/support/prefix.sh
. "$here/../support/prefix.sh"

prefix=$check/prefixes/activation-sessions
output=$prefix.out
burners=()
failed=0

quiet_down()
{
    [ ${#burners[@]} = 0 ] || kill "${burners[@]}" 2>/dev/null
    burners=()
}
clean_up()
{
    trap '' INT TERM HUP
    quiet_down
    end_prefix "$prefix"
    rm -rf "$prefix" "$output"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Three programs for each processor that do nothing but keep it.
keep_busy()
{
    local i
    for ((i = 0; i < 3 * $(nproc); i++)); do
        (exec bash -c 'while [ "$SECONDS" -lt 120 ]; do :; done') &
        burners+=($!)
    done
}

# run_part ARCH PART [TEXT]
run_part()
{
    local arch=$1 part=$2
    WINEPREFIX=$prefix timeout -k 5 180 "$wine" "$build/$arch-windows/tests/activation.exe" "$part" \
        >"$output" 2>&1 </dev/null
    end_prefix "$prefix"
    if grep -q ':activation: [1-9][0-9]* tests executed .*, 0 failures)' "$output" && ! grep -q 'Test failed' "$output"; then
        echo "ok - $arch: $part${3:-}"
    else
        echo "not ok - $arch: $part${3:-}"
        tr -d '\r' <"$output" | grep -v ' 0 failures)' | head -n 20 | sed 's/^/    /'
        failed=1
    fi
}

copy_prefix "$installed" "$prefix" || { echo "not ok - $installed cannot be copied"; exit 1; }
for arch in x86_64 i386; do
    if [ "$arch" = i386 ] && ! has_32bit "$installed"; then
        echo "skip - activation: i386: $problem"
        continue
    fi
    for part in four_threads four_windows many_threads processes slow_two slow_windows slow_processes test_disabled \
                test_unusable_store; do
        run_part "$arch" "$part"
    done
    keep_busy
    for part in four_threads four_windows processes; do run_part "$arch" "$part" ', on busy processors'; done
    quiet_down
done
exit "$failed"
