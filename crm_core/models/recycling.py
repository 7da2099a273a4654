from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet


class RecyclableQuerySet(ScopedQuerySet):
    """Scoped rows of which some lie in the recycle bin; ``visible_to`` shows only those that do not."""

    def live(self) -> Self:
        """Rows that nobody has thrown away."""
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: Any, access: Access | None = None) -> Self:
        """The live rows that the person may see today."""
        return super().visible_to(user, access).live()

    def binned_for(self, user: Any) -> Self:
        """The rows in the recycle bin that the person could see before they went there."""
        return super().visible_to(user).filter(deleted_at__isnull=False)


class MergeableQuerySet(RecyclableQuerySet):
    def binned_for(self, user: Any) -> Self:
        """As ever, without the rows that went into another: those come back by undoing the merge."""
        return super().binned_for(user).filter(merged_into__isnull=True)


class Recyclable(models.Model):
    """A row that is thrown into the recycle bin rather than deleted, and carries a version against lost updates."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("created by")
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("deleted by")
    )

    class Meta:
        abstract = True


class Mergeable(models.Model):
    """A row that may turn out to be the same as another: it then stays as a signpost to the one it went into."""

    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_rows", verbose_name=_("merged into"))
    also_known = models.JSONField(
        _("also known under"), default=list, blank=True, editable=False, help_text=_("Names, codes and keys of the rows that went into it.")
    )

    class Meta:
        abstract = True
