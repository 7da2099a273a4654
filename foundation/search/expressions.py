"""The one full-text condition, spoken in the dialect of either database."""

from typing import Any

from django.db import models
from django.db.models import Func

from foundation.search.tokens import Phrase


class TokensMatch(Func):
    """True for documents in which all phrases stand; safe because tokens hold only ``[a-z0-9]``."""

    output_field = models.BooleanField()
    conditional = True
    arity = 1

    def __init__(self, document: Any, phrases: list[Phrase], titles_only: bool = False):
        super().__init__(document)
        self.phrases = phrases
        self.titles_only = titles_only

    def as_sqlite(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        return f"{column} IN (SELECT rowid FROM search_fts WHERE search_fts MATCH %s)", (*parameters, self._fts5())  # noqa: S608  (no value inside)  # nosec B608: only the name of a column of ours

    def as_postgresql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        vector = column.rsplit(".", 1)[0] + '."vector"'
        return f"{vector} @@ %s::tsquery", [*parameters, self._tsquery()]

    def _fts5(self) -> str:
        parts = ['"' + " ".join(phrase.tokens) + '"' + ("*" if phrase.prefix else "") for phrase in self.phrases]
        query = " AND ".join(parts)
        return f"{{title_tokens}} : ({query})" if self.titles_only else query

    def _tsquery(self) -> str:
        weight = "A" if self.titles_only else ""
        whole = f":{weight}" if weight else ""
        parts = []
        for phrase in self.phrases:
            *first, last = phrase.tokens
            words = [f"{token}{whole}" for token in first] + [f"{last}:*{weight}" if phrase.prefix else f"{last}{whole}"]
            parts.append("(" + " <-> ".join(words) + ")")
        return " & ".join(parts)
