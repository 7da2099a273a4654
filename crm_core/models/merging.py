"""What a merge did, row by row, so that it can be taken back."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_core.models.duplicate import SUBJECT_MODELS, Subject
from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet


class MergeQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, access: Access | None = None) -> Self:
        """Merges whose survivor the person sees."""
        condition = Q(pk__in=[])
        if not getattr(user, "is_authenticated", False):
            return self.none()
        for subject, model in SUBJECT_MODELS.items():
            if user.has_perm(f"crm_core.view_{subject}"):
                condition |= Q(Exists(model.objects.visible_to(user, access).order_by().filter(pk=OuterRef("survivor_id"))), subject=subject)
        return self.filter(condition)

    def standing(self) -> Self:
        """Merges that nobody has taken back."""
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """That several records became one: who did it, why, which one survived, which values it took."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    survivor_id = models.PositiveBigIntegerField(_("survivor"))
    loser_ids = models.JSONField(_("merged records"), default=list)
    names = models.JSONField(_("names"), default=dict, help_text=_("By number of the record, as they were."))
    values = models.JSONField(_("changed values"), default=dict, help_text=_("By field: before and after."))
    counts = models.JSONField(_("moved rows"), default=dict, help_text=_("By kind of row."))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("merged by"))
    at = models.DateTimeField(_("merged"), default=timezone.now)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken back by"))
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "survivor_id"], name="merge_survivor")]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.survivor_id}"


class MergeChange(models.Model):
    """One row that a merge touched, with what it was before and after; a row that it made has no before, one that it removed no after."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="changes", verbose_name=_("merge"))
    model = models.CharField(_("kind of row"), max_length=80)
    object_id = models.PositiveBigIntegerField(_("row"))
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("row of a merge")
        verbose_name_plural = _("rows of merges")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"
