#!/bin/bash
# The upload server as a program: names that would leave its directory, limits, passwords, the protocol by hand.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: uploadserver.sh BUILD_DIR

set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d) || exit 1
failures=0
server=

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

is() { [ "$1" = "$2" ]; result $? "$3: $1, expected $2"; }

start()
{
    mkdir -p "$work/files"
    : >"$work/log"
    "$top/tools/bits-upload-server" "$@" "$work/files" >"$work/log" 2>"$work/err" &
    server=$!
    for _ in $(seq 600); do
        url=$(sed -n 's/^{"listening":"\(.*\)"}$/\1/p' "$work/log")
        [ -n "$url" ] && return
        kill -0 $server 2>/dev/null || break
        sleep 0.1
    done
    result 1 "the server starts: $(cat "$work/err")"
    exit 1
}

stop()
{
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    server=
}

trap 'stop; rm -rf "$work"' EXIT

# status of a request: arguments of curl
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 --noproxy '*' "$@"; }

# packet TYPE PATH [ARGUMENT]...: status and, in $work/head, the answer's head
packet()
{
    local type=$1 path=$2
    shift 2
    curl -s -o /dev/null -D "$work/head" -w '%{http_code}' --max-time 20 --noproxy '*' --path-as-is -X BITS_POST \
        -H "BITS-Packet-Type: $type" "$@" "${url%/}$path"
}

create()
{
    packet Create-Session "$1" -H 'BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}' -H 'Content-Length: 0'
}

field() { sed -n "s/^$1: \(.*\)\r$/\1/pI" "$work/head"; }

