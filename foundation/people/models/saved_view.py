from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.visibility import ScopedQuerySet

if TYPE_CHECKING:
    from foundation.people.access import Access


class SavedViewQuerySet(ScopedQuerySet):
    department_paths = ()

    def extra_visibility(self, access: "Access") -> models.Q:
        """One's own views, whatever one's roles."""
        return models.Q(owner=access.user)

    def tabs(self, user: Any, list_key: str) -> models.QuerySet:
        """The views offered as tabs above a list: one's own and those shared with everybody."""
        return self.filter(models.Q(owner=user) | models.Q(is_shared=True), list_key=list_key)


class SavedView(models.Model):
    """A list's filter and columns under a name, for oneself or for everybody who sees the list."""

    list_key = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner"))
    query = models.CharField(_("filter"), max_length=1000, blank=True)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["list_key", "owner", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
