#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a gateway meets on the way to a backend, and there. Each prints "PORT n", a free port of 127.0.0.1.

    connection-peers.py backend                         answers each request with what it knows of the connection
    connection-peers.py backend CERTIFICATE KEY [CA]    the same over TLS; with CA, asks for a certificate that it vouches for
    connection-peers.py proxy                           SOCKS 4, 4a, 5 and CONNECT; prints "TO kind host:port" for each
    connection-peers.py proxy refuse                    refuses every CONNECT with 403
"""

import socket
import ssl
import struct
import sys
import threading


def listen(serve):
    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guarded, args=(serve, connection), daemon=True).start()


def guarded(serve, connection):
    try:
        serve(connection)
    except (OSError, EOFError):
        pass
    finally:
        connection.close()


def exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def through(connection, end):
    data = b""
    while not data.endswith(end):
        data += exactly(connection, 1)
    return data


def backend(certificate=None, key=None, authority=None):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.sni_callback = lambda connection, name, _: names.__setitem__(connection, name)
        if authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(authority)
    names = {}

    def serve(connection):
        peer = connection.getpeername()[0]
        name = subject = None
        if context:
            connection = context.wrap_socket(connection, server_side=True)
            name = names.pop(connection, None)
            shown = connection.getpeercert() or {}
            subject = dict(pair for part in shown.get("subject", ()) for pair in part).get("commonName")
        while True:
            head = through(connection, b"\r\n\r\n").decode()
            body = f"peer: {peer}\nname: {name}\nsubject: {subject}\n{head}".encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    listen(serve)


def relay(one, other):
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    thread = threading.Thread(target=copy, args=(other, one), daemon=True)
    thread.start()
    copy(one, other)
    thread.join()


def connect(kind, host, port):
    print("TO", kind, f"{host}:{port}", flush=True)
    # Only the proxy knows where such a name leads.
    return socket.create_connection(("127.0.0.1" if host.endswith(".invalid") else host, port))


def proxy(refuses=None):
    def serve(connection):
        first = exactly(connection, 1)
        if first == b"\x05":
            exactly(connection, exactly(connection, 1)[0])
            connection.sendall(b"\x05\x00")
            kind = exactly(connection, 4)[3]
            if kind == 1:
                host = socket.inet_ntoa(exactly(connection, 4))
            else:
                host = exactly(connection, exactly(connection, 1)[0]).decode()
            (port,) = struct.unpack(">H", exactly(connection, 2))
            other = connect("socks5", host, port)
            connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        elif first == b"\x04":
            _, port, address = struct.unpack(">BH4s", exactly(connection, 7))
            through(connection, b"\x00")
            host = socket.inet_ntoa(address)
            if host.startswith("0.0.0."):
                host = through(connection, b"\x00")[:-1].decode()
            other = connect("socks4", host, port)
            connection.sendall(b"\x00\x5a" + bytes(6))
        else:
            method, target, _ = through(connection, b"\r\n\r\n").decode().split(" ", 2)
            if first.decode() + method != "CONNECT" or refuses:
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = target.rsplit(":", 1)
            other = connect("CONNECT", host, int(port))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\nX-Of-The-Proxy: 1\r\n\r\n")
        with other:
            relay(connection, other)

    listen(serve)


{"backend": backend, "proxy": proxy}[sys.argv[1]](*sys.argv[2:])
