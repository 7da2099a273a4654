from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.book import cached
from foundation.people.access import Access

STAMP = "ownership_mode"  # the mark that a switch renews


class OwnershipPer(models.TextChoices):
    ACCOUNT = "account", _("One owner per account")
    UNIT = "unit", _("One owner per account and business unit")


class OwnershipMode(models.Model):
    """Whether an account has one owner, or one in each business unit; a single row, which the triggers of the ledger read."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    per = models.CharField(_("how many owners"), max_length=8, choices=OwnershipPer.choices, default=OwnershipPer.ACCOUNT)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("ownership mode")
        verbose_name_plural = _("ownership modes")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ownership_mode_single")]

    def __str__(self) -> str:
        return self.get_per_display()

    @classmethod
    def per_unit(cls) -> bool:
        """Whether each business unit may have an owner of its own, as the database says now."""
        return cls.objects.filter(per=OwnershipPer.UNIT).exists()


def owners_per_unit(access: Access) -> bool:
    """Whether each business unit may have an owner of its own; the same throughout a request, read again after a switch only."""
    kept: bool | None = getattr(access, "_owners_per_unit", None)
    if kept is None:
        kept = bool(cached(STAMP, OwnershipMode.per_unit))
        access._owners_per_unit = kept  # type: ignore[attr-defined]
    return kept
