from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet

STAMP = "field_rights"


class FieldNoun(models.TextChoices):
    """The kinds of records that have fields which not everybody sees whole; the values are names of models."""

    ACCOUNT = "account", _("Account")
    CONTACT = "contact", _("Contact")
    BILLING = "billingprofile", _("Billing profile")


class FieldLevel(models.TextChoices):
    """How much of a field a role sees of customers that are not its own."""

    SHOWN = "shown", pgettext_lazy("field", "Shown")
    MASKED = "masked", pgettext_lazy("field", "Masked")
    HIDDEN = "hidden", pgettext_lazy("field", "Hidden")


class FieldRight(models.Model):
    """How much of one field one role sees; where no row says anything, what crm_core.veils ships counts."""

    noun = models.CharField(_("record"), max_length=14, choices=FieldNoun.choices)
    field = models.CharField(_("field"), max_length=40)
    role = models.CharField(_("role"), max_length=40)
    level = models.CharField(_("what is seen"), max_length=6, choices=FieldLevel.choices)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("field right")
        verbose_name_plural = _("field rights")
        ordering = ["noun", "field", "role"]
        constraints = [models.UniqueConstraint(fields=["noun", "field", "role"], name="field_right_once")]

    def __str__(self) -> str:
        return f"{self.noun}.{self.field} / {self.role}: {self.level}"


class RevealPolicy(models.Model):
    """How often masked values may be looked at, and from when on a manager hears of it; a single row, whose version stands for all field rights."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    per_day = models.PositiveSmallIntegerField(_("looks at masked values per person and day"), default=40)
    notice_from = models.PositiveSmallIntegerField(_("tell the manager from this number on"), default=20)
    own_shown = models.BooleanField(
        _("own customers unmasked"), default=True, help_text=_("Owners, their deputies and collaborators see the fields of their own customers whole.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("rule for looking at masked values")
        verbose_name_plural = _("rules for looking at masked values")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="reveal_policy_single"),
            models.CheckConstraint(condition=Q(notice_from__gte=1), name="reveal_policy_notice"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class RevealReason(models.TextChoices):
    """Why somebody needs a masked value."""

    CONTACT = "contact", _("I have to reach the customer")
    VERIFY = "verify", _("I check whether it is right")
    SERVICE = "service", _("A service case needs it")
    BILLING = "billing", _("An invoice or a payment needs it")
    OTHER = "other", _("Another reason")


class RevealQuerySet(ScopedQuerySet):
    owner_paths = ("by",)
    department_paths = ("department",)


class Reveal(models.Model):
    """That a person looked at a masked value: who, when, of which record, which field and why; never the value. The database refuses changes."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department"))
    at = models.DateTimeField(_("looked at"), default=timezone.now)
    noun = models.CharField(_("record"), max_length=14, choices=FieldNoun.choices)
    object_id = models.PositiveBigIntegerField(_("number of the record"))
    record_name = models.CharField(_("name of the record"), max_length=160)
    field = models.CharField(_("field"), max_length=40)
    why = models.CharField(_("reason"), max_length=8, choices=RevealReason.choices)
    reason = models.CharField(_("in own words"), max_length=200, blank=True)

    objects = RevealQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at a masked value")
        verbose_name_plural = _("looks at masked values")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(why="other") | ~Q(reason=""), name="reveal_other_says_why")]
        indexes = [
            models.Index(fields=["by", "-at"], name="reveal_by"),
            models.Index(fields=["-at", "-id"], name="reveal_time"),
            models.Index(fields=["noun", "object_id"], name="reveal_record"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.noun} {self.object_id} {self.field}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: the log only grows."""
        raise TypeError("The log of looks at masked values only grows.")
