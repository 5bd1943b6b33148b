# shellcheck shell=bash
# Which Wine works on this machine, and what kind of prefix a directory is: shared by all tools and tests.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by bash scripts. Whether a program works is found out by running it. That a file exists or that its package
# is installed says nothing: on a kernel that does not run 32-bit programs Debian's "wine" starts a 32-bit loader all
# the same. Functions that fail leave the reason in $problem: what was run, what came back, and what can be done.

problem=
# How long a program may take to say its version, in seconds. A second is much on a quiet machine.
probe_seconds=30
# Where Debian keeps loaders that are not in PATH. A variable for the sake of the tests.
wine_libraries=/usr/lib

# --- running something to see whether it runs ---------------------------------------

# probe SECONDS COMMAND...: run it; what it printed is in $answer afterwards, and in $outcome how it ended, for people.
# Success is exit code 0.
probe()
{
    local seconds=$1 file code
    shift
    file=$(mktemp) || return
    # Through bash: execvp, which timeout uses, would give a program of a foreign format to the shell as a script.
    # Into a file: what the program leaves behind would keep a pipe open.
    # shellcheck disable=SC2016
    timeout -k 2 "$seconds" bash -c 'exec "$@"' bash "$@" >"$file" 2>&1 </dev/null
    code=$?
    answer=$(tr -d '\0\r' <"$file")
    rm -f "$file"
    case $code in
    0) outcome='it ended without an error' ;;
    124|137) outcome="no answer within $seconds s" ;;
    # bash says twice what it cannot execute, the second time with "Success".
    *) outcome=$(printf '%s\n' "$answer" | grep -v -e '^ *$' -e ': Success$' | tail -n 1 | sed 's/^bash: \(line [0-9]*: \)*//; s/cannot execute binary file: //')
       outcome="exit code $code${outcome:+: $outcome}" ;;
    esac
    return "$code"
}

# A program of 96 bytes for 32-bit Linux that ends with exit code 42.
write_elf32()
{
    printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\064\0\0\0\0\0\0\0\0\0\0\0\064\0\040\0\1\0\0\0\0\0\0\0'
    printf '\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\140\0\0\0\140\0\0\0\5\0\0\0\0\20\0\0'
    printf '\270\1\0\0\0\273\052\0\0\0\315\200'
}

# elf32_runs: whether 32-bit Linux programs run, which Wine's 32-bit loader is. Asked once.
elf32_state=
elf32_runs()
{
    local directory file
    if [ -z "$elf32_state" ]; then
        # A directory may be mounted noexec.
        for directory in "${TMPDIR:-/tmp}" /var/tmp "${HOME:-/root}"; do
            file=$(mktemp "$directory/wine-bits-elf32.XXXXXX" 2>/dev/null) || continue
            write_elf32 >"$file" && chmod 700 "$file"
            probe 10 "$file"
            [ $? = 42 ] && elf32_state=runs
            rm -f "$file"
            case $elf32_state$outcome in
            runs*) break ;;
            *'ermission denied'*) ;;
            *) break ;;
            esac
        done
        [ -n "$elf32_state" ] || elf32_state="a 32-bit test program for Linux gave ${outcome/"$file: "}"
    fi
    [ "$elf32_state" = runs ] && return
    problem="this machine does not run 32-bit programs ($elf32_state)"
    return 1
}

# --- which Wine ------------------------------------------------------------------------

wine_install_hint="install it (Debian: apt install wine), or name the program in \$WINE"

# is_wine PROGRAM: it says a version of Wine; sets $wine_version, like "wine-8.0 (Debian 8.0~repack-4)".
is_wine()
{
    local code
    # A loader that was named for another Wine, or the wish for a debugger, must not disturb.
    probe "$probe_seconds" env -u WINELOADER WINEDEBUG=-all "$1" --version
    code=$?
    wine_version=$(printf '%s\n' "$answer" | grep -m 1 '^wine-[0-9]')
    [ "$code" = 0 ] && [ -n "$wine_version" ] && return
    [ "$code" != 0 ] || outcome="no version of Wine but \"$(printf '%s\n' "$answer" | head -n 1)\""
    return 1
}

