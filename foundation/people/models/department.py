from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.roles import Scope
from foundation.visibility import NOTHING, ScopedQuerySet

if TYPE_CHECKING:
    from foundation.people.access import Access


class DepartmentKind(models.TextChoices):
    GROUP = "group", _("Group")
    BUSINESS_UNIT = "business_unit", _("Business unit")
    BRANCH = "branch", _("Branch")
    DEPARTMENT = "department", _("Department")
    TEAM = "team", pgettext_lazy("department", "Team")


class DepartmentQuerySet(ScopedQuerySet):
    owner_paths = ()
    department_paths = ()

    def open(self) -> Self:
        """Departments that have not been closed."""
        return self.filter(closed_on__isnull=True)

    def open_on(self, day: date) -> Self:
        """Departments not yet closed on ``day``."""
        return self.exclude(closed_on__lte=day)

    def below(self, department: "Department") -> Self:
        """The department itself and everything under it."""
        return self.filter(path__startswith=department.path)

    def extra_visibility(self, access: "Access") -> models.Q:
        """One's own department is always visible."""
        return models.Q(pk__in=access.department_ids)

    def _condition(self, scope: Scope, post: Any, access: "Access") -> models.Q:
        if scope == Scope.BELOW:
            return models.Q(path__startswith=post.department_path)
        if scope == Scope.BUSINESS_UNIT and post.business_unit_id:
            return models.Q(business_unit=post.business_unit_id)
        return NOTHING


class Department(models.Model):
    """A node of the organisation chart; ``path`` is the chain of ids from the root, each ended by a dot."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    kind = models.CharField(_("kind"), max_length=20, choices=DepartmentKind.choices, default=DepartmentKind.DEPARTMENT)
    code = models.CharField(pgettext_lazy("department", "code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    path = models.CharField(max_length=200, editable=False, db_index=True, blank=True)
    business_unit = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("business unit"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = DepartmentQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["path"])

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def clean(self) -> None:
        if self.pk and self.parent and self.parent.path.startswith(self.path):
            raise ValidationError({"parent": _("A department cannot be part of itself or of one below it.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Set path and business unit from the parent; children follow when the parent changed."""
        if not self.pk:
            super().save(*args, **kwargs)
            kwargs = {"update_fields": ["path", "business_unit"]}
        old_path = self.path
        self.path = f"{self.parent.path if self.parent else ''}{self.pk}."
        if self.kind == DepartmentKind.BUSINESS_UNIT:
            self.business_unit_id = self.pk
        else:
            self.business_unit_id = self.parent.business_unit_id if self.parent else None
        super().save(*args, **kwargs)
        if old_path and old_path != self.path:
            for child in self.children.all():
                child.save()
