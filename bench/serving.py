"""The suite behind its real server, asked over HTTP; CPU is counted from the processes, web and database."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.databases import processes_below, spare_port

TICK = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parent.parent


def cpu_seconds(pids: list[int]) -> float:
    """CPU used by the processes, with that of children that have ended."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / TICK


@dataclass
class Measured:
    """Requests to one address: CPU and wall seconds per request, statements of one, and its size."""

    cpu: float
    wall: float
    queries: int
    size: int


@dataclass
class Server:
    """One server process with a signed-in visitor."""

    port: int
    pid: int
    database_pids: Callable[[], list[int]]
    cookie: str = ""
    language: str = "zh-hans"
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def get(self, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self._connection = connection
        asked = {"Cookie": self.cookie, "Accept-Language": self.language, **headers}
        try:
            connection.request("GET", path, headers=asked)
            response = connection.getresponse()
        except http.client.RemoteDisconnected:  # kept open longer than the server does, while another was measured
            connection.close()
            connection.request("GET", path, headers=asked)
            response = connection.getresponse()
        return response.status, response.read(), response.headers

    def enter(self, username: str) -> None:
        """Sign in without a password, which only the bench's own settings allow."""
        self.cookie = ""
        _status, _body, headers = self.get(f"/bench/enter/{username}/")
        self.cookie = "; ".join(value.split(";")[0] for value in headers.get_all("Set-Cookie") or [])
        if "sessionid" not in self.cookie:
            raise RuntimeError(f"{username} could not enter.")

    def measure(self, path: str, times: int) -> Measured:
        """Ask ``times`` in a row; the answer must be a page."""
        status, body, headers = self.get(path, **{"X-Bench-Count": "1"})
        if status != 200:
            raise RuntimeError(f"{path} answered {status}.")
        pids = [*processes_below(self.pid), *self.database_pids()]
        before, walls = cpu_seconds(pids), []
        for _time in range(times):
            began = time.perf_counter()
            self.get(path)
            walls.append(time.perf_counter() - began)
        return Measured((cpu_seconds(pids) - before) / times, median(walls), int(headers.get("X-Bench-Queries") or 0), len(body))


@contextmanager
def serving(environments: list[dict[str, str]], workspace: Path, database_pids: Callable[[], list[int]]) -> Iterator[list[Server]]:
    """Start one server per environment and stop them again."""
    started, servers = [], []
    try:
        for environment in environments:
            port = spare_port()
            line = [
                str(Path(sys.executable).parent / "granian"),
                "--interface",
                "wsgi",
                "--port",
                str(port),
                "--workers",
                "1",
                "--blocking-threads",
                "1",
                "--backlog",
                "256",
                "--no-ws",
            ]
            log = (workspace / f"web-{port}.log").open("wb")
            process = subprocess.Popen(
                [*line, "--log-level", "warning", "bench.served:application"],
                cwd=ROOT,
                env={**environment, "DJANGO_SETTINGS_MODULE": "bench.settings", "ALLOWED_HOSTS": "127.0.0.1"},
                stdout=log,
                stderr=log,
            )
            started.append((process, log))
            servers.append(Server(port, process.pid, database_pids))
        for server in servers:
            _wait_for(server)
        yield servers
    finally:
        for process, log in started:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            log.close()


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            if server.get("/healthz")[0] == 200:
                return
        except OSError:
            server._connection = None
            time.sleep(0.3)
    raise RuntimeError("The server did not answer within five minutes; its log lies beside the databases of the run.")
