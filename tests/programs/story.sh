#!/bin/bash
# The story of an installer whose download is interrupted: by the end of its session, of the service, of everything; run
# again, it finds its job and goes on. Beside it two prefixes at once, and names that are no ASCII.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/programs/story.sh BUILD-DIRECTORY, by tools/check (WB_TEMPLATE, WB_INSTALLED, WB_CHECK_DIR).
# WB_STORY_SIZE: bytes of the payload (default 500 MB).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/programs/common.sh
. "$here/common.sh"

command -v makensis >/dev/null || skip "NSIS is missing (Debian package nsis)"
size=${WB_STORY_SIZE:-500000000}
# What may be fetched twice, whatever the speed of the line.
bound=$((64 * 1024 * 1024))

servers_begin programs-story
second=$check/prefixes/programs-story-second
before_removal() { end_prefix "$second"; rm -rf "$second"; }
mkdir -p "$dir/www/Grüße" "$dir/local/Möbel für Łódź"
head -c "$size" /dev/urandom >"$dir/www/large.bin" || fail "there is no room for $size bytes in $dir"
head -c 30000000 /dev/urandom >"$dir/www/one.bin"
head -c 30000000 /dev/urandom >"$dir/www/two.bin"
head -c 3000000 /dev/urandom >"$dir/www/Grüße/übung.bin"
start_nginx

makensis -V1 -DTARGET=amd64-unicode -DOUT="$dir/setup.exe" "$here/nsis/setup.nsi" >"$dir/nsis.log" 2>&1 ||
    { cat "$dir/nsis.log"; fail "makensis makes no installer"; }

# begin_install PREFIX NAME PATH FILE: the installer, in the background as $setup; its log is $dir/NAME.log.
begin_install()
{
    rm -f "$dir/$2.log"
    WINEPREFIX=$1 SETUP_URL=$url/$3 SETUP_FILE=$4 SETUP_NAME=$2 SETUP_LOG=$(windows_path "$dir/$2.log") \
        timeout -k 5 200 "$wine" "$dir/setup.exe" /S >"$dir/$2.out" 2>&1 </dev/null &
    setup=$!
}

log() { iconv -f UTF-16 -t UTF-8 "$dir/$1.log" 2>/dev/null | tr -d '\r'; }
progress() { log "$1" | sed -n 's/^progress //p' | tail -n 1; }

check()
{
    local text=$1 name=$2
    shift 2
    if "$@"; then echo "ok - $text"; else log "$name" | tail -n 5 | sed 's/^/    /'; echo "not ok - $text"; fi
}

# Until the installer of that name has so many bytes; fails when it ends before.
wait_progress()
{
    local have
    while kill -0 "$setup" 2>/dev/null; do
        have=$(progress "$1")
        [ "${have:-0}" -ge "$2" ] && return
        sleep 0.1
    done
    return 1
}

# Unix processes of the prefix; with a pattern those whose command line matches.
processes()
{
    local entry
    for entry in /proc/[0-9]*; do
        grep -qzFx "WINEPREFIX=$prefix" "$entry/environ" 2>/dev/null || continue
        [ $# = 0 ] || tr '\0' ' ' <"$entry/cmdline" 2>/dev/null | grep -qi -- "$1" || continue
        echo "${entry#/proc/}"
    done
}

kill_all()
{
    local list
    while list=$(processes) && [ -n "$list" ]; do
        # shellcheck disable=SC2086
        kill -9 $list 2>/dev/null
        sleep 0.1
    done
}

interrupt()
{
    case $1 in
    session) "$wineserver" -k; "$wineserver" -w ;;
    service) processes 'svchost.exe -k netsvcs' | xargs kill -9 ;;
    everything) kill_all ;;
    esac
}

# The exit code of the installer; the shell would say of a killed one that it was.
wait_install() { wait "$setup" 2>/dev/null; }

not_installed() { [ "$1" != 0 ] && ! [ -e "$2" ]; }

# interrupted WHAT TEXT: once in the middle.
interrupted()
{
    local name=set-up-$1 file=$dir/local/$1.bin sent
    : >"$dir/nginx-access.log"
    use_prefix "$installed"
    begin_install "$prefix" "$name" large.bin "$(windows_path "$file")"
    check "$2: it is in the middle" "$name" wait_progress "$name" $((size / 2))
    interrupt "$1"
    wait_install
    check "$2: the installer ends, and has installed nothing" "$name" not_installed $? "$file"
    begin_install "$prefix" "$name" large.bin "$(windows_path "$file")"
    wait_install
    check "$2: run again it installs" "$name" test $? = 0
    check "$2: it has found its job" "$name" grep -qx "found job" <(log "$name")
    check "$2: the bytes are right" "$name" cmp -s "$dir/www/large.bin" "$file"
    sent=$(awk '$1 == "GET" && $2 == "/large.bin" { sum += $4 } END { print sum + 0 }' "$dir/nginx-access.log")
    check "$2: of $size bytes $((sent - size)) were fetched twice, at most $bound" "$name" \
        test $((sent - size)) -le $bound
    rm -f "$file"
}

two_prefixes()
{
    local first
    use_prefix "$installed"
    copy_prefix "$installed" "$second" || fail "$installed cannot be copied"
    begin_install "$prefix" one one.bin "$(windows_path "$dir/local/one.bin")"
    first=$setup
    begin_install "$second" two two.bin "$(windows_path "$dir/local/two.bin")"
    wait_install
    check "two prefixes at once: the second installs" two test $? = 0
    wait "$first"
    check "two prefixes at once: the first installs" one test $? = 0
    check "two prefixes at once: the bytes are right" one cmp -s "$dir/www/one.bin" "$dir/local/one.bin"
    check "two prefixes at once: those of the other as well" two cmp -s "$dir/www/two.bin" "$dir/local/two.bin"
    end_prefix "$second"
}

names()
{
    local file="$dir/local/Möbel für Łódź/übung 1.bin"
    use_prefix "$installed"
    begin_install "$prefix" names 'Gr%C3%BC%C3%9Fe/%C3%BCbung.bin' "$(windows_path "$file")"
    wait_install
    check "umlauts, spaces, Z: in the target and escapes in the URL: it installs" names test $? = 0
    check "the bytes are right" names cmp -s "$dir/www/Grüße/übung.bin" "$file"
}

names
two_prefixes
interrupted session "wineserver -k"
interrupted service "kill -9 of the service"
interrupted everything "kill -9 of everything"
