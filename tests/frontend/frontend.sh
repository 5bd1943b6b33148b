#!/bin/bash
# tools/wine-bits: what a person at a Linux prompt gets.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/frontend/frontend.sh BUILD_DIR
#
# Runs in a copy of the prefix $WB_INSTALLED. Prints "ok - ...", "not ok - ..." or "skip - ..." for each
# check. Exit code: 0 passed, 1 failed, 77 skipped.

set -u

build=$(cd "${1:?usage: frontend.sh BUILD_DIR}" && pwd -P) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
check=${WB_CHECK_DIR:-$top/.check}
template=${WB_INSTALLED:-$check/installed}
prefix=$check/prefixes/frontend
tool=$top/tools/wine-bits

# shellcheck source=tests/support/prefix.sh
. "$top/tests/support/prefix.sh"

failed=0
skip() { printf 'skip - tests/frontend: %s\n' "$*"; exit 77; }

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

command -v python3 >/dev/null || skip "python3 is missing"
[ -f "$template/system.reg" ] || skip "$template is no prefix: run tools/check first"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/wine-bits-frontend.XXXXXX") || exit 1
log=$scratch/log
server_pid=
clean_up()
{
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    end_prefix "$prefix"
    end_prefix "$scratch/fresh"
    rm -rf "$scratch" "$prefix"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A server: /slow comes in pieces for a minute, /none is missing, everything else comes at once.
cat >"$scratch/server.py" <<'PYTHON'
import http.server
import time

SIZE = 1000000

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, with_body):
        if self.path == '/none':
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header('Content-Length', str(SIZE))
        self.end_headers()
        for _ in range(10 if with_body else 0):
            self.wfile.write(b'x' * (SIZE // 10))
            time.sleep(6 if self.path == '/slow' else 0)

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

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
url=http://127.0.0.1:$port

mkdir -p "$check/prefixes" "$scratch/work"
copy_prefix "$template" "$prefix" || exit 1
export WINEPREFIX=$prefix
cd "$scratch/work" || exit 1

# run CODE ARGUMENT...: the tool must end with this code; all it prints is in $log.
run()
{
    local wanted=$1 code
    shift
    "$tool" "$@" >"$log" 2>&1 </dev/null
    code=$?
    [ "$code" = "$wanted" ] && return
    printf '(exit code %s, expected %s)\n' "$code" "$wanted" >>"$log"
    return 1
}

says() { grep -qF -- "$1" "$log"; }
has_bytes() { [ "$(stat -c %s "$1" 2>/dev/null)" = 1000000 ]; }
# The jobs of the prefix, after a look at something else: the output of the step stays in $log for expect.
no_jobs() { "$tool" list 2>&1 </dev/null | grep -qx 'No jobs.'; }

# --- what it says without doing anything ---------------------------------------------------------

expect "--help says how to use it" run 0 --help
expect "every command is in it" eval 'for word in list get cancel wait log status; do says "  $word" || break; done'
expect "no command is a usage error" run 64
expect "an unknown command is a usage error" run 64 fetch
expect "get needs a URL" run 64 get
expect "a file name is no URL" run 64 get file.bin
expect "an option of another command is refused" run 64 list --timeout 3
expect "a number is needed for --timeout" run 64 get --timeout soon "$url/a"
expect "a missing prefix is not possible" run 1 list --prefix "$scratch/nowhere"
expect "it says how to make one" says wineboot
expect "get without a prefix is not possible" run 1 get --prefix "$scratch/nowhere" "$url/a"
expect "it says in one line how to get there" eval 'says "wineboot && wine-bits-setup install --prefix" &&
    [ "$(wc -l <"$log")" = 1 ]'
expect "a directory that is no prefix is named" eval 'run 1 list --prefix "$scratch/work" && says "is no Wine prefix"'
copy_prefix "${WB_TEMPLATE:-$check/template}" "$scratch/bare" || exit 1
expect "a prefix without wine-bits is not possible" run 1 list --prefix "$scratch/bare"
expect "it says how to install" says "wine-bits-setup install --prefix '$scratch/bare'"
expect "a Wine that is not there is named" env WINE=/nonexistent "$BASH" -c '! "$1" list >"$2" 2>&1' - "$tool" "$log"
expect "by its name" says /nonexistent

# --- get -----------------------------------------------------------------------------------------

expect "an empty queue is listed" run 0 list
expect "it says so" says "No jobs."
expect "get downloads into a file" run 0 get "$url/a" named.bin
expect "the file has its bytes" has_bytes named.bin
expect "its path is printed" says "$scratch/work/named.bin"
expect "progress is told in lines" says "TRANSFERRED 100%, 1.0 MB of 1.0 MB"
expect "no job is left" no_jobs
expect "get into a directory takes the name from the URL" run 0 get "$url/dir/b.bin?version=1#top" .
expect "without the query" has_bytes b.bin
expect "a file of that name is replaced" run 0 get --quiet "$url/b.bin"
expect "--quiet prints nothing" test ! -s "$log"
# name_of ENCODED NAME: what is downloaded from a URL with this last part becomes a file of this name.
name_of() { run 0 get --quiet "$url/sub/$1" && has_bytes "$2" && rm -f "$2"; }
expect "%-escapes of the name are decoded" name_of 'two%20words%2Ebin' 'two words.bin'
expect "... also those of UTF-8" name_of 'na%C3%AFve.bin' 'naïve.bin'
expect "... not into what is no UTF-8" name_of 'na%EFve.bin' 'na%EFve.bin'
expect "... not into a slash, nor what Windows has not in names" name_of '..%2Fup%5C%3A%3f.bin' '..%2Fup%5C%3A%3f.bin'
expect "... not into control characters" name_of 'a%0A%7Fb%00.bin' 'a%0A%7Fb%00.bin'
expect "... not into the directory above" name_of '%2E%2E' '%2E%2E'
name='naïve file & (1).bin'
mkdir "dir with blanks"
expect "names keep blanks and letters, whatever the locale" env LC_ALL=C "$BASH" -c '"$@"' - \
    "$tool" get --quiet "$url/c" "dir with blanks/$name"
expect "in the file's name, too" has_bytes "dir with blanks/$name"
expect "a missing directory is not possible" run 1 get "$url/a" none/file
expect "it says how to make it" says "mkdir -p 'none/'"
expect "a URL without a name needs one" run 1 get "$url/"

expect "a missing file is a failure" run 2 get "$url/none"
expect "the reason is told" says 0x80190194
expect "no file is there" test ! -e none
expect "no job is left of a failure" no_jobs
# Nothing listens on port 1.
expect "--timeout 0 gives up at the first obstacle" run 2 get --timeout 0 http://127.0.0.1:1/a
expect "the obstacle is told" says 0x80072efd

# --- interrupted -----------------------------------------------------------------------------------

# wait_for TEXT: until it stands in $log, for a minute at most.
wait_for()
{
    for _ in $(seq 600); do
        grep -qF -- "$1" "$log" && return
        sleep 0.1
    done
    return 1
}

"$tool" get "$url/slow" >"$log" 2>&1 </dev/null &
getting=$!
expect "a slow transfer shows its state" wait_for TRANSFERRING
expect "list shows it" eval '"$tool" list 2>&1 </dev/null | grep -q "TRANSFERRING .* slow\$"'
kill -TERM "$getting"
wait "$getting"
code=$?
expect "a signal ends it" test "$code" = 143
expect "its job is cancelled" no_jobs

# on_terminal COMMAND: on a terminal of 80 columns; standard input is the keyboard.
on_terminal()
{
    SHELL=/bin/sh timeout -k 5 90 script -qec "trap : INT; stty cols 80; '$tool' $1; echo code=\$?" /dev/null \
        >"$log" 2>&1
}

if command -v script >/dev/null; then
    on_terminal "get $url/d d.bin" </dev/null
    expect "a transfer on a terminal succeeds" says code=0
    expect "it draws a bar" says '[========================================] 100%  1.0 MB of 1.0 MB'
    expect "over itself" says $'\r['
    : >"$log"
    { wait_for '%  '; printf '\003'; wait_for code=; } | on_terminal "get $url/slow"
    expect "Ctrl+C ends a transfer" says code=130
    expect "Ctrl+C cancels the job" no_jobs
else
    printf 'skip - tests/frontend: script is missing (Debian package bsdutils)\n'
fi

# --- jobs of others ----------------------------------------------------------------------------------

for name in one two; do "$wine" bitsadmin /rawreturn /create "job $name" </dev/null >"$scratch/$name" 2>/dev/null; done
one=$(tr -d '{}\r\n' <"$scratch/one")
expect "jobs of other programs are listed" run 0 list
expect "with their names" says "job two"
expect "no job has the ID that is asked for" run 2 cancel 0-0
expect "what is no ID is told" run 2 cancel xyz
expect "a job is cancelled by the beginning of its ID" run 0 cancel "${one:0:18}"
expect "only that one" eval 'run 0 list && says "job two" && ! says "job one"'
expect "--all cancels the rest" run 0 cancel --all
expect "nothing is left" no_jobs

# --- what others do ------------------------------------------------------------------------------------

expect "wait returns when there is nothing to do" run 0 wait --timeout 20 --from "$build"
expect "log says when there is none" run 1 log --from "$build"
expect "log on begins one" run 0 log on --verbose --from "$build"
path=$(tail -n 1 "$log")
expect "log path names it" eval 'run 0 log path --from "$build" && says "$path"'
expect "a listing is logged" run 0 list
expect "log prints it" eval 'run 0 log --from "$build" && cmp "$log" "$path"'
expect "log off ends it" run 0 log off --from "$build"
expect "status tells what is in use" run 0 status --from "$build"
expect "it is wine-bits" says "installed and in use"

# --- a prefix that has just been made -----------------------------------------------------------------

# Each of these comes right after wineboot, seconds before wineserver writes the registry files.
fresh=$scratch/fresh
make_fresh()
{
    end_prefix "$fresh"
    rm -rf "$fresh"
    WINEPREFIX=$fresh WINEDLLOVERRIDES='mscoree,mshtml=' "$wine" wineboot -i >"$log" 2>&1 </dev/null
}
expect "a prefix is made" make_fresh
expect "wine-bits goes into it at once" \
    "$top/tools/wine-bits-setup" install --prefix "$fresh" --from "$build" >"$scratch/install" 2>&1
expect "and downloads a file" run 0 get --prefix "$fresh" "$url/a" fresh.bin
expect "which is there" has_bytes fresh.bin
expect "nothing is left to wait for" run 0 wait --prefix "$fresh"
expect "another prefix is made" make_fresh
expect "its queue can be waited for at once" "$top/tools/wine-bits-wait" --prefix "$fresh" --from "$build" --timeout 60
end_prefix "$fresh"

exit "$failed"
