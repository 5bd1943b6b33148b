#!/bin/bash
# The Debian packages and the binary release: they build, are in order, and what is in them works in a prefix.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/packages/packages.sh BUILD_DIR
#
# Nothing is installed on this machine: the packages are unpacked. tools/check-in-chroot --packages installs, upgrades
# and removes them for real. WB_PACKAGES may name a directory with packages that are built already. With WB_TWICE=1
# they are built twice, in different places at different times, and must be the same. Runs in a copy of the prefix
# $WB_TEMPLATE.

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

version=$("$top/tools/set-version")
expect "every package has the version of configure.ac" "$top/tools/set-version" --check
copy_versions()
{
    mkdir -p "$scratch/versions" && cd "$top" &&
        cp -a --parents configure.ac NEWS debian/control debian/changelog packaging tools/set-version "$scratch/versions"
}
expect "a new version is written everywhere" eval \
    'copy_versions && cd "$scratch/versions" && tools/set-version 7.8.9 && tools/set-version --check'
expect "and is the version" test "$("$scratch/versions/tools/set-version")" = 7.8.9
expect "a place that is forgotten is found" eval \
    'sed -i s/^pkgver=.*/pkgver=1/ "$scratch/versions/packaging/arch/PKGBUILD"
    ! "$scratch/versions/tools/set-version" --check >"$scratch/found" && grep PKGBUILD "$scratch/found"'
# A program takes the file version of qmgr.dll for that of BITS: 7.8 is Windows 10 and 11.
strings_of() { tr -d '\0' <"$1"; }
expect "qmgr.dll has the file version of BITS" eval \
    'strings_of "$build/x86_64-windows/qmgr.dll" | grep -qaF FileVersion7.8.'
expect "and our product version" eval \
    'strings_of "$build/x86_64-windows/qmgr.dll" | grep -qaF "ProductVersion$version"'

# --- the release ----------------------------------------------------------------------------------------

release() { "$top/tools/release" --build "$build" --output "$scratch/$1" archive entries source conformance notes; }
archive=wine-bits-$version.tar.xz
source=wine-bits-$version.tar.gz
expect "tools/release makes what a release holds" release first
# Not within the same second: programs write the time into files.
expect "and the same bytes again" eval 'sleep 1; release second && diff -r "$scratch/first" "$scratch/second"'
for file in "$archive" "$source" "wine-bits-conformance-$version.zip" "NEWS-$version.txt" wine_bits.yml \
    wine-bits-lutris.yml wine_bits.verb; do
    expect "$file is in it" test -s "$scratch/first/$file"
done
expect "its checksums are right" eval 'cd "$scratch/first" && sha256sum -c SHA256SUMS'
expect "it can be unpacked" tar -C "$scratch" -xf "$scratch/first/$archive"
released=$scratch/wine-bits-$version
expect "the checksums of its files are right" eval 'cd "$released" && sha256sum -c SHA256SUMS'
expect "it has DLLs of both kinds" test -f "$released/x64/qmgr.dll" -a -f "$released/x86/qmgrprxy.dll"

# --- the source tarball ---------------------------------------------------------------------------------

# Somebody has built packages in the source tree before.
make_dirty_tarball()
{
    mkdir "$scratch/dirty" && tar -C "$scratch/dirty" --strip-components=1 -xf "$scratch/first/$source" &&
        cd "$scratch/dirty" && mkdir -p debian/wine-bits/usr x86_64-windows && touch debian/wine-bits/usr/qmgr.dll \
            x86_64-windows/qmgr.dll programs/monitor/main.o tools/wine-bits.deb && ./configure && make -s dist-gzip
}
expect "make dist works in a tree with build products" make_dirty_tarball
expect "and packs none of them" eval 'list() { tar -tf "$1" | LC_ALL=C sort; }
    list "$scratch/first/$source" >"$scratch/clean.list" && list "$scratch/dirty/$source" >"$scratch/dirty.list" &&
    [ "$(wc -l <"$scratch/clean.list")" -gt 500 ] && diff "$scratch/clean.list" "$scratch/dirty.list"'

# --- specifications of other distributions ------------------------------------------------------------------

if command -v rpmspec >/dev/null; then
    expect "rpm understands the specification" eval \
        'rpmspec -q --define "_sourcedir $scratch/first" "$top/packaging/fedora/wine-bits.spec" | grep "wine-bits-$version"'
else
    skip "rpmspec is missing (tools/machine-setup)"
fi
expect "bash understands the PKGBUILD" eval \
    '(. "$top/packaging/arch/PKGBUILD" && [ "$pkgver" = "$version" ] && declare -F build package)'
if command -v nix-instantiate >/dev/null; then
    expect "Nix understands its expression" nix-instantiate --parse "$top/packaging/nix/package.nix"
else
    skip "nix-instantiate is missing (tools/machine-setup)"
