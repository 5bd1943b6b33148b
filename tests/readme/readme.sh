#!/bin/bash
# What the documents tell people to type is typed here, and what they promise exists.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: readme.sh BUILD_DIR
#
# Commands run as for somebody with wine-bits installed: in a home with a prefix in ~/.wine and the tools in
# the path. http://example.net is an nginx of ours.

set -u

build=$(cd "$1" && pwd) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$WB_CHECK_DIR/prefixes/readme-work
home=$work/home
failures=0

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

# shellcheck source=../support/prefix.sh
. "$top/tests/support/prefix.sh"

rm -rf "$work"
mkdir -p "$home" "$work/bin" "$work/check" "$work/www" || exit 1
nginx_pid=
transcript_pid=
clean_up()
{
    local pid
    trap '' INT TERM HUP
    for pid in $nginx_pid $transcript_pid; do { kill "$pid"; wait "$pid"; } 2>/dev/null; done
    end_prefix "$home/.wine"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM HUP

# --- A server, a home ------------------------------------------------------------------------

start_server()
{
    local nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    head -c 3000000 /dev/zero >"$work/www/song.ogg"
    head -c 3000000 /dev/zero >"$work/www/film.bin"
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 20000))
        sed -e "s|@DIR@|$work|g" -e "s|@PORT@|$port|" "$top/tests/node/nginx.conf.in" >"$work/nginx.conf"
        "$nginx" -c "$work/nginx.conf" -e "$work/nginx-error.log" </dev/null >/dev/null 2>&1 &
        nginx_pid=$!
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            curl -s -o "$work/probe" "http://127.0.0.1:$port/song.ogg" && return
            kill -0 "$nginx_pid" 2>/dev/null || break
            sleep 0.3
        done
        kill "$nginx_pid" 2>/dev/null
    done
    return 1
}

start_server
result $? "nginx runs"
copy_prefix "$WB_TEMPLATE" "$home/.wine" || exit 1
for name in wine-bits wine-bits-setup wine-bits-wait; do ln -s "$top/tools/$name" "$work/bin/$name"; done
command -v wine >/dev/null || ln -s "$wine" "$work/bin/wine"
command -v wineserver >/dev/null || ln -s "$wineserver" "$work/bin/wineserver"

# It mostly waits, as the commands do: both at the same time.
WB_CHECK_DIR=$work/check "$top/tools/make-transcript" --check --build "$build" --template "$WB_TEMPLATE" \
    >"$work/transcript" 2>&1 </dev/null &
transcript_pid=$!

# For tools/compare-conformance.
printf '# wine-bits conformance result 1\nenums\tx86_64\tend\tended\t\n' >"$home/windows.txt"
cp "$home/windows.txt" "$home/wine.txt"
printf '# wine-bits conformance result 1\nrule\tx86_64\tS-004 account of BITS\tLocalSystem\t\n' >"$home/result.txt"

# --- Commands ------------------------------------------------------------------------------------

# run COMMAND: from the home, paths of the checkout and of the build put in.
run()
{
    local command=$1 conformance
    command=${command//http:\/\/example.net/http:\/\/127.0.0.1:$port}
    command=${command/#.check\/build/$build}
    conformance="'$top'/tests/run-conformance --build '$build' --template '$WB_INSTALLED'"
    command=${command//tests\/run-conformance/$conformance}
    case $command in tools/*) command="'$top'/$command" ;; esac
    (cd "$home" && HOME=$home WINE_BITS_DIR=$build WB_CHECK_DIR=$work/check PATH=$work/bin:$PATH \
        timeout 60 bash -c "$command" >"$work/output" 2>&1 </dev/null)
    result $? "$1"
    [ "$failures" = 0 ] || tail -n 5 "$work/output"
}

has_test()
{
    [ -d "$top/tests/$1" ] || [ -f "$top/tests/unit/$1.c" ] || [ -f "$top/tests/fuzz/$1.c" ]
}

# What would take too long, or needs another machine, is run by whom it says; what is left to see is that it
# is there.
try_command()
{
    local command=$1
    case $command in
    tools/check) result 0 "$command (this is it)" ;;
    "tests/support/without-32bit tools/check "*)
        # 125: not on this machine.
        has_test "${command##* }" &&
            { "$top/tests/support/without-32bit" "$top/tools/check" --help >"$work/output" 2>&1 || [ $? = 125 ]; }
        result $? "$command (this is it)" ;;
    "WB_EMULATE=yes tools/check "*)
        has_test "${command##* }" && grep -q '\<WB_EMULATE\>' "$top/tools/check"
        result $? "$command (this is it, on a machine that needs it)" ;;
    "tools/check "*) has_test "${command#* }"; result $? "$command (this is it)" ;;
    tools/try) bash -n "$top/$command" && [ -x "$top/$command" ]; result $? "$command (run by tests/node)" ;;
    "tools/machine-setup "*)
        grep -qE "^# Usage: tools/machine-setup .*[[|]${command##* }[]|]" "$top/tools/machine-setup"
        result $? "$command (run by tools/check)" ;;
    ./autogen.sh*|/path/to/wine-bits/configure*|"mkdir -p /tmp/wine-bits-build"*)
        [ -x "$top/autogen.sh" ]; result $? "$command (run by tests/build)" ;;
    "wine-bits monitor") [ -x "$top/tests/monitor/monitor.sh" ]; result $? "$command (run by tests/monitor)" ;;
    "dpkg-buildpackage -us -uc -b") [ -f "$top/debian/control" ]; result $? "$command (run by tests/packages)" ;;
    "make && make pe-tests unit-tests")
        grep -q '^pe-tests:' "$top/build/pe.mk" && grep -q '^unit-tests:' "$top/build/pe.mk"
        result $? "$command (run by tools/check)" ;;
    tools/coverage) [ -x "$top/tests/coverage/coverage.sh" ]; result $? "$command (run by tests/coverage)" ;;
    "make native/unit/"*) run "cd '$build' && $command" ;;
    "make conformance") [ -x "$top/tests/kit/kit.sh" ]; result $? "$command (run by tests/kit)" ;;
    tools/*|tests/run-conformance*|.check/build/*|WINEDEBUG=*) run "$command" ;;
    wine\ *|wineserver\ *|wine-bits*) run "$command" ;;
    *) result 1 "$command (nobody runs it)" ;;
    esac
}

for document in docs/user-guide.md README.md docs/contributing.md; do
    python3 "$top/tests/readme/documents.py" "$top" commands "$document" >"$work/commands"
    [ -s "$work/commands" ]
    result $? "$document has commands"
    while IFS= read -r line; do try_command "$line"; done <"$work/commands"
done

# --- The rest ------------------------------------------------------------------------------------

# These lines are results already.
python3 "$top/tests/readme/documents.py" "$top" check
result $? "the documents promise nothing that is not there"

wait "$transcript_pid"
result $? "the transcript in the README is what happens"
transcript_pid=
[ "$failures" = 0 ] || tail -n 20 "$work/transcript"

exit $((failures != 0))
