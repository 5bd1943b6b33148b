#!/bin/bash
# What the README tells people to type: each command is run by some test, and each file it names exists.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: readme.sh BUILD_DIR

set -u

build=$(cd "$1" && pwd) || exit 1
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
prefix=$WB_CHECK_DIR/prefixes/readme
failures=0

result()
{
    if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failures=$((failures + 1)); fi
}

# shellcheck source=../support/prefix.sh
. "$top/tests/support/prefix.sh"
copy_prefix "$WB_TEMPLATE" "$prefix" || exit 1
trap 'end_prefix "$prefix"; rm -rf "$prefix"' EXIT

# A command as it stands in the README; what would need another machine is run elsewhere, by whom it says.
try_command()
{
    local command=$1
    case $command in
    tools/check) result 0 "$command (this is it)" ;;
    # Its build is that of tools/check, its program that of tests/node: what is left is that it starts.
    tools/try) bash -n "$top/$command" && [ -x "$top/$command" ]; result $? "$command" ;;
    "tools/machine-setup build") result 0 "$command (run by tools/check)" ;;
    "./autogen.sh && ./configure && make && make install") result 0 "$command (run by tests/build)" ;;
    tools/wine-bits-setup*)
        command=${command%%      *}
        command="WINE_BITS_DIR='$build' '$top/'${command/'~/.wine'/\"$prefix\"}"
        bash -c "$command" >"$prefix.log" 2>&1 </dev/null
        result $? "$1"
        [ "$failures" = 0 ] || tail -n 5 "$prefix.log" ;;
    *) result 1 "$command (nobody runs it)" ;;
    esac
}

while IFS= read -r line; do try_command "$line"; done < <(sed -n 's/^    \(tools\/[a-z-]*\( .*\)\{0,1\}\|\.\/.*\)$/\1/p' "$top/README.md" |
    grep -v '^tools/  ')

# Links and files within the repository.
while IFS= read -r file; do
    [ -e "$top/$file" ]
    result $? "$file exists"
done < <(grep -ohE '\((docs|tools|tests|libs|include)/[A-Za-z0-9._/-]+\)|`(docs|tools|tests|libs|include|dlls|programs)/[A-Za-z0-9._/-]+`' \
    "$top/README.md" "$top"/docs/*.md | tr -d '()`' | sort -u)

exit $((failures != 0))
