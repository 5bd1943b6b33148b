#!/bin/bash
# Jobs and the servers that Debian has: nginx, Apache, squid; behind nginx, the upload server.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: tests/servers/servers.sh BUILD-DIRECTORY [PART], by tools/check (WB_INSTALLED, WB_CHECK_DIR).
#
# Every server has its own configuration, free ports of 127.0.0.1 and one directory, runs in the foreground and is
# ended by its process id. servers.exe finds them through the file servers.conf of the directory WB_SERVERS names.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

for tool in nginx apache2 squid openssl htpasswd htdigest; do
    command -v "$tool" >/dev/null || { echo "skip - $tool is not installed"; exit 77; }
done

small=
before_removal() { [ -z "$small" ] || umount "$dir/small"; }
servers_begin servers

# --- ports -------------------------------------------------------------------------

servers_ports nginx pac apache apachetls tlsgood tlsunknown tlsname tlsexpired tlsusage tlsrevoked tlsclient squid squidauth \
    bits reply

# --- certificates ------------------------------------------------------------------

cd "$dir" || exit 1
mkdir www www/secret run spool
# What the servers store.
mkdir -p bits reply apache nginx/dav nginx/dav-small
cat >ca.cnf <<END
[ca]
default_ca = here
[here]
dir = .
database = index
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
default_days = 3650
default_crl_days = 3650
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = dn
[dn]
END
: >index
echo 1000 >serial
echo 01 >crlnumber

authority()
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 3650 \
        -subj "/CN=wine-bits servers test $1" -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign
}

# certificate NAME AUTHORITY SUBJECT EXTENSIONS [DATES]
certificate()
{
    local name=$1 by=$2 subject=$3
    printf '%b\n' "$4" >"$name.ext"
    shift 4
    "$here/../support/make-key" "$name.key" &&
        openssl req -config ca.cnf -new -key "$name.key" -out "$name.csr" -subj "/CN=$subject" &&
        openssl ca -batch -config ca.cnf -keyfile "$by.key" -cert "$by.pem" -in "$name.csr" -out "$name.pem" \
            -notext -extfile "$name.ext" "$@"
}

# Only squid knows behind.example: who gets there has gone through it.
names_here='subjectAltName = DNS:localhost, DNS:behind.example, IP:127.0.0.1\n'
server_use='extendedKeyUsage = serverAuth\n'
crl="crlDistributionPoints = URI:http://127.0.0.1:$port_nginx/crl\n"
{
    authority known && authority unknown &&
        certificate good known localhost "$names_here$server_use$crl" &&
        certificate stranger unknown localhost "$names_here$server_use" &&
        certificate name known other.example "subjectAltName = DNS:other.example\n$server_use" &&
        certificate expired known localhost "$names_here$server_use" -startdate 20200101000000Z -enddate 20210101000000Z &&
        certificate usage known localhost "${names_here}extendedKeyUsage = emailProtection\n" &&
        certificate revoked known localhost "$names_here$server_use$crl" &&
        certificate client known "wine-bits servers client" "extendedKeyUsage = clientAuth\n" &&
        openssl ca -config ca.cnf -keyfile known.key -cert known.pem -revoke revoked.pem &&
        openssl ca -config ca.cnf -keyfile known.key -cert known.pem -gencrl -out crl.pem &&
        openssl crl -in crl.pem -outform DER -out www/crl &&
        openssl x509 -in known.pem -outform DER -out root.der &&
        openssl pkcs12 -export -in client.pem -inkey client.key -passout pass:test -out client.pfx \
            -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1
} >openssl.log 2>&1 </dev/null || { cat openssl.log; fail "the certificates cannot be made"; }

# --- files -------------------------------------------------------------------------

head -c 3000000 /dev/urandom >www/file
: >www/empty
cp www/file www/secret/file
truncate -s 4500M www/huge
cat >www/proxy.pac <<END
function FindProxyForURL(url, host)
{
    return url.indexOf("direct") < 0 ? "PROXY 127.0.0.1:$port_squid" : "DIRECT";
}
END
htpasswd -bc basic.users user secret 2>/dev/null
printf 'user:digest:%s\n' "$(printf 'user:digest:secret' | md5sum | cut -d' ' -f1)" >digest.users
chmod -R a+rX .
chmod a+rwx apache

# A disk that is soon full; only root may have one.
mkdir small
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m,mode=777 tmpfs "$dir/small" 2>/dev/null; then
    small=yes
    export WB_SMALL_DISK=yes
fi

# --- nginx -------------------------------------------------------------------------

