# shellcheck shell=bash
# Wine prefixes of tests: copied from a template, used by one test, taken down. Sourced by bash scripts.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

wine=${WINE:-$(command -v wine || command -v wine64 || echo /usr/lib/wine/wine64)}
wineserver=${WINESERVER:-$(command -v wineserver || echo /usr/lib/wine/wineserver)}

# What a user has set up for his own programs must not change the tests.
unset DISPLAY WAYLAND_DISPLAY WINEDLLOVERRIDES WINEDLLPATH WINEARCH WINELOADER WINESERVER_SOCKET
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
export LC_ALL=C.UTF-8 WINEDEBUG=${WINEDEBUG:--all}

# copy_prefix FROM TO: a copy for one test. What lies in C:\windows is replaced file by file and never written
# into, except for files at its top: hard links to the rest do, and cost no time.
copy_prefix()
{
    local from=$1 to=$2 entry
    rm -rf "$to" && mkdir -p "$to/drive_c" || return
    cp -a "$from"/*.reg "$from/.update-timestamp" "$from/dosdevices" "$to/" || return
    for entry in "$from"/drive_c/* "$from"/drive_c/.[!.]*; do
        [ -e "$entry" ] || continue
        case ${entry##*/} in
        windows|'Program Files'*)
            cp -al "$entry" "$to/drive_c/" 2>/dev/null || cp -a "$entry" "$to/drive_c/" || return ;;
        *)
            cp -a "$entry" "$to/drive_c/" || return ;;
        esac
    done
    find "$to/drive_c/windows" -maxdepth 1 -type f -exec sh -c '
        for file; do cp -p "$file" "$file.own" && mv -f "$file.own" "$file" || exit; done' sh {} +
}

# end_prefix DIR: end all that runs in a prefix, and only that.
end_prefix()
{
    [ -d "$1" ] || return 0
    WINEPREFIX=$1 timeout 20 "$wineserver" -k >/dev/null 2>&1
    WINEPREFIX=$1 timeout 20 "$wineserver" -w >/dev/null 2>&1
}

# has_32bit DIR: whether 32-bit programs run in a prefix. The directory alone says nothing.
has_32bit() { [ -e "$1/drive_c/windows/syswow64/ntdll.dll" ]; }
