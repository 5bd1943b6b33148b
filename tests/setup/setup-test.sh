#!/bin/bash
# Test of tools/wine-bits-setup: what it does to prefixes, and that it takes it all back.
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/setup/setup-test.sh BUILD_DIR
#
# BUILD_DIR contains x86_64-windows and i386-windows.  WB_TEMPLATE may name a ready
# prefix to copy, which is never changed; without it, or when wine-bits is installed
# in it, one is made.  WB_SETUP_TESTS may name the parts to run.  Prints "ok - …",
# "not ok - …" or "skip - …" for each check.  Exit code: 0 all well, 1 not, 77
# nothing could be tested.

set -u

build=$(cd "${1:?usage: setup-test.sh BUILD_DIR}" && pwd -P) || exit 1
source_dir=$(cd "${0%/*}/../.." && pwd -P) || exit 1
setup=$source_dir/tools/wine-bits-setup
export WINEDEBUG=${WINEDEBUG:--all}
unset DISPLAY WINEARCH WINEPREFIX WINE_BITS_DIR

skipped=0 passed=0 failed=0
ok() { passed=$((passed + 1)); printf 'ok - %s\n' "$1"; }
not_ok() { failed=$((failed + 1)); printf 'not ok - %s\n' "$1"; }
skip() { skipped=$((skipped + 1)); printf 'skip - tests/setup: %s\n' "$1"; }

# shellcheck source=tools/wine-bits-lib.sh
. "$source_dir/tools/wine-bits-lib.sh" || exit 1
if ! find_wine || ! find_wineserver; then
    not_ok "$problem"
    exit 1
fi
# For the tool as well: the same Wine everywhere.
export WINE=$wine

scratch=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-setup-test.XXXXXX") || exit 1
prefixes=
holder=
cleanup()
{
    local prefix
    [ -z "$holder" ] || kill "$holder" 2>/dev/null
    for prefix in $prefixes; do WINEPREFIX=$prefix "$wineserver" -k 2>/dev/null; done
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# --- tools of the test -------------------------------------------------------------

# check TEXT COMMAND...: the command must succeed.
check()
{
    local text=$1; shift
    if "$@" >"$scratch/check" 2>&1; then ok "$text"
    else
        not_ok "$text"
        sed 's/^/    /' "$scratch/check" | head -n 40
    fi
}

# Run the set-up tool on $prefix with the files of $build; what it prints is in $out.
out=$scratch/out
# What comes before the tool: a machine of another kind.
machine=()
run_setup() { ${machine[@]+"${machine[@]}"} "$setup" "$@" --prefix "$prefix" --from "$build" >"$out" 2>&1; }

# expect TEXT CODE ARGUMENTS...: the tool must end with this code.
expect()
{
    local text=$1 wanted=$2 code
    shift 2
    run_setup "$@"
    code=$?
    if [ "$code" -eq "$wanted" ]; then ok "$text"
    else
        not_ok "$text (exit code $code, expected $wanted)"
        sed 's/^/    /' "$out"
    fi
}

# if32 COMMAND...: a check that makes sense where 32-bit programs run.
has_32bit='' no_32bit=''
if32() { if [ -n "$has_32bit" ]; then "$@"; else skip "$2: $no_32bit"; fi; }

says() { check "$1" grep -qE -- "$2" "$out"; }

# End the session of $prefix, in which no program runs any more, so that its registry is on disk.
settle() { WINEPREFIX=$prefix "$wineserver" -k; }

run_wine() { WINEPREFIX=$prefix "$wine" "$@" </dev/null >"$scratch/wine.out" 2>&1; }

# Make a prefix as Wine does, without asking for Mono and Gecko.
boot_prefix()
{
    WINEPREFIX=$1 WINEDLLOVERRIDES='mscoree,mshtml=' "$wine" wineboot -i </dev/null >"$scratch/wine.out" 2>&1
    WINEPREFIX=$1 timeout 60 "$wineserver" -w
}

# A copy of the template; "links": its Windows files are hard links, as in tools/check.
make_prefix()
{
    prefix=$scratch/$1
    prefixes="$prefixes $prefix"
    mkdir "$prefix" || exit 1
    if [ "${2:-}" = links ] && cp -al "$template/drive_c" "$prefix/" 2>/dev/null; then
        cp -a "$template"/*.reg "$template/dosdevices" "$template/.update-timestamp" "$prefix/"
    else
        rm -rf "$prefix"
        cp -a "$template" "$prefix"
    fi
    # What Wine itself changes with every start.
    run_wine cmd /c ver
    settle
}

# The registry without times, and the names of all files.
snapshot()
{
    settle
    local file
    for file in system user userdef; do
        sed -e '/^#time=/d' -e '/^"DriverDateData"=/d' -e 's/^\(\[.*\]\) [0-9]*$/\1/' "$prefix/$file.reg"
    done >"$1.reg"
    # What the services store belongs to the user: uninstall leaves it, and the part "data" looks at --purge.
    (cd "$prefix" && find . \( -path ./drive_c/ProgramData/Microsoft/Network \
        -o -path ./drive_c/ProgramData/Microsoft/Windows/DeliveryOptimization \) -prune -o \
        ! -name 'wineserver' -printf '%y %p %l\n' | sort) >"$1.files"
}

unchanged_since()
{
    snapshot "$scratch/now"
    diff "$1.reg" "$scratch/now.reg" && diff "$1.files" "$scratch/now.files"
}

same_files()
{
    local arch=$1 dir=$2 file
    for file in "$build/$arch-windows"/*.dll; do
        cmp "$file" "$prefix/drive_c/windows/$dir/${file##*/}" || return 1
    done
}

