"""Rows by queryset: ``Model.objects.visible_to(user)`` is the one gate for lists, details, search, exports, API and PDF."""

import json
import time
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models
from django.db.models import Exists, Q
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

    PostgreSQL is asked what it expects, not to read; the answer decides the way of a search, never what is found. No on other databases.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        return False
    key = (connection.settings_dict["NAME"], access.user.pk, access.day, rows.model, beside.model)
    kept = _expected.get(key)
    if kept is None or time.monotonic() - kept[0] > REMEMBERED:
        if len(_expected) > 5_000:
            _expected.clear()
        kept = _expected[key] = (time.monotonic(), _rows_expected(rows) ** 2 < PAGE * _rows_expected(beside))
    return kept[1]


def _rows_expected(rows: models.QuerySet) -> int:
    plan: int = json.loads(rows.order_by().explain(format="json"))[0]["Plan"]["Plan Rows"]
    return plan


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
