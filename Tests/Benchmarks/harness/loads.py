# SPDX-License-Identifier: Apache-2.0
"""The loads, and the generators that make them: wrk for as much as goes, h2load for a fixed rate."""

import re
import subprocess
from dataclasses import dataclass, field

UNITS = {"us": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000}


@dataclass
class Load:
    """One kind of load."""

    name: str
    what: str
    path: str = "/19"
    connections: int = 64
    headers: dict = field(default_factory=dict)
    # A Lua expression for the body, and whether it is sent in chunks.
    body: str = ""
    is_chunked: bool = False
    # Requests a second; 0 for as many as go.
    rate: int = 0
    # The floor passes on nothing but GETs, to three backends, with one thread and no log.
    floor: bool = True
    # How the gateways are set up for it.
    workers: int = 1
    backends: int = 3
    pipe: bool = False
    # Routes by path beside the one for all else.
    routes: int = 0

    @property
    def uploads(self):
        return bool(self.body)


@dataclass
class Result:
    """What a generator has counted; times in microseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float
    p999: float


LOADS = [
    Load("small", "19-byte responses, 64 connections"),
    Load("1k", "1 KB responses, 64 connections", "/1k"),
    Load("100k", "100 KB responses, 64 connections", "/100k"),
    Load("1m", "1 MB responses, 64 connections", "/1m"),
    Load("10m", "10 MB responses, 16 connections", "/10m", 16),
    Load("upload-1k", "1 KB uploads with a length", "/upload", body='string.rep("x", 1000)', floor=False),
    Load("upload-1k-chunked", "1 KB uploads in chunks", "/upload", body='string.rep("x", 1000)', is_chunked=True, floor=False),
    Load("upload-1m", "1 MB uploads with a length", "/upload", 16, body='string.rep("x", 1000000)', floor=False),
    Load("upload-1m-chunked", "1 MB uploads in chunks", "/upload", 16, body='string.rep("x", 1000000)', is_chunked=True, floor=False),
    Load("new-connections", "a new connection for each request", headers={"Connection": "close"}, floor=False),
    Load("1-connection", "1 connection", connections=1),
    Load("8-connections", "8 connections", connections=8),
    Load("1000-connections", "1,000 connections", connections=1000),
    Load("headers", "20 request and 20 response headers", "/headers", headers={f"X-Header-{n}": f"value-of-header-{n}" for n in range(20)}),
    Load("pipe", "19-byte responses, access logs to a pipe", floor=False, pipe=True),
    Load("100-backends", "19-byte responses from 100 backends", floor=False, backends=100),
    Load("10000-routes", "19-byte responses by one of 10,000 routes", "/route-9876/x", floor=False, routes=10_000),
    Load("2-workers", "19-byte responses, two workers on two cores", floor=False, workers=2),
    Load("rate", "2,000 requests a second, 64 connections", rate=2000),
]


def run(load, port, seconds, core, folder):
    """Puts the load on the port."""
    return (with_h2load if load.rate else with_wrk)(load, port, seconds, core, folder)


SUMMARY = """
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %f %f %f\\n", summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


def script(load):
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in load.headers.items()]
    if load.is_chunked:
        # In pieces of 16 KB, as a client sends what it does not know the length of.
        lines.append(
            f"""local body, pieces = {load.body}, {{}}
for start = 1, #body, 16384 do
    local piece = body:sub(start, start + 16383)
    pieces[#pieces + 1] = string.format("%x\\r\\n%s\\r\\n", #piece, piece)
end
local text = "POST {load.path} HTTP/1.1\\r\\nHost: localhost\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
    .. table.concat(pieces) .. "0\\r\\n\\r\\n"
request = function() return text end"""
        )
    elif load.body:
        lines.append(f'wrk.method = "POST"\nwrk.body = {load.body}')
    return "\n".join(lines) + SUMMARY


def with_wrk(load, port, seconds, core, folder):
    file = folder / f"{load.name}.lua"
    file.write_text(script(load))
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "30s"]
    output = subprocess.run(
        [*command, "-s", file, f"http://127.0.0.1:{port}{load.path}"], capture_output=True, text=True, check=True
    ).stdout
    numbers = re.search(r"^RESULT (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)$", output, re.MULTILINE)
    if not numbers:
        raise RuntimeError(f"wrk has said nothing of its results:\n{output}")
    requests, duration, errors, p50, p99, p999 = map(float, numbers.groups())
    # A server that closes as it was asked to is no error.
    if load.headers.get("Connection") == "close":
        errors -= int((re.search(r"Socket errors:.* read (\d+)", output) or [0, 0])[1])
    return Result(int(requests), duration / 1e6, int(errors), p50, p99, p999)


def with_h2load(load, port, seconds, core, folder):
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    command = ["taskset", "-c", str(core), "h2load", "--h1", "-t1", f"-c{load.connections}", f"-D{seconds}"]
    rate = max(1, load.rate // load.connections)
    output = subprocess.run(
        [*command, f"--rps={rate}", f"--log-file={log}", f"http://127.0.0.1:{port}{load.path}"],
        capture_output=True, text=True, check=True,
    ).stdout
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    times = sorted(int(row[2]) for row in rows)
    errors = sum(1 for row in rows if not 200 <= int(row[1]) < 300)
    errors += int(re.search(r"(\d+) errored", output)[1]) + int(re.search(r"(\d+) timeout", output)[1])
    if not times:
        raise RuntimeError(f"h2load has made no request:\n{output}")
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))]  # noqa: E731
    return Result(len(times), seconds, errors, at(0.5), at(0.99), at(0.999))