is_builtin() { head -c 256 "$1" | grep -qa 'Wine builtin DLL'; }
files_are_wines()
{
    local dir name
    for dir in "$@"; do
        for name in qmgr qmgrprxy; do is_builtin "$prefix/drive_c/windows/$dir/$name.dll" || return 1; done
        [ ! -e "$prefix/drive_c/windows/$dir/dosvc.dll" ] || return 1
    done
}

# Is the key in the registry file?
has_key() { settle; grep -qiF "[$1]" "$prefix/system.reg"; }

# Keep a program running in $prefix, until end_program.
start_program()
{
    local tries=100
    mkfifo "$scratch/fifo"
    WINEPREFIX=$prefix "$wine" cmd /k 'echo started' <"$scratch/fifo" >"$scratch/started" 2>/dev/null &
    holder=$!
    exec 9>"$scratch/fifo"
    while ! grep -q started "$scratch/started" && [ "$((tries -= 1))" -gt 0 ]; do sleep 0.1; done
}
end_program()
{
    exec 9>&-
    wait "$holder"
    holder=
    rm -f "$scratch/fifo"
}

# --- the tests ------------------------------------------------------------------------

test_arguments()
{
    prefix=$scratch/none
    expect "no command is a usage error" 64
    expect "an unknown command is a usage error" 64 instal
    expect "an unknown option is a usage error" 64 install --fast
    expect "log without on, off or path is a usage error" 64 log
    expect "--purge is for uninstall only" 64 install --purge
    expect "--help" 0 --help
    says "--help names the commands" '^  uninstall '
}

test_no_prefix()
{
    prefix=$scratch/none
    expect "a directory that does not exist is refused" 1 install
    says "... and the user is told how to make a prefix" 'wineboot'
    check "... and it is not created" [ ! -e "$prefix" ]
    prefix=$scratch/empty
    mkdir "$prefix"
    expect "a directory that is no prefix is refused" 1 install
    says "... with a reason" 'is no Wine prefix'
    expect "... by uninstall too" 1 uninstall
    expect "... and by status" 1 status
    check "... and stays empty" [ -z "$(ls -A "$prefix")" ]
}

test_no_build()
{
    local real_build=$build
    make_prefix incomplete links
    snapshot "$scratch/before"
    build=$scratch/empty
    expect "a directory without DLLs is refused" 1 install
    says "... with a reason" 'is it built'
    build=$scratch/partial
    mkdir -p "$build/x86_64-windows"
    cp "$real_build/x86_64-windows/wbsetup.exe" "$real_build/x86_64-windows/qmgr.dll" "$build/x86_64-windows/"
    expect "an incomplete build is refused" 1 install
    says "... with a reason" 'lacks qmgrprxy.dll'
    build=$real_build
    check "the prefix is as before" unchanged_since "$scratch/before"
}

