"""Which rows of the base a candidate may be; a hundred candidates cost as many queries as one, and a few more where keys are crowded.

A key that very many rows share never takes the place of another: of each key ``PER_KEY`` rows are looked at, and of two such keys of one
candidate the rows that have both.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from crm_core.models import Subject
from crm_core.names import sound_of
from crm_core.services.duplicates.facts import Candidate, CompanyFacts, Kind, PersonFacts, kind_of, load
from crm_core.services.duplicates.scoring import Score, Scorer

AT_ONCE = 100
# A key that very many rows share (a reception's phone, a name of two letters) says little by itself: so many of its rows are looked at.
PER_KEY = 60
NEARBY = 150  # rows before and behind a name that begins alike
DEEP = 5  # for so few candidates, slips of typing are looked for as well


AT_ACCOUNT = "account_links__account"
Key = tuple[str, str]  # column and value
Pair = tuple[Key, Key]


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
    shared: dict[Pair, list[int]] = {}
    rows = {facts.pk: facts for facts in load(kind.subject, _rows(kind, asked, wanted, shared, is_deep=is_deep))}
    near = list(rows.values()) if is_deep else []
    by_key: dict[tuple[str, str], list[Any]] = defaultdict(list)
    if not is_deep:
        for facts in rows.values():
            for key in own_keys(kind.subject, facts):
                by_key[key].append(facts)
    answer = []
    for facts, keys in zip(asked, wanted, strict=True):
        looked_at = {row.pk: row for row in near} or {row.pk: row for key in keys for row in by_key.get(key, ())[:PER_KEY]}
        looked_at |= {pk: rows[pk] for pair in _pairs(facts, keys) for pk in shared.get(pair, ())}
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
    found = [row[0] for row in _rows(kind, asked, wanted, {}, is_deep=True)]
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


def _pairs(facts: Any, keys: set[Key]) -> list[Pair]:
    """Every two keys that a row may share with a candidate; a person's name also with the customer at which both stand."""
    places = [(AT_ACCOUNT, str(pk)) for pk in sorted(getattr(facts, "accounts", ()))]
    ordered = sorted(keys)
    pairs = [pair for pair in combinations(ordered, 2) if pair[0][0] != pair[1][0]]
    return pairs + [(place, key) for place in places for key in ordered if key[0] == "name_sound"]


def _rows(kind: Kind, asked: Sequence[Any], wanted: Sequence[set[Key]], shared: dict[Pair, list[int]], *, is_deep: bool) -> list[tuple[Any, ...]]:
    """The rows under any of the keys, one query per column so that each uses its own index; and, for a few candidates, their neighbours by name.

    ``shared`` takes the keys of the rows that stand under two crowded keys of a candidate: these would not be among the few of either.
    """
    values: dict[str, set[str]] = defaultdict(set)
    for keys in wanted:
        for column, value in keys:
            values[column].add(value)
    rows: dict[int, tuple[Any, ...]] = {}
    crowded: set[Key] = set()
    for column, found in values.items():
        crowded |= {(column, value) for value in _rows_of(kind, column, found, rows)}
    for pair in sorted({pair for facts, keys in zip(asked, wanted, strict=True) for pair in _pairs(facts, keys & crowded)}):
        found_both = {row[0]: row for row in _live(kind).filter(**dict(pair)).values_list(*kind.fields)[:PER_KEY]}
        shared[pair] = list(found_both)
        rows |= found_both
    for query in [
        query for facts in (asked if is_deep else ()) for column, word in _starts(kind, facts) for query in _neighbours(kind, column, word, facts.core)
    ]:
        rows |= {row[0]: row for row in query.values_list(*kind.fields)}
    return list(rows.values())


def _rows_of(kind: Kind, column: str, values: set[str], rows: dict[int, tuple[Any, ...]]) -> set[str]:
    """Put up to ``PER_KEY`` rows of each value to the others; gives the values that more rows may have.

    One query for all values. Where it ends at its limit, some value has filled ``PER_KEY`` rows: the others are asked for again without it.
    """
    crowded: set[str] = set()
    while left := values - crowded:
        limit = PER_KEY * len(left)
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for *row, value in _live(kind).filter(**{f"{column}__in": sorted(left)}).values_list(*kind.fields, column)[:limit]:
            found[value].append(tuple(row))
        full = {value for value, listed in found.items() if len(listed) >= PER_KEY}
        is_whole = sum(map(len, found.values())) < limit
        for value in found if is_whole else full:
            rows |= {row[0]: row for row in found[value][:PER_KEY]}
        crowded |= full
        if is_whole:
            break
    return crowded


def _live(kind: Kind) -> QuerySet:
    found: QuerySet = kind.model.objects.live().order_by()
    return found


def _starts(kind: Kind, facts: Any) -> Iterable[tuple[str, str]]:
    """With what a name misspelt further on still begins."""
    if kind.subject == Subject.ACCOUNT and len(facts.core) > 2:
        yield "name_core", facts.core[:2] if facts.core[0] > "\u2e7f" else facts.core[:4]


def _neighbours(kind: Kind, column: str, word: str, core: str) -> list[QuerySet]:
    """Rows whose name begins so, from the candidate's on and back from it: with a common beginning those that go on alike come first."""
    begins = _live(kind).filter(_begins(column, word))
    behind, before = begins.filter(**{f"{column}__gte": core}), begins.filter(**{f"{column}__lt": core})
    return [behind.order_by(column)[:NEARBY], before.order_by(f"-{column}")[:NEARBY]]


def _begins(column: str, word: str) -> Q:
    """Rows whose column begins so, by its index on either database."""
    if connection.vendor == "sqlite":  # its LIKE folds cases and cannot use the index
        return Q(**{f"{column}__gte": word, f"{column}__lt": word + "\U0010ffff"})
    return Q(**{f"{column}__startswith": word})
