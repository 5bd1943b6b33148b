#!/bin/bash
# bitsadmin on a console: progress that is written over, lines that are wrapped or cut, Ctrl+C.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/bitsadmin/console.sh BUILD_DIR
#
# Runs in a copy of the prefix $WB_INSTALLED. Prints "ok - ...", "not ok - ..." or "skip - ..." for each
# check. Exit code: 0 passed, 1 failed, 77 skipped.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
template=${WB_INSTALLED:-$check/installed}
prefix=$check/prefixes/bitsadmin-console

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"

failed=0
skip() { printf 'skip - tests/bitsadmin: %s\n' "$*"; exit 77; }

# expect TEXT COMMAND...: the command must succeed.
expect()
{
    local text=$1
    shift
    if "$@"; then
        printf 'ok - %s\n' "$text"
    else
        printf 'not ok - %s\n' "$text"
        sed 's/^/    /' "$log" | cat -v | tail -n 20
        failed=1
    fi
}

command -v script >/dev/null || skip "script is missing (Debian package bsdutils)"
command -v python3 >/dev/null || skip "python3 is missing"
[ -f "$template/system.reg" ] || skip "$template is no prefix: run tools/check first"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/bitsadmin-console.XXXXXX") || exit 1
log=$scratch/log
server_pid=
clean_up()
{
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    end_prefix "$prefix"
    rm -rf "$scratch" "$prefix"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$check/prefixes"
copy_prefix "$template" "$prefix" || exit 1
export WINEPREFIX=$prefix

# A server whose files come in pieces: /quick in a second, /empty at once, anything else in a minute.
cat >"$scratch/server.py" <<'PYTHON'
import http.server
import time

SIZE, PIECES = 1000000, 10

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, pause):
        size = 0 if self.path == '/empty' else SIZE
        self.send_response(200)
        self.send_header('Content-Length', str(size))
        self.end_headers()
        for _ in range(PIECES if pause and size else 0):
            self.wfile.write(bytes(SIZE // PIECES))
            time.sleep(pause)

    def do_HEAD(self):
        self.answer(0)

    def do_GET(self):
        self.answer(0.1 if self.path == '/quick' else 6)

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
mkfifo "$scratch/port"
python3 "$scratch/server.py" >"$scratch/port" 2>/dev/null &
server_pid=$!
read -r port <"$scratch/port"

# on_console COMMAND: run it on a terminal of 80 columns; its output goes to $log. Standard input is the
# keyboard. Ctrl+C is for the program: the shell, which gets it too, must live to print the exit code.
on_console()
{
    local command="trap : INT; stty cols 80 rows 20; $wine bitsadmin $1; echo code=\$?"
    SHELL=/bin/sh timeout -k 5 90 script -qec "$command" /dev/null >"$log" 2>&1
}

# wait_for TEXT: until it stands in $log, for a minute at most.
wait_for()
{
    for _ in $(seq 600); do
        grep -qF "$1" "$log" && break
        sleep 0.1
    done
}

# press_after TEXT: when it stands in $log, press Ctrl+C, and keep the keyboard until the end.
press_after()
{
    wait_for "$1"
    printf '\003'
    wait_for code=
}

has() { grep -qF -- "$1" "$log"; }
lacks() { ! has "$1"; }
# The last line that shows the number of bytes.
last_progress() { grep -aoF -- "BYTES: $1" "$log" | tail -n 1 | grep -q .; }
no_jobs() { "$wine" bitsadmin /list </dev/null >"$log" 2>&1; has "Listed 0 job(s)."; }

on_console "/transfer shown /priority foreground http://127.0.0.1:$port/quick c:\\\\f.bin" </dev/null
expect "a transfer on a console succeeds" has code=0
expect "it shows the job" has "DISPLAY: 'shown' TYPE: DOWNLOAD STATE: TRANSFERRED"
expect "it shows the end" last_progress "1000000 / 1000000 (100%)"
expect "the progress is written over" has $'\033[2A'
expect "it says that it is done" has "Transfer complete."

# The first word is the job's name, whatever it looks like.
on_console "/transfer /Download /priority foreground http://127.0.0.1:$port/empty c:\\\\e.bin" </dev/null
expect "an empty file is transferred" has code=0
expect "the job is called as the first word" has "DISPLAY: '/Download' TYPE: DOWNLOAD STATE: TRANSFERRED"
expect "an empty file is shown as on Windows" last_progress "0 / 0 (0%)"
expect "and not as done" lacks "(100%)"

: >"$log"
press_after "STATE: TRANSFERRING" |
    on_console "/transfer stopped /priority foreground http://127.0.0.1:$port/slow c:\\\\g.bin"
expect "Ctrl+C ends a transfer with an error" has code=1
expect "Ctrl+C cancels its job" no_jobs

# 39 columns of GUID, 64 of name, 22 of state and progress: the last of them are in the second row.
"$wine" bitsadmin /create "a name that is too long for the row of a console, which has 80" </dev/null \
    >"$log" 2>&1
on_console "/list" </dev/null
expect "a long line goes on in the next row" has "0 / 0 0 / 0"
on_console "/nowrap /list" </dev/null
expect "/NOWRAP cuts it" lacks "0 / 0 0 / 0"
expect "/NOWRAP shows its beginning" has "'a name that is t"

: >"$log"
press_after "'a name that is t" | on_console "/monitor /refresh 1"
expect "Ctrl+C ends /MONITOR" has code=0
expect "/MONITOR says what it is" has "MONITORING BACKGROUND COPY MANAGER(1 second refresh)"
expect "/MONITOR cuts long lines" lacks "0 / 0 0 / 0"

exit "$failed"
