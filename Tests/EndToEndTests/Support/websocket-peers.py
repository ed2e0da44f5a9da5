#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A WebSocket server and a WebSocket client, both of the library `websockets`, with a gateway in between.

    websocket-peers.py serve          listens on a free port of 127.0.0.1 and prints "PORT n"
    websocket-peers.py check PORT     holds conversations with that server by way of PORT; exit 0 if all went well

They are written for the library's versions 10 and later.
"""

import asyncio
import http
import os
import sys

try:
    import websockets
    from websockets.exceptions import ConnectionClosed
except ImportError:
    sys.exit("the Python library websockets is missing: install Debian's python3-websockets (.ci/needs does)")

# The interface that 10 has and that later versions keep under this name.
try:
    from websockets.legacy.client import connect
    from websockets.legacy.server import serve
except ImportError:
    from websockets import connect, serve

LARGE = 16 * 1024 * 1024
DEADLINE = 60


# --- the server

endings = asyncio.Queue()


async def in_pieces(data, size):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def converse(socket):
    """Echoes, and does what a few words ask for."""
    async for message in socket:
        if message == "fragments, please":
            await socket.send(in_pieces(b"0123456789" * 10_000, 999))
        elif message == "ping me":
            await (await socket.ping(b"from the server"))
            await socket.send("pong came")
        elif message == "close with 4002":
            return await socket.close(4002, "as asked")
        elif message == "vanish":
            socket.transport.abort()
            return
        elif message == "how did the last one end?":
            await socket.send(await asyncio.wait_for(endings.get(), DEADLINE))
        else:
            await socket.send(message)


async def handle(socket, path=None):
    try:
        await converse(socket)
    except ConnectionClosed:
        pass
    await socket.wait_closed()
    if socket.path == "/remember":
        await endings.put(f"{socket.close_code} {socket.close_reason}")


async def answer_others(path, headers):
    if path == "/__health":
        return http.HTTPStatus.OK, [], b"fine\n"
    if path == "/forbidden":
        return http.HTTPStatus.FORBIDDEN, [("X-Why", "because")], b"no\n"
    return None


async def run_server():
    global endings
    endings = asyncio.Queue()
    options = dict(max_size=None, process_request=answer_others, subprotocols=["chat.v2"], ping_interval=None)
    async with serve(handle, "127.0.0.1", 0, **options) as server:
        print("PORT", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


# --- the client


async def echoes(port, compression):
    async with connect(f"ws://127.0.0.1:{port}/", max_size=None, compression=compression) as socket:
        for message in ["hello", "", "grüße \u2713", b"\x00\xff", b"", "x" * 125, "x" * 126, b"y" * 65535, b"y" * 65536]:
            await socket.send(message)
            assert await socket.recv() == message, "an echo differs"


async def large_messages(port):
    data = os.urandom(LARGE)
    async with connect(f"ws://127.0.0.1:{port}/", max_size=None, compression=None) as socket:
        for _ in range(2):
            await socket.send(data)
            assert await socket.recv() == data, "a large echo differs"


async def fragments(port):
    async with connect(f"ws://127.0.0.1:{port}/", max_size=None, compression=None) as socket:
        data = os.urandom(300_000)
        await socket.send(in_pieces(data, 1000))
        assert await socket.recv() == data, "a message sent in fragments differs"
        await socket.send(["one ", "two ", "three"])
        assert await socket.recv() == "one two three"
        await socket.send("fragments, please")
        assert await socket.recv() == b"0123456789" * 10_000, "a message received in fragments differs"


async def pings(port):
    async with connect(f"ws://127.0.0.1:{port}/", ping_interval=None) as socket:
        for _ in range(3):
            await (await socket.ping(b"from the client"))
        await socket.send("ping me")
        assert await socket.recv() == "pong came"
        # In the midst of a fragmented message, as RFC 6455 section 5.4 allows.
        async def with_ping():
            yield "first "
            await (await socket.ping())
            yield "second"
        await socket.send(with_ping())
        assert await socket.recv() == "first second"


async def close_by_the_client(port):
    async with connect(f"ws://127.0.0.1:{port}/remember") as socket:
        await socket.send("x")
        await socket.recv()
        await socket.close(4001, "bye")
        assert socket.close_code == 4001, socket.close_code
    async with connect(f"ws://127.0.0.1:{port}/") as socket:
        await socket.send("how did the last one end?")
        ending = await socket.recv()
        assert ending == "4001 bye", ending


async def close_by_the_server(port):
    for message, code, reason in [("close with 4002", 4002, "as asked"), ("vanish", 1006, "")]:
        async with connect(f"ws://127.0.0.1:{port}/") as socket:
            await socket.send(message)
            try:
                await socket.recv()
                raise AssertionError("the connection was not closed")
            except ConnectionClosed:
                assert (socket.close_code, socket.close_reason) == (code, reason), socket.close_code


async def client_that_vanishes(port):
    socket = await connect(f"ws://127.0.0.1:{port}/remember")
    await socket.send("x")
    await socket.recv()
    socket.transport.abort()
    async with connect(f"ws://127.0.0.1:{port}/") as socket:
        await socket.send("how did the last one end?")
        ending = await socket.recv()
        assert ending.startswith("1006"), ending


async def handshake(port):
    async with connect(f"ws://127.0.0.1:{port}/", subprotocols=["chat.v3", "chat.v2"]) as socket:
        assert socket.subprotocol == "chat.v2", socket.subprotocol
    try:
        async with connect(f"ws://127.0.0.1:{port}/forbidden"):
            raise AssertionError("/forbidden was not refused")
    except websockets.exceptions.InvalidStatusCode as refusal:
        assert refusal.status_code == 403, refusal.status_code


async def many(port):
    async def one(number):
        async with connect(f"ws://127.0.0.1:{port}/", open_timeout=DEADLINE) as socket:
            for step in range(10):
                await socket.send(f"{number} {step}")
                assert await socket.recv() == f"{number} {step}"

    await asyncio.gather(*(one(number) for number in range(200)))


async def run_checks(port):
    checks = [
        ("echoes", echoes(port, None)), ("compressed echoes", echoes(port, "deflate")),
        ("large messages", large_messages(port)), ("fragments", fragments(port)), ("pings", pings(port)),
        ("close by the client", close_by_the_client(port)), ("close by the server", close_by_the_server(port)),
        ("client that vanishes", client_that_vanishes(port)), ("handshake", handshake(port)), ("many", many(port)),
    ]
    failed = 0
    for name, check in checks:
        try:
            await asyncio.wait_for(check, DEADLINE)
            print("OK", name, flush=True)
        except Exception as problem:
            failed += 1
            print("FAILED", name, type(problem).__name__, problem, flush=True)
    return failed


if sys.argv[1:] == ["serve"]:
    asyncio.run(run_server())
elif len(sys.argv) == 3 and sys.argv[1] == "check":
    sys.exit(1 if asyncio.run(run_checks(int(sys.argv[2]))) else 0)
else:
    sys.exit(__doc__)
