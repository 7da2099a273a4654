"""Hostile files are parsed and rendered in a child process with limits on memory, processor time, wall time and output."""

import contextlib
import os
import subprocess  # nosec B404: fixed commands, no shell
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MEBIBYTE = 1024 * 1024

# The limits are set before the script, and with it the parser, is loaded.
_BOOT = """
import resource, runpy, sys
memory, cpu, output = (int(value) for value in sys.argv[1:4])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.argv = sys.argv[4:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Limits:
    """Bytes of address space and of output, seconds of processor and of wall time."""

    memory: int = 1024 * MEBIBYTE
    cpu_seconds: int = 20
    wall_seconds: int = 60
    output: int = 512 * MEBIBYTE


class ChildFailed(Exception):
    """The child was stopped by a limit or crashed; ``reason`` is time, limit or crash."""

    def __init__(self, reason: str, details: str):
        super().__init__(f"{reason}: {details}")
        self.reason, self.details = reason, details


@contextlib.contextmanager
def run_child(script: Path, *arguments: str, stdin: IO[bytes], limits: Limits, env: dict[str, str] | None = None) -> Iterator[IO[bytes]]:
    """Run a Python script on a file; gives its whole output, already complete, or raises ChildFailed."""
    command = [sys.executable, "-s", "-P", "-c", _BOOT, str(limits.memory), str(limits.cpu_seconds), str(limits.output), str(script), *arguments]
    surroundings = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "HOME": "/nonexistent", **(env or {})}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, tempfile.TemporaryDirectory() as folder:
        with _as_descriptor(stdin) as source:
            child = subprocess.Popen(command, stdin=source, stdout=output, stderr=errors, env=surroundings, cwd=folder, close_fds=True)  # noqa: S603  # nosec B603: fixed command, no shell
            try:
                status = child.wait(limits.wall_seconds)
            except subprocess.TimeoutExpired as expired:
                raise ChildFailed("time", f"more than {limits.wall_seconds} s") from expired
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
        if status != 0:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
            details = errors.read().decode("utf-8", "replace")
            killed = status < 0 or "MemoryError" in details or "Cannot allocate memory" in details or "memory allocation" in details
            raise ChildFailed("limit" if killed else "crash", f"status {status}: {details}")
        output.seek(0)
        yield output


@contextlib.contextmanager
def _as_descriptor(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file itself where it has a descriptor at its beginning, else a copy that has one."""
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        while chunk := file.read(MEBIBYTE):
            copy.write(chunk)
        file.seek(0)
        copy.seek(0)
        yield copy
