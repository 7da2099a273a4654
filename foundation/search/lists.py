"""Searching within a list: the rows of one kind, through the index and in the list's own order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

from foundation.search.expressions import TokensMatch
from foundation.search.models import SearchDocument
from foundation.search.tokens import query_phrases

FEW = 5_000


@dataclass(frozen=True)
class Narrowed:
    """The rows in which everything typed stands; ``is_crowded`` when so many have it that counting them would be long."""

    queryset: QuerySet
    is_crowded: bool = False


@dataclass(frozen=True)
class IndexedSearch:
    """What list_response takes as ``search``: the same rows as the search page finds of this kind, complete."""

    veil: Callable[..., QuerySet] | None = None  # (rows, text, few=): leaves out what the reader may not find by this text

    def narrow(self, queryset: QuerySet, text: str) -> Narrowed:
        """Few matches become a list of keys that is then put in order; many are met while walking the list in its order."""
        phrases = query_phrases(text)
        if not phrases:
            return Narrowed(queryset.none())
        documents = SearchDocument.objects.filter(kind=queryset.model._meta.label_lower).order_by()
        keys = list(documents.matching(phrases).values_list("object_id", flat=True)[: FEW + 1])
        if len(keys) <= FEW:
            rows = queryset.filter(pk__in=keys)
            return Narrowed(self.veil(rows, text, few=True) if self.veil and keys else rows)
        mine: Any = documents.filter(object_id=OuterRef("pk"))
        match = TokensMatch(F("pk"), phrases, row_by_row=connection.vendor == "sqlite")
        rows = queryset.filter(Exists(mine.filter(match)))
        return Narrowed(self.veil(rows, text, few=False) if self.veil else rows, is_crowded=True)