# upload_location PATH PORT LINES...: the upload server of that port behind nginx.
upload_location()
{
    local path=$1 port=$2
    shift 2
    echo "location $path { proxy_pass http://127.0.0.1:$port; proxy_http_version 1.1;
          proxy_request_buffering off; $* }"
}
# Without client_max_body_size it is 1m.
uploads="location /dav/ { root $dir/nginx; dav_methods PUT; client_max_body_size 0; }
    location /dav-small/ { root $dir/nginx; dav_methods PUT; }
    $(upload_location /bits/ "$port_bits" "client_max_body_size 0;")
    $(upload_location /bits-small/ "$port_bits")
    $(upload_location /bits-tiny/ "$port_bits" "client_max_body_size 20k;")
    $(upload_location /bits-none/ "$port_bits" "client_max_body_size 1k;")
    $(upload_location /bits-basic/ "$port_bits" "client_max_body_size 0; auth_basic bits;
          auth_basic_user_file $dir/basic.users;")
    $(upload_location /reply/ "$port_reply" "client_max_body_size 0;")
    $(upload_location /reply-small/ "$port_reply")"
tls_server()
{
    eval "local port=\$port_$1"
    echo "server { listen 127.0.0.1:$port ssl; ssl_certificate $dir/$2.pem; ssl_certificate_key $dir/$2.key;
          root $dir/www; ${3:-}
          location /to-http { return 302 http://localhost:$port_nginx/file; } }"
}
cat >nginx.conf <<END
daemon off; master_process off; pid $dir/run/nginx.pid; error_log $dir/nginx.log;
events { }
http {
    access_log off; default_type application/octet-stream; sendfile on;
    client_body_temp_path $dir/run/c; proxy_temp_path $dir/run/p; fastcgi_temp_path $dir/run/f;
    uwsgi_temp_path $dir/run/u; scgi_temp_path $dir/run/s;
    types { application/x-ns-proxy-autoconfig pac; }
    server { listen 127.0.0.1:$port_nginx; root $dir/www; $uploads }
    server { listen 127.0.0.1:$port_pac; root $dir/www; }
    $(tls_server tlsgood good "$uploads")
    $(tls_server tlsunknown stranger)
    $(tls_server tlsname name)
    $(tls_server tlsexpired expired)
    $(tls_server tlsusage usage)
    $(tls_server tlsrevoked revoked)
    $(tls_server tlsclient good "ssl_client_certificate $dir/known.pem; ssl_verify_client on;")
}
END

# --- Apache ------------------------------------------------------------------------

modules=/usr/lib/apache2/modules
load()
{
    local name
    for name in "$@"; do echo "LoadModule ${name}_module $modules/mod_$name.so"; done
}
cat >apache.conf <<END
ServerRoot $dir
ServerName localhost
PidFile $dir/run/apache.pid
DefaultRuntimeDir $dir/run
Mutex file:$dir/run
ErrorLog $dir/apache.log
User $([ "$(id -u)" = 0 ] && echo www-data || id -un)
Group $([ "$(id -u)" = 0 ] && echo www-data || id -gn)
Listen 127.0.0.1:$port_apache
Listen 127.0.0.1:$port_apachetls
$(load mpm_event authn_core authn_file authz_core authz_user auth_basic auth_digest alias ssl dav dav_fs)
DocumentRoot $dir/www
<Directory $dir/www>
    Require all granted
</Directory>
<Directory $dir/apache>
    Require all granted
    Dav On
</Directory>
DavLockDB $dir/run/dav
Alias /dav-basic $dir/apache
Alias /dav $dir/apache
Alias /basic $dir/www/secret
Alias /digest $dir/www/secret
<Location /basic>
    AuthType Basic
    AuthName basic
    AuthUserFile $dir/basic.users
    Require valid-user
</Location>
<Location /dav-basic>
    AuthType Basic
    AuthName basic
    AuthUserFile $dir/basic.users
    Require valid-user
</Location>
<Location /digest>
    AuthType Digest
    AuthName digest
    AuthDigestProvider file
    AuthUserFile $dir/digest.users
    Require valid-user
</Location>
Redirect 301 /moved /file
Redirect 302 /found http://localhost:$port_nginx/file
Redirect 307 /chain /moved
Redirect 302 /to-basic /basic/file
<VirtualHost 127.0.0.1:$port_apachetls>
    SSLEngine on
    SSLCertificateFile $dir/good.pem
    SSLCertificateKeyFile $dir/good.key
    SSLCACertificateFile $dir/known.pem
    SSLVerifyClient require
</VirtualHost>
END

# --- squid -------------------------------------------------------------------------

# squid NAME LINES...
squid_config()
{
    local name=$1
    shift
    eval "local port=\$port_$name"
    cat <<END
http_port 127.0.0.1:$port
pid_filename $dir/run/$name.pid
cache_log $dir/$name.log
access_log stdio:$dir/$name.access
coredump_dir $dir/spool
cache deny all
strip_query_terms off
hosts_file $dir/hosts
shutdown_lifetime 0 seconds
visible_hostname localhost
cache_effective_user $([ "$(id -u)" = 0 ] && echo proxy || id -un)
pinger_enable off
$*
http_access allow all
END
}
echo 127.0.0.1 behind.example >hosts
# The user that squid becomes writes its logs.
[ "$(id -u)" != 0 ] || chown proxy spool
for name in squid squidauth; do
    touch "$name.access" "$name.log"
    chmod a+rw "$name.access" "$name.log"
done
chmod a+rwx "$dir" "$dir/run"
squid_config squid >squid.conf
squid_config squidauth "auth_param basic program /usr/lib/squid/basic_ncsa_auth $dir/basic.users
auth_param basic realm squid
acl known proxy_auth REQUIRED
http_access deny !known" >squidauth.conf

# --- all of them --------------------------------------------------------------------

# Compiled first: that may take longer than starting.
upload_server=$here/../../tools/bits-upload-server
"$upload_server" --help >/dev/null 2>"$dir/compile.log" ||
    { cat "$dir/compile.log"; fail "the upload server cannot be compiled"; }
start "$upload_server" --quiet --port "$port_bits" "$dir/bits"
start "$upload_server" --quiet --port "$port_reply" --reply echo "$dir/reply"
start nginx -c "$dir/nginx.conf" -p "$dir"
start apache2 -f "$dir/apache.conf" -DFOREGROUND
for name in squid squidauth; do start squid -N -f "$dir/$name.conf"; done

servers_wait
echo "ok - nginx, Apache, squid and the upload servers have started"

# --- the jobs -----------------------------------------------------------------------

run_jobs servers x86_64 200
[ -z "${WB_SERVERS_32:-}" ] || run_jobs servers i386 200
