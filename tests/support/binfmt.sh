# shellcheck shell=bash
# How 32-bit programs for Linux run, decided for one command: in namespaces of its own, so that nothing of the machine
# changes. Sourced by bash scripts.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each user namespace has formats of executables of its own (Linux 6.7 and later).

# in_namespaces COMMAND...: run it in a user and a mount namespace, as root there. Root keeps all users that there are;
# anybody else is alone. 125: there are no such namespaces here.
in_namespaces()
{
    local fifo pid code
    if [ "$(id -u)" != 0 ]; then
        unshare --user --map-root-user --mount "$@"
        return
    fi
    # Who maps more than one user has to be outside of the namespace.
    fifo=$(mktemp -u "${TMPDIR:-/tmp}/wine-bits-map.XXXXXX") && mkfifo -m 600 "$fifo" || return 125
    # shellcheck disable=SC2016
    unshare --user --mount bash -c 'IFS= read -r mapped <"$1"; rm -f "$1"; shift; [ "$mapped" = yes ] || exit 125; exec "$@"' \
        bash "$fifo" "$@" <&0 &
    pid=$!
    # Until it is in its own namespace; then what opens the fifo is that process.
    while kill -0 "$pid" 2>/dev/null && [ "$(readlink "/proc/$pid/ns/user")" = "$(readlink /proc/self/ns/user)" ]; do
        sleep 0.02
    done
    if awk '{ print $1, $1, $3 }' /proc/self/uid_map >"/proc/$pid/uid_map" 2>/dev/null &&
       awk '{ print $1, $1, $3 }' /proc/self/gid_map >"/proc/$pid/gid_map" 2>/dev/null; then
        echo yes >"$fifo"
    elif kill -0 "$pid" 2>/dev/null; then
        echo no >"$fifo"
    fi
    wait "$pid"
    code=$?
    rm -f "$fifo"
    return "$code"
}

# register_elf32 INTERPRETER FLAGS: in the namespaces, 32-bit x86 programs are given to this one.
register_elf32()
{
    # The file system belongs to the namespace from which it is first mounted.
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || return
    printf '%s' ":wine-bits:M::\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x03\\x00:\\xff\\xff\\xff\\xff\\xff\\xfe\\xfe\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$1:$2" \
        >/proc/sys/fs/binfmt_misc/register
}