test_life_cycle()
{
    make_prefix main links
    snapshot "$scratch/before"
    expect "status of a fresh prefix: not installed" 1 status
    says "... Wine's BITS answers" "BITS +Wine's builtin"

    expect "install" 0 install
    check "64-bit files are in system32" same_files x86_64 system32
    if32 check "32-bit files are in syswow64" same_files i386 syswow64
    check "the prefix it shares files with keeps its own" \
        is_builtin "$template/drive_c/windows/system32/qmgr.dll"
    expect "status: installed and in use" 0 status
    says "... our BITS answers" 'BITS +C:.windows.system32.qmgr\.dll, wine-bits'
    says "... our Delivery Optimization answers" \
        'Delivery Optimization +C:.windows.system32.dosvc\.dll, wine-bits'
    says "... 64-bit programs use our proxies" 'proxies, 64-bit +C:.*wine-bits'
    if32 says "... 32-bit programs use our proxies" 'proxies, 32-bit +C:.*wine-bits'
    says "... and shows the start types" 'DoSvc starts on demand'

    check "the interfaces are registered for 64-bit programs" \
        has_key 'Software\\Classes\\Interface\\{400E2D4A-1431-4C1A-A748-39CA472CFDB1}'
    check "... and for 32-bit programs" \
        has_key 'Software\\Classes\\Wow6432Node\\Interface\\{400E2D4A-1431-4C1A-A748-39CA472CFDB1}'

    snapshot "$scratch/installed"
    expect "install again" 0 install
    check "it changes nothing" unchanged_since "$scratch/installed"

    expect "uninstall" 0 uninstall
    check "Wine's files are back" files_are_wines system32 ${has_32bit:+syswow64}
    expect "status: not installed" 1 status
    says "... Wine's BITS answers" "BITS +Wine's builtin"
    check "registry and file names are as before the installation" unchanged_since "$scratch/before"
    expect "uninstall where nothing is installed" 0 uninstall
    check "it changes nothing" unchanged_since "$scratch/before"
}

test_damage()
{
    make_prefix damage links
    expect "install" 0 install

    rm "$prefix/drive_c/windows/${has_32bit:+syswow64}${no_32bit:+system32}/qmgrprxy.dll"
    expect "a missing file is noticed" 2 status
    says "... and named" 'missing: qmgrprxy\.dll'
    expect "install repairs it" 0 install

    run_wine reg delete 'HKCU\Software\Wine\DllOverrides' /v qmgrprxy /f
    expect "a missing override is noticed" 2 status
    says "... and named" 'qmgrprxy=\(none\)'
    run_wine reg delete 'HKLM\System\CurrentControlSet\Services\DoSvc\Parameters' /f
    run_wine reg add 'HKLM\Software\Classes\Interface\{E847030C-BBBA-4657-AF6D-484AA42BF1FE}\NumMethods' \
        /d 7 /f /reg:64
    expect "a damaged registration is noticed" 2 status
    says "... the service" 'service DoSvc has another DLL'
    says "... the interface" 'E847030C-BBBA-4657-AF6D-484AA42BF1FE'
    expect "install repairs all of it" 0 install

    printf 'another build' >>"$prefix/drive_c/windows/system32/qmgr.dll"
    expect "another version of a file is noticed" 2 status
    says "... and named" 'other version: qmgr\.dll'
    expect "install repairs it" 0 install
    expect "status: installed and in use" 0 status

    # Half an installation can be taken away.
    run_wine reg delete 'HKLM\Software\Classes\CLSID\{5B99FA76-721C-423C-ADAC-56D03C8A8007}' /f /reg:64
    rm "$prefix/drive_c/windows/system32/dosvc.dll"
    expect "uninstall what is left of a damaged installation" 0 uninstall
    expect "status: not installed" 1 status
}

test_user_settings()
{
    make_prefix settings links
    local dll=$prefix/drive_c/windows/system32/dosvc.dll
    run_wine reg add 'HKCU\Software\Wine\DllOverrides' /v qmgr /d builtin /f
    run_wine reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\SvcHost' /v NetworkService \
        /t REG_MULTI_SZ /d Other /f /reg:64
    printf 'foreign' >"$dll"
    snapshot "$scratch/before"
    expect "install over a user's override, svchost group and file" 0 install
    check "the file is kept aside" grep -q foreign "$dll.before-wine-bits"
    settle
    check "the svchost group has both services" \
        grep -qF '"NetworkService"=str(7):"Other\0DoSvc\0"' "$prefix/system.reg"
    # The other service of the group does not exist: only what is registered can be looked at here.
    expect "install again" 0 install
    expect "uninstall" 0 uninstall
    check "override, group and file are as before" unchanged_since "$scratch/before"
    check "... with the file's content" grep -q foreign "$dll"
}

