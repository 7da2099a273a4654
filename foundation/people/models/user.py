from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.people.roles import Scope
from foundation.text import name_key
from foundation.visibility import ScopedQuerySet

if TYPE_CHECKING:
    from foundation.people.access import Access


# A sign-in or a folded panel is no event in a person's history.
UNTRACKED = {"password", "last_login", "preferences", "name_key", "updated_at"}


class Theme(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserQuerySet(ScopedQuerySet):
    owner_paths = ("pk",)
    department_paths = ()

    def active(self) -> Self:
        """People who may sign in."""
        return self.filter(is_active=True)

    def posted(self, day: date, **position: Any) -> Self:
        """People who hold a position on ``day`` that fits the look-ups (``department=…``, ``role=…``)."""
        return self.filter(models.Exists(self._posts(day, {f"position__{path}": value for path, value in position.items()})))

    def _posts(self, day: date, conditions: dict[str, Any]) -> models.QuerySet:
        assignments: Any = self.model._meta.get_field("assignments").related_model
        return assignments.objects.on(day).filter(user=models.OuterRef("pk"), **conditions)

    def _condition(self, scope: Scope, post: Any, access: "Access") -> models.Q:
        condition = super()._condition(scope, post, access)
        conditions: dict[str, Any] | None = None
        if scope == Scope.DEPARTMENT:
            conditions = {"position__department": post.department_id}
        elif scope == Scope.BELOW:
            conditions = {"position__department__path__startswith": post.department_path}
        elif scope == Scope.BUSINESS_UNIT and post.business_unit_id:
            conditions = {"position__department__business_unit": post.business_unit_id}
        if conditions is not None:
            condition |= models.Q(models.Exists(self._posts(access.day, conditions)))
        return condition

    def extra_visibility(self, access: "Access") -> models.Q:
        """Oneself is always visible."""
        return models.Q(pk=access.user.pk)


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser):
    """A person who signs in; what the person may do follows from assignments, not from this row."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    name_key = models.CharField(_("name as sorted"), max_length=200, blank=True, editable=False, help_text=_("Pinyin and Latin letters, for sorting."))
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=[("en", "English"), ("zh-hans", "简体中文")], default="zh-hans")
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    preferences = models.JSONField(_("preferences"), default=dict, blank=True, help_text=_("Column choices and folded panels, by key."))
    is_demo = models.BooleanField(_("demo sign-in"), default=False, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    REQUIRED_FIELDS = ["email", "display_name"]
    objects = PeopleManager()  # type: ignore[misc]
    history = HistoricalRecords(excluded_fields=sorted(UNTRACKED))

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_ci"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_ci"),
            models.UniqueConstraint(fields=["employee_number"], condition=~models.Q(employee_number=""), name="user_employee_number"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the sort key in step with the name, whoever saves."""
        self.name_key = name_key(self.display_name or self.username)
        if (fields := kwargs.get("update_fields")) is not None and "display_name" in fields:
            kwargs["update_fields"] = {*fields, "name_key"}
        if fields is not None and set(fields) <= UNTRACKED:
            self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            self.__dict__.pop("skip_history_when_saving", None)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
