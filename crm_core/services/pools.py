"""Which pool an account belongs to when nobody owns it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crm_core.models import Account, Pool
from foundation.people.models import Department


def pool_department(department: Department) -> Department:
    """The department into whose pool an account falls: teams share the pool of the department above them."""
    while department.kind == "team" and department.parent is not None:
        department = department.parent
    return department


def default_pool(department: Department) -> Pool:
    """The department's own pool, made when it is first needed."""
    made = {"name": f"{department.name}公海"[:80], "name_en": f"{department.name_en or department.name} pool"[:80], "created_at": timezone.now()}
    with transaction.atomic():
        return Pool.objects.get_or_create(department=department, is_default=True, defaults=made)[0]


class PoolFinder:
    """Finds pools for many accounts with a constant number of queries; keep one for a chunk, not for longer."""

    def __init__(self) -> None:
        self.pools = list(Pool.objects.active().select_related("department").prefetch_related("more_departments"))
        self._found: dict[tuple[int, str], Pool] = {}

    def fitting(self, department: Department, kind: str) -> list[Pool]:
        """Active pools that take an account of the kind from the department, the best first.

        One that names the kind wins over one that takes all; then the nearest department; then the order set by the administrator.
        """
        found = []
        for pool in self.pools:
            near = max((len(one.path) for one in (pool.department, *pool.more_departments.all()) if department.path.startswith(one.path)), default=0)
            if near and (not pool.kinds or kind in pool.kinds):
                found.append((not pool.kinds, -near, not pool.is_default, pool.order, pool.pk, pool))
        return [row[-1] for row in sorted(found, key=lambda row: row[:-1])]

    def pool_for(self, account: Account, *, now: datetime | None = None) -> Pool:
        """Where the account falls; the department's default pool is made if no pool of that department or nearer takes the kind."""
        key = (account.department_id, account.kind)
        if key not in self._found:
            self._found[key] = self._choose(account.department, account.kind)
        return self._found[key]

    def _choose(self, department: Department, kind: str) -> Pool:
        home = pool_department(department)
        best = next(iter(self.fitting(department, kind)), None)
        if best is not None and (best.kinds or best.department.path.startswith(home.path) or any(one.pk == home.pk for one in best.more_departments.all())):
            return best
        pool = default_pool(home)
        if not pool.is_active or pool.kinds and kind not in pool.kinds:
            return best or pool
        self.pools.append(pool)
        return pool


def pool_for(account: Account) -> Pool:
    """Where the account falls when nobody owns it any more."""
    return PoolFinder().pool_for(account)
