#!/bin/bash
# tools/wine-bits-lib.sh: which Wine is found, with loaders that work and loaders that do not.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/winelib/winelib.sh [BUILD_DIR]
#
# Needs no Wine: the loaders are scripts. Prints "ok - text", "not ok - text", "skip - text".

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd) || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-winelib.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP
unset WINE WINESERVER WINELOADER WINEPREFIX

# shellcheck source=tools/wine-bits-lib.sh
. "$top/tools/wine-bits-lib.sh" || exit 1
probe_seconds=2
system_path=$PATH
failed=0

# expect TEXT COMMAND...
expect()
{
    local text=$1
    shift
    if "$@"; then echo "ok - $text"
    else
        failed=1
        printf 'not ok - %s\n    wine "%s", wineserver "%s", problem "%s"\n' "$text" "${wine:-}" "${wineserver:-}" "$problem"
    fi
}
says() { case $problem in *"$1"*) return 0 ;; esac; return 1; }
equals() { [ "$1" = "$2" ]; }

# machine NAME: an empty one; its /usr/lib is $wine_libraries, its PATH has $bin and what the library needs.
machine()
{
    root=$scratch/$1 bin=$scratch/$1/bin wine_libraries=$scratch/$1/lib
    mkdir -p "$bin" "$wine_libraries"
    PATH=$bin:$scratch/tools
    elf32_state=runs
    problem=
}
mkdir "$scratch/tools"
for tool in bash sh env timeout mktemp tr rm grep tail head sed cat od readlink chmod sleep uname mkdir ln; do
    ln -s "$(PATH=$system_path command -v $tool)" "$scratch/tools/$tool"
done

# program PATH LINE...: a shell script
program()
{
    local path=$1
    shift
    mkdir -p "${path%/*}"
    { echo '#!/bin/sh'; printf '%s\n' "$@"; } >"$path"
    chmod 755 "$path"
}
loader() { program "$1" "echo 'wine-$2 (Debian)'"; }
server() { program "$1" "echo 'Wine $2' >&2"; }
broken() { program "$1" "echo '$1: 46: exec: /usr/lib/wine/wine: Exec format error' >&2" 'exit 126'; }

# --- nothing ----------------------------------------------------------------------------------

machine nothing
expect "without Wine there is none" eval '! find_wine'
expect "... and the message says how to get one" says 'apt install wine'
WINE=$root/none
expect "a \$WINE that does not exist is not used" eval '! find_wine'
expect "... and is named" says "$root/none"
unset WINE

# --- Debian 12 -----------------------------------------------------------------------------------

bookworm()
{
    machine "$1"
    loader "$wine_libraries/wine/wine64" 8.0
    server "$wine_libraries/wine/wineserver" 8.0
    ln -s "$wine_libraries/wine/wineserver" "$bin/wineserver"
}
bookworm both
loader "$bin/wine" 8.0
expect "Debian 12 with both halves: wine of the PATH" eval 'find_wine && equals "$wine" "$bin/wine"'
expect "... and its version" equals "$wine_version" 'wine-8.0 (Debian)'
expect "... and its wineserver" eval 'find_wineserver && equals "$wineserver" "$bin/wineserver"'

bookworm only64
expect "without a wine in PATH: the 64-bit loader" eval 'find_wine && equals "$wine" "$wine_libraries/wine/wine64"'
expect "... and its wineserver" eval 'find_wineserver && equals "$wineserver" "$wine_libraries/wine/wineserver"'

bookworm no32bit
broken "$bin/wine"
elf32_state='a 32-bit test program for Linux gave exit code 126'
expect "a wine that ends with 126 is passed over" eval 'find_wine && equals "$wine" "$wine_libraries/wine/wine64"'
expect "the command that makes a prefix names the loader that works" \
    equals "$(program "$bin/wineboot"; prefix_command /p)" "WINEPREFIX='/p' $wine wineboot"
rm "$wine_libraries/wine/wine64"
expect "with no other loader there is no Wine" eval '! find_wine'
expect "... and the message says what was run" says "$bin/wine --version"
expect "... what came back" says 'exit code 126: '
expect "... the reason" says 'does not run 32-bit programs'
expect "... and what to do" says 'apt install wine64'

bookworm hangs
program "$bin/wine" 'exec sleep 100'
before=$SECONDS
expect "a wine that hangs is passed over" eval 'find_wine && equals "$wine" "$wine_libraries/wine/wine64"'
expect "... soon" [ $((SECONDS - before)) -lt 30 ]
WINE=$bin/wine
expect "a \$WINE that hangs is not used" eval '! find_wine'
expect "... and the message says so" says 'no answer within 2 s'
unset WINE
program "$bin/wine" 'echo something else'
WINE=$bin/wine
expect "a program that is not Wine is not taken for it" eval '! find_wine'
expect "... and the message has what it said" says 'no version of Wine but "something else"'
unset WINE