fi
if command -v desktop-file-validate >/dev/null; then
    expect "the menu entry is valid" desktop-file-validate "$top/packaging/common/wine-bits-monitor.desktop"
else
    skip "desktop-file-validate is missing (tools/machine-setup)"
fi

# --- the packages -----------------------------------------------------------------------------------------

for program in dpkg-buildpackage dh lintian; do
    command -v "$program" >/dev/null || { skip "$program is missing (tools/machine-setup)"; finish; }
done

# build_packages DIRECTORY
build_packages()
{
    mkdir -p "$1" && cp "$scratch/first/$source" "$1/" && TMPDIR=${2:-$scratch} "$top/tools/release" \
        --build "$build" --output "$1" packages
}

packages=${WB_PACKAGES:-$scratch/packages}
[ -n "${WB_PACKAGES:-}" ] || expect "the packages are built from the source tarball" build_packages "$packages"
ls "$packages"/wine-bits_"$version"-*.deb >/dev/null 2>&1 || finish
expect "lintian has nothing to say" eval 'lintian --allow-root -EvIL +pedantic \
    --fail-on error,warning,info,pedantic,experimental "$packages"/wine-bits_"$version"-*.changes'
expect "the source package has no .git and no build products" eval '! tar -tf "$packages"/*.debian.tar.* |
    grep -E "\.git|\.check|\.deb$|\.dll$|/files$"'
if [ -n "${WB_TWICE:-}" ]; then
    mkdir -p "$scratch/another/place"
    expect "they are built again elsewhere" build_packages "$scratch/again" "$scratch/another/place"
    for package in "$packages"/*.deb; do
        expect "${package##*/} is the same" cmp "$package" "$scratch/again/${package##*/}"
    done
fi
for package in "$packages"/*.deb; do
    expect "${package##*/} can be unpacked" dpkg -x "$package" "$scratch/root"
done

bin=$scratch/root/usr/bin
for tool in wine-bits wine-bits-setup wine-bits-wait bits-upload-server; do
    expect "it has $tool and its manual page" test -x "$bin/$tool" -a -f "$scratch/root/usr/share/man/man1/$tool.1.gz"
done
expect "debug symbols are apart" eval 'debug=$scratch/root/usr/lib/debug/wine-bits/x86_64-windows/qmgr.dll.debug
    x86_64-w64-mingw32-objdump -h "$debug" | grep debug_info &&
    ! x86_64-w64-mingw32-objdump -h "$scratch/root/usr/lib/wine-bits/x86_64-windows/qmgr.dll" | grep debug_info'

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
# The files of a package may be read-only, as they are in a store of Nix.
chmod -R a-w "$scratch/root/usr/lib/wine-bits"
expect "the packages' DLLs go into a prefix" "$bin/wine-bits-setup" install
expect "and are in use" "$bin/wine-bits" status
url=http://127.0.0.1:$port/file
expect "the packages' wine-bits downloads a file" "$bin/wine-bits" get --timeout 0 "$url" "$scratch/got"
expect "the file is right" cmp "$scratch/www/file" "$scratch/got"
expect "the release goes over it" "$released/wine-bits-setup" install
expect "and is in use" "$released/wine-bits" status
expect "the release's wine-bits downloads a file" "$released/wine-bits" get --quiet "$url" "$scratch/again.got"

# --- from one release to the next, and back: the jobs stay ------------------------------------------------------

