"""Names one slip away from what was typed: a Latin word with one wrong letter, hanzi with one wrong or missing character, or of the same sound.

Asked only when nothing has the name as it was typed. Every guess is searched under the same permissions before it is offered.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from rapidfuzz.distance import OSA

from foundation.search.expressions import TokensMatch
from foundation.search.models import SearchDocument, SearchWord
from foundation.search.tokens import Phrase, hanzi_phrase, inside_phrase, query_phrases, runs_of, variants_of, words_of
from foundation.text import fold, syllables

ROWS = 100
TEXTS = 3
LONGEST = 12  # hanzi of a run for which a slip is guessed


@dataclass
class Similar:
    """What was probably meant: rows, and the texts that would have found them."""

    rows: list[SearchDocument] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def guess(text: str, *, allowed: Any, known: set[int]) -> Similar:
    """Rows of ``allowed`` whose name is one slip away from the text, without those known already."""
    found = Similar()
    runs = runs_of(text)
    for place, (paired, run) in enumerate(runs):
        others = [phrase for at, (_paired, other) in enumerate(runs) if at != place for phrase in query_phrases(other)]
        before, after = " ".join(other for _p, other in runs[:place]), " ".join(other for _p, other in runs[place + 1 :])
        pairs = _by_hanzi(run, others, allowed) if paired else _by_word(run, others, allowed)
        for row, meant in pairs:
            if row.pk not in known:
                known.add(row.pk)
                found.rows.append(row)
            words = " ".join(filter(None, [before, meant, after]))
            if words not in found.texts and len(found.texts) < TEXTS:
                found.texts.append(words)
    return found


def _by_word(run: str, others: list[Phrase], allowed: Any) -> list[tuple[SearchDocument, str]]:
    """Rows with a Latin word that is one letter more, less, other or swapped."""
    if not words_of(run):
        return []
    near = SearchWord.objects.filter(variant__in=variants_of(run)).exclude(word=run).values_list("word", flat=True).distinct()[:50]
    words = sorted((word for word in near if OSA.distance(word, run) == 1), key=lambda word: (word[0] != run[0], len(word), word))[:TEXTS]
    return [(row, word) for word in words for row in allowed.matching([*query_phrases(word), *others], titles_only=True)[: ROWS // TEXTS]]


def _by_hanzi(run: str, others: list[Phrase], allowed: Any) -> list[tuple[SearchDocument, str]]:
    """Rows whose title holds the run with one character replaced, one more, one less, or written otherwise with the same sound."""
    if not 2 <= len(run) <= LONGEST:
        return []
    groups, patterns = [], []
    for place in range(len(run) + 1):
        for rest in (run[place + 1 :], run[place:]) if place < len(run) else (run[place:],):
            head = run[:place]
            if max(len(head), len(rest)) >= 2 and (head and rest or len(head) + len(rest) == len(run) - 1):
                groups.append([hanzi_phrase(part) for part in (head, rest) if part])
                patterns.append(f"{re.escape(head)}.{re.escape(rest)}")
        without = run[:place] + run[place + 1 :]
        if place < len(run) and len(without) >= 2:
            groups.append([hanzi_phrase(without)])
            patterns.append(re.escape(without))
    sound = "".join(syllables(run))
    if sound.isascii() and sound.isalpha() and len(sound) > 2:
        groups.append([inside_phrase(sound)])
    if not groups:
        return []
    match = re.compile("|".join(patterns)) if patterns else None
    rows = allowed.filter(TokensMatch(F("pk"), *[[*group, *others] for group in groups], titles_only=True))[:ROWS]
    pairs = []
    for row in rows:
        title = fold(row.title)
        if meant := _same_sound(title, run) or (match and (hit := match.search(title)) and hit.group()):
            pairs.append((row, meant))
    return sorted(pairs, key=lambda pair: (syllables(pair[1]) != syllables(run), len(pair[0].title), pair[0].pk))


def _same_sound(title: str, run: str) -> str:
    """The part of a title that is read like the run."""
    wanted = syllables(run)
    for place in range(len(title) - len(run) + 1):
        part = title[place : place + len(run)]
        if part != run and syllables(part) == wanted:
            return part
    return ""
