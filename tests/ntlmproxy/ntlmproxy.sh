#!/bin/bash
# Jobs through a proxy that asks for NTLM or Negotiate: squid, with Samba's ntlm_auth to check the answers.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/ntlmproxy/ntlmproxy.sh BUILD-DIRECTORY [PART], by tools/check (WB_INSTALLED, WB_CHECK_DIR).
#
# ntlm_auth knows one password from its command line, which is everybody's, and so tells right answers from
# wrong ones without a domain. (squid's own ntlm_fake_auth accepts everything, and sends challenges that the
# ntlm_auth of the other side, which Wine's NTLM is, takes for damaged.) Servers run as those of tests/servers do.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

for tool in nginx squid openssl ntlm_auth; do
    command -v "$tool" >/dev/null || { echo "skip - $tool is not installed"; exit 77; }
done

servers_begin ntlmproxy

# --- ports, certificate, file -------------------------------------------------------

proxies="ntlm negotiate both"
# shellcheck disable=SC2086
servers_ports plain tls $proxies

cd "$dir" || exit 1
mkdir www run spool
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 \
    -subj "/CN=wine-bits ntlmproxy test" >openssl.log 2>&1 </dev/null ||
    { cat openssl.log; fail "there is no certificate"; }
head -c 300000 /dev/urandom >www/file

cat >nginx.conf <<END
daemon off; master_process off; pid $dir/run/nginx.pid; error_log $dir/nginx.log;
events { }
http {
    access_log off; default_type application/octet-stream;
    client_body_temp_path $dir/run/c; proxy_temp_path $dir/run/p; fastcgi_temp_path $dir/run/f;
    uwsgi_temp_path $dir/run/u; scgi_temp_path $dir/run/s;
    server { listen 127.0.0.1:$port_plain; root $dir/www; }
    server { listen 127.0.0.1:$port_tls ssl; root $dir/www;
             ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem; }
}
END

# --- squid ---------------------------------------------------------------------------

# Only squid knows these names: who gets there has gone through it, and each check finds its lines in the log.
for i in {1..60}; do echo "127.0.0.1 job$i.w64.example job$i.w32.example"; done >hosts

helper()
{
    echo "auth_param $1 program $(command -v ntlm_auth) --helper-protocol=$2 --username=user --domain=TEST --password=secret
auth_param $1 children 8 startup=1 idle=1"
}
asks_ntlm=$(helper ntlm squid-2.5-ntlmssp)
asks_negotiate=$(helper negotiate gss-spnego)

squid_config()
{
    local name=$1
    shift
    eval "local port=\$port_$name"
    cat <<END
http_port 127.0.0.1:$port
pid_filename $dir/run/$name.pid
cache_log $dir/$name.log
logformat job %>Hs %>p %un %rm %ru
access_log stdio:$dir/$name.access job
coredump_dir $dir/spool
cache deny all
hosts_file $dir/hosts
shutdown_lifetime 0 seconds
visible_hostname localhost
cache_effective_user $([ "$(id -u)" = 0 ] && echo proxy || id -un)
pinger_enable off
$*
acl known proxy_auth REQUIRED
http_access deny !known
http_access allow all
END
}
squid_config ntlm "$asks_ntlm" >ntlm.conf
squid_config negotiate "$asks_negotiate" >negotiate.conf
squid_config both "$asks_negotiate
$asks_ntlm" >both.conf
# The user that squid becomes writes its logs.
for name in $proxies; do touch "$name.access" "$name.log"; done
chmod -R a+rX .
chmod a+rw ./*.access ./*.log
chmod a+rwx "$dir" run spool

# --- all of them ----------------------------------------------------------------------

start nginx -c "$dir/nginx.conf" -p "$dir"
for name in $proxies; do start squid -N -f "$dir/$name.conf"; done

servers_wait
echo "ok - nginx and squid have started"

# --- the jobs --------------------------------------------------------------------------

run_jobs ntlmproxy x86_64 100
has_32bit "$installed" || { echo "skip - $problem"; exit 0; }
run_jobs ntlmproxy i386 100
