#!/usr/bin/env python3
"""
TLS in front of a plain server, for the tests of uploads.

SPDX-License-Identifier: LGPL-2.1-or-later

tlsrelay.py TARGET PORT makes certificates with openssl, listens on free ports of 127.0.0.1, and passes what comes there on
to the port TARGET. It connects to PORT and says there "open PORT" and "client PORT" (where a client certificate is
required), "root BASE64", "pkcs12 BASE64" (of a client, with the password "test"), and "ready". It ends when that
connection does.
"""

import base64
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading


MAKE_KEY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "make-key")


def openssl(*arguments):
    subprocess.run(("openssl",) + arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificate(name, subject, extensions, authority="root"):
    with open("extensions", "w") as file:
        file.write(extensions)
    subprocess.run((MAKE_KEY, f"{name}.key"), check=True)
    openssl("req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
    signer = ("-signkey", "root.key") if name == authority else \
        ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", f"{name}.csr", "-days", "100", "-extfile", "extensions", "-out", f"{name}.pem", *signer)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(context, plain, port):
    try:
        outside = context.wrap_socket(plain, server_side=True)
        inside = socket.create_connection(("127.0.0.1", port))
    except OSError:
        plain.close()
        return
    threading.Thread(target=pump, args=(inside, outside), daemon=True).start()
    pump(outside, inside)


def listen(control, name, context, port):
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    control.sendall(f"{name} {listener.getsockname()[1]}\n".encode())

    def loop():
        while True:
            threading.Thread(target=relay, args=(context, listener.accept()[0], port), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def say_file(control, name, path):
    with open(path, "rb") as file:
        control.sendall(f"{name} {base64.b64encode(file.read()).decode()}\n".encode())


def main():
    port, control = int(sys.argv[1]), socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    directory = tempfile.mkdtemp(prefix="tlsrelay")
    os.chdir(directory)
    try:
        make_certificate("root", f"upload test {os.getpid()}",
                         "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n")
        make_certificate("server", "localhost", "subjectAltName = DNS:localhost, IP:127.0.0.1\nextendedKeyUsage = serverAuth\n")
        make_certificate("client", "upload client", "extendedKeyUsage = clientAuth\n")
        openssl("pkcs12", "-export", "-inkey", "client.key", "-in", "client.pem", "-out", "client.p12", "-passout", "pass:test",
                "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
        openssl("x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
        for name, mode in (("open", ssl.CERT_NONE), ("client", ssl.CERT_REQUIRED)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("server.pem", "server.key")
            context.load_verify_locations("root.pem")
            context.verify_mode = mode
            listen(control, name, context, port)
        say_file(control, "root", "root.der")
        say_file(control, "pkcs12", "client.p12")
        control.sendall(b"ready\n")
        control.recv(1)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main()
