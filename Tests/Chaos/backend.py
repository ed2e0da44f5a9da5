# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server that is there soon after it was started, and remembers what it was asked to do though it is killed.

    backend.py PORT LEDGER        listens on 127.0.0.1:PORT; POSTs are noted in the file LEDGER before they are answered

GET /small/MS/NAME        after MS milliseconds: the path itself
GET /large/MS/COUNT       COUNT bytes, spread over MS milliseconds
GET /chunked/MS/COUNT     the same in chunks
POST /once/MS/ID          notes ID, then answers with it after MS milliseconds
Anything else             200 at once
"""

import heapq
import select
import socket
import sys
import time

PATTERN = bytes(range(33, 97)) * 1024
PIECES = 10


class Connection:
    def __init__(self, sock):
        self.socket = sock
        self.received = b""
        self.unsent = b""
        self.is_closed = False


class Server:
    def __init__(self, port, ledger):
        self.ledger = open(ledger, "ab", buffering=0)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(4096)
        self.listener.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.listener, select.EPOLLIN)
        self.connections = {}
        self.later = []
        self.count = 0

    def run(self):
        while True:
            wait = max(0, self.later[0][0] - time.monotonic()) if self.later else -1
            for descriptor, events in self.epoll.poll(wait):
                if descriptor == self.listener.fileno():
                    self.accept()
                elif connection := self.connections.get(descriptor):
                    if events & select.EPOLLOUT:
                        self.send(connection, b"")
                    if events & ~select.EPOLLOUT:
                        self.receive(connection)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, connection, data = heapq.heappop(self.later)
                self.send(connection, data)

    def accept(self):
        try:
            while True:
                sock, _ = self.listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections[sock.fileno()] = Connection(sock)
                self.epoll.register(sock, select.EPOLLIN)
        except BlockingIOError:
            pass

    def close(self, connection):
        if not connection.is_closed:
            connection.is_closed = True
            del self.connections[connection.socket.fileno()]
            connection.socket.close()

    def receive(self, connection):
        try:
            piece = connection.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            return self.close(connection)
        connection.received += piece
        while (end := connection.received.find(b"\r\n\r\n")) >= 0:
            head = connection.received[:end].decode()
            length = 0
            for line in head.split("\r\n")[1:]:
                name, _, value = line.partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            if len(connection.received) < end + 4 + length:
                return
            connection.received = connection.received[end + 4 + length :]
            method, path, _ = head.split("\r\n")[0].split(" ")
            self.answer(connection, method, path)

    def answer(self, connection, method, path):
        parts = path.split("/")
        if len(parts) != 4:
            return self.send(connection, response(b"well\n"))
        seconds = int(parts[2]) / 1000
        if parts[1] in ("large", "chunked"):
            return self.stream(connection, int(parts[3]), seconds, parts[1] == "chunked")
        if method == "POST":
            self.ledger.write(parts[3].encode() + b"\n")
        self.send_later(connection, response(path.encode()), seconds)

    def stream(self, connection, count, seconds, is_chunked):
        framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {count}"
        body = (PATTERN * (count // len(PATTERN) + 1))[:count]
        size = max(1, count // PIECES)
        self.send(connection, f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        for place, start in enumerate(range(0, count, size)):
            piece = body[start : start + size]
            if is_chunked:
                end = b"0\r\n\r\n" if start + size >= count else b""
                piece = b"%x\r\n%b\r\n%b" % (len(piece), piece, end)
            self.send_later(connection, piece, seconds * place / PIECES)

    def send_later(self, connection, data, seconds):
        if seconds == 0:
            return self.send(connection, data)
        self.count += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.count, connection, data))

    def send(self, connection, data):
        if connection.is_closed:
            return
        waited = bool(connection.unsent)
        connection.unsent += data
        try:
            sent = connection.socket.send(connection.unsent)
            connection.unsent = connection.unsent[sent:]
        except BlockingIOError:
            pass
        except OSError:
            return self.close(connection)
        if waited != bool(connection.unsent):
            events = select.EPOLLIN | (select.EPOLLOUT if connection.unsent else 0)
            self.epoll.modify(connection.socket, events)


def response(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


if __name__ == "__main__":
    Server(int(sys.argv[1]), sys.argv[2]).run()
