# SPDX-License-Identifier: Apache-2.0
"""The gateway, its backends and the load, each a process."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Backend:
    """A backend that can be killed, frozen and started again, always on the same port."""

    def __init__(self, folder, number):
        # Bound all the time and never listening: so nobody else is given the port while the backend is away, and who
        # connects to it then is refused.
        self.holder = socket.socket()
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.bind(("127.0.0.1", 0))
        self.port = self.holder.getsockname()[1]
        self.ledger = folder / f"ledger.{number}"
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [sys.executable, "-I", "-S", HERE / "backend.py", str(self.port), self.ledger]
        self.process = subprocess.Popen(command)

    def wait(self):
        """Until it takes connections."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.005)
        raise RuntimeError(f"the backend on port {self.port} does not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def done(self):
        """What it was asked to do, in all its lives."""
        return self.ledger.read_text().split()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.holder.close()


class Gateway:
    def __init__(self, program, folder, backends, pool):
        configuration = folder / "curlew.yaml"
        urls = "".join(f'      - "{backend.url}"\n' for backend in backends)
        members = "".join(f"    {line}\n" for line in pool)
        configuration.write_text(
            f"listen: 127.0.0.1:0\nworkers: 2\nlog: {{ format: json }}\npools:\n  web:\n{members}    backends:\n{urls}"
        )
        self.log = folder / "curlew.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program, "--config", configuration], stdout=log, stderr=log)
        try:
            self.port = self.find_port()
        except RuntimeError:
            self.close()
            raise

    def records(self):
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                yield {"message": line}

    def find_port(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for record in self.records():
                if "port" in record:
                    return record["port"]
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError("the gateway does not start:\n" + self.log.read_text())

    def is_running(self):
        return self.process.poll() is None

    def close(self):
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Request:
    """What became of one request."""

    def __init__(self, path, began, ended, status, is_whole, note):
        self.path, self.began, self.ended, self.status, self.is_whole, self.note = path, began, ended, status, is_whole, note
        self.kind = path.split("/")[1]

    @property
    def took(self):
        return self.ended - self.began

    @property
    def is_well(self):
        return self.status == 200 and self.is_whole

    @property
    def is_cut(self):
        """It had begun to be answered, and the connection ended before the answer did."""
        return self.status == 200 and not self.is_whole and not self.note

    def __str__(self):
        end = "" if self.is_whole else ", not whole"
        return f"{self.path}: {self.status}{end} after {self.took * 1000:.0f} ms {self.note}"


class Load:
    """Runs beside everything else."""

    def __init__(self, port, seconds, rate, paths, burst=1):
        command = [sys.executable, HERE / "load.py", port, seconds, rate, burst, ",".join(paths)]
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)

    def requests(self):
        """All of them, when they have ended."""
        out, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError("the load has failed")
        return [Request(*json.loads(line)) for line in out.splitlines()]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def percentile(requests, share):
    """The time in milliseconds that so many of the requests took at most."""
    times = sorted(request.took for request in requests)
    return 1000 * times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