# The programs that may be Wine, the best first. Some distributions (Debian 13 and later) have the loader of the new
# layout beside Wine's libraries only.
wine_candidates()
{
    command -v wine
    command -v wine64
    printf '%s\n' "$wine_libraries/wine/wine64" "$wine_libraries/wine/wine" \
        "$wine_libraries"/*-linux-gnu/wine/x86_64-unix/wine "$wine_libraries"/*-linux-gnu/wine/*-unix/wine64
}

# find_wine: sets $wine, a path, and $wine_version. $WINE, where it is set, is the only candidate.
find_wine()
{
    local candidate tried='' seen=':'
    wine=
    while IFS= read -r candidate; do
        case $seen in *":$candidate:"*) continue ;; esac
        seen=$seen$candidate:
        [ -x "$candidate" ] || continue
        if is_wine "$candidate"; then
            wine=$candidate
            return 0
        fi
        tried="$tried${tried:+; }$candidate --version: $outcome"
    done < <(if [ -n "${WINE:-}" ]; then command -v "$WINE"; else wine_candidates; fi)

    wine_version=
    if [ -z "$tried" ] && [ -n "${WINE:-}" ]; then
        problem="\$WINE is $WINE, which is no program; unset it, or name the wine program"
    elif [ -z "$tried" ]; then
        problem="Wine was not found; $wine_install_hint"
    elif [ -n "${WINE:-}" ]; then
        problem="\$WINE does not work ($tried); unset it, or name another program"
    elif ! elf32_runs; then
        problem="Wine does not work ($tried), and $problem; install 64-bit Wine (Debian: apt install wine64)"
    else
        problem="Wine does not work ($tried); reinstall it, or name another program in \$WINE"
    fi
    return 1
}

# Of "wine-8.0 (Debian 8.0~repack-4)" and "Wine 8.0": the number.
version_number() { printf '%s\n' "$1" | sed -n 's/^[Ww]ine[- ]\([^ ]*\).*/\1/p' | head -n 1; }

wineserver_candidates()
{
    local loader directory
    loader=$(readlink -f -- "$wine") || loader=$wine
    directory=${loader%/*}
    printf '%s\n' "$directory/wineserver" "$directory/wineserver64" "$directory/../../../../bin/wineserver"
    # A script in bin/ whose Wine lies elsewhere.
    command -v wineserver
    printf '%s\n' "$wine_libraries/wine/wineserver" "$wine_libraries/wine/wineserver64" \
        "$wine_libraries"/*-linux-gnu/wine/*-unix/wineserver "$wine_libraries"/*-linux-gnu/wine/wineserver
}

# find_wineserver: sets $wineserver to the one of $wine; $WINESERVER, where it is set, is the only candidate.
find_wineserver()
{
    local candidate tried='' version
    wineserver=
    while IFS= read -r candidate; do
        [ -x "$candidate" ] || continue
        probe "$probe_seconds" "$candidate" --version
        version=$(version_number "$answer")
        if [ -n "$version" ] && [ "$version" = "$(version_number "$wine_version")" ]; then
            wineserver=$candidate
            return 0
        fi
        [ -z "$version" ] || outcome="it is of Wine $version"
        tried="$tried${tried:+; }$candidate: $outcome"
    done < <(if [ -n "${WINESERVER:-}" ]; then command -v "$WINESERVER"; else wineserver_candidates; fi)
    problem="the wineserver of $wine ($wine_version) was not found"
    problem="$problem${tried:+ ($tried)}; name the program in \$WINESERVER"
    return 1
}

# wbsetup.exe ends with this code in a session of Wine that cannot be used, and that ends when nothing runs in it: the one
# in which wineboot has just made the prefix.
other_session=75

# next_session PREFIX: wait until the session is over; the next program begins another.
next_session() { find_wineserver && WINEPREFIX=$1 timeout 30 "$wineserver" -w; }

# --- prefixes -----------------------------------------------------------------------------

# The machine of a Windows program or DLL: x86_64, i386, aarch64, or nothing.
pe_machine()
{
    local offset
    offset=$(od -An -tu4 -j60 -N4 "$1" 2>/dev/null | tr -d ' ') || return
    case $(od -An -tx2 -j$((offset + 4)) -N2 "$1" 2>/dev/null | tr -d ' ') in
    8664) echo x86_64 ;;
    014c) echo i386 ;;
    aa64) echo aarch64 ;;
    esac
}

# inspect_prefix DIR: sets $prefix_path (absolute), $prefix_arch (of its 64-bit half, or i386), and $prefix_wow64, the
# directory of its 32-bit half, empty where it has none. Not system.reg is asked, which wineserver writes long after
# wineboot has ended.
inspect_prefix()
{
    local windows
    prefix_path='' prefix_arch='' prefix_wow64=''
    if [ ! -d "$1" ]; then
        problem="there is no Wine prefix in $1"
        return 1
    fi
    prefix_path=$(cd "$1" && pwd -P) || { problem="$1 cannot be entered"; return 1; }
    windows=$prefix_path/dosdevices/c:/windows
    prefix_arch=$(pe_machine "$windows/system32/ntdll.dll")
    if [ -z "$prefix_arch" ]; then
        problem="$1 is no Wine prefix: it lacks a C: drive with Windows"
        return 1
    fi
    # Wine without a 32-bit half makes the directory, too, and leaves it empty.
    if [ "$prefix_arch" != i386 ] && [ -n "$(pe_machine "$windows/syswow64/ntdll.dll")" ]; then
        prefix_wow64=$windows/syswow64
    fi
}

# The command that makes a prefix here, for messages.
prefix_command()
{
    local program
    program=$(command -v wineboot)
    # Debian's wineboot starts what its wine starts.
    if [ -z "$program" ] || { [ -n "$wine" ] && [ "$wine" != "$(command -v wine)" ]; }; then
        program="${wine:-wine} wineboot"
    else
        program=wineboot
    fi
    printf "WINEPREFIX='%s' %s" "$1" "$program"
}

# prefix_runs_32bit: whether 32-bit Windows programs run in the prefix that was inspected, with $wine.
prefix_runs_32bit()
{
    [ "$prefix_arch" != i386 ] || return 0
    if [ -z "$prefix_wow64" ]; then
        elf32_runs || { problem="$problem, and the prefix has no 32-bit half"; return 1; }
        problem="the prefix has no 32-bit half (Debian 12: apt install wine32:i386, then a new prefix)"
        return 1
    fi
    # Wine may run nothing at all and say 0: the text is the proof.
    WINEPREFIX=$prefix_path WINEDEBUG=-all probe 90 "$wine" "$prefix_wow64/cmd.exe" /c echo 32-bit-works
    case $answer in *32-bit-works*) return 0 ;; esac
    elf32_runs || return
    problem="$wine does not run 32-bit programs ($prefix_wow64/cmd.exe: $outcome)"
    return 1
}

# --- the files of wine-bits ------------------------------------------------------------------

# find_products ARCH DIR...: sets $products to the first directory that has the programs of ARCH. Without a DIR, where
# they lie after an installation, in an unpacked archive, or in a checkout.
find_products()
{
    local arch=$1 script here directory named=
    shift
    script=$(readlink -f -- "$0") || script=$0
    here=${script%/*}
    if [ -n "${1:-}" ]; then named=$1
    elif [ -n "${WINE_BITS_DIR:-}" ]; then set -- "$WINE_BITS_DIR"; named=$1
    else set -- "$here" "$here/../lib/wine-bits" "$here"/../lib/*/wine-bits "$here/.." "$here/../.check/build"
    fi
    for directory in "$@"; do
        if [ -f "$directory/$arch-windows/wbsetup.exe" ]; then
            products=$(cd "$directory" && pwd -P)
            return
        fi
    done
    problem="the DLLs of wine-bits were not found; build them first, or name their directory with --from"
    [ -z "$named" ] || problem="there is no $arch-windows/wbsetup.exe in $named; is it built?"
    return 1
}
