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

# A server: /slow comes in pieces for a minute, /none is missing, /secret wants a header, everything else comes at once.
# Each request is a line of server.log.
cat >"$scratch/server.py" <<'PYTHON'
import http.server
import sys
import time

SIZE = 1000000

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, with_body):
        print(self.command, self.path, self.headers.get('Range', '-'), file=sys.stderr, flush=True)
        if self.path == '/none':
            self.send_error(404)
            return
        if self.path == '/secret' and self.headers.get('X-Key') != 'open sesame':
            self.send_error(403)
            return
        first = int(self.headers.get('Range', 'bytes=0-')[6:].split('-')[0])
        self.send_response(206 if first else 200)
        self.send_header('Content-Length', str(SIZE - first))
        self.send_header('Accept-Ranges', 'bytes')
        self.send_header('Last-Modified', 'Tue, 15 Nov 1994 08:12:31 GMT')
        if first:
            self.send_header('Content-Range', f'bytes {first}-{SIZE - 1}/{SIZE}')
        self.end_headers()
        # The rest of a file comes at once.
        for _ in range(10 if with_body and not first else 0):
            self.wfile.write(b'x' * (SIZE // 10))
            time.sleep(6 if self.path.startswith('/slow') else 0)
        if with_body and first:
            self.wfile.write(b'x' * (SIZE - first))

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
python3 "$scratch/server.py" >"$scratch/port" 2>"$scratch/server.log" &
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
expect "every command is in it" eval 'for word in list get cancel wait monitor log status report; do says "  $word" || break; done'
expect "no command is a usage error" run 64
expect "an unknown command is a usage error" run 64 fetch
expect "get needs a URL" run 64 get
expect "a file name is no URL" run 64 get file.bin
expect "an option of another command is refused" run 64 list --timeout 3
expect "a number is needed for --timeout" run 64 get --timeout soon "$url/a"
sum=$(head -c 1000000 /dev/zero | tr '\0' x | sha256sum | cut -d' ' -f1)
expect "several URLs have no file" run 64 get "$url/a" "$url/b" file.bin
expect "FILE or --output-dir" run 64 get --output-dir . "$url/a" file.bin
expect "a checksum has its digits" run 64 get --checksum sha256:abc "$url/a"
expect "a checksum has a kind that is known" run 64 get --checksum "crc:$sum" "$url/a"
expect "a checksum is for one URL" run 64 get --checksum "sha256:$sum" "$url/a" "$url/b"
expect "a header has a name and a value" run 64 get --header Referer "$url/a"
expect "list takes --watch or --json" run 64 list --watch --json
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

mkdir many
expect "several URLs are downloaded at once" run 0 get --output-dir many "$url/one.bin" "$url/two.bin" "$url/three.bin"
expect "all of them" eval 'has_bytes many/one.bin && has_bytes many/two.bin && has_bytes many/three.bin'
expect "their paths are printed" eval 'says "$scratch/work/many/one.bin" && says "$scratch/work/many/three.bin"'
expect "progress names them" says "two.bin: TRANSFERRED 100%, 1.0 MB of 1.0 MB"
expect "two of one name are refused" run 1 get "$url/a/x.bin" "$url/b/x.bin"
expect "a missing output directory is not possible" run 1 get --output-dir none "$url/a" "$url/b"
expect "one that fails does not stop the others" run 2 get --output-dir many "$url/four.bin" "$url/none" "$url/five.bin"
expect "which are there" eval 'has_bytes many/four.bin && has_bytes many/five.bin && says 0x80190194'
expect "no job is left of several" no_jobs

"$tool" get --json --quiet --output-dir many "$url/six.bin" "$url/none" >"$scratch/json" 2>"$log" </dev/null
expect "--json prints the results" python3 - "$scratch/json" "$scratch/work/many/six.bin" <<'PYTHON'
import json, sys
six, none = json.load(open(sys.argv[1]))
assert six == {'url': six['url'], 'file': sys.argv[2], 'result': 'done', 'bytes': 1000000, 'error': None}, six
assert none['result'] == 'failed' and '0x80190194' in none['error'], none
PYTHON

expect "a file with the right checksum is kept" run 0 get --checksum "sha256:$sum" "$url/sum" sum.bin
expect "it has its bytes" has_bytes sum.bin
echo "what was there" >sum.bin
expect "one with another has an exit code of its own" run 3 get --checksum "sha256:${sum//[0-9]/0}" "$url/sum" sum.bin
expect "both checksums are told" eval 'says "$sum" && says "${sum//[0-9]/0}"'
expect "what was there stays" grep -qx "what was there" sum.bin
expect "no job is left of it" no_jobs
expect "nor a temporary file" eval '! ls -a | grep "^BIT"'

expect "a file that needs a header is refused without" run 2 get "$url/secret"
expect "--header sends it" run 0 get --header "X-Other: 1" --header "X-Key: open sesame" "$url/secret"
expect "the file is there" has_bytes secret

cat >"$scratch/notify-send" <<'END'
#!/bin/sh
printf '%s\n' "$@" >"$NOTIFIED"
END
chmod +x "$scratch/notify-send"
export NOTIFIED=$scratch/notified
notified() { env PATH="$scratch:$PATH" DISPLAY=:none WINE_BITS_NOTIFY="$1" "$tool" get --quiet "$url/$2" >"$log" 2>&1; }
expect "the end of a long get is shown on the desktop" eval 'notified 0 long.bin && grep -qx long.bin "$NOTIFIED"'
rm -f "$NOTIFIED"
expect "that of a short one is not" eval 'notified 1000 short.bin && [ ! -e "$NOTIFIED" ]'
expect "nor does it where that is not wanted" eval 'notified never never.bin && [ ! -e "$NOTIFIED" ]'
expect "a failure is shown as one" eval '! notified 0 none && grep -qx "Download failed" "$NOTIFIED"'

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

# --- interrupted, and continued ----------------------------------------------------------------------

: >"$log"
"$tool" get --continue "$url/slow.iso" kept.iso >"$log" 2>&1 </dev/null &
getting=$!
expect "a transfer that may be continued begins" wait_for "TRANSFERRING 10%"
kill -TERM "$getting"
wait "$getting"
expect "it says how to go on" says "run the same command again"
expect "its job is kept" eval '"$tool" list 2>&1 </dev/null | grep -q "SUSPENDED .* kept.iso\$"'
expect "no file is there yet" test ! -e kept.iso
expect "the same command goes on" run 0 get --continue "$url/slow.iso" kept.iso
expect "the file is complete" has_bytes kept.iso
expect "no job is left of it" no_jobs
expect "what was there was not asked for again" grep -qE '^GET /slow.iso bytes=[1-9]' "$scratch/server.log"

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

# watch OPTION...: the table, twice.
"$tool" list --watch >"$log" 2>&1 </dev/null &
watching=$!
expect "--watch prints the table" wait_for "No jobs."
for name in one two; do "$wine" bitsadmin /rawreturn /create "job $name" </dev/null >"$scratch/$name" 2>/dev/null; done
one=$(tr -d '{}\r\n' <"$scratch/one")
expect "and again" wait_for "job two"
expect "with the speed" says SPEED
kill -TERM "$watching"
wait "$watching"
expect "it ends when it is told" test $? = 0
expect "jobs of other programs are listed" run 0 list
expect "with their names" says "job two"
"$tool" list --json >"$scratch/json" 2>"$log" </dev/null
expect "--json lists them, too" python3 - "$scratch/json" <<'PYTHON'
import json, sys
jobs = {job['name']: job for job in json.load(open(sys.argv[1]))}
assert set(jobs) == {'job one', 'job two'}, jobs
assert jobs['job one']['state'] == 'SUSPENDED' and jobs['job one']['error'] is None, jobs
PYTHON
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
"$wine" reg add 'HKLM\Software\wine-bits' /v LogLimit /t REG_DWORD /d 4000 /f /reg:64 </dev/null >/dev/null 2>&1
for _ in 1 2 3 4; do "$tool" list >/dev/null 2>&1 </dev/null; done
expect "its services read how large a log may become" run 0 log on --verbose --from "$build"
"$tool" list >/dev/null 2>&1 </dev/null
expect "a log that is too large is put aside" test "$(stat -c %s "$path.1")" -ge 4000
expect "and a new one begins" test -s "$path"
expect "both are for their owner alone" test "$(stat -c %a "$path.1" "$path" | tr -d '\n')" = 600600
"$wine" reg delete 'HKLM\Software\wine-bits' /v LogLimit /f /reg:64 </dev/null >/dev/null 2>&1
run 0 log on --verbose --from "$build"
# What must not be in a report, and what must.
"$wine" bitsadmin /rawreturn /create "letter to Annette" </dev/null >"$scratch/three" 2>/dev/null
three=$(tr -d '\r\n' <"$scratch/three")
mkdir -p "$prefix/drive_c/my letters"
expect "a job has a file with names of its user" "$wine" bitsadmin /rawreturn /addfile "$three" \
    "http://files.example.invalid:81/private/doc.pdf?token=geheim" 'C:\my letters\an Annette.pdf'
"$wine" bitsadmin /rawreturn /create "lost" </dev/null >"$scratch/four" 2>/dev/null
four=$(tr -d '\r\n' <"$scratch/four")
"$wine" bitsadmin /rawreturn /addfile "$four" "$url/none" 'C:\none.bin' </dev/null >/dev/null 2>&1
"$wine" bitsadmin /rawreturn /setpriority "$four" FOREGROUND </dev/null >/dev/null 2>&1
"$wine" bitsadmin /rawreturn /resume "$four" </dev/null >/dev/null 2>&1
expect "a job fails" eval 'for _ in $(seq 200); do "$tool" list 2>&1 </dev/null | grep "ERROR .* lost" && break; sleep 0.2; done'
expect "the list says why" eval 'run 0 list && says "    HTTP status 404" && says "(0x80190194)"'
expect "report writes a file" run 0 report --from "$build" report.txt
expect "and its name" says report.txt
cp report.txt "$log"
for text in geheim token private "my letters" Annette letter files.example "$prefix" "$scratch"; do
    expect "'$text' is not in it" eval '! says "$text"'
done
for text in "$(id -un)" "$(hostname)"; do
    [ "${#text}" -gt 2 ] || continue
    expect "neither is '$text'" eval '! grep -qiw -- "$text" "$log"'
done
for text in wine- "$(uname -r)" C.UTF-8 "installed and in use" "$three" "$four" 0x80190194 " starts" SUSPENDED; do
    expect "'$text' is in it" says "$text"
done
expect "hosts are numbered, ports stay" grep -qE 'http://HOST[0-9]+:81/PATH\.pdf' "$log"
expect "only its owner may read it" test "$(stat -c %a report.txt)" = 600
expect "a report that cannot be written is not possible" run 1 report --from "$build" "$scratch/none/report.txt"
"$tool" cancel --all >/dev/null 2>&1 </dev/null

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
expect "nothing is left to wait for" run 0 wait --prefix "$fresh" --from "$build"
expect "another prefix is made" make_fresh
expect "its queue can be waited for at once" "$top/tools/wine-bits-wait" --prefix "$fresh" --from "$build" --timeout 60
end_prefix "$fresh"

# --- the window -------------------------------------------------------------------------------------------

expect "without a display there is no window" eval '! env -u DISPLAY -u WAYLAND_DISPLAY "$tool" monitor >"$log" 2>&1'
expect "it says what to do instead" says "list --watch"

# --- completion ---------------------------------------------------------------------------------------------

# complete WORD...: what bash would offer for the last one.
complete_words()
{
    # shellcheck disable=SC2016
    bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _wine_bits "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
        printf "%s\n" "${COMPREPLY[@]}"' bash "$top/packaging/common/wine-bits.bash" "$@" >"$log"
}
expect "commands are completed" eval 'complete_words wine-bits st && grep -qx status "$log"'
expect "options are, those of the command" eval \
    'complete_words wine-bits get --c && grep -qx -e --checksum "$log" && ! grep -qx -e --all "$log"'
for option in $("$tool" --help | grep -oE -e '--[a-z]+(-[a-z]+)*' | sort -u); do
    expect "every shell knows $option" eval 'grep -qF -e "$option" "$top/packaging/common/wine-bits.bash" &&
        grep -qF -e "$option" "$top/packaging/common/wine-bits.zsh" &&
        grep -qE -e "-l ${option#--}( |\$)" "$top/packaging/common/wine-bits.fish"'
done
for shell in zsh fish; do
    if command -v "$shell" >/dev/null; then
        expect "$shell understands its file" "$shell" -n "$top/packaging/common/wine-bits.$shell"
    else
        printf 'skip - tests/frontend: %s is missing\n' "$shell"
    fi
done

exit "$failed"
