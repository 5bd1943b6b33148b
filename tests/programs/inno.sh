#!/bin/bash
# An installer made by Inno Setup, whose compiler is a Windows program as well; both are 32-bit.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/programs/inno.sh BUILD-DIRECTORY, by tools/check (WB_TEMPLATE, WB_INSTALLED, WB_CHECK_DIR).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/programs/common.sh
. "$here/common.sh"

has_32bit "$installed" || skip "32-bit Wine is not installed, and Inno Setup is 32-bit"
need_package innosetup bin
servers_begin programs-inno
start_nginx

# install PATH: the installer's log is $dir/setup.log, without dates.
install()
{
    rm -f "$dir/local/file.bin" "$dir/setup.txt"
    SETUP_URL=$url/$1 SETUP_FILE=$(windows_path "$dir/local/file.bin") run_windows 100 "$dir/setup.out" \
        "$dir/setup.exe" /VERYSILENT "/LOG=$(windows_path "$dir/setup.txt")"
    tr -d '\r' <"$dir/setup.txt" | cut -c27- >"$dir/setup.log"
}

check()
{
    local text=$1
    shift
    if "$@"; then echo "ok - $text"; else sed 's/^/    /' "$dir/setup.log"; echo "not ok - $text"; fi
}

use_prefix "$installed"
run_windows 100 "$dir/compile.out" "$programs/innosetup/bin/ISCC.exe" /Q "/O$(windows_path "$dir")" \
    "$(windows_path "$here/inno/setup.iss")"
code=$?
if [ $code != 0 ] || ! [ -f "$dir/setup.exe" ]; then
    cat "$dir/compile.out"
    fail "Inno Setup's compiler makes no installer ($code)"
fi
echo "ok - Inno Setup's compiler makes an installer"

install file.bin
check "the installer downloads" grep -qx downloaded "$dir/setup.log"
check "the file has the right bytes" cmp -s "$dir/www/file.bin" "$dir/local/file.bin"
check "it finds its job again, by the id" grep -qx "priority 0" "$dir/setup.log"
install missing.bin
check "on 404 it gets the error" grep -qx "error 80190194 context 5" "$dir/setup.log"

use_prefix "$template"
install file.bin
stock_fails "the same installer" "$dir/setup.log" "^exception: .*[Nn]ot implemented"
