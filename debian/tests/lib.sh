# shellcheck shell=sh
# What the tests share: a prefix of their own, a web server on the loopback interface.
# SPDX-License-Identifier: LGPL-2.1-or-later

set -eu

scratch=${AUTOPKGTEST_TMP:-$(mktemp -d)}
# Wine makes no prefix in a home that does not exist.
export HOME="$scratch/home" WINEPREFIX="$scratch/prefix" WINEDEBUG=-all LC_ALL=C.UTF-8
unset DISPLAY WAYLAND_DISPLAY http_proxy https_proxy no_proxy
mkdir -p "$HOME" "$scratch/www"

server=
clean_up()
{
    [ -z "$server" ] || kill "$server"
    wine_server -k || true
}
trap clean_up EXIT

# Where Debian has it depends on the version.
wine_server()
{
    for program in wineserver /usr/lib/wine/wineserver /usr/lib/*/wine/wineserver; do
        command -v "$program" >/dev/null || continue
        timeout 60 "$program" "$@"
        return
    done
    echo "there is no wineserver" >&2
    return 1
}

make_prefix()
{
    WINEDLLOVERRIDES='mscoree,mshtml=' timeout 300 wine wineboot -i
    wine_server -w
    [ -f "$WINEPREFIX/system.reg" ]
}

# Sets url.
serve()
{
    head -c 3000000 /dev/urandom >"$scratch/www/file"
    (cd "$scratch/www" && exec python3 -u -m http.server --bind 127.0.0.1 0) >"$scratch/server.log" 2>&1 &
    server=$!
    until port=$(grep -oE 'port [0-9]+' "$scratch/server.log"); do sleep 0.1; done
    url=http://127.0.0.1:${port#port }/file
}
