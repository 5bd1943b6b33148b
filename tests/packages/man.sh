#!/bin/bash
# The manual pages: clean, and complete, that is every option of a program's own help stands in its page.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/packages/man.sh BUILD_DIR

set -u

build=$(cd "${1:?usage: man.sh BUILD_DIR}" && pwd -P) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
failures=0

if ! command -v man >/dev/null || ! command -v groff >/dev/null; then
    echo "skip - tests/packages: man or groff is missing"
    exit 77
fi

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

# What man has to say about a page, and its text without overstriking.
warnings=$(mktemp) && text=$(mktemp) || exit 1
trap 'rm -f "$warnings" "$text"' EXIT

# check_page PROGRAM OPTION...: the options are those that its help names.
check_page()
{
    local page=$top/docs/man/$1.1 option
    LC_ALL=C.UTF-8 MANWIDTH=120 man --warnings -E UTF-8 -l "$page" 2>"$warnings" | col -b >"$text"
    [ -s "$text" ] && ! [ -s "$warnings" ]
    result $? "$1(1) is clean"
    cat "$warnings"
    shift
    [ $# != 0 ]
    result $? "its program names options"
    for option in "$@"; do
        grep -qE -e "(^|[^a-z-])$option([^a-z-]|\$)" "$text"
        result $? "$option is in it"
    done
}

for program in wine-bits wine-bits-setup wine-bits-wait; do
    # shellcheck disable=SC2046
    check_page "$program" $("$top/tools/$program" --help | grep -oE -e '--[a-z]+(-[a-z]+)*' | sort -u)
done
# Compiled, and with words for manners and faults behind its options.
server=$build/native/bits-upload-server
[ -x "$server" ] || make -C "$build" native-tools >/dev/null 2>&1
if [ -x "$server" ]; then
    words=$("$server" --help 2>&1 | sed -n '/^Example/q
        s/^  \(    \|-., \)\(--[a-z-]*\).*/\2/p; s/^  \([a-z][a-z0-9-]*\).*/\1/p')
    # shellcheck disable=SC2086
    check_page bits-upload-server $words
else
    echo "not ok - make native-tools makes bits-upload-server"
    failures=$((failures + 1))
fi

for page in "$top"/docs/man/*.1; do
    name=${page##*/}
    grep -qF "/$name" "$top/Makefile.am"
    result $? "$name is installed"
    while IFS= read -r other; do
        [ -f "$top/docs/man/$other.1" ] || [ "$other" = wine ]
        result $? "$name refers to $other, which exists"
    done < <(sed -n 's/^\.BR \([a-z-]*\) (1).*/\1/p' "$page" | sort -u)
done

exit $((failures != 0))
