"""The flow lint of a rollout: reading, finding and telling, with one and a half times as many links as requirements."""

import gc
import random
import resource
from datetime import date
from math import log10
from time import perf_counter, process_time

from django.db import connection
from django.utils import timezone

from bench.frame import Figure
from foundation.people.models import Department, User
from implementation.models import Rollout
from requirements_mgmt.models import DataObject, Requirement, System
from requirements_mgmt.services import lint

SEED = 20260101
MOST = 100_000
LOAD = 2_000
SECONDS = {10_000: 1.5, 100_000: 20.0}  # CPU; at other sizes in proportion to the first
MEGABYTES = 1024
ORDER = 1.05
ROUNDS = 3


def fill(rows: int, code: str) -> Rollout:
    """A rollout of chains of twenty requirements; here and there a chain is cut, bent into a loop, or hangs on a system that is not live."""
    chance = random.Random(SEED)
    people = [User.objects.get_or_create(username=f"bench.{name}", defaults={"display_name": name})[0] for name in ("sponsor", "manager")]
    department, _made = Department.objects.get_or_create(code="BENCH", defaults={"name": "销售部", "kind": "department"})
    rollout = Rollout.objects.create(
        code=code,
        name=code,
        sponsor=people[0],
        project_manager=people[1],
        department=department,
        starts_on=date(2026, 1, 5),
        go_live_on=date(2026, 9, 1),
    )
    late = System.objects.create(rollout=rollout, name="数据平台", is_live=False)
    data = [
        DataObject(
            rollout=rollout,
            name=f"数据{number}",
            source_name="客户" if number % 20 == 0 and number % 140 else "",
            source_system=late if number % 140 == 0 else None,
            consumer_name="财务" if number % 20 == 19 else "",
        )
        for number in range(rows)
    ]
    DataObject.objects.bulk_create(data, batch_size=LOAD)
    requirements = [
        Requirement(
            rollout=rollout, department=department, code=f"R-{number:06d}", code_key=f"R-{number:08d}", title=f"第 {number} 条", is_day_one=number % 10 == 5
        )
        for number in range(rows)
    ]
    Requirement.objects.bulk_create(requirements, batch_size=LOAD)
    through = {name: getattr(Requirement, name).through for name in ("inputs", "outputs")}
    pairs: dict[str, list[tuple[int, int]]] = {"inputs": [], "outputs": []}
    for number, requirement in enumerate(requirements):
        pairs["inputs"].append((requirement.pk, data[number].pk))
        if number % 2 and number % 20 != 19:
            pairs["outputs"].append((requirement.pk, data[number + 1].pk if chance.random() < 0.97 else data[number - number % 20].pk))
    for name, model in through.items():
        model.objects.bulk_create([model(requirement_id=one, dataobject_id=other) for one, other in pairs[name]], batch_size=LOAD)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return rollout


def cost(rollout: Rollout) -> tuple[float, float, int]:
    """CPU and wall seconds of one lint with every finding told, the best of a few, and the number of findings."""
    gc.collect()
    gc.freeze()  # walking what the suite itself has loaded is no part of the lint, and happens once in a while at any size
    best_cpu = best_wall = float("inf")
    count = 0
    for _round in range(ROUNDS):
        cpu, wall = process_time(), perf_counter()
        count = len([finding.as_dict() for finding in lint(rollout)])
        best_cpu, best_wall = min(best_cpu, process_time() - cpu), min(best_wall, perf_counter() - wall)
    return best_cpu, best_wall, count


def flow(stand):
    timezone.activate("Asia/Shanghai")
    rows = min(stand.rows, MOST)
    small, _wall, _count = cost(fill(rows // 10, "BENCH-S"))
    large, wall, count = cost(fill(rows, "BENCH-L"))
    allowed = SECONDS.get(rows, 1.5 * rows / 10_000)
    words = f"flow lint, {rows:,} requirements"
    yield Figure(f"{words}: CPU seconds : {allowed:g}", large / allowed, 1.0)
    yield Figure(f"{words}: wall seconds : {allowed:g}", wall / allowed)
    yield Figure(f"{words} : {rows // 10:,}, growth order", log10(large / small), ORDER)
    yield Figure(f"{words}: findings a requirement", count / rows)
    told = stand.manage(stand.url, "lint_requirements", "BENCH-L", "--json")
    yield Figure(f"{words}: findings told by the command : counted", len(told["findings"]) / count, 1.0)
    yield Figure(f"{words}: megabytes of the command : {MEGABYTES}", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 / MEGABYTES, 1.0)


CASES = [flow]
