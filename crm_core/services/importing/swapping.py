"""Values that must not repeat and change hands within one file: who takes what the record of another row gives up, and which rows are written together for it."""

from collections import defaultdict
from dataclasses import dataclass, field

Held = tuple[int, str]  # a custom field and the comparable form of a value of it

TOGETHER = "together"  # among a row's values: the numbers of the other rows that are written with it
AT_ONCE = 50  # so many rows are written in one transaction for this at most: nobody waits longer for it than for an ordinary chunk
CONSIDERED = 20_000  # so many rows with such values are looked at, that memory stays bounded; the others are refused as before


@dataclass
class Exchange:
    """Rows that want values which other records have (``wants``), and rows that make their records give values up (``gives``), by row number."""

    wants: dict[int, list[Held]] = field(default_factory=dict)
    gives: dict[Held, int] = field(default_factory=dict)

    def settled(self) -> dict[int, list[int]]:
        """The rows that may have what they want, each with all rows to be written in the same transaction; empty where it follows them anyway."""
        needs = self._needs()
        placed: dict[int, list[int]] = {}
        refused: set[int] = set()
        for row in sorted(needs):
            if row in placed:
                continue
            together = self._together(row, needs, placed, refused)
            if together is None:
                refused.add(row)
                continue
            group = sorted(together)
            for member in group:
                placed[member] = group if len(group) > 1 else []
        return placed

    def _needs(self) -> dict[int, set[int]]:
        """Of the rows whose wishes can all be met, the rows that must be written first."""
        taken: dict[Held, int] = {}
        needs: dict[int, set[int]] = {}
        waiting: dict[int, list[int]] = defaultdict(list)
        for row in sorted(self.wants):  # of two who want the same value the first in the file gets it
            wanted = self.wants[row]
            if all(held in self.gives and taken.setdefault(held, row) == row for held in wanted):
                needs[row] = {self.gives[held] for held in wanted} - {row}
                for giver in needs[row]:
                    waiting[giver].append(row)
        lost = [row for row in self.wants if row not in needs]
        while lost:  # who gives nothing up because it is refused itself takes those along who wait for it
            for row in waiting.pop(lost.pop(), ()):
                if needs.pop(row, None) is not None:
                    lost.append(row)
        return needs

    @staticmethod
    def _together(row: int, needs: dict[int, set[int]], placed: dict[int, list[int]], refused: set[int]) -> set[int] | None:
        """The row with all that must be written before it and comes later in the file; None when that is too much, or refused itself."""
        found, open_rows = {row}, [row]
        while open_rows:
            for giver in needs.get(open_rows.pop(), ()):
                if giver in refused:
                    return None
                if giver > row and giver not in placed and giver not in found:
                    found.add(giver)
                    open_rows.append(giver)
                    if len(found) > AT_ONCE:
                        return None
        return found
