"""A board: the rows of a list laid out in columns, moved by hand or by keyboard."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Card:
    """One row on a board; without ``move_url`` it stays where it is."""

    pk: int
    title: str
    url: str
    lines: tuple[Any, ...] = ()
    amount: str = ""
    badge: str = ""
    tone: str = "neutral"
    person: Any = None
    move_url: str = ""
    version: int | str = ""


@dataclass(frozen=True)
class BoardColumn:
    """A column; ``count`` and ``total`` are of all its rows, ``cards`` may be fewer."""

    key: Any
    title: str
    cards: list[Card] = field(default_factory=list)
    count: int = 0
    total: str = ""
    tone: str = ""
    more_url: str = ""
    more_text: str = ""


@dataclass(frozen=True)
class Board:
    """What ``layouts/board.html`` shows."""

    label: str
    columns: list[BoardColumn]

    @property
    def count(self) -> int:
        return sum(column.count for column in self.columns)
