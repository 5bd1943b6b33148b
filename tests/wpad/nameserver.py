#!/usr/bin/env python3
"""
A name server that knows one name, for the test of proxy detection.

SPDX-License-Identifier: LGPL-2.1-or-later

nameserver.py NAME ADDRESS answers at UDP port 53 of 127.0.0.1: the address of the name, the name of the
address, and that there is no other.
"""

import socket
import struct
import sys

A, PTR, INTERNET, HEADER_SIZE = 1, 12, 1, 12


def encode(name):
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"


def answer(query, records):
    """records: what is known, by name; the type and the data of each."""
    end = query.index(b"\0", HEADER_SIZE) + 1
    name = query[HEADER_SIZE:end].lower()
    kind = struct.unpack_from("!H", query, end)[0]
    data = b""
    if name in records and records[name][0] == kind:
        # "The name as in the question", its type, a minute to live.
        value = records[name][1]
        data = b"\xc0\x0c" + struct.pack("!HHIH", kind, INTERNET, 60, len(value)) + value
    # An authoritative answer; code 3 is "no such name".
    flags = 0x8580 if name in records else 0x8583
    header = query[:2] + struct.pack("!5H", flags, 1, 1 if data else 0, 0, 0)
    return header + query[HEADER_SIZE:end + 4] + data


def main():
    name, address = sys.argv[1:]
    backwards = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    records = {encode(name): (A, socket.inet_aton(address)), encode(backwards): (PTR, encode(name))}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(4096)
        server.sendto(answer(query, records), client)


main()