# The next release: the same programs with another version in them, as long as this one.
next=${version%.*}.$(((${version##*.} + 1) % 10))
make_next()
{
    cp -a "$released" "$scratch/next" && python3 - "$version" "$next" "$scratch"/next/x*/*.* <<'END'
import sys
old, new = sys.argv[1:3]
for path in sys.argv[3:]:
    with open(path, 'rb') as file:
        data = file.read()
    for encoding in 'ascii', 'utf-16-le':
        data = data.replace(old.encode(encoding), new.encode(encoding))
    with open(path, 'wb') as file:
        file.write(data)
END
}
bitsadmin() { "$wine" bitsadmin /rawreturn "$@" </dev/null; }
make_job()
{
    bitsadmin /create "job of $1" && bitsadmin /addfile "job of $1" "$url" "C:\\$1.bin"
}
# has_jobs NAME...: suspended ones, with their files.
has_jobs()
{
    local name
    for name in "$@"; do
        [ "$(bitsadmin /getstate "job of $name" | tr -d '\r')" = SUSPENDED ] &&
            bitsadmin /listfiles "job of $name" | grep -F "$name.bin" || return
    done
}
expect "there is a next release, $next" make_next
expect "a job is made with this one" make_job this
expect "the next one is installed" "$scratch/next/wine-bits-setup" install
expect "and is in use" "$scratch/next/wine-bits" status
expect "the job is there" has_jobs this
expect "a job is made with the next one" make_job next
expect "this one is installed again" "$released/wine-bits-setup" install
expect "and is in use" "$released/wine-bits" status
expect "both jobs are there" has_jobs this next
expect "they can be finished" eval 'bitsadmin /setpriority "job of this" foreground && bitsadmin /resume "job of this" &&
    "$released/wine-bits-wait" --timeout 60 && bitsadmin /complete "job of this" &&
    cmp "$scratch/www/file" "$prefix/drive_c/this.bin"'

# --- winetricks: its functions that the verb uses, as they are documented ------------------------------------------

load_verb()
{
    env W_CACHE="$scratch/cache" W_TMP="$scratch/tmp" WINE="$wine" sh -c '
        w_metadata() { :; }
        w_die() { echo "$*"; exit 1; }
        w_try() { "$@" || w_die "failed: $*"; }
        . "$1" && load_wine_bits' sh "$scratch/first/wine_bits.verb"
}
mkdir -p "$scratch/cache/wine_bits" "$scratch/tmp"
if ! command -v wine-bits-setup >/dev/null; then
    expect "the verb says what it lacks" eval '! load_verb >"$scratch/verb" && grep release "$scratch/verb"'
    cp "$scratch/first/$archive" "$scratch/cache/wine_bits/"
fi
leave() { "$bin/wine-bits-setup" uninstall && ! "$released/wine-bits" status; }
expect "wine-bits leaves the prefix" leave
expect "the verb of winetricks puts it in" load_verb
expect "and it is in use" "$released/wine-bits" status

# --- Bottles, Lutris, umu -------------------------------------------------------------------------------------------

if python3 -c 'import yaml' 2>/dev/null; then
    for manager in bottles lutris; do
        entry=$scratch/first/wine_bits.yml
        [ "$manager" = bottles ] || entry=$scratch/first/wine-bits-lutris.yml
        expect "wine-bits leaves the prefix" leave
        expect "the entry for $manager puts it in" env WINE="$wine" python3 "$top/tests/packages/entries.py" \
            "$manager" "$entry" "$scratch/first/$archive" "$prefix" "$scratch/$manager"
        expect "and it is in use" "$released/wine-bits" status
    done
else
    skip "python3-yaml is missing (tools/machine-setup)"
fi

# umu's prefix is a plain one; its Wine lies in the folders of a Proton.
proton=$scratch/GE-Proton/files/bin
mkdir -p "$proton"
for program in wine wineserver; do
    printf '#!/bin/sh\nexec "%s" "$@"\n' "${!program}" >"$proton/$program"
    chmod +x "$proton/$program"
done
expect "wine-bits leaves the prefix" leave
expect "the Proton of umu puts it in" env -u WINESERVER WINE="$proton/wine" "$released/wine-bits-setup" install
expect "and it is in use" "$released/wine-bits" status
check_toml()
{
    python3 - "$1" <<'END'
import sys, tomllib
with open(sys.argv[1], 'rb') as file:
    entry = tomllib.load(file)
unknown = set(entry['umu']) - {'prefix', 'proton', 'game_id', 'exe', 'launch_args', 'store'}
sys.exit(f'unknown: {unknown}' if unknown or not entry['umu']['exe'].endswith('wine-bits-monitor.exe') else 0)
END
}
expect "the configuration for umu is one" check_toml "$top/packaging/umu/wine-bits-monitor.toml"

# --- wine-bits-system -------------------------------------------------------------------------------------

system=$scratch/root/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
wow64=$scratch/root/usr/lib/i386-linux-gnu/wine/i386-windows
# Where Wine runs 32-bit programs in 64-bit processes.
new_wow64=$scratch/root/usr/lib/x86_64-linux-gnu/wine/i386-windows
is_builtin() { [ "$(dd if="$1" bs=1 skip=64 count=16 status=none)" = "Wine builtin DLL" ]; }
for file in qmgr.dll qmgrprxy.dll dosvc.dll bitsadmin.exe bitshold.exe wine-bits-monitor.exe; do
    expect "$file of wine-bits-system is builtin to Wine" eval \
        'is_builtin "$system/$file" && is_builtin "$wow64/$file" && cmp "$wow64/$file" "$new_wow64/$file"'
done
# With which Wine registers, by itself, what wine-bits-setup registers in a prefix.
"$wine" "$build/x86_64-windows/wbsetup.exe" list </dev/null >"$scratch/list" 2>/dev/null
expect "dlls/qmgrprxy/registration.rgs is that of wbsetup.exe" eval \
    '"$top/tools/make-registration" "$scratch/list" | cmp - "$top/dlls/qmgrprxy/registration.rgs"'
expect "it is in qmgrprxy.dll" grep -qaF "'{400E2D4A-1431-4C1A-A748-39CA472CFDB1}' = s 'IDOManager'" "$system/qmgrprxy.dll"

finish
