#!/bin/bash
# The Debian packages and the binary release: they build, are in order, and what is in them works in a prefix.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/packages/packages.sh BUILD_DIR
#
# Nothing is installed on this machine: the packages are unpacked. tools/check-in-chroot --packages installs, upgrades
# and removes them for real. WB_PACKAGES may name a directory with packages that are built already. Runs in a copy of
# the prefix $WB_TEMPLATE.

set -u

build=$(cd "${1:?usage: packages.sh BUILD_DIR}" && pwd -P) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
template=${WB_TEMPLATE:-$check/template}
prefix=$check/prefixes/packages

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-packages.XXXXXX") || exit 1
server=
clean_up()
{
    [ -z "$server" ] || kill "$server" 2>/dev/null
    end_prefix "$prefix"
    chmod -R u+w "$scratch"
    rm -rf "$scratch" "$prefix"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

failures=0
# expect TEXT COMMAND...
expect()
{
    local text=$1
    shift
    if "$@" >"$scratch/log" 2>&1 </dev/null; then echo "ok - $text"
    else
        echo "not ok - $text"
        tail -n 20 "$scratch/log" | sed 's/^/    /'
        failures=$((failures + 1))
    fi
}
finish() { exit $((failures != 0)); }
skip() { echo "skip - tests/packages: $*"; }

# --- one version --------------------------------------------------------------------------------------

version=$(sed -n 's/^AC_INIT(\[wine-bits\], \[\([^]]*\)\].*/\1/p' "$top/configure.ac")
expect "debian/changelog has the version of configure.ac" grep -q "^wine-bits ($version) " "$top/debian/changelog"
# A program takes the file version of qmgr.dll for that of BITS: 7.8 is Windows 10 and 11.
strings_of() { tr -d '\0' <"$1"; }
expect "qmgr.dll has the file version of BITS" eval \
    'strings_of "$build/x86_64-windows/qmgr.dll" | grep -qaF FileVersion7.8.'
expect "and our product version" eval \
    'strings_of "$build/x86_64-windows/qmgr.dll" | grep -qaF "ProductVersion$version"'

# --- the release ----------------------------------------------------------------------------------------

release() { "$top/tools/release" --build "$build" --output "$scratch/$1"; }
archive=wine-bits-$version.tar.xz
expect "tools/release makes an archive" release first
# Not within the same second: programs write the time into files.
expect "and the same bytes again" eval \
    'sleep 1; release second && cmp "$scratch/first/$archive" "$scratch/second/$archive"'
expect "its checksum is right" eval 'cd "$scratch/first" && sha256sum -c "$archive.sha256"'
expect "it can be unpacked" tar -C "$scratch" -xf "$scratch/first/$archive"
released=$scratch/wine-bits-$version
expect "the checksums of its files are right" eval 'cd "$released" && sha256sum -c SHA256SUMS'
expect "it has DLLs of both kinds" test -f "$released/x64/qmgr.dll" -a -f "$released/x86/qmgrprxy.dll"

# --- the packages -----------------------------------------------------------------------------------------

for program in dpkg-buildpackage dh lintian; do
    command -v "$program" >/dev/null || { skip "$program is missing (tools/machine-setup)"; finish; }
done

build_packages()
{
    make -C "$build" distdir="$scratch/source" distdir &&
        cd "$scratch/source" && chmod -R u+w . && DEB_BUILD_OPTIONS='nocheck parallel=2' dpkg-buildpackage -us -uc
}

packages=${WB_PACKAGES:-$scratch}
[ -n "${WB_PACKAGES:-}" ] || expect "dpkg-buildpackage builds from a clean tree" build_packages
ls "$packages"/wine-bits_"$version"_*.deb >/dev/null 2>&1 || finish
expect "lintian finds no error" lintian --allow-root --fail-on error "$packages"/wine-bits_"$version"_*.changes
for package in wine-bits wine-bits-system; do
    expect "$package can be unpacked" dpkg -x "$packages/${package}_${version}_amd64.deb" "$scratch/root"
done

bin=$scratch/root/usr/bin
for tool in wine-bits wine-bits-setup wine-bits-wait bits-upload-server; do
    expect "it has $tool and its manual page" test -x "$bin/$tool" -a -f "$scratch/root/usr/share/man/man1/$tool.1.gz"
done

# --- a prefix with what is in them --------------------------------------------------------------------------

command -v python3 >/dev/null || { skip "python3 is missing"; finish; }
mkdir -p "$check/prefixes" "$scratch/www"
head -c 2000000 /dev/urandom >"$scratch/www/file"
(cd "$scratch/www" && exec python3 -u -m http.server --bind 127.0.0.1 0) >"$scratch/server" 2>&1 &
server=$!
while ! port=$(grep -oE 'port [0-9]+' "$scratch/server"); do sleep 0.1; done
port=${port#port }

copy_prefix "$template" "$prefix" || exit 1
export WINEPREFIX=$prefix
expect "the packages' DLLs go into a prefix" "$bin/wine-bits-setup" install
expect "and are in use" "$bin/wine-bits" status
url=http://127.0.0.1:$port/file
expect "the packages' wine-bits downloads a file" "$bin/wine-bits" get --timeout 0 "$url" "$scratch/got"
expect "the file is right" cmp "$scratch/www/file" "$scratch/got"
expect "the release goes over it" "$released/wine-bits-setup" install
expect "and is in use" "$released/wine-bits" status
expect "the release's wine-bits downloads a file" "$released/wine-bits" get --quiet "$url" "$scratch/again"

# --- winetricks: its functions that the verb uses, as they are documented ------------------------------------------

load_verb()
{
    env W_CACHE="$scratch/cache" W_TMP="$scratch/tmp" WINE="$wine" sh -c '
        w_metadata() { :; }
        w_die() { echo "$*"; exit 1; }
        w_try() { "$@" || w_die "failed: $*"; }
        . "$1" && load_wine_bits' sh "$top/contrib/wine_bits.verb"
}
mkdir -p "$scratch/cache/wine_bits" "$scratch/tmp"
if ! command -v wine-bits-setup >/dev/null; then
    expect "the verb says what it lacks" eval '! load_verb >"$scratch/verb" && grep release "$scratch/verb"'
    cp "$scratch/first/$archive" "$scratch/cache/wine_bits/"
fi
expect "wine-bits leaves the prefix" "$bin/wine-bits-setup" uninstall
expect "the verb of winetricks puts it in" load_verb
expect "and it is in use" "$released/wine-bits" status

# --- wine-bits-system -------------------------------------------------------------------------------------

system=$scratch/root/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
wow64=$scratch/root/usr/lib/i386-linux-gnu/wine/i386-windows
# Where Wine runs 32-bit programs in 64-bit processes.
new_wow64=$scratch/root/usr/lib/x86_64-linux-gnu/wine/i386-windows
is_builtin() { [ "$(dd if="$1" bs=1 skip=64 count=16 status=none)" = "Wine builtin DLL" ]; }
for file in qmgr.dll qmgrprxy.dll dosvc.dll bitsadmin.exe bitshold.exe; do
    expect "$file of wine-bits-system is builtin to Wine" eval \
        'is_builtin "$system/$file" && is_builtin "$wow64/$file" && cmp "$wow64/$file" "$new_wow64/$file"'
done
# With which Wine registers, by itself, what wine-bits-setup registers in a prefix.
"$wine" "$build/x86_64-windows/wbsetup.exe" list </dev/null >"$scratch/list" 2>/dev/null
expect "dlls/qmgrprxy/registration.rgs is that of wbsetup.exe" eval \
    '"$top/tools/make-registration" "$scratch/list" | cmp - "$top/dlls/qmgrprxy/registration.rgs"'
expect "it is in qmgrprxy.dll" grep -qaF "'{400E2D4A-1431-4C1A-A748-39CA472CFDB1}' = s 'IDOManager'" "$system/qmgrprxy.dll"

finish
