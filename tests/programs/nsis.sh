#!/bin/bash
# Installers made by NSIS, 64-bit and 32-bit, that download by BITS.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/programs/nsis.sh BUILD-DIRECTORY, by tools/check (WB_TEMPLATE, WB_INSTALLED, WB_CHECK_DIR).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/programs/common.sh
. "$here/common.sh"

command -v makensis >/dev/null || skip "NSIS is missing (Debian package nsis)"
servers_begin programs-nsis
start_nginx

# install TARGET NAME PATH: the installer; its log is $dir/setup.log, as UTF-8. Returns its exit code.
install()
{
    local code
    rm -f "$dir/local/file.bin" "$dir/setup.log.utf16"
    SETUP_URL=$url/$3 SETUP_FILE=$(windows_path "$dir/local/file.bin") SETUP_NAME=$2 \
        SETUP_LOG=$(windows_path "$dir/setup.log.utf16") run_windows 100 "$dir/setup.out" "$dir/$1.exe" /S
    code=$?
    iconv -f UTF-16 -t UTF-8 "$dir/setup.log.utf16" 2>/dev/null | tr -d '\r' >"$dir/setup.log"
    return $code
}

check()
{
    local text=$1
    shift
    if "$@"; then echo "ok - $text"; else sed 's/^/    /' "$dir/setup.log"; echo "not ok - $text"; fi
}

check_installers()
{
    local target=$1
    makensis -V1 -DTARGET="$target" -DOUT="$dir/$target.exe" "$here/nsis/setup.nsi" >"$dir/nsis.log" 2>&1 ||
        { cat "$dir/nsis.log"; fail "makensis makes no installer for $target"; }
    use_prefix "$installed"
    install "$target" "set-up" file.bin
    check "$target: the installer installs" test $? = 0
    check "$target: its file has the right bytes" cmp -s "$dir/www/file.bin" "$dir/local/file.bin"
    install "$target" "set-up" missing.bin
    check "$target: on 404 it fails" test $? = 1
    check "$target: it gets the error" grep -qx "error 0x80190194 context 5" "$dir/setup.log"
    check "$target: and a description" grep -qx "described" "$dir/setup.log"
    use_prefix "$template"
    install "$target" "set-up" file.bin
    stock_fails "$target" "$dir/setup.log" "^SetProxySettings: 0x80004001"
}

check_installers amd64-unicode
if has_32bit "$installed"; then check_installers x86-unicode; else echo "skip - 32-bit Wine is not installed"; fi
