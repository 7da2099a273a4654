"""Which rows of the base a candidate may be; a hundred candidates cost as many queries as one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from crm_core.models import Subject
from crm_core.names import sound_of
from crm_core.services.duplicates.facts import Candidate, CompanyFacts, Kind, PersonFacts, kind_of, load
from crm_core.services.duplicates.scoring import Score, Scorer

AT_ONCE = 100
# A key that very many rows share (a reception's phone, a name of two letters) says little: so many of its rows are looked at.
PER_KEY = 60
NEARBY = 150
DEEP = 5  # for so few candidates, slips of typing are looked for as well


@dataclass(frozen=True, slots=True)
class Match:
    """A row that the candidate may be: points of a hundred, the rules that spoke, and whether nobody would doubt it."""

    pk: int
    score: int
    rules: tuple[str, ...]
    is_certain: bool


def matches_for(
    candidates: Sequence[Candidate], *, model: str = "account", limit: int = 3, scorer: Scorer | None = None, least: int | None = None
) -> list[list[Match]]:
    """For each candidate the rows that it probably is (or that have ``least`` points), the likeliest first; a constant number of queries per hundred candidates."""
    scorer, kind = scorer or Scorer(model), kind_of(model)
    found: list[list[Match]] = []
    floor = scorer.policy.probable_from if least is None else least
    for start in range(0, len(candidates), AT_ONCE):
        facts = [kind.facts(candidate) for candidate in candidates[start : start + AT_ONCE]]
        found += _matches(kind, facts, scorer, limit, floor, is_deep=len(candidates) <= DEEP)
    return found


def _matches(kind: Kind, asked: list[Any], scorer: Scorer, limit: int, floor: int, *, is_deep: bool) -> list[list[Match]]:
    wanted = [keys_of(kind.subject, facts) for facts in asked]
    rows = {facts.pk: facts for facts in load(kind.subject, _rows(kind, wanted, asked if is_deep else []))}
    near = list(rows.values()) if is_deep else []
    by_key: dict[tuple[str, str], list[Any]] = defaultdict(list)
    if not is_deep:
        for facts in rows.values():
            for key in own_keys(kind.subject, facts):
                by_key[key].append(facts)
    answer = []
    for facts, keys in zip(asked, wanted, strict=True):
        looked_at = {row.pk: row for row in near} or {row.pk: row for key in keys for row in by_key.get(key, ())[:PER_KEY]}
        answer.append(_best(facts, looked_at.values(), scorer, limit, floor))
    return answer


def _best(facts: Any, rows: Iterable[Any], scorer: Scorer, limit: int, floor: int) -> list[Match]:
    scored: list[tuple[int, int, Score]] = []
    for row in rows:
        score = scorer.score(facts, row)
        if score.points >= floor:
            scored.append((-score.points, row.pk, score))
    scored.sort(key=lambda item: item[:2])
    return [Match(pk, -minus, tuple(reason.key for reason in score.reasons), scorer.is_certain(-minus)) for minus, pk, score in scored[:limit]]


def matches_of_rows(kind: Kind, asked: list[Any]) -> list[list[int]]:
    """For a few rows of the base, the rows that are worth comparing with each; the caller scores."""
    wanted = [keys_of(kind.subject, facts) for facts in asked]
    found = [row[0] for row in _rows(kind, wanted, asked)]
    return [found for _facts in asked]


# --- keys -------------------------------------------------------------------------------------------------
def keys_of(subject: str, facts: Any) -> set[tuple[str, str]]:
    """Under which (column, value) a candidate's like may stand."""
    keys = own_keys(subject, facts)
    if subject == Subject.ACCOUNT and len(facts.brand) > 1:
        keys.add(("name_sound", sound_of(facts.brand)))  # the other may bear the short name
        if facts.is_short:
            keys.add(("name_brand", facts.core))  # or the full name, where this one is short
    return keys


def own_keys(subject: str, facts: Any) -> set[tuple[str, str]]:
    """Under which (column, value) a row stands."""
    found = _company_keys(facts) if subject == Subject.ACCOUNT else _person_keys(facts)
    return {key for key in found if key[1]}


def _company_keys(facts: CompanyFacts) -> set[tuple[str, str]]:
    return {
        ("credit_code", facts.credit_code),
        ("phone_key", facts.phone),
        ("email", facts.email),
        ("name_sound", facts.sound),
        ("name_brand", facts.brand),
    }


def _person_keys(facts: PersonFacts) -> set[tuple[str, str]]:
    return {("phone_key", facts.phone), ("email", facts.email), ("wechat", facts.wechat), ("name_sound", facts.sound)}


def _rows(kind: Kind, wanted: Iterable[set[tuple[str, str]]], near: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The rows under any of the keys, one query per column so that each uses its own index; and, for a few candidates, their neighbours by name."""
    values: dict[str, set[str]] = defaultdict(set)
    for keys in wanted:
        for column, value in keys:
            values[column].add(value)
    rows: dict[int, tuple[Any, ...]] = {}
    queries = [_live(kind).filter(**{f"{column}__in": sorted(found)})[: PER_KEY * len(found)] for column, found in values.items()]
    queries += [_live(kind).filter(_begins(column, word))[:NEARBY] for facts in near for column, word in _starts(kind, facts)]
    for query in queries:
        for row in query.values_list(*kind.fields):
            rows[row[0]] = row
    return list(rows.values())


def _live(kind: Kind) -> QuerySet:
    found: QuerySet = kind.model.objects.live().order_by()
    return found


def _starts(kind: Kind, facts: Any) -> Iterable[tuple[str, str]]:
    """With what a name misspelt further on still begins."""
    if kind.subject == Subject.ACCOUNT and len(facts.core) > 2:
        yield "name_core", facts.core[:2] if facts.core[0] > "\u2e7f" else facts.core[:4]


def _begins(column: str, word: str) -> Q:
    """Rows whose column begins so, by its index on either database."""
    if connection.vendor == "sqlite":  # its LIKE folds cases and cannot use the index
        return Q(**{f"{column}__gte": word, f"{column}__lt": word + "\U0010ffff"})
    return Q(**{f"{column}__startswith": word})
