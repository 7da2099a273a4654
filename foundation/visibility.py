"""Rows by queryset: ``Model.objects.visible_to(user)`` is the one gate for lists, details, search, exports, API and PDF."""

import json
import time
from math import isqrt
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.lookups import In
from django.utils.module_loading import import_string

from foundation.people.roles import Scope

if TYPE_CHECKING:
    from foundation.people.access import Access

NOTHING = Q(pk__in=[])
PAGE = 50  # rows that a list wants at a time, and what lies around them
REMEMBERED = 600.0  # seconds for which an expectation is believed: an old one costs time, never a row
_expected: dict[tuple[Any, ...], tuple[float, bool]] = {}


@models.BigAutoField.register_lookup
class Among(In):
    """``pk__among=queryset``: as ``__in``, for a few keys beside other conditions in an OR.

    For a subquery in an OR PostgreSQL uses no index and reads the whole table; an array, asked for once, it looks up like any other value.
    """

    lookup_name = "among"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} = ANY(ARRAY{right})", (*left_values, *right_values)


class ExistsEach(Exists):
    """``Exists`` asked of each row by its key. PostgreSQL would else gather all rows that a person may see before it looks at the first one."""

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="EXISTS(%(subquery)s OFFSET 0)", **extra)


def is_few(rows: models.QuerySet, beside: models.QuerySet, *, access: "Access") -> bool:
    """Whether picking all of a person's rows out is quicker than reading the rows beside them in their order until a page is full.

    PostgreSQL is asked what it expects, not to read; SQLite counts as far as it matters. The answer decides the way of a search, never what is found.
    """
    connection = connections[rows.db]
    key = (connection.settings_dict["NAME"], access.user.pk, access.day, rows.model, beside.model)
    kept = _expected.get(key)
    if kept is None or time.monotonic() - kept[0] > REMEMBERED:
        if len(_expected) > 5_000:
            _expected.clear()
        judge = _expects_few if connection.vendor == "postgresql" else _counts_few
        kept = _expected[key] = (time.monotonic(), judge(rows, beside))
    return kept[1]


def seen_with(path: str, others: models.QuerySet, *, beside: models.QuerySet, access: "Access") -> Q:
    """The rows beside that lead to one of the others: few of these are an array that is looked up, of many it is asked row by row in the order of the list."""
    if is_few(others, beside, access=access):
        return Q(**{f"{path}__pk__among": others.order_by().values("pk")})
    return Q(ExistsEach(others.order_by().filter(pk=OuterRef(path))))


def _expects_few(rows: models.QuerySet, beside: models.QuerySet) -> bool:
    return _rows_expected(rows) ** 2 < PAGE * _rows_expected(beside)


def _rows_expected(rows: models.QuerySet) -> int:
    plan: int = json.loads(rows.order_by().explain(format="json"))[0]["Plan"]["Plan Rows"]
    return plan


def _counts_few(rows: models.QuerySet, beside: models.QuerySet) -> bool:
    most = isqrt(PAGE * (beside.aggregate(last=Max("pk"))["last"] or 0))
    return rows.order_by()[: most + 1].count() <= most


def _access_of(user: Any) -> "Access":
    # By name and late: the people's own models use this module, and the rights are read from those models.
    access: Access = import_string("foundation.people.access.access_of")(user)
    return access


class ScopedQuerySet(models.QuerySet):
    """A queryset whose rows follow the scopes that a person's roles grant for its model.

    ``owner_paths`` are look-ups to the people a row belongs to, ``department_paths`` to its departments.
    ``extra_visibility`` may add rows that a rule of the app shows (shares, team membership).
    """

    owner_paths: tuple[str, ...] = ("owner",)
    department_paths: tuple[str, ...] = ("department",)

    def visible_to(self, user: Any, access: "Access | None" = None) -> Self:
        """The rows that the person may see today; none for an anonymous or deactivated person."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        access = access or _access_of(user)
        label = self.model._meta.label_lower
        if access.sees_all(label):
            return self
        condition = self.extra_visibility(access)
        for scope, post in access.scope_posts(label):
            condition |= self._condition(scope, post, access)
        return self.filter(condition)

    def listed_for(self, user: Any) -> Self:
        """As ``visible_to``, for a list that is read in its order a page at a time.

        Where a person sees many rows, SQLite would gather and sort all of them for every page; asked row by row it stops when the page is full.
        """
        rows, access = self.visible_to(user), _access_of(user)
        if connections[self.db].vendor != "sqlite" or access.sees_all(self.model._meta.label_lower):
            return rows
        if is_few(rows, self.model._base_manager.all(), access=access):
            return rows
        return self.filter(Exists(rows.filter(pk=OuterRef("pk"))))

    def extra_visibility(self, access: "Access") -> Q:
        """Rows shown beyond the scopes; nothing unless an app says so. Must not multiply rows (use ``Exists``)."""
        return NOTHING

    def _condition(self, scope: Scope, post: Any, access: "Access") -> Q:
        owners = {post.user_id, access.user.pk}
        if scope == Scope.REPORTS:
            owners |= access.report_ids
        condition = NOTHING
        for path in self.owner_paths:
            condition |= Q(**{f"{path}__in": owners})
        for path in self.department_paths:
            if scope == Scope.DEPARTMENT:
                condition |= Q(**{path: post.department_id})
            elif scope == Scope.BELOW:
                condition |= Q(**{f"{path}__path__startswith": post.department_path})
            elif scope == Scope.BUSINESS_UNIT and post.business_unit_id:
                condition |= Q(**{f"{path}__business_unit": post.business_unit_id})
        return condition
