# SPDX-License-Identifier: Apache-2.0
"""A steady load, whatever becomes of it: requests go out when it is their time, and not when others have been answered.

    load.py PORT SECONDS RATE BURST PATHS        paths with a {} for the number of the request, in turn, separated by commas

Writes a line of JSON for each request to standard output when all have ended:
[path, when it began, when it ended, status, whether the response is whole, the Proxy-Status field]. Times are of the
monotonic clock. The status is 0 where there was none.
"""

import asyncio
import gc
import json
import sys
import time

PATTERN = bytes(range(33, 97)) * 1024
PATIENCE = 40


class Client(asyncio.Protocol):
    """A connection that is kept for request after request."""

    def __init__(self, load):
        self.load = load
        self.transport = None
        self.record = None

    def connection_made(self, transport):
        self.transport = transport

    def start(self, path):
        method = "POST" if path.startswith("/once/") else "GET"
        body = "Content-Length: 4\r\n\r\nbody" if method == "POST" else "\r\n"
        self.received = bytearray()
        self.head = None
        self.load.busy.add(self)
        self.record = [path, time.monotonic(), 0, 0, False, ""]
        self.transport.write(f"{method} {path} HTTP/1.1\r\nHost: chaos\r\n{body}".encode())

    def data_received(self, data):
        self.received += data
        if self.record is None:
            return self.transport.abort()
        if self.head is None:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = self.received[:end].decode().split("\r\n")
            self.head = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            del self.received[: end + 4]
            self.record[3] = int(lines[0].split(" ")[1])
            self.record[5] = self.head.get("proxy-status", "")
        body = self.whole_body()
        if body is not None:
            self.end(self.is_right(body))

    def whole_body(self):
        """The body, if its framing says that it has ended."""
        if "content-length" in self.head:
            return self.received if len(self.received) >= int(self.head["content-length"]) else None
        if not self.received.endswith(b"0\r\n\r\n"):
            return None
        body, rest = b"", bytes(self.received)
        while True:
            size, _, rest = rest.partition(b"\r\n")
            if int(size, 16) == 0:
                return body
            if len(rest) < int(size, 16) + 2:
                return None
            body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]

    def is_right(self, body):
        """The body is what was asked for, and all of it. Error pages are not looked at."""
        path = self.record[0]
        if self.record[3] != 200:
            return True
        if path.startswith(("/small/", "/once/")):
            return body == path.encode()
        count = int(path.split("/")[3])
        return body == (PATTERN * (count // len(PATTERN) + 1))[:count]

    def end(self, is_whole):
        self.record[2] = time.monotonic()
        self.record[4] = is_whole
        if self.head is not None and not is_whole and self.whole_body() is not None:
            self.record[5] = "WRONG BODY"
        self.load.records.append(self.record)
        self.load.busy.remove(self)
        self.record = None
        if not self.transport.is_closing():
            if not is_whole or self.head.get("connection") == "close":
                self.transport.close()
            else:
                self.load.free.append(self)

    def connection_lost(self, _):
        if self in self.load.free:
            self.load.free.remove(self)
        if self.record is not None:
            self.end(False)


class Load:
    def __init__(self, port):
        self.port = port
        self.free = []
        self.busy = set()
        self.records = []

    async def send(self, path):
        while self.free:
            client = self.free.pop()
            if not client.transport.is_closing():
                return client.start(path)
        began = time.monotonic()
        try:
            _, client = await asyncio.get_running_loop().create_connection(lambda: Client(self), "127.0.0.1", self.port)
            client.start(path)
        except OSError as error:
            self.records.append([path, began, time.monotonic(), 0, False, f"no connection: {error}"])

    async def run(self, seconds, rate, burst, paths):
        start = time.monotonic()
        number = 0
        tasks = set()
        while number < seconds * rate:
            due = start + number / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            for _ in range(burst):
                task = asyncio.ensure_future(self.send(paths[number % len(paths)].replace("{}", str(number))))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                number += 1
        patience = time.monotonic() + PATIENCE
        while (self.busy or tasks) and time.monotonic() < patience:
            await asyncio.sleep(0.02)
        for client in list(self.busy):
            client.record[5] = "NEVER ANSWERED"
            client.end(False)


if __name__ == "__main__":
    # A collection takes longer than a request.
    gc.disable()
    load = Load(int(sys.argv[1]))
    asyncio.run(load.run(float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5].split(",")))
    sys.stdout.write("".join(json.dumps(record) + "\n" for record in load.records))
