#!/usr/bin/env python3
"""
TLS servers with all kinds of certificates, for the test of the HTTP client.

SPDX-License-Identifier: LGPL-2.1-or-later

tlspeer.py PORT makes certificates with openssl, listens on free ports of 127.0.0.1, connects to PORT and says there a
line "NAME PORT" for each server, "root BASE64" (the certificate of the authority), "pkcs12 BASE64" (of a client, with the
password "test"), and "ready" at the end. It ends when that connection does.
"""

import base64
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

MAKE_KEY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "make-key")
CONFIG = """
[ca]
default_ca = ca_default
[ca_default]
dir = .
database = {name}.index
serial = {name}.serial
crlnumber = {name}.crlnumber
new_certs_dir = .
certificate = {name}.pem
private_key = {name}.key
default_md = sha256
default_crl_days = 3650
default_days = 3650
policy = anything
copy_extensions = none
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[v3_ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


def run(*args):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


class Authority:
    """A certificate authority; signed by another one if that is given."""

    def __init__(self, name, parent=None, extensions=""):
        self.name = name
        write(f"{name}.cnf", CONFIG.format(name=name))
        write(f"{name}.index", "")
        write(f"{name}.serial", f"{abs(hash(name)) % 1000000:08d}")
        write(f"{name}.crlnumber", "01")
        run("openssl", "req", "-config", f"{name}.cnf", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN=httpclient test {name} {os.getpid()}")
        if parent:
            parent.sign(name, "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n" +
                        extensions)
        else:
            run("openssl", "x509", "-req", "-in", f"{name}.csr", "-signkey", f"{name}.key", "-days", "3650",
                "-extfile", f"{name}.cnf", "-extensions", "v3_ca", "-out", f"{name}.pem")

    def sign(self, name, extensions, *dates):
        write(f"{name}.ext", extensions)
        run("openssl", "ca", "-batch", "-config", f"{self.name}.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem",
            "-notext", "-extfile", f"{name}.ext", *dates)

    def certificate(self, name, extensions, *options, subject="localhost", bits=2048):
        """Makes name.pem and name.key; options of openssl ca are for instance dates."""
        if bits == 2048:
            run(MAKE_KEY, f"{name}.key")
        else:
            run("openssl", "genrsa", "-out", f"{name}.key", str(bits))
        run("openssl", "req", "-config", f"{self.name}.cnf", "-new", "-key", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={subject}")
        self.sign(name, extensions, *options)

    def revoke(self, name):
        run("openssl", "ca", "-config", f"{self.name}.cnf", "-revoke", f"{name}.pem")

    def crl(self):
        run("openssl", "ca", "-config", f"{self.name}.cnf", "-gencrl", "-out", f"{self.name}.crl.pem")
        run("openssl", "crl", "-in", f"{self.name}.crl.pem", "-outform", "DER", "-out", f"{self.name}.crl")


def receive_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65536)
        if not data:
            return None, b""
        head += data
    head, _, rest = head.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def header(head, name):
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None


def answer(connection, count):
    """One request and its answer; False: the connection shall end without good-bye, None: with one."""
    head, rest = receive_head(connection)
    if head is None:
        return None
    method, path, _ = head.split(" ", 2)
    length = int(header(head, "Content-Length") or 0) - len(rest)
    total = len(rest)
    while length > 0:
        data = connection.recv(min(length, 1 << 20))
        if not data:
            return None
        length -= len(data)
        total += len(data)
    if path == "/first":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000 +
                           b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL")
        return True
    if path == "/goodbye":
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
        return None
    if path == "/cut":
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
        return False
    if path == "/length-cut":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        return False
    if path == "/short":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
        return None
    if path.startswith("/redirect?"):
        text = f"HTTP/1.1 302 Found\r\nLocation: {path[10:]}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(text.encode())
        return True
    if path.startswith("/big?"):
        size = int(path[5:])
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        piece = bytes(i % 251 for i in range(251 * 4096))
        while size:
            connection.sendall(piece[:size])
            size -= min(size, len(piece))
        return True
    peer = connection.getpeercert()
    name = dict(item[0] for item in peer["subject"])["commonName"] if peer else "nobody"
    body = f"{method} {path} {count} {name} {total}"
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return True


def serve(context, plain):
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            count = 1
            while True:
                polite = answer(connection, count)
                if polite is None:
                    connection.unwrap()
                if not polite:
                    break
                count += 1
    except (OSError, ValueError):
        pass


def listen(control, name, context):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    control.sendall(f"{name} {listener.getsockname()[1]}\n".encode())

    def loop():
        while True:
            plain, _ = listener.accept()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(context, plain), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def make_context(certificate, chain=(), client_ca=None, optional=False, versions=None):
    with open(f"{certificate}.full", "w") as full:
        for name in (certificate, *chain):
            with open(f"{name}.pem") as file:
                full.write(file.read())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # What is too weak is for the client to say.
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    if versions:
        context.minimum_version, context.maximum_version = versions
    context.load_cert_chain(f"{certificate}.full", f"{certificate}.key")
    if client_ca:
        context.load_verify_locations(f"{client_ca}.pem")
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
    return context


def serve_crl():
    """An ordinary HTTP server for revocation lists; its port."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def send_file(control, name, path):
    with open(path, "rb") as file:
        control.sendall(f"{name} {base64.b64encode(file.read()).decode()}\n".encode())


