# shellcheck shell=bash
# What takes minutes shows how far it is. Sourced by bash scripts.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# with_progress TEXT COUNTER COMMAND...: run the command, in the background, and show what COUNTER prints meanwhile: two
# numbers, how many things are done and how many there are in all. On a terminal that is a line which is written over;
# elsewhere there is a line for each quarter. The exit code is that of the command.
with_progress()
{
    local text=$1 counter=$2 pid done_count total quarter told=0 wide=''
    shift 2
    "$@" &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        read -r done_count total < <("$counter") || continue
        [ "${total:-0}" -gt 0 ] && [ "$done_count" -le "$total" ] || continue
        if [ -t 1 ]; then
            printf '\r%s: %d of %d\033[K' "$text" "$done_count" "$total"
            wide=yes
        else
            quarter=$((4 * done_count / total))
            [ "$quarter" -le "$told" ] || printf '%s: %d of %d\n' "$text" "$done_count" "$total"
            [ "$quarter" -le "$told" ] || told=$quarter
        fi
    done
    [ -z "$wide" ] || printf '\r\033[K'
    wait "$pid"
}
