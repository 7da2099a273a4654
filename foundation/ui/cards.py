"""What the apps put on a home page: cards that answer one of three questions, with numbers that open their rows.

A card is a function ``card(user, today)`` that yields the querysets it needs and returns a ``Card``, or None where it has nothing to say:
what all cards of a page need is read in one statement (``foundation/reading.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import wraps
from typing import Any


class Question(StrEnum):
    """The three questions of a home page."""

    WAITS = "waits"
    RISK = "risk"
    DOING = "doing"


@dataclass(frozen=True)
class Number:
    """A figure and the address at which its rows stand; the rows there are as many as it says, unless ``is_share``."""

    label: Any
    value: Any
    url: str
    tone: str = ""
    help: Any = ""
    unit: Any = ""
    is_share: bool = False


@dataclass(frozen=True)
class Line:
    """One row of a card: what it is, a word beside it, and a day."""

    title: Any
    url: str
    side: Any = ""
    tone: str = ""
    badge: Any = ""
    day: date | None = None


@dataclass(frozen=True)
class Card:
    """One subject under one of the three questions; ``quiet`` is the sentence where there is nothing to show."""

    question: Question
    title: Any
    url: str = ""
    numbers: list[Number] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    chart: str = ""
    quiet: Any = ""
    action: tuple[Any, str] | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing but its title and perhaps a sentence."""
        return not (self.numbers or self.lines or self.chart or self.action)


def count(label: Any, value: int, url: str, *, bad: bool = False, watch: bool = False, help: Any = "") -> Number:  # noqa: A002
    """A count that wants attention as soon as it is not zero, where ``bad`` or ``watch`` says so."""
    tone = ("bad" if bad else "watch" if watch else "") if value else ""
    return Number(label, value, url, tone=tone, help=help)


def needs(permission: str) -> Callable[[Callable[[Any, date], Any]], Callable[[Any, date], Any]]:
    """A card only for those who hold a permission."""

    def bind(function: Callable[[Any, date], Any]) -> Callable[[Any, date], Any]:
        @wraps(function)
        def card(user: Any, today: date) -> Any:
            return function(user, today) if user.has_perm(permission) else None

        return card

    return bind
