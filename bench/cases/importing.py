"""What an import costs beside a plain bulk_create of the same rows, how much memory it needs for ten times as many, and what the pages feel of it."""

import json
import subprocess
import sys
from statistics import median
from time import sleep

from bench.frame import ROOT, Figure

SMALL, LARGE = 20_000, 200_000
MOST_MEMORY = 400  # MB
FLAT = 1.15
SEEDED, TIMES, ROUNDS, STARTS_IN = 2_000, 10, 8, 8
PAGES = (("list, first page", "/crm/accounts/"), ("account with 50 activities", "/crm/accounts/3/"))


def command(stand, url, step, rows):
    """The line and the environment of one step, with its file written."""
    path = stand.workspace / f"{rows}.csv"
    environment = stand.environment(url) | {"DJANGO_SETTINGS_MODULE": "suite.settings"}
    line = [sys.executable, "-m", "bench.importing"]
    if not path.exists():
        subprocess.run([*line, "file", str(path), str(rows)], cwd=ROOT, env=environment, check=True)
    return [*line, step, str(path)], environment


def run(stand, name, step, rows):
    """One step in a process of its own on a database of its own."""
    line, environment = command(stand, stand.new_database(name), step, rows)
    done = subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def imports(stand):
    """Read, check with duplicates, write with history, ledger and index: rows a second beside bulk_create, in the same minute."""
    rows = min(LARGE, max(SMALL, stand.rows))
    plain, ours = run(stand, f"plain{rows}", "plain", rows), run(stand, f"ours{rows}", "ours", rows)
    yield Figure(f"import of {rows:,} rows: rows/s, ours : bulk_create", plain["seconds"] / ours["seconds"], 0.11, at_least=True)
    yield Figure(f"import of {rows:,} rows: CPU, bulk_create : ours", plain["cpu"] / ours["cpu"], 0.11, at_least=True)
    yield Figure(f"import of {rows:,} rows: longest transaction, s", ours["longest"], 0.5 if stand.vendor == "sqlite" else None)
    yield Figure(f"import of {rows:,} rows: longest transaction, s of CPU", ours["longest_cpu"], 0.5 if stand.vendor == "sqlite" else None)
    yield Figure(f"import of {rows:,} rows: peak memory, MB", ours["peak"], MOST_MEMORY)
    tenth = run(stand, f"tenth{rows}", "ours", rows // 10)
    yield Figure(f"import of {rows:,} rows: peak memory, beside a tenth of the rows", ours["peak"] / tenth["peak"], FLAT)


def pages_meanwhile(stand):
    """The list and the account page while an import of 20,000 rows is under way in another process, beside the same pages before it."""
    url = stand.new_database(f"beside{stand.rows}")
    stand.seed(url, SEEDED)
    line, environment = command(stand, url, "ours", SMALL)
    with stand.serve(url) as (server,):
        server.enter("seed.boss")
        for _name, path in PAGES:
            server.measure(path, TIMES)  # warm
        alone = {path: server.measure(path, TIMES) for _name, path in PAGES}
        loading = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            sleep(STARTS_IN)
            meanwhile = {path: [] for _name, path in PAGES}
            while loading.poll() is None and len(meanwhile[PAGES[-1][1]]) < ROUNDS:
                for _name, path in PAGES:
                    meanwhile[path].append(server.measure(path, TIMES))
        finally:
            loading.kill()
            loading.wait()
    for name, path in PAGES:
        if meanwhile[path]:
            yield Figure(f"{name} while an import runs: wall, beside alone", median(one.wall for one in meanwhile[path]) / alone[path].wall, 2)
        if meanwhile[path] and stand.vendor == "sqlite":  # of PostgreSQL the processes of the import would be counted as well
            yield Figure(f"{name} while an import runs: CPU, beside alone", median(one.cpu for one in meanwhile[path]) / alone[path].cpu, 2)


CASES = [imports, pages_meanwhile]
