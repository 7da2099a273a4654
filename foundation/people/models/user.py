from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.text import name_key


class Theme(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """A person who signs in; what the person may do follows from assignments, not from this row."""

    first_name = None
    last_name = None
    display_name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(_("name as sorted"), max_length=200, blank=True, editable=False, help_text=_("Pinyin and Latin letters, for sorting."))
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=[("en", "English"), ("zh-hans", "简体中文")], default="zh-hans")
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    preferences = models.JSONField(_("preferences"), default=dict, blank=True, help_text=_("Column choices and folded panels, by key."))
    is_demo = models.BooleanField(_("demo sign-in"), default=False, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    REQUIRED_FIELDS = ["email", "display_name"]
    objects = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login", "preferences", "name_key"])

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_ci"),
            models.UniqueConstraint(fields=["employee_number"], condition=~models.Q(employee_number=""), name="user_employee_number"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def save(self, *args, **kwargs):
        """Keep the sort key in step with the name, whoever saves."""
        self.name_key = name_key(self.display_name or self.username)
        if (fields := kwargs.get("update_fields")) is not None and "display_name" in fields:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
