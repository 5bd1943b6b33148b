#!/bin/bash
# The window of wine-bits-monitor.exe, in an X server of its own: what it shows and does, and a picture of it.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/monitor/monitor.sh BUILD_DIR [PICTURE.png [LANGUAGE]]
#
# With PICTURE only that is made, for instance for docs/, in the language of a locale like de_DE.UTF-8. Runs in a copy
# of the prefix $WB_INSTALLED.

set -u

build=$(cd "${1:?usage: monitor.sh BUILD_DIR}" && pwd -P) || exit 1
picture=${2:-}
language=${3:-}
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
installed=${WB_INSTALLED:-$check/installed}
prefix=$check/prefixes/monitor

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"

for program in Xvfb xauth import identify; do
    command -v "$program" >/dev/null && continue
    echo "skip - tests/monitor: $program is missing (tools/machine-setup)"
    exit 77
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-monitor.XXXXXX") || exit 1
server=
clean_up()
{
    trap '' INT TERM HUP
    end_prefix "$prefix"
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$scratch" "$prefix"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

failures=0
result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

# Xvfb chooses a free display itself, and says which when it can be used.
start_screen()
{
    mkfifo "$scratch/display"
    Xvfb -displayfd 3 -screen 0 1200x700x24 -nolisten tcp 3>"$scratch/display" >"$scratch/xvfb.log" 2>&1 &
    server=$!
    read -r -t 60 display <"$scratch/display" || { cat "$scratch/xvfb.log"; return 1; }
    export DISPLAY=:$display
}

# driver ARCH ARGUMENT...
driver()
{
    local arch=$1
    shift
    timeout -k 5 200 "$wine" "$build/$arch-windows/monitor/driver.exe" "$build/$arch-windows/wine-bits-monitor.exe" \
        "$@"
}

# The checks of the driver are counted one by one by the line at its end.
check_window()
{
    driver "$1" >"$scratch/$1.log" 2>&1 </dev/null
    tr -d '\r' <"$scratch/$1.log" | grep -qE ' [1-9][0-9]{2,} tests executed .* 0 failures\), 0 skipped\.$'
    result $? "the $1 window shows and does what it should"
    tr -d '\r' <"$scratch/$1.log" | sed 's/^/    /'
}

# The driver shows its jobs until it reads a line.
take_picture()
{
    mkfifo "$scratch/go"
    driver x86_64 show <"$scratch/go" >"$scratch/show.log" 2>&1 &
    local shown=$! left=1200
    exec 5>"$scratch/go"
    while ! grep -q '^shown' "$scratch/show.log" && kill -0 "$shown" 2>/dev/null && [ "$left" -gt 0 ]; do
        sleep 0.1
        left=$((left - 1))
    done
    grep -q '^shown' "$scratch/show.log" && import -window root -crop 1200x460+0+0 +repage "$1"
    result $? "a picture is taken"
    # It may have ended by itself.
    (trap '' PIPE; echo >&5) 2>/dev/null
    exec 5>&-
    wait "$shown"
    result $? "what it shows is complete"
    grep -v '^shown' "$scratch/show.log"
}

copy_prefix "$installed" "$prefix" || exit 1
export WINEPREFIX=$prefix
start_screen
result $? "an X server starts"
[ "$failures" = 0 ] || exit 1

if [ -n "$picture" ]; then
    if [ -n "$language" ]; then
        localedef -i "${language%%.*}" -f UTF-8 "$scratch/$language" || exit 1
        export LOCPATH=$scratch LC_ALL=$language
    fi
    take_picture "$picture"
    exit $((failures != 0))
fi

check_window x86_64
if has_32bit "$prefix"; then check_window i386; else echo "skip - the i386 window: 32-bit Wine is not installed"; fi
take_picture "$scratch/picture.png"
# Text, icons and bars have many colours; an empty window or screen has a handful.
[ "$(identify -format %k "$scratch/picture.png" 2>/dev/null || echo 0)" -gt 40 ]
result $? "something is in it"
exit $((failures != 0))