test_data()
{
    make_prefix data links
    local store=$prefix/drive_c/ProgramData/Microsoft/Network/Downloader
    local downloads=$prefix/drive_c/ProgramData/Microsoft/Windows/DeliveryOptimization
    expect "install" 0 install
    mkdir -p "$store" "$downloads/State"
    : >"$store/jobs"
    expect "uninstall" 0 uninstall
    check "uninstall leaves the jobs alone" [ -f "$store/jobs" ]
    expect "uninstall --purge" 0 uninstall --purge
    check "uninstall --purge deletes the jobs" [ ! -e "$store" ]
    check "... of Delivery Optimization as well" [ ! -e "$downloads" ]
    check "... and nothing beside them" [ -d "${downloads%/*}" ]
}

test_log()
{
    make_prefix log links
    expect "log on needs an installation" 1 log on
    says "... and says so" 'not installed'
    expect "install" 0 install
    expect "log path: off" 1 log path
    start_program
    run_setup status
    expect "log on, with running services" 0 log on
    local path
    path=$(cat "$out")
    expect "log path" 0 log path
    check "... is the path that log on printed" [ "$(cat "$out")" = "$path" ]
    check "the running services write to it" [ -f "$path" ]
    expect "log on --verbose" 0 log on --verbose
    run_setup status
    says "... is seen in the status" '^Log: +with traces'
    expect "log off" 0 log off
    expect "log path: off" 1 log path
    end_program
    expect "uninstall" 0 uninstall
}

test_running_programs()
{
    make_prefix live links
    start_program
    run_setup status
    expect "install while a program runs" 0 install
    expect "the next activation uses our DLLs" 0 status
    expect "uninstall while a program runs" 0 uninstall
    says "... tells that it must end" 'Programs still run'
    end_program
    settle
    expect "after that, Wine's BITS is back" 1 status
    says "... and answers" "BITS +Wine's builtin"

    expect "install" 0 install
    run_setup status
    expect "uninstall right after the services have run" 0 uninstall
    expect "Wine's BITS is back at once" 1 status
    says "... and answers" "BITS +Wine's builtin"
}

test_prefix_update()
{
    make_prefix update
    expect "install" 0 install
    run_wine wineboot -u
    settle
    expect "status after wineboot -u: installed and in use" 0 status
    expect "uninstall" 0 uninstall
    check "Wine's files are back" files_are_wines system32 ${has_32bit:+syswow64}
}

test_win32_prefix()
{
    if [ ! -f "$build/i386-windows/wbsetup.exe" ]; then
        skip "32-bit prefix: there is no 32-bit build"
        return
    fi
    if [ -n "$no_32bit" ]; then
        skip "32-bit prefix: $no_32bit"
        return
    fi
    # Only the 32-bit loader makes them.
    local wine=$wine WINE
    if is_wine "$wine_libraries/wine/wine"; then wine=$wine_libraries/wine/wine; fi
    export WINE=$wine
    prefix=$scratch/win32
    prefixes="$prefixes $prefix"
    WINEARCH=win32 boot_prefix "$prefix"
    if ! grep -q '^#arch=win32' "$prefix/system.reg" 2>/dev/null; then
        # Wine with 32-bit programs in 64-bit processes has no 32-bit prefixes.
        skip "32-bit prefix: this Wine cannot make one: $(tail -n 1 "$scratch/wine.out")"
        return
    fi
    run_wine cmd /c ver
    snapshot "$scratch/before"
    expect "32-bit prefix: install" 0 install
    check "32-bit prefix: 32-bit files are in system32" same_files i386 system32
    expect "32-bit prefix: status" 0 status
    says "32-bit prefix: ... our BITS answers" 'BITS +C:.windows.system32.qmgr\.dll, wine-bits'
    expect "32-bit prefix: uninstall" 0 uninstall
    check "32-bit prefix: Wine's files are back" files_are_wines system32
    check "32-bit prefix: registry and file names are as before" unchanged_since "$scratch/before"
}

test_win64_only_prefix()
{
    local wine64=$wine_libraries/wine/wine64
    if ! is_wine "$wine64"; then
        skip "64-bit-only prefix: there is no 64-bit loader of its own ($wine64: $outcome)"
        return
    fi
    make_prefix win64 links
    # As 64-bit-only Wine makes it.
    rm -rf "$prefix/drive_c/windows/syswow64"
    mkdir "$prefix/drive_c/windows/syswow64"
    local WINE=$wine64
    export WINE
    snapshot "$scratch/before"
    expect "64-bit-only prefix: install" 0 install
    check "64-bit-only prefix: syswow64 stays empty" [ -z "$(ls -A "$prefix/drive_c/windows/syswow64")" ]
    expect "64-bit-only prefix: status" 0 status
    says "64-bit-only prefix: ... says so" '64-bit, without 32-bit programs'
    expect "64-bit-only prefix: uninstall" 0 uninstall
    check "64-bit-only prefix: registry and file names are as before" unchanged_since "$scratch/before"
}

