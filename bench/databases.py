"""Databases of our own for a run: files, or a PostgreSQL on a spare port that is gone when we are."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def spare_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def processes_below(pid: int) -> list[int]:
    """A process and everything that it started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


class Database:
    """Makes migrated copies; ``pids`` are the processes whose CPU counts as the database's."""

    vendor = ""

    def base(self) -> str:
        raise NotImplementedError

    def copy(self, name: str) -> str:
        raise NotImplementedError

    def drop(self, name: str) -> None:
        raise NotImplementedError

    def pids(self) -> list[int]:
        return []

    def stop(self) -> None:
        pass


class Sqlite(Database):
    """One file per database; the work is done inside the web process."""

    vendor = "sqlite"

    def __init__(self, folder: Path):
        self.folder = folder

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def base(self) -> str:
        return f"sqlite:///{self._file('base')}"

    def copy(self, name: str) -> str:
        shutil.copyfile(self._file("base"), self._file(name))
        return f"sqlite:///{self._file(name)}"

    def drop(self, name: str) -> None:
        for path in self.folder.glob(f"{name}.sqlite3*"):
            path.unlink()


class Postgres(Database):
    """A cluster of our own, as .ci/run starts one; durable settings are off, plans are not touched."""

    vendor = "postgresql"
    OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=512MB -c max_wal_size=4GB -c maintenance_work_mem=256MB"

    @staticmethod
    def programs() -> Path | None:
        """Where initdb lies; none when PostgreSQL is not installed."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdecimal() else 0)
        if found:
            return found[-1].parent
        where = shutil.which("initdb")
        return Path(where).parent if where else None

    def __init__(self, programs: Path, parent: Path):
        self.programs_at = programs
        self.folder = Path(tempfile.mkdtemp(prefix="suite-bench-", dir="/tmp" if os.geteuid() == 0 else parent))  # noqa: S108  (the server's own user must reach it)
        self.port = spare_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", str(self.folder / "pg"), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        self._run(
            "pg_ctl", "-D", str(self.folder / "pg"), "-w", "-l", str(self.folder / "log"), "-o", f"-p {self.port} -k {self.folder} {self.OPTIONS}", "start"
        )

    def _run(self, program: str, *arguments: str) -> None:
        line = [str(self.programs_at / program), *arguments]
        if os.geteuid() == 0:
            line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *line]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def _sql(self, statement: str) -> None:
        self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-q", "-c", statement)

    def _url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def base(self) -> str:
        self._sql("CREATE DATABASE base")
        return self._url("base")

    def copy(self, name: str) -> str:
        self._sql(f"CREATE DATABASE {name} TEMPLATE base")
        return self._url(name)

    def drop(self, name: str) -> None:
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def pids(self) -> list[int]:
        return processes_below(int((self.folder / "pg" / "postmaster.pid").read_text().split()[0]))

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "pg"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
