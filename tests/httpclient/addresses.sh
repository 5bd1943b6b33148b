#!/bin/bash
# Hosts of several addresses: on a machine of its own, whose names are what this test says.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/httpclient/addresses.sh BUILD-DIRECTORY, by tools/check (WB_INSTALLED, WB_CHECK_DIR).

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

skip() { echo "skip - $*"; exit 77; }

if [ -z "${WB_ADDRESSES_INSIDE:-}" ]; then
    for tool in unshare ip; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    own=(unshare --mount --net)
    # Who is not root is allowed it in a user namespace, and stays who he is.
    [ "$(id -u)" = 0 ] || own=(unshare --user --map-current-user --keep-caps --mount --net)
    "${own[@]}" true 2>/dev/null || skip "namespaces of its own are not allowed here"
    WB_ADDRESSES_INSIDE=yes exec "${own[@]}" bash "$0" "$@"
fi

servers_begin addresses
cd "$dir" || exit 1
printf '127.0.0.1 localhost\n127.0.0.2 pair.test\n127.0.0.1 pair.test\n::1 mixed.test\n127.0.0.1 mixed.test\n' >hosts
{ ip link set lo up && mount --bind hosts /etc/hosts; } >machine.log 2>&1 ||
    { cat machine.log; skip "the names of a machine cannot be replaced here"; }
[ "$(getent ahosts pair.test | awk '$2 == "STREAM" { print $1 }' | sort | tr '\n' ' ')" = '127.0.0.1 127.0.0.2 ' ]
case $? in 0) echo "ok - a host has two addresses" ;; *) echo "not ok - a host has two addresses" ;; esac

part=test_addresses
run_jobs httpclient x86_64 100
has_32bit "$installed" || { echo "skip - $problem"; exit 0; }
run_jobs httpclient i386 100