# A prefix with a 32-bit half on a machine that runs 32-bit programs no more.
test_dead_32bit()
{
    if [ -z "$has_32bit" ]; then
        skip "a dead 32-bit half: $no_32bit"
        return
    fi
    machine=(env -u WINE -u WINESERVER "$source_dir/tests/support/without-32bit")
    if ! "${machine[@]}" true 2>"$scratch/check"; then
        skip "a dead 32-bit half: $(tail -n 1 "$scratch/check")"
        machine=()
        return
    fi
    make_prefix dead links
    expect "dead 32-bit half: install" 0 install
    expect "dead 32-bit half: status: installed and in use" 0 status
    says "... 32-bit programs cannot run, and why" '32-bit programs +cannot run: this machine does not run 32-bit programs'
    expect "dead 32-bit half: uninstall" 0 uninstall
    says "... says what is not back, and why" "32-bit files are not back: this machine does not run 32-bit programs"
    check "... Wine's 64-bit files are" files_are_wines system32
    expect "dead 32-bit half: status: not installed" 1 status
    machine=()
    run_wine wineboot -u
    check "where 32-bit programs run again wineboot -u puts the others back" files_are_wines system32 syswow64
}

# The interfaces of the proxies' IDL, as widl would register them, against our list.
test_interface_list()
{
    local widl=x86_64-w64-mingw32-widl idl=/usr/include/wine/wine/windows
    if ! command -v "$widl" >/dev/null || [ ! -f "$idl/oaidl.idl" ]; then
        skip "list of interfaces: widl or Wine's IDL files are missing"
        return
    fi
    make_prefix list links
    "$widl" -m64 -I"$idl" -I"$source_dir/include" -DBITS_WIDL_PROXY -r -o "$scratch/proxy.rgs" \
        "$source_dir/dlls/qmgrprxy/qmgrprxy.idl" >"$scratch/widl" 2>&1
    awk '/^ *.\{[0-9A-F-]*\}. = s / { gsub(/\047/, ""); iid = $1; name = $4 }
        /NumMethods/ { print iid, name, $4 }' \
        "$scratch/proxy.rgs" | sort >"$scratch/wanted"
    run_wine "$build/x86_64-windows/wbsetup.exe" list
    awk -F'\t' '$1 ~ /Interface/ { n = split($1, part, "\\"); id = part[n - 1] }
        $1 ~ /Interface\\[^\\]*$/ { name = $3 }
        $1 ~ /NumMethods$/ { print id, name, $3 }' "$scratch/wine.out" | sort |
        grep -vE ' (AsyncIBackgroundCopyCallback|IBITSExtensionSetup(Factory)?) ' >"$scratch/registered" # S-012
    check "there are interfaces" [ -s "$scratch/wanted" ]
    check "the registered interfaces are those of the proxies" diff "$scratch/wanted" "$scratch/registered"
}

# --- running them --------------------------------------------------------------------------

for file in wbsetup.exe qmgr.dll qmgrprxy.dll dosvc.dll; do
    if [ ! -f "$build/x86_64-windows/$file" ]; then
        not_ok "$build/x86_64-windows/$file is missing: build first"
        exit 1
    fi
done

template=${WB_TEMPLATE:-}
# One that has wine-bits in it already will not do.
if [ -z "$template" ] || grep -qF '[Software\\wine-bits]' "$template/system.reg" 2>/dev/null; then
    template=$scratch/template
    prefixes=$template
    boot_prefix "$template"
fi
if [ ! -f "$template/system.reg" ]; then
    not_ok "a template prefix"
    exit 1
fi

make_prefix probe links
if inspect_prefix "$prefix" && prefix_runs_32bit; then has_32bit=yes; else no_32bit=$problem; fi
settle

tests=${WB_SETUP_TESTS:-arguments no_prefix no_build interface_list life_cycle damage user_settings data log
       running_programs prefix_update win32_prefix win64_only_prefix dead_32bit}
for test in $tests; do
    started=$SECONDS
    "test_$test"
    printf '# %s: %d s\n' "$test" $((SECONDS - started))
done

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
