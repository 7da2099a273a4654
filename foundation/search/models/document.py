from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.search.expressions import TokensMatch
from foundation.search.tokens import Phrase, owner_token


class SearchDocumentQuerySet(models.QuerySet):
    def matching(self, phrases: list[Phrase], *, titles_only: bool = False, of: Iterable[int] = ()) -> Self:
        """Documents in which every phrase stands, in the title or code alone if so asked; of what belongs to some people, always there alone."""
        return self.filter(TokensMatch(models.F("pk"), phrases, titles_only=titles_only, beside=[owner_token(owner) for owner in of]))


class SearchDocument(models.Model):
    """What can be found of one row of the suite; written in the transaction that changes the row.

    The full-text side (FTS5 table with triggers on SQLite, weighted tsvector with GIN on PostgreSQL) is made by migration 0002.
    """

    kind = models.CharField(_("kind"), max_length=80, help_text=_("Label of the model, such as crm_core.account."))
    object_id = models.BigIntegerField(_("object"))
    title = models.CharField(_("title"), max_length=300)
    title_key = models.CharField(max_length=200, blank=True, editable=False, db_index=True)
    subtitle = models.CharField(_("second line"), max_length=300, blank=True)
    code = models.CharField(_("code"), max_length=80, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("owner"))
    department = models.ForeignKey("people.Department", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("department"))
    title_tokens = models.TextField(blank=True, editable=False)
    body_tokens = models.TextField(blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = SearchDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_document_once")]

    def __str__(self) -> str:
        return self.title
