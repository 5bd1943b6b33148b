#!/bin/bash
# What packagers rely on: the tarball builds alone, gives the same bytes, installs, and cleans up after itself.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: build.sh BUILD_DIR    (a finished build; its products are what a second build must equal)

set -u

build=$(cd "$1" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
failures=0

check()
{
    local text=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then echo "ok - $text"
    else
        echo "not ok - $text"
        tail -n 20 "$scratch/log"
        failures=$((failures + 1))
    fi
}

products() { (cd "$1" && find ./*-windows -maxdepth 1 -name '*.dll' -o -maxdepth 1 -name '*.exe' | sort); }

same_products()
{
    local file
    for file in $(products "$build"); do cmp "$build/$file" "$1/$file" || return; done
}

check "make dist makes a tarball" make -C "$build" distdir="$scratch/source" distdir
source=$scratch/source
[ -f "$source/configure" ] || { echo "not ok - the tarball has a configure"; exit 1; }

check "every IDL file and module list is in it" test -f "$source/include/bitsapi.idl" -a -f "$source/libs/http/module.mk"
check "what newcomers look for is in it" sh -c '
    cd "$1" && test -f CONTRIBUTING.md -a -f SECURITY.md -a -f NEWS -a -f AUTHORS -a -f .github/workflows/check.yml' sh "$source"
check "no product is in it" sh -c '! find "$1" -name "*.dll" -o -name "*.o" | grep .' sh "$source"

# As make distcheck does it: the source read-only, the build elsewhere.
chmod -R a-w "$source"
mkdir "$scratch/build"
check "configure runs from a read-only source" sh -c 'cd "$1/build" && ../source/configure --prefix=/usr --enable-werror' sh "$scratch"
check "it builds without warnings in another directory" make -C "$scratch/build" -j2
check "the same source gives the same bytes" same_products "$scratch/build"

check "make install respects DESTDIR" make -C "$scratch/build" install DESTDIR="$scratch/root"
check "the DLLs are installed" test -f "$scratch/root/usr/lib/wine-bits/x86_64-windows/qmgr.dll"
check "the set-up tool is installed" test -x "$scratch/root/usr/bin/wine-bits-setup"
check "make uninstall takes everything away" make -C "$scratch/build" uninstall DESTDIR="$scratch/root"
check "no file is left" sh -c '! find "$1" -type f | grep .' sh "$scratch/root"
check "make distclean leaves nothing of the build" make -C "$scratch/build" distclean
check "no file is left of the build" sh -c '! find "$1" -type f | grep .' sh "$scratch/build"

# A tool that is missing is named with its Debian package.
mkdir "$scratch/bare" "$scratch/bin"
check "configure names the package of the IDL files" sh -c '
    cd "$1/bare" && ! ../source/configure --with-wine-idl=/nonexistent >out 2>&1 && grep "package libwine-dev" out' sh "$scratch"
for program in /usr/bin/* /bin/*; do
    case $program in *mingw32*) ;; *) ln -sf "$program" "$scratch/bin/" ;; esac
done
check "configure names the package of the compiler" env PATH="$scratch/bin" sh -c '
    cd "$1/bare" && ! ../source/configure >out 2>&1 && grep "package gcc-mingw-w64-x86-64" out' sh "$scratch"

# The unit tests need none of that.
mkdir "$scratch/native"
check "configure --disable-pe wants no cross compiler" env PATH="$scratch/bin" sh -c '
    cd "$1/native" && ../source/configure --disable-pe --enable-werror' sh "$scratch"
check "the unit tests then build and pass" env PATH="$scratch/bin" make -C "$scratch/native" -j2 unit-check
check "make install then says that there is nothing" sh -c '
    ! make -C "$1/native" install DESTDIR="$1/nothing" >"$1/out" 2>&1 && grep "configured with --disable-pe" "$1/out" &&
    ! [ -e "$1/nothing" ]' sh "$scratch"

exit $((failures != 0))
