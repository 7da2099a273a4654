"""Where the headings of a table stand: not always in the first row, and now and then in two of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_core.services.importing.cells import text_of

LOOKED_AT = 15
_DIGITS = re.compile(r"\d{3}|@|://")


@dataclass
class Shape:
    """Where the headings stand, by index among the rows looked at; ``is_sure`` when nobody needs to confirm it."""

    place: int
    rows: int
    headings: list[str]
    titles: list[str] = field(default_factory=list)
    is_sure: bool = True


def shape_of(rows: Sequence[Sequence[Any]], known: Callable[[str], bool]) -> Shape:
    """Find the headings among the first rows: where most cells are headings we know, else the first row that is as wide as the table."""
    texts = [[text_of(cell) for cell in row] for row in rows[:LOOKED_AT]]
    scores = [sum(1 for text in row if text and known(text)) for row in texts]
    best = max(range(len(texts)), key=lambda place: (scores[place], -place), default=0)
    first = next((place for place, row in enumerate(texts) if any(row)), 0)
    if not texts or (scores[best] < 2 and best != first):
        best = first if not texts else _widest(texts, first)
    depth = 2 if best + 1 < len(texts) and _goes_on(texts[best], texts[best + 1], known) else 1
    return shaped(texts, best, depth, known, first=first)


def shaped(rows: Sequence[Sequence[Any]], place: int, depth: int, known: Callable[[str], bool], first: int = 0) -> Shape:
    """The headings that stand at a place, in one row or two, as a person said or as we found."""
    texts = [[text_of(cell) for cell in row] for row in rows]
    if not texts or place >= len(texts):
        return Shape(place, 1, [])
    headings = texts[place] if depth == 1 or place + 1 >= len(texts) else _joined(texts[place], texts[place + 1], known)
    while headings and not headings[-1]:
        headings = headings[:-1]
    titles = [" ".join(filter(None, row))[:200] for row in texts[:place] if any(row)]
    return Shape(place, depth, [heading.lstrip("\ufeff")[:200] for heading in headings], titles, is_sure=place == first and depth == 1)


def _widest(texts: list[list[str]], first: int) -> int:
    """The first row that is filled like those under it; a title fills one cell only."""
    filled = [sum(1 for text in row if text) for row in texts]
    wanted = 0.6 * max(filled)
    return next((place for place in range(first, len(texts)) if filled[place] >= wanted), first)


def _goes_on(top: list[str], below: list[str], known: Callable[[str], bool]) -> bool:
    """Whether the row under the headings belongs to them: words of headings under a cell that was merged over them."""
    texts = [text for text in below if text]
    if not texts or any(_DIGITS.search(text) or len(text) > 40 for text in texts):
        return False
    wide = [*top, *[""] * (len(below) - len(top))]
    under_merged = [place for place, text in enumerate(below) if text and not wide[place]]
    joined = _joined(top, below, known)
    named = sum(1 for place in range(len(below)) if below[place] and (known(below[place]) or known(joined[place])))
    return bool(under_merged) and named >= max(2, len(texts) / 2)


def _joined(top: list[str], below: list[str], known: Callable[[str], bool]) -> list[str]:
    """Headings of two rows: the group before the word under it, unless the word alone is what we know."""
    width, group, found = max(len(top), len(below)), "", []
    for place in range(width):
        above = top[place] if place < len(top) else ""
        under = below[place] if place < len(below) else ""
        group = above or (group if under else "")
        both = f"{group} {under}".strip()
        found.append(under if under and known(under) and not known(both) else both)
    return found
