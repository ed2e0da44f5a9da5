# SPDX-License-Identifier: Apache-2.0
"""Processes that the benchmark starts, and what the kernel knows of them."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

TICK_MICROSECONDS = 1_000_000 / os.sysconf("SC_CLK_TCK")


class Process:
    """A process with all its children, kept to some cores, ended with the benchmark."""

    def __init__(self, arguments, cores, folder, name, environment=None, pipe=False):
        self.log = open(folder / f"{name}.out", "wb")
        command = ["taskset", "-c", ",".join(map(str, cores)), *map(str, arguments)]
        out = subprocess.PIPE if pipe else self.log
        self.process = subprocess.Popen(
            command, stdout=out, stderr=self.log, env={**os.environ, **(environment or {})}, start_new_session=True
        )
        # What a log shipper does at least: it reads.
        self.reader = pipe and subprocess.Popen(
            ["taskset", "-c", str(cores[-1]), "cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL
        )
        self.name = name

    def tree(self):
        """The ids of the process and all that descend from it."""
        children = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        found, waiting = [], [self.process.pid]
        while waiting:
            found.append(waiting.pop())
            waiting += children.get(found[-1], [])
        return found

    def cpu_microseconds(self):
        """User and system time of the whole tree so far."""
        ticks = 0
        for pid in self.tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks * TICK_MICROSECONDS

    def memory_kib(self, field="Rss"):
        """Resident memory of the whole tree; with `Pss` pages that processes share are shared out among them."""
        total = 0
        for pid in self.tree():
            try:
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith(field + ":"):
                        total += int(line.split()[1])
            except OSError:
                continue
        return total

    def last_words(self):
        """The end of what it has said."""
        return "\n".join(Path(self.log.name).read_text(errors="replace").splitlines()[-10:])

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if self.reader:
            self.reader.wait(10)
        self.log.close()


def wait_for(port, process, seconds=20, path="/19"):
    """Waits until something answers a request for the path on the port with a 2xx."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.process.poll() is not None:
            raise RuntimeError(f"{process.name} has ended with {process.process.returncode}:\n{process.last_words()}")
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                if connection.recv(16)[9:10] == b"2":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{process.name} does not answer on port {port}:\n{process.last_words()}")


def free_ports(count):
    """Ports that are free now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
