#!/bin/bash
# A job that can go on keeps the Wine session alive after its client has left; one that cannot does not.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/lifetime/lifetime.sh [BUILD_DIR]
#
# Uses a copy of the prefix $WB_INSTALLED (default .check/installed, which tools/check makes) and an nginx
# that sends slowly. Prints "ok - text", "not ok - text", "skip - text". Exit code: 0, 1, or 77 if all was
# skipped.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
build=${1:-$check/build}
installed=${WB_INSTALLED:-$check/installed}

size=4000000          # bytes
rate=500k             # bytes a second: the transfer takes 8 s
leave_s=6             # Wine ends a session without programs within 2 s
failed=0

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"

ok() { printf 'ok - %s: %s\n' "$arch" "$*"; }
not_ok() { printf 'not ok - %s: %s\n' "$arch" "$*"; failed=1; }
fail() { printf 'not ok - lifetime: %s\n' "$*"; exit 1; }
skip() { printf 'skip - lifetime: %s\n' "$*"; exit 77; }

scratch=''
nginx_pid=''
prefix=''
clean_up()
{
    trap '' INT TERM HUP
    if [ -n "$nginx_pid" ]; then
        kill "$nginx_pid" 2>/dev/null
        wait "$nginx_pid" 2>/dev/null
    fi
    [ -z "$prefix" ] || end_prefix "$prefix"
    [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- the server -----------------------------------------------------------------------

write_nginx_conf()
{
    cat <<END
daemon off;
master_process off;
pid $scratch/nginx.pid;
error_log $scratch/nginx-error.log notice;
events { worker_connections 64; }
http {
    log_format sizes '\$request_method \$uri \$status \$body_bytes_sent \$request_completion';
    access_log $scratch/access.log sizes;
    client_body_temp_path $scratch/body;
    proxy_temp_path $scratch/proxy;
    fastcgi_temp_path $scratch/fastcgi;
    uwsgi_temp_path $scratch/uwsgi;
    scgi_temp_path $scratch/scgi;
    server {
        listen 127.0.0.1:$port;
        root $scratch/www;
        location / { limit_rate $rate; }
    }
}
END
}

# nginx tells by its pid file that it listens, and by its end that it cannot.
start_nginx()
{
    local nginx attempt
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ] || skip "nginx is missing (Debian package nginx-light)"
    mkdir "$scratch/www"
    head -c "$size" /dev/urandom >"$scratch/www/file" || fail "cannot write to $scratch"
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        write_nginx_conf >"$scratch/nginx.conf"
        "$nginx" -e "$scratch/nginx-error.log" -p "$scratch" -c "$scratch/nginx.conf" \
            >"$scratch/nginx.log" 2>&1 &
        nginx_pid=$!
        while kill -0 "$nginx_pid" 2>/dev/null; do
            [ -s "$scratch/nginx.pid" ] && return
            sleep 0.05
        done
    done
    fail "nginx did not start after $attempt attempts: $(tail -n 3 "$scratch/nginx-error.log")"
}

# --- the client --------------------------------------------------------------------------

# Run the client in its prefix; its output is in $scratch/client.txt.
client()
{
    WINEPREFIX=$prefix timeout -k 5 60 "$wine" "$program" "$@" >"$scratch/client.out" 2>&1 </dev/null
    local code=$?
    tr -d '\r' <"$scratch/client.out" >"$scratch/client.txt"
    [ $code = 0 ] && grep -q ' 0 failures), 0 skipped\.$' "$scratch/client.txt" && return
    sed 's/^/    /' "$scratch/client.txt"
    return 1
}

# Wait until no process of the prefix is left; prints the seconds, fails after a limit.
wait_session_end()
{
    local before=$SECONDS
    WINEPREFIX=$prefix timeout "$1" "$wineserver" -w || return
    echo $((SECONDS - before))
}

client_job_id() { sed -n 's/^job //p' "$scratch/client.txt"; }
complete_requests() { grep -c "^GET /file 20[06] .* OK\$" "$scratch/access.log"; }

# --- the checks ------------------------------------------------------------------------------

check_goes_on()
{
    local id seconds sent requests file=$scratch/$arch.bin
    : >"$scratch/access.log"
    if ! client start "http://127.0.0.1:$port/file" "Z:${file//\//\\}"; then
        not_ok "the client cannot start a job"
        return
    fi
    id=$(client_job_id)
    if seconds=$(wait_session_end 60); then
        ok "the session ended by itself $seconds s after the client"
    else
        not_ok "the session does not end"
        return
    fi
    sent=$(awk '$1 == "GET" { sum += $4 } END { print sum + 0 }' "$scratch/access.log")
    if [ "$(complete_requests)" != 0 ] && [ "$sent" -ge "$size" ]; then
        ok "the job went on without its client"
    else
        not_ok "the job did not go on: $sent of $size bytes were sent"
    fi
    requests=$(grep -c '^GET' "$scratch/access.log")
    if client finish "$id"; then
        ok "the next session finds the job transferred"
    else
        not_ok "the next session does not find the job transferred"
    fi
    if [ "$(grep -c '^GET' "$scratch/access.log")" = "$requests" ]; then
        ok "nothing was fetched again"
    else
        not_ok "bytes were fetched again"
    fi
    if cmp -s "$file" "$scratch/www/file"; then ok "the file is whole"; else not_ok "the file is damaged"; fi
    wait_session_end 30 >/dev/null || not_ok "the session does not end after the job is completed"
}

check_does_not_hold()
{
    local seconds
    if ! client suspended "http://127.0.0.1:$port/file" "Z:${scratch//\//\\}\\$arch-idle.bin"; then
        not_ok "the client cannot make a job"
    elif seconds=$(wait_session_end $leave_s); then
        ok "a suspended job does not keep the session: it ended after $seconds s"
    else
        not_ok "a suspended job keeps the session"
        end_prefix "$prefix"
    fi
}

[ -f "$installed/system.reg" ] || fail "$installed is no prefix: run tools/check first"
mkdir -p "$check" && scratch=$(mktemp -d "$check/lifetime.XXXXXX") || fail "cannot make a directory in $check"
start_nginx
prefix=$scratch/prefix
copy_prefix "$installed" "$prefix" || fail "cannot copy $installed"
for arch in x86_64 i386; do
    program=$build/$arch-windows/tests/lifetime.exe
    if [ ! -f "$program" ]; then
        fail "$program has not been built"
    elif [ $arch = i386 ] && ! has_32bit "$installed"; then
        printf 'skip - lifetime: i386: %s\n' "$problem"
    else
        check_goes_on
        check_does_not_hold
    fi
done
exit $failed
