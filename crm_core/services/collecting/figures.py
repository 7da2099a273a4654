"""How a round burns down: sheets and rows still open day by day, and who and which department is late."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from crm_core.models import CollectionReturn, CollectionRound, CollectionSheet, SheetState
from foundation.people.models import Department

MOST_DAYS = 120


@dataclass
class Line:
    """One department of a round."""

    department: Department
    sheets: int = 0
    done: int = 0
    open: int = 0
    late: int = 0
    rows: int = 0
    rows_open: int = 0
    people: list[str] = field(default_factory=list)

    @property
    def percent(self) -> int:
        """Sheets done, in hundredths."""
        return round(100 * self.done / self.sheets) if self.sheets else 0


def is_late(sheet: CollectionSheet, today: date) -> bool:
    """Whether the sheet is still owed after its day."""
    return sheet.is_owed and sheet.round.due_on < today


def by_department(sheets: Iterable[CollectionSheet], today: date) -> list[Line]:
    """A line per department in the order of the organisation, with the names of who is late."""
    lines: dict[int, Line] = {}
    for sheet in sheets:
        if sheet.state == SheetState.OUT:
            continue
        line = lines.setdefault(sheet.department_id, Line(sheet.department))
        line.sheets += 1
        line.done += not sheet.is_owed
        line.open += sheet.is_owed
        line.rows += sheet.sent_count
        line.rows_open += sheet.rows_open
        if is_late(sheet, today):
            line.late += 1
            line.people.append(str(sheet.person))
    return sorted(lines.values(), key=lambda line: line.department.path)


def totals(lines: Iterable[Line]) -> dict[str, int]:
    """The same for the whole round."""
    found: dict[str, int] = defaultdict(int)
    for line in lines:
        for name in ("sheets", "done", "open", "late", "rows", "rows_open"):
            found[name] += getattr(line, name)
    return dict(found)


def burn_down(row: CollectionRound, sheets: Iterable[CollectionSheet], today: date) -> list[dict[str, Any]]:
    """Sheets and rows still open at the end of each day since the round began; the last line is today, or the day on which it was closed.

    Who joined later counts from that day on, who was taken out no longer from that day on.
    """
    sheets = list(sheets)
    start = timezone.localdate(row.created_at)
    end = max(start, min(today, timezone.localdate(row.closed_at)) if row.closed_at else today)
    days = [start + timedelta(days=number) for number in range(min((end - start).days + 1, MOST_DAYS))]
    began = {sheet.pk: sheet.added_at for sheet in sheets if sheet.added_at}
    returns: dict[int, list[tuple[date, int]]] = defaultdict(list)
    standing = CollectionReturn.objects.filter(sheet__in=[sheet.pk for sheet in sheets], withdrawn_at__isnull=True).order_by("sheet_id", "number")
    for sheet_id, moment, open_count, problem in standing.values_list("sheet_id", "returned_at", "open_count", "problem"):
        if not problem and moment >= began.get(sheet_id, moment):
            returns[sheet_id].append((timezone.localdate(moment), open_count))
    lines: list[dict[str, Any]] = [{"day": day, "sheets": 0, "rows": 0} for day in days]
    for sheet in sheets:
        first = timezone.localdate(began[sheet.pk]) if sheet.pk in began else start
        last = timezone.localdate(sheet.out_at) - timedelta(days=1) if sheet.out_at else end
        _count(lines, sheet, returns[sheet.pk], first, last)
    return lines


def _count(lines: list[dict[str, Any]], sheet: CollectionSheet, events: list[tuple[date, int]], first: date, last: date) -> None:
    """Add one sheet to the days on which it belonged to the round."""
    place, rows, is_open = 0, sheet.sent_count, True
    for line in lines:
        while place < len(events) and events[place][0] <= line["day"]:
            rows, is_open, place = events[place][1], events[place][1] > 0, place + 1
        if first <= line["day"] <= last:
            line["sheets"] += is_open
            line["rows"] += rows
