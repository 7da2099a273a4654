"""The suite's worker and web server as processes on the database of a test, and the means to kill them."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

PYTHON = Path(sys.executable)


def database_url():
    """The database of this test, as another process may open it."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    secret = f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else ""
    return f"postgres://{quote(parts['USER'])}{secret}@{quote(parts['HOST'] or '127.0.0.1', safe='')}:{parts['PORT'] or 5432}/{parts['NAME']}"


def surroundings(folder, **more):
    """The environment of the processes: short leases, an own queue, the broker of this run (files where none is named)."""
    return {
        **os.environ,
        "SUITE_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.faults.process_settings",
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "FAULT_QUEUE": f"faults-{os.getpid()}-{folder.name}",
        "JOB_DELIVERY": "celery",
        "JOB_LEASE_SECONDS": "1.5",
        "JOB_SWEEP_SECONDS": "1",
        "JOB_REDELIVER_SECONDS": "2",
        "JOB_RETRY_SECONDS": "0.1",
        **more,
    }


def wait(seconds):
    threading.Event().wait(seconds)


def until(what, seconds=60):
    """Ask until the answer is true; gives the last answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        wait(0.02)
    return what()


class Forge:
    """Starts workers, one at a time; ``log`` is what they wrote."""

    def __init__(self, environment, folder):
        self.log = folder / "worker.log"
        self.process = subprocess.Popen(
            [PYTHON, "-m", "tests.faults.forge"], cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = 0

    def wait_ready(self):
        assert self.process.stdout.readline().strip() == "ready"

    def start(self):
        """A worker begins; gives its number."""
        self.process.stdin.write(f"{self.log}\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())
        return self.pid

    def kill(self):
        """kill -9 of the worker with its clock."""
        pid, self.pid = self.pid, 0
        end = time.monotonic() + 5
        while time.monotonic() < end:  # the child may be about to open its session
            try:
                os.killpg(pid, signal.SIGKILL)
                break
            except ProcessLookupError:
                os.kill(pid, 0)
        assert self.process.stdout.readline().strip() == "dead"

    def close(self):
        if self.pid:
            self.kill()
        self.process.kill()  # it holds nothing that would have to be put away
        self.process.communicate()

    def words(self):
        return self.log.read_text()[-3000:] if self.log.exists() else ""


class Web:
    """The web server on a port of its own, with one signed-in visitor."""

    def __init__(self, environment, folder, session):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.environment, self.log, self.process = {**environment, "ALLOWED_HOSTS": "127.0.0.1"}, folder / "web.log", None
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32, "Accept-Language": "en"}

    def start(self):
        line = [PYTHON.parent / "granian", "--interface", "wsgi", "--port", str(self.port), "--workers", "1", "--blocking-threads", "2", "--no-ws"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*line, "--log-level", "warning", "suite.wsgi:application"],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self):
        assert until(self._is_up), self.log.read_text()[-3000:]

    def _is_up(self):
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            wait(0.1)
            return False

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def close(self):
        if self.process:
            self.kill()

    def ask(self, method, path, body=None, **headers):
        """One request; gives status and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {**self.headers, **headers})
            response = connection.getresponse()
            response.read()
            return response.status, response.headers.get("Location", "")
        except http.client.HTTPException as error:  # killed while it answered
            raise ConnectionError(*error.args) from error
        finally:
            connection.close()

    def post(self, path, fields):
        return self.ask("POST", path, urlencode(fields), **{"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path, fields, name, content):
        """A form with a file."""
        parts = [f'--frontier\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
        parts.append(f'--frontier\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'.encode())
        return self.ask("POST", path, b"".join([*parts, content, b"\r\n--frontier--\r\n"]), **{"Content-Type": "multipart/form-data; boundary=frontier"})

    def killed_during(self, work, delay):
        """Do a request, kill the server meanwhile, start it again; whether the request was answered before."""
        answered = []

        def go():
            with contextlib.suppress(OSError):
                answered.append(work())

        thread = threading.Thread(target=go)
        thread.start()
        wait(delay)
        self.kill()
        thread.join(60)
        self.start()
        self.wait_ready()
        return answered[0] if answered else None
