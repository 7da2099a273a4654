"""What a case gets to stand on, and what it gives back.

A module in bench/cases lists its cases in ``CASES``: functions that take a Stand and yield Figures. Each case runs in a process
of its own on a freshly migrated database; ``DATABASE_FREE = True`` in the module says that it needs none and runs once.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from bench.databases import Database
from bench.serving import Server, serving

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 10_000, 1_000_000


class Figure(NamedTuple):
    """A ratio measured in one run, with what it may be at most (or has to be at least); without a limit it is only told."""

    name: str
    ratio: float
    limit: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return "-"
        return "ok" if (self.ratio >= self.limit if self.at_least else self.ratio <= self.limit) else "over"


@dataclass
class Stand:
    """One run of one case: how many rows are asked for, which database, and a folder that is gone afterwards."""

    rows: int
    vendor: str
    url: str
    workspace: Path
    database: Database | None = None

    @property
    def is_full(self) -> bool:
        return self.rows >= LARGE

    def environment(self, url: str = "") -> dict[str, str]:
        """The environment in which the suite works on a database of this stand."""
        return {
            **os.environ,
            "SUITE_MODE": "demo",
            "DATABASE_URL": url or self.url,
            "DATA_DIR": str(self.workspace / "data"),
            "CACHE_URL": "",
            "CELERY_BROKER_URL": "filesystem://",
        }

    def new_database(self, name: str) -> str:
        """One more migrated database; gives its address."""
        if self.database is None:
            raise ValueError("This case said that it needs no database.")
        return self.database.copy(name)

    def manage(self, url: str, *arguments: str) -> dict[str, Any]:
        """Run a management command; gives the JSON of its last line, if that is what it prints."""
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment(url), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed: {done.stderr[-2000:]}")
        last = (done.stdout.strip().splitlines() or [""])[-1]
        return json.loads(last) if last.startswith("{") else {}

    def seed(self, url: str, accounts: int) -> dict[str, Any]:
        """Fill a database with fictional customers: as many contacts, three times the activities, a third the opportunities."""
        counts = {"accounts": accounts, "contacts": accounts, "activities": accounts * 3, "opportunities": accounts // 3}
        return self.manage(url, "seed_scale", *[part for key, count in counts.items() for part in (f"--{key}", str(count))])

    @contextmanager
    def serve(self, *urls: str) -> Iterator[list[Server]]:
        """The suite behind its real server, once per database, with a bare Django view beside it."""
        pids = self.database.pids if self.database else (list)
        with serving([self.environment(url) for url in urls], self.workspace, pids) as servers:
            yield servers

    def clear(self) -> None:
        shutil.rmtree(self.workspace, ignore_errors=True)


def timed(work: Callable[[], Any]) -> float:
    """Seconds of one call."""
    began = perf_counter()
    work()
    return perf_counter() - began


def interleaved(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = 5) -> float:
    """The median of ours : theirs, each pair in the same moment."""
    return median(timed(ours) / timed(theirs) for _round in range(rounds))
