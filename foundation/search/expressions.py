"""The one full-text condition, spoken in the dialect of either database."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Func

from foundation.search.tokens import Phrase


class TokensMatch(Func):
    """True for documents in which all phrases of one of the groups stand; safe because tokens hold only ``[a-z0-9]``.

    ``titles_only`` asks of names alone, ``beside`` for one of these tokens among them as well.
    """

    output_field = models.BooleanField()
    conditional = True
    arity = 1

    def __init__(self, document: Any, *groups: Sequence[Phrase], titles_only: bool = False, beside: Sequence[str] = (), row_by_row: bool = False):
        super().__init__(document)
        self.groups = groups
        self.titles_only = titles_only or bool(beside)
        self.beside = beside
        self.row_by_row = row_by_row

    def as_sqlite(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        if self.row_by_row:  # many match: ask of each row in turn instead of collecting all matches first
            return f"EXISTS (SELECT 1 FROM search_fts WHERE search_fts MATCH %s AND rowid = {column})", (self.fts5(), *parameters)  # noqa: S608  # nosec B608
        return f"{column} IN (SELECT rowid FROM search_fts WHERE search_fts MATCH %s)", (*parameters, self.fts5())  # noqa: S608  (no value inside)  # nosec B608: only the name of a column of ours

    def as_postgresql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        vector = column.rsplit(".", 1)[0] + '."vector"'
        return f"{vector} @@ %s::tsquery", [*parameters, self.tsquery()]

    def fts5(self) -> str:
        """The condition as FTS5 reads it."""
        groups = [" AND ".join(self._fts5_phrase(phrase) for phrase in group) for group in self.groups]
        query = " OR ".join(f"({group})" for group in groups)
        if self.beside:
            query = f"({query}) AND ({' OR '.join(self.beside)})"
        return f"{{title_tokens}} : ({query})" if self.titles_only else query

    def _fts5_phrase(self, phrase: Phrase) -> str:
        text = '"' + " ".join(phrase.tokens) + '"' + ("*" if phrase.prefix else "")
        return f'({text} OR "{phrase.in_text}"*)' if phrase.in_text and not self.titles_only else text

    def tsquery(self) -> str:
        """The condition as PostgreSQL reads it."""
        query = " | ".join("(" + " & ".join(self._tsquery_phrase(phrase) for phrase in group) + ")" for group in self.groups)
        return f"({query}) & ({' | '.join(f'{token}:A' for token in self.beside)})" if self.beside else query

    def _tsquery_phrase(self, phrase: Phrase) -> str:
        weight = "A" if self.titles_only else ""
        whole = f":{weight}" if weight else ""
        *first, last = phrase.tokens
        words = [f"{token}{whole}" for token in first] + [f"{last}:*{weight}" if phrase.prefix else f"{last}{whole}"]
        text = "(" + " <-> ".join(words) + ")"
        return f"({text} | {phrase.in_text}:*)" if phrase.in_text and not self.titles_only else text
