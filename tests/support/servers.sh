# shellcheck shell=bash
# Servers of Debian for a test: free ports, a directory, processes that end with it. Sourced by scripts that have their
# directory in $here, and as arguments the build directory and perhaps a part of the test.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

build=${1:?the build directory}
part=${2:-}
check=${WB_CHECK_DIR:?} installed=${WB_INSTALLED:?}
PATH=$PATH:/usr/sbin:/sbin

# shellcheck source=tests/support/prefix.sh
. "$here/../support/prefix.sh"

fail() { echo "not ok - $*"; exit 1; }

# servers_begin NAME: makes $dir, and $prefix a name for a prefix. Everything is gone when the script ends; what has to be
# undone before that, a function before_removal does.
servers_begin()
{
    prefix=$check/prefixes/$1-real
    dir=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-$1.XXXXXX") || exit 1
    pids=()
    trap servers_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

servers_end()
{
    trap '' INT TERM HUP
    end_prefix "$prefix"
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
    [ ${#pids[@]} = 0 ] || wait "${pids[@]}" 2>/dev/null
    ! declare -F before_removal >/dev/null || before_removal
    rm -rf "$dir" "$prefix"
}

# servers_ports NAME...: a free port for each, in $port_NAME and in the file servers.conf.
servers_ports()
{
    local free name i=0
    read -r -a free < <(python3 - "$@" <<'END'
import socket, sys
sockets = [socket.socket() for name in sys.argv[1:]]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
END
    )
    for name in "$@"; do
        declare -g "port_$name=${free[i]}"
        echo "$name ${free[i]}" >>"$dir/servers.conf"
        i=$((i + 1))
    done
}

# start COMMAND...: a server, in the foreground of its own process.
start()
{
    "$@" >>"$dir/start.log" 2>&1 </dev/null &
    pids+=($!)
}

wait_port()
{
    local tries
    for tries in {1..200}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    tail -n 5 "$dir"/*.log
    fail "nothing listens at port $1 ($2)"
}

# Until all of them can be reached.
servers_wait()
{
    local name port
    while read -r name port; do wait_port "$port" "$name"; done <"$dir/servers.conf"
}

# run_jobs PROGRAM ARCH SECONDS: a test program in a prefix of its own; WB_SERVERS tells it the directory.
run_jobs()
{
    local name=$1 arch=$2 output=$dir/jobs.out last
    [ -f "$build/$arch-windows/tests/$name.exe" ] || { echo "skip - there is no $name.exe for $arch"; return; }
    copy_prefix "$installed" "$prefix" || fail "$installed cannot be copied"
    WB_SERVERS="Z:${dir//\//\\}\\" WINEPREFIX=$prefix timeout -k 5 "$3" "$wine" \
        "$build/$arch-windows/tests/$name.exe" ${part:+"$part"} >"$output" 2>&1 </dev/null
    end_prefix "$prefix"
    tr -d '\r' <"$output" | grep -v ' tests executed '
    last=$(tr -d '\r' <"$output" | grep ' tests executed ' | tail -n 1)
    case $last in
    *' 0 failures)'*) echo "ok - $arch: ${last#*:}" ;;
    *) echo "not ok - $arch: ${last:-no summary}" ;;
    esac
}
