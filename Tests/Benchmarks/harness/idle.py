# SPDX-License-Identifier: Apache-2.0
"""What an idle connection costs a gateway in memory."""

import resource
import socket


def compare(started, count):
    """Opens `count` connections to each gateway, one request on each, and prints what its memory grew by."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"idle: {count} connections that have made one request each\n\n| gateway | KB a connection |\n|---|---|")
    for name, (process, port) in started.items():
        # The first connections fill pools that are there anyway.
        open_and_ask(port, 64, close=True)
        before = process.memory_kib()
        connections = open_and_ask(port, count)
        grown = process.memory_kib() - before
        print(f"| {name} | {grown / count:.2f} |", flush=True)
        for connection in connections:
            connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_and_ask(port, count, close=False):
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), 10)
        connection.sendall(b"GET /19 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while b"nineteen bytes long" not in answer:
            piece = connection.recv(4096)
            if not piece:
                raise RuntimeError(f"port {port} closed a connection that was to stay")
            answer += piece
        connections.append(connection)
    if close:
        for connection in connections:
            connection.close()
    return connections