def make_servers(control):
    names = "subjectAltName = DNS:localhost, IP:127.0.0.1\n"
    server = "extendedKeyUsage = serverAuth\n"
    port = serve_crl()
    point = f"crlDistributionPoints = URI:http://127.0.0.1:{port}/root.crl\n"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        no_point = f"crlDistributionPoints = URI:http://127.0.0.1:{closed.getsockname()[1]}/root.crl\n"

    root = Authority("root")
    other = Authority("other")
    middle = Authority("middle", root)
    root.certificate("good", names + server + point)
    root.certificate("wrongname", "subjectAltName = DNS:elsewhere.invalid, IP:127.0.0.2\n" + server)
    root.certificate("nameonly", "subjectAltName = DNS:localhost\n" + server)
    root.certificate("common", server)
    root.certificate("old", names + server, "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
    root.certificate("usage", names + "extendedKeyUsage = clientAuth\n")
    root.certificate("revoked", names + server + point)
    root.certificate("nocrl", names + server + no_point)
    root.certificate("client", "extendedKeyUsage = clientAuth\n", subject="client")
    middle.certificate("middled", names + server)
    other.certificate("unknown", names + server)
    root.certificate("leaf", names + server)
    root.certificate("anyusage", names + "extendedKeyUsage = anyExtendedKeyUsage\n")
    root.certificate("addressname", "subjectAltName = DNS:127.0.0.1, DNS:*.0.0.1\n" + server, subject="127.0.0.1")
    root.certificate("rsa1024", names + server, bits=1024)
    root.certificate("md5", names + server, "-md", "md5")
    root.certificate("sha1", names + server, "-md", "sha1")
    wrongmiddle = Authority("wrongmiddle", root, "extendedKeyUsage = clientAuth\n")
    wrongmiddle.certificate("wrongmiddled", names + server)
    anymiddle = Authority("anymiddle", root, "extendedKeyUsage = anyExtendedKeyUsage\n")
    anymiddle.certificate("anymiddled", names + server)
    # signed by something that is no authority
    run("openssl", "req", "-config", "root.cnf", "-newkey", "rsa:2048", "-nodes", "-keyout", "forged.key", "-out",
        "forged.csr", "-subj", "/CN=localhost")
    write("forged.ext", names + server)
    run("openssl", "x509", "-req", "-in", "forged.csr", "-CA", "leaf.pem", "-CAkey", "leaf.key", "-CAcreateserial",
        "-days", "3650", "-extfile", "forged.ext", "-out", "forged.pem")
    root.revoke("revoked")
    root.crl()
    run("openssl", "pkcs12", "-export", "-in", "client.pem", "-inkey", "client.key", "-passout", "pass:test", "-out",
        "client.pfx", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")

    for name in ("good", "wrongname", "nameonly", "common", "old", "usage", "revoked", "nocrl", "unknown", "anyusage",
                 "addressname", "rsa1024", "md5", "sha1"):
        listen(control, name, make_context(name))
    listen(control, "wrongmiddled", make_context("wrongmiddled", ("wrongmiddle",)))
    listen(control, "anymiddled", make_context("anymiddled", ("anymiddle",)))
    tls = ssl.TLSVersion
    for name, version in ("tls10", tls.TLSv1), ("tls11", tls.TLSv1_1), ("tls12", tls.TLSv1_2), ("tls13", tls.TLSv1_3):
        listen(control, name, make_context("good", versions=(version, version)))
    listen(control, "middled", make_context("middled", ("middle",)))
    listen(control, "partial", make_context("middled"))
    listen(control, "forged", make_context("forged", ("leaf",)))
    listen(control, "client", make_context("good", client_ca="root"))
    listen(control, "optional", make_context("good", client_ca="root", optional=True))
    run("openssl", "x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
    send_file(control, "root", "root.der")
    send_file(control, "pkcs12", "client.pfx")
    control.sendall(b"ready\n")


def main():
    directory = tempfile.mkdtemp()
    try:
        os.chdir(directory)
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as control:
            make_servers(control)
            control.recv(1)
    finally:
        shutil.rmtree(directory)


main()
