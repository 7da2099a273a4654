from dataclasses import dataclass
from datetime import date

from docs_site.models import DocumentKind
from implementation.models import Phase, RegisterEntry, Rollout


@dataclass(frozen=True)
class Cell:
    """What one phase owes of one kind of document."""

    entries: list[RegisterEntry]


@dataclass(frozen=True)
class Matrix:
    """Kinds of documents against phases; only kinds that somebody owes."""

    phases: list[Phase]
    rows: list[tuple[str, list[Cell]]]
    totals: list[tuple[int, int]]


def register_matrix(rollout: Rollout, today: date) -> Matrix:
    """The register as a matrix; each entry says whether it is overdue on ``today``."""
    phases = list(rollout.phases.select_related("wave"))
    entries = list(rollout.register.with_documents())
    for entry in entries:
        entry.overdue = entry.is_overdue(today)  # type: ignore[attr-defined]
    found: dict[tuple[str, int], list[RegisterEntry]] = {}
    for entry in entries:
        found.setdefault((entry.kind, entry.phase_id), []).append(entry)
    kinds = [kind for kind in DocumentKind if any(key == kind for key, _phase in found)]
    rows = [(str(kind.label), [Cell(found.get((kind.value, phase.pk), [])) for phase in phases]) for kind in kinds]
    totals = []
    for phase in phases:
        own = [entry for entry in entries if entry.phase_id == phase.pk]
        totals.append((sum(entry.is_signed for entry in own), len(own)))
    return Matrix(phases, rows, totals)