# Of two ids of sessions: no more than what random digits have in common.
differ()
{
    local i same=0
    for ((i = 0; i < 38; i++)); do
        case ${1:i:1} in [0-9A-F]) [ "${1:i:1}" = "${2:i:1}" ] && same=$((same + 1)) ;; esac
    done
    [ ${#1} = 38 ] && [ ${#2} = 38 ] && [ $same -lt 16 ]
    result $? "$3: $1, $2"
}

echo precious >"$work/precious"
start
case $url in http://127.0.0.1:*) result 0 "it listens on 127.0.0.1 by default" ;; *) result 1 "it listens on $url" ;; esac
port=${url##*:} port=${port%/}
grep -qi "^ *[0-9]*: 0100007F:$(printf %04X "$port") " /proc/net/tcp
result $? "and on nothing else"

# --- names ---
long=$(printf 'x%.0s' $(seq 300))
for path in / /.. /. /../precious /a/../precious /a/../../precious /%2e%2e /%2e%2e%2fprecious /..%2fprecious /..%5cprecious \
    '/..\precious' /a%2fb /a%5cb '/C:%5cx' /C:x /x:stream /%00 /a%00b /.hidden /.bits-1.part /x. /x%20 /CON /con.txt /NUL \
    /nul.tar.gz /COM1 /lpt9.txt /AUX /CONIN%24 "/$long" '/a*b' '/a?b' /a%3fb '/a%3cb' '/a%7cb' '/a%22b' /%0a /a%0d%0ab /%7f \
    /%zz /% /%4 /%ff /%c0%ae%c0%ae /COM%c2%b9; do
    case $path in '/a?b') continue ;; esac
    is "$(status -X PUT --data-binary "@$work/precious" --path-as-is "${url%/}$path")" 400 "PUT $(printf %.40s "$path")"
    is "$(create "$path")" 400 "Create-Session $(printf %.40s "$path")"
done
is "$(printf 'PUT /etc/passwd%%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' | timeout 5 bash -c "
    exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; head -n 1 <&3 | cut -d' ' -f2")" 400 "a NUL in the name, by hand"
is "$(printf 'PUT /a\0b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' | timeout 5 bash -c "
    exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; head -c 12 <&3 | cut -d' ' -f2")" "" "a NUL in the request: no answer"
is "$(ls -A "$work/files")" "" "nothing was stored"
is "$(cat "$work/precious")" precious "nothing beside the directory has changed"

# --- names that are fine ---
is "$(status -T "$work/precious" --path-as-is "${url%/}//etc/passwd")" 201 "an absolute path is its last segment"
[ -f "$work/files/passwd" ]
result $? "in the directory"
is "$(status -T "$work/precious" "${url}deep/er/a%20b")" 201 "a space, and directories that do not exist"
[ -f "$work/files/a b" ]
result $? "a space in the name"
is "$(status -T "$work/precious" "${url}%C3%A4%252e")" 201 "UTF-8, and an escape that is one of the name"
[ -f "$work/files/ä%2e" ]
result $? "undone once"
is "$(status -T "$work/precious" "${url}CONSOLE.txt")" 201 "a name that only begins like a device"
is "$(status -T "$work/precious" "${url}query?../../x")" 201 "the query is no part of the name"
is "$(status "${url}query")" 200 "what was stored can be read"
is "$(status --path-as-is "${url}../precious")" 404 "what was not cannot"

# --- links, files that exist ---
ln -s "$work/precious" "$work/files/link"
ln -s "$work" "$work/files/linkdir"
mkdir "$work/files/directory"
is "$(status "${url}link")" 404 "a symbolic link is not read"
is "$(status -T "$work/err" "${url}link")" 403 "and not written through"
is "$(create /linkdir)" 403 "nor a link to a directory"
is "$(create /directory)" 400 "a directory is no file"
is "$(status -T "$work/err" "${url}passwd")" 403 "PUT does not replace a file"
is "$(create /passwd)" 403 "Create-Session neither"
is "$(cat "$work/files/passwd")" precious "it is as it was"

# --- the protocol by hand ---
is "$(packet Ping /nothing -H 'Content-Length: 0')" 200 "Ping (U-048, U-240)"
is "$(create /byhand)" 200 "Create-Session"
session=$(field BITS-Session-Id)
is "$(packet Fragment /byhand -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 0-3/8' -d abcd)" 200 "a fragment (U-050, U-224)"
is "$(field BITS-Received-Content-Range)" 4 "the next byte"
is "$(packet Fragment /byhand -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 6-7/8' -d gh)" 416 "a gap"
is "$(field BITS-Received-Content-Range)" 4 "the byte that is wanted"
is "$(packet Fragment /byhand -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 4-7/9' -d efgh)" 400 "another total"
is "$(packet Fragment /byhand -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 4-7/8' -d efg)" 400 "another length"
is "$(packet Nonsense /byhand -H "BITS-Session-Id: $session" -H 'Content-Length: 0')" 400 "an unknown packet (U-014, U-154)"
is "$(packet Ping /byhand -H "X: $(printf 'x%.0s' $(seq 5000))" -H 'Content-Length: 0')" 400 "a field of 5000 characters (U-012, U-185)"
is "$(status "${url}byhand")" 404 "not there before it is complete"
is "$(packet Fragment /byhand -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 4-7/8' -d efgh)" 200 "the last one (U-225, U-229)"
is "$(packet Close-Session /byhand -H "BITS-Session-Id: $session" -H 'Content-Length: 0')" 200 "Close-Session"
is "$(cat "$work/files/byhand")" abcdefgh "the file"
is "$(packet Close-Session /byhand -H "BITS-Session-Id: $session" -H 'Content-Length: 0')" 500 "once more"
is "$(field BITS-Error-Code)" 0x8020001F "session not found (U-150)"
is "$(field BITS-Error)" 0x8020001F "under both names"
is "$(create /half)" 200 "Create-Session"
session=$(field BITS-Session-Id)
is "$(packet Fragment /half -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 0-3/8' -d abcd)" 200 "half a file"
is "$(packet Close-Session /half -H "BITS-Session-Id: $session" -H 'Content-Length: 0')" 200 "Close-Session (U-143)"
[ ! -e "$work/files/half" ]
result $? "what is not complete is deleted"
is "$(create /cancelled)" 200 "Create-Session"
session=$(field BITS-Session-Id)
is "$(packet Cancel-Session /cancelled -H "BITS-Session-Id: $session" -H 'Content-Length: 0')" 200 "Cancel-Session"
is "$(find "$work/files" -name '.bits-*')" "" "nothing is left of sessions"
create /first >/dev/null
first=$(field BITS-Session-Id)
create /second >/dev/null
differ "$first" "$(field BITS-Session-Id)" "the id of a session does not tell that of the next one"
grep -q '"stored":"byhand","size":8,"sha256":"9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"' "$work/log"
result $? "the transcript has size and hash"
python3 -c 'import json,sys; [json.loads(line) for line in open(sys.argv[1])]' "$work/log"
result $? "the transcript is JSON"
stop

# --- options ---
start --overwrite --max-size 100 --max-fragment 50
create /first >/dev/null
differ "$first" "$(field BITS-Session-Id)" "nor that of another run"
is "$(status -T "$work/precious" "${url}passwd")" 201 "--overwrite replaces a file"
head -c 200 /dev/zero >"$work/large"
is "$(status -T "$work/large" "${url}large")" 413 "--max-size, PUT"
is "$(status -H 'Transfer-Encoding: chunked' -T "$work/precious" "${url}chunked")" 400 "without a length"
is "$(create /large)" 200 "--max-size, Create-Session knows no size"
session=$(field BITS-Session-Id)
is "$(packet Fragment /large -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 0-3/200' -d abcd)" 500 "a fragment of a large file"
is "$(field BITS-Error)" 0x80200020 "too large"
is "$(create /fragment)" 200 "Create-Session"
session=$(field BITS-Session-Id)
is "$(packet Fragment /fragment -H "BITS-Session-Id: $session" -H 'Content-Range: bytes 0-59/60' -d "$(head -c 60 /dev/zero | tr '\0' x)")" \
    413 "--max-fragment"
is "$(status -X DELETE "${url}passwd")" 501 "a method that it does not know"
stop

for scheme in basic digest; do
    start --overwrite --auth $scheme --user me:secret
    is "$(status -T "$work/precious" "${url}secret")" 401 "--auth $scheme: no password"
    is "$(status -T "$work/precious" --$scheme -u me:wrong "${url}secret")" 401 "--auth $scheme: a wrong one"
    is "$(status -T "$work/precious" --$scheme -u me:secret "${url}secret")" 201 "--auth $scheme: the right one"
    ! grep -q secret "/proc/$server/cmdline"
    result $? "ps does not tell"
    stop
done

"$top/tools/bits-upload-server" --help | grep -q -- --overwrite
result $? "--help"
"$top/tools/bits-upload-server" >/dev/null 2>&1
is $? 64 "no directory"
"$top/tools/bits-upload-server" "$work/nowhere" >/dev/null 2>&1
is $? 1 "a directory that does not exist"
exit $((failures != 0))
