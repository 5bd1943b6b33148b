#!/bin/bash
# Jobs that find their proxy by WPAD: a name server knows wpad.DOMAIN, nginx has the script, squid is between.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/wpad/wpad.sh BUILD-DIRECTORY [PART], by tools/check (WB_INSTALLED, WB_CHECK_DIR).
#
# WPAD asks for a name in the machine's domain, and always at port 80. So all of it, Wine included, runs in
# namespaces of its own: a machine box.wpad.test with nothing but a loopback interface, whose names are what
# this test says. /etc/hosts alone would not do: for this one name Wine 8.0 asks the name server itself.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

skip() { echo "skip - $*"; exit 77; }

if [ -z "${WB_WPAD_INSIDE:-}" ]; then
    for tool in unshare ip python3 nginx squid; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    own=(unshare --mount --uts --net)
    # Who is not root is allowed it in a user namespace, and stays who he is.
    [ "$(id -u)" = 0 ] || own=(unshare --user --map-current-user --keep-caps --mount --uts --net)
    "${own[@]}" true 2>/dev/null || skip "namespaces of its own are not allowed here"
    WB_WPAD_INSIDE=yes exec "${own[@]}" bash "$0" "$@"
fi

servers_begin wpad

# --- the machine --------------------------------------------------------------------

cd "$dir" || exit 1
mkdir www script run spool
# squid knows who is behind it, and nobody else does; the others it does not know.
for i in {1..20}; do
    for bits in w64 w32; do
        echo "127.0.0.1 behind$i.$bits.example" >>hosts.squid
        echo "127.0.0.1 open$i.$bits.example astray$i.$bits.example" >>hosts
    done
done
printf '127.0.0.1 localhost\n127.0.0.2 box.wpad.test box\n' >>hosts
echo 'nameserver 127.0.0.1' >resolv.conf
echo 'hosts: files dns' >nsswitch.conf
{
    ip link set lo up && hostname box.wpad.test && mount --bind hosts /etc/hosts &&
        mount --bind resolv.conf /etc/resolv.conf && mount --bind nsswitch.conf /etc/nsswitch.conf
} >machine.log 2>&1 || { cat machine.log; skip "the names of a machine cannot be replaced here"; }

# --- the servers --------------------------------------------------------------------

# The ports are all free here.
plain=8080 squid=3128
printf 'plain %s\nsquid %s\n' $plain $squid >servers.conf
head -c 300000 /dev/urandom >www/file
cat >script/wpad.dat <<END
function FindProxyForURL(url, host)
{
    if (host.indexOf("behind") == 0)
        return "PROXY 127.0.0.1:$squid";
    return host.indexOf("astray") == 0 ? "PROXY 127.0.0.1:1" : "DIRECT";
}
END

cat >nginx.conf <<END
daemon off; master_process off; pid $dir/run/nginx.pid; error_log $dir/nginx.log;
events { }
http {
    log_format names '\$host \$uri';
    access_log off; default_type application/octet-stream;
    client_body_temp_path $dir/run/c; proxy_temp_path $dir/run/p; fastcgi_temp_path $dir/run/f;
    uwsgi_temp_path $dir/run/u; scgi_temp_path $dir/run/s;
    types { application/x-ns-proxy-autoconfig dat; }
    server { listen 127.0.0.1:$plain; root $dir/www; }
    server { listen 127.77.0.1:80; root $dir/script; access_log $dir/wpad.access names; }
}
END

user=$(id -un)
[ "$user" != root ] || user=proxy
cat >squid.conf <<END
http_port 127.0.0.1:$squid
pid_filename $dir/run/squid.pid
cache_log $dir/squid.log
access_log stdio:$dir/squid.access
coredump_dir $dir/spool
cache deny all
hosts_file $dir/hosts.squid
shutdown_lifetime 0 seconds
visible_hostname localhost
cache_effective_user $user
pinger_enable off
http_access allow all
END
# The user that squid becomes writes its logs.
touch squid.access squid.log
chmod -R a+rX .
chmod a+rw squid.access squid.log
chmod a+rwx "$dir" run spool

start python3 "$here/nameserver.py" wpad.wpad.test 127.77.0.1
start nginx -c "$dir/nginx.conf" -p "$dir"
start squid -N -f "$dir/squid.conf"
servers_wait
for _ in {1..100}; do
    name=$(getent hosts 127.77.0.1) && break
    sleep 0.1
done
[ "${name##* }" = wpad.wpad.test ] || fail "the name server does not answer"
echo "ok - the name server, nginx and squid have started"

# --- the jobs -----------------------------------------------------------------------

run_jobs wpad x86_64 100
has_32bit "$installed" || { echo "skip - $problem"; exit 0; }
run_jobs wpad i386 100
