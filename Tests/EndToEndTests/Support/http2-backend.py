#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A backend that speaks HTTP/2, and does with each request what its path says. Prints "PORT n", a free port of 127.0.0.1.

    http2-backend.py                              without TLS, for clients that know beforehand
    http2-backend.py CERTIFICATE KEY              over TLS, by ALPN
    http2-backend.py CERTIFICATE KEY http/1.1     over TLS, and only HTTP/1.1

Whoever begins otherwise is spoken to by HTTP/1.1: it is told so, or switches protocols where it is asked to, to an echo.

Every response names the connection and the stream that it came on, as `x-place: CONNECTION/STREAM`. It prints "REQUEST
CONNECTION/STREAM METHOD PATH" when a request's head has come, "RESET CONNECTION/STREAM CODE" when the client has reset one
and "BODY CONNECTION/STREAM BYTES" when a request's body is complete.
"""

import asyncio
import json
import ssl
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

connections = 0
refused = set()


def say(*words):
    print(*words, flush=True)


class Request:
    def __init__(self, headers):
        self.fields = [(name.decode(), value.decode("latin-1")) for name, value in headers]
        self.named = dict(self.fields)
        self.body = b""
        self.size = 0
        self.trailers = []
        self.complete = asyncio.Event()


class Connection:
    def __init__(self, reader, writer):
        global connections
        connections += 1
        self.number = connections
        self.reader, self.writer = reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        self.requests = {}
        self.window = asyncio.Event()
        self.tasks = set()

    def place(self, stream):
        return f"{self.number}/{stream}"

    def flush(self):
        self.writer.write(self.h2.data_to_send())

    async def run(self):
        data = await self.reader.read(65536)
        if not data.startswith(b"PRI"):
            return await self.run_http1(data)
        self.h2.initiate_connection()
        self.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100})
        self.flush()
        try:
            while data:
                for event in self.h2.receive_data(data):
                    self.happened(event)
                self.flush()
                data = await self.reader.read(65536)
        except (ConnectionError, h2.exceptions.ProtocolError):
            pass
        finally:
            for task in self.tasks:
                task.cancel()
            self.writer.close()

    async def run_http1(self, data):
        while data:
            while b"\r\n\r\n" not in data:
                data += await self.reader.read(65536)
            if b"\r\nupgrade: echo/1" in data.lower():
                self.writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n")
                while data := await self.reader.read(65536):
                    self.writer.write(data)
                break
            say("HTTP/1.1", data.split(b"\r\n")[0].decode())
            self.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nHTTP/1.1")
            data = await self.reader.read(65536)
        self.writer.close()

    def happened(self, event):
        stream = getattr(event, "stream_id", None)
        request = self.requests.get(stream)
        if isinstance(event, h2.events.RequestReceived):
            request = self.requests[stream] = Request(event.headers)
            say("REQUEST", self.place(stream), request.named[":method"], request.named[":path"])
            task = asyncio.ensure_future(self.serve(stream, request))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif isinstance(event, h2.events.DataReceived):
            request.size += len(event.data)
            if request.size <= 65536:
                request.body += event.data
            if event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, h2.events.TrailersReceived):
            request.trailers = [(name.decode(), value.decode()) for name, value in event.headers]
        elif isinstance(event, h2.events.StreamEnded):
            say("BODY", self.place(stream), request.size)
            request.complete.set()
        elif isinstance(event, h2.events.StreamReset):
            say("RESET", self.place(stream), int(event.error_code))
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            self.window.set()

    def head(self, stream, status, *fields, end=False):
        self.h2.send_headers(
            stream, [(":status", str(status)), ("x-place", self.place(stream)), *fields], end_stream=end
        )
        self.flush()

    async def data(self, stream, body, end=True):
        while body:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if room <= 0:
                self.window.clear()
                await self.window.wait()
                continue
            self.h2.send_data(stream, body[:room])
            body = body[room:]
            self.flush()
            await self.writer.drain()
        if end:
            self.h2.end_stream(stream)
            self.flush()

    def reset(self, stream, code):
        self.h2.reset_stream(stream, code)
        self.flush()

    async def serve(self, stream, request):
        path = request.named[":path"]
        name, _, argument = path.split("?")[0].strip("/").partition("/")
        action = getattr(self, "do_" + name.replace("-", "_"), self.do_echo)
        try:
            await action(stream, request, argument)
        except (h2.exceptions.StreamClosedError, h2.exceptions.ProtocolError, ConnectionError) as error:
            say("ENDED", self.place(stream), type(error).__name__)

    async def do_echo(self, stream, request, _):
        """Tells what came."""
        await request.complete.wait()
        told = {"fields": request.fields, "size": request.size, "trailers": request.trailers}
        if request.size <= 4096:
            told["body"] = request.body.decode("latin-1")
        body = json.dumps(told).encode()
        if request.named[":method"] == "HEAD":
            return self.head(stream, 200, ("content-length", str(len(body))), end=True)
        self.head(stream, 200, ("content-length", str(len(body))))
        await self.data(stream, body)

    async def do_place(self, stream, request, _):
        await request.complete.wait()
        self.head(stream, 200)
        await self.data(stream, self.place(stream).encode())

    async def do_slow(self, stream, request, milliseconds):
        await asyncio.sleep(int(milliseconds) / 1000)
        await self.do_place(stream, request, None)

    async def do_never(self, stream, request, _):
        await asyncio.sleep(3600)

    async def do_status(self, stream, request, status):
        self.head(stream, int(status), end=True)

    async def do_interim(self, stream, request, _):
        self.h2.send_headers(stream, [(":status", "103"), ("link", "</style.css>")])
        await self.do_place(stream, request, None)

    async def do_large(self, stream, request, size):
        """So many bytes, of which no response says how many they will be if the path ends in /open."""
        size, _, is_open = size.partition("/")
        self.head(stream, 200, *([] if is_open else [("content-length", size)]))
        block = bytes(range(256)) * 256
        left = int(size)
        while left:
            piece = block[:left]
            left -= len(piece)
            await self.data(stream, piece, end=False)
        await self.data(stream, b"")

    async def do_trailers(self, stream, request, value):
        self.head(stream, 200, ("trailer", "x-sum"))
        await self.data(stream, b"body", end=False)
        self.h2.send_headers(stream, [("x-sum", value or "1")], end_stream=True)
        self.flush()

    async def do_reset(self, stream, request, _):
        self.reset(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    async def do_refuse(self, stream, request, name):
        """Refuses the first stream for each name."""
        if name not in refused:
            refused.add(name)
            return self.reset(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        await self.do_place(stream, request, None)

    async def do_cut(self, stream, request, _):
        """Resets the stream in the middle of its response."""
        self.head(stream, 200)
        await self.data(stream, b"half", end=False)
        self.reset(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    async def do_die(self, stream, request, when):
        """Closes the connection in the middle of a response, or before one."""
        if when != "before":
            self.head(stream, 200)
            await self.data(stream, b"half", end=False)
            await self.writer.drain()
        self.writer.transport.abort() if when == "abort" else self.writer.close()

    async def do_goaway(self, stream, request, _):
        """Answers, and takes no more requests on this connection."""
        self.head(stream, 200)
        await self.data(stream, self.place(stream).encode())
        self.h2.close_connection(last_stream_id=stream)
        self.flush()

    async def do_early(self, stream, request, _):
        """Answers without a look at the body, of which it wants no more."""
        self.head(stream, 200)
        await self.data(stream, b"early")
        self.reset(stream, h2.errors.ErrorCodes.NO_ERROR)

    async def do_refuse_body(self, stream, request, _):
        """Answers with an error, and wants no more of the body."""
        self.head(stream, 413)
        await self.data(stream, b"too large")
        self.reset(stream, h2.errors.ErrorCodes.NO_ERROR)

    async def do_both_ways(self, stream, request, _):
        """Echoes each piece of the body as it comes."""
        self.head(stream, 200)
        seen = 0
        while not request.complete.is_set():
            await asyncio.sleep(0.005)
            if request.size > seen:
                piece, seen = request.body[seen:], request.size
                await self.data(stream, piece, end=False)
        await self.data(stream, b"")


async def main(certificate=None, key=None, *protocols):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(protocols or ["h2", "http/1.1"])
    server = await asyncio.start_server(
        lambda reader, writer: Connection(reader, writer).run(), "127.0.0.1", 0, ssl=context
    )
    say("PORT", server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
