"""What an import costs beside a plain bulk_create of the same rows, and how much memory it needs for ten times as many."""

import json
import subprocess
import sys

from bench.frame import ROOT, Figure

SMALL, LARGE = 20_000, 200_000
MOST_MEMORY = 400  # MB
FLAT = 1.15


def run(stand, name, step, rows):
    """One step in a process of its own on a database of its own."""
    path = stand.workspace / f"{rows}.csv"
    url = stand.new_database(name)
    environment = stand.environment(url) | {"DJANGO_SETTINGS_MODULE": "suite.settings"}
    command = [sys.executable, "-m", "bench.importing"]
    if not path.exists():
        subprocess.run([*command, "file", str(path), str(rows)], cwd=ROOT, env=environment, check=True)
    done = subprocess.run([*command, step, str(path)], cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def imports(stand):
    """Read, check with duplicates, write with history, ledger and index: rows a second beside bulk_create, in the same minute."""
    rows = LARGE if stand.is_full else SMALL
    plain, ours = run(stand, f"plain{rows}", "plain", rows), run(stand, f"ours{rows}", "ours", rows)
    yield Figure(f"import of {rows:,} rows: rows/s, ours : bulk_create", plain["seconds"] / ours["seconds"], 0.11, at_least=True)
    yield Figure(f"import of {rows:,} rows: CPU, bulk_create : ours", plain["cpu"] / ours["cpu"], 0.11, at_least=True)
    yield Figure(f"import of {rows:,} rows: longest transaction, s", ours["longest"], 0.5 if stand.vendor == "sqlite" else None)
    yield Figure(f"import of {rows:,} rows: peak memory, MB", ours["peak"], MOST_MEMORY)
    tenth = run(stand, f"tenth{rows}", "ours", rows // 10)
    yield Figure(f"import of {rows:,} rows: peak memory, beside a tenth of the rows", ours["peak"] / tenth["peak"], FLAT)


CASES = [imports]