# --- Wine from elsewhere ------------------------------------------------------------------------------

bookworm other
loader "$bin/wine" 8.0
loader "$root/opt/wine-devel/bin/wine" 9.5
server "$root/opt/wine-devel/bin/wineserver" 9.5
WINE=$root/opt/wine-devel/bin/wine
expect "\$WINE is the Wine to use" eval 'find_wine && equals "$wine_version" "wine-9.5 (Debian)"'
expect "... with its own wineserver" eval 'find_wineserver && equals "$wineserver" "$root/opt/wine-devel/bin/wineserver"'
rm "$root/opt/wine-devel/bin/wineserver"
expect "the wineserver of another Wine is not used" eval '! find_wineserver'
expect "... and the message names it and its version" says "$bin/wineserver: it is of Wine 8.0"
WINE=wine
expect "\$WINE may be a name" eval 'find_wine && equals "$wine" "$bin/wine"'
unset WINE

# --- the new layout of Debian: everything in one directory, nothing in PATH but wine -----------------------

machine sid
unix=$wine_libraries/x86_64-linux-gnu/wine/x86_64-unix
loader "$unix/wine" 10.0
server "$unix/wineserver" 10.0
expect "the new layout without a wine in PATH" eval 'find_wine && equals "$wine" "$unix/wine"'
expect "... its wineserver" eval 'find_wineserver && equals "$wineserver" "$unix/wineserver"'
ln -s "$unix/wine" "$bin/wine"
expect "the new layout" eval 'find_wine && equals "$wine" "$bin/wine"'
expect "... its wineserver" eval 'find_wineserver && equals "$wineserver" "$unix/wineserver"'

# --- prefixes ---------------------------------------------------------------------------------------------

PATH=$system_path
# dll FILE MACHINE: the start of a DLL, with the two bytes of the machine in octal.
dll()
{
    mkdir -p "${1%/*}"
    { printf 'MZ'; head -c 58 /dev/zero; printf '\100\0\0\0'; printf 'PE\0\0'; printf "$2"; } >"$1"
}
fresh=$scratch/fresh
dll "$fresh/drive_c/windows/system32/ntdll.dll" '\144\206'
mkdir "$fresh/dosdevices" && ln -s ../drive_c "$fresh/dosdevices/c:"
expect "a prefix is known before it has a system.reg" eval 'inspect_prefix "$fresh" && equals "$prefix_arch" x86_64'
expect "... without a 32-bit half" equals "$prefix_wow64" ''
mkdir "$fresh/drive_c/windows/syswow64"
expect "an empty syswow64 is none" eval 'inspect_prefix "$fresh" && equals "$prefix_wow64" ""'
dll "$fresh/drive_c/windows/syswow64/ntdll.dll" '\114\001'
expect "with 32-bit files there is one" \
    eval 'inspect_prefix "$fresh" && equals "$prefix_wow64" "$prefix_path/dosdevices/c:/windows/syswow64"'
dll "$fresh/drive_c/windows/system32/ntdll.dll" '\144\252'
expect "ARM64 is told from x86-64" eval 'inspect_prefix "$fresh" && equals "$prefix_arch" aarch64'
dll "$fresh/drive_c/windows/system32/ntdll.dll" '\114\001'
expect "a 32-bit prefix" eval 'inspect_prefix "$fresh" && equals "$prefix_arch" i386'
expect "another directory is no prefix" eval '! inspect_prefix "$scratch"'
expect "... and the message says so" says 'is no Wine prefix'
expect "no directory is no prefix" eval '! inspect_prefix "$scratch/none"'
expect "... and the message says so" says 'there is no Wine prefix in'

# --- 32-bit programs ----------------------------------------------------------------------------------------

# ask_elf32 [WITHOUT-32BIT-OPTION...]: in $said, what the library finds out
ask_elf32()
{
    said=$("$here/../support/without-32bit" "$@" bash -c '
        . "$1"; if elf32_runs; then echo runs; else echo "$problem"; fi' bash "$top/tools/wine-bits-lib.sh" 2>&1)
}
if "$here/../support/without-32bit" true 2>"$scratch/log"; then
    ask_elf32
    expect "a kernel that does not run 32-bit programs is found out" \
        eval 'case $said in *"does not run 32-bit programs"*"Exec format error"*) ;; *) problem=$said; false ;; esac'
    ask_elf32 --exit 126
    expect "... also where the exit code is all there is" \
        eval 'case $said in *"does not run 32-bit programs"*"exit code 126"*) ;; *) problem=$said; false ;; esac'
else
    echo "skip - winelib: no machine without 32-bit programs can be had: $(tail -n 1 "$scratch/log")"
fi
exit "$failed"
