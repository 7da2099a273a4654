"""``./run bench [--full] [--only WORD] [--database sqlite|postgresql]``: every case, as ratios measured in one run.

At 10,000 rows; with --full at 1,000,000 as well. On SQLite and, where it is installed, on a PostgreSQL of our own on a spare port.
"""

import argparse
import importlib
import json
import os
import pickle
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import bench.cases
from bench.databases import Database, Postgres, Sqlite
from bench.frame import LARGE, ROOT, SMALL, Figure, Stand

WIDTH = 74


def databases(wanted: str, folder: Path) -> list[Database]:
    """What there is to run on."""
    found: list[Database] = []
    if wanted in {"", "sqlite"}:
        found.append(Sqlite(folder))
    if wanted in {"", "postgresql"}:
        programs = Postgres.programs()
        if programs is None:
            print("PostgreSQL is not installed here: its half is left out.")
        else:
            found.append(Postgres(programs, folder))
    return found


def say(figure: Figure) -> None:
    limit = "" if figure.limit is None else f"{'at least' if figure.at_least else 'limit'} {figure.limit:g}"
    print(f"{figure.name:<{WIDTH}} {figure.ratio:8.2f}   {limit:<14} {figure.verdict}", flush=True)


def run(module: str, stand: Stand) -> list[str]:
    """One module's cases in a process of their own; gives the names of what went over or failed."""
    bad = []
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.child", module],
        cwd=ROOT,
        env=stand.environment() | {"DJANGO_SETTINGS_MODULE": "suite.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None  # noqa: S101
    assert child.stdout is not None  # noqa: S101
    child.stdin.write(pickle.dumps(stand))
    child.stdin.close()
    for raw in child.stdout:
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        if "failed" in line:
            print(f"{line['failed']:<{WIDTH}} failed")
            bad.append(line["failed"])
            continue
        figure = Figure(**line)
        say(figure)
        if figure.verdict == "over":
            bad.append(figure.name)
    if child.wait() and not bad:
        bad.append(module)
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="at 1,000,000 rows as well")
    parser.add_argument("--rows", type=int, default=0, help="at this many rows instead")
    parser.add_argument("--only", default="", help="modules or files whose name holds this word")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="")
    given = parser.parse_args()
    folder = Path(os.environ.get("DATA_DIR") or ROOT / "var") / "bench" / str(os.getpid())
    folder.mkdir(parents=True)
    modules = sorted(found.name for found in pkgutil.iter_modules(bench.cases.__path__) if given.only in found.name)
    sizes = [given.rows] if given.rows else [SMALL, LARGE] if given.full else [SMALL]
    bad: list[str] = []
    stands: list[Database] = []
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ["SUITE_MODE"] = "demo"
    os.environ["DATA_DIR"] = str(folder / "data")
    try:
        import django  # noqa: PLC0415  (the settings want the folder first)

        django.setup()
        free = [name for name in modules if getattr(importlib.import_module(f"bench.cases.{name}"), "DATABASE_FREE", False)]
        if free:
            print("\nwithout a database")
        for name in free:
            bad += run(name, Stand(SMALL, "", f"sqlite:///{folder / 'none.sqlite3'}", folder))
        bound = [name for name in modules if name not in free]
        stands = databases(given.database, folder) if bound else []
        for database in stands:
            base = database.base()
            Stand(SMALL, database.vendor, base, folder).manage(base, "migrate", "-v", "0")
            Stand(SMALL, database.vendor, base, folder).manage(base, "createcachetable")
            for rows in sizes:
                print(f"\n{database.vendor}, {rows:,} rows", flush=True)
                for name in bound:
                    mine = f"bench_{name}_{rows}"
                    bad += run(name, Stand(rows, database.vendor, database.copy(mine), folder, database))
                    database.drop(mine)
    finally:
        for database in stands:
            database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{'Over or failed: ' + ', '.join(bad) if bad else 'Everything within its limits.'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
