# shellcheck shell=bash
# Wine prefixes of tests: copied from a template, used by one test, taken down. Sourced by bash scripts.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

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

# has_32bit DIR: whether 32-bit Windows programs run in a prefix; if not, $problem says why. tools/check, which has
# looked, hands what it found down in WB_32BIT: "yes", or the reason why not. A copy is tried, so that DIR stays as it is.
has_32bit()
{
    local copy=$1.32bit.$$ works=1
    if [ -n "${WB_32BIT:-}" ]; then
        problem=$WB_32BIT
        [ "$WB_32BIT" = yes ]
        return
    fi
    if copy_prefix "$1" "$copy" && inspect_prefix "$copy" && prefix_runs_32bit; then works=0; fi
    end_prefix "$copy"
    rm -rf "$copy"
    return "$works"
}

# shellcheck source=tools/wine-bits-lib.sh
. "${BASH_SOURCE[0]%/*}/../../tools/wine-bits-lib.sh" || exit 1
if ! find_wine || ! find_wineserver; then
    printf 'not ok - %s\n' "$problem"
    exit 1
fi
