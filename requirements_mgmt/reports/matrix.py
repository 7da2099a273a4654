"""Requirements against features, departments or people: what is covered, and where the holes are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.people.models import Assignment, Department, User
from foundation.usage.models import Feature
from implementation.models import Rollout
from requirements_mgmt.models import Confirmation, Requirement, Verdict

AXES = {"features": gettext_lazy("Features"), "departments": gettext_lazy("Departments"), "people": gettext_lazy("Confirmations")}
MOST_COLUMNS = 40
TONES = {"confirm": "good", "outdated": "watch", "asked": "info", "object": "bad", "ask": "watch", "linked": "good"}
ICONS = {"confirm": "circle-check", "outdated": "history", "asked": "clock", "object": "hand-stop", "ask": "help-circle", "linked": "check"}
RANK = ("object", "ask", "outdated", "asked", "confirm")


@dataclass
class Head:
    """A column: what it stands for and how many requirements it covers on this page."""

    pk: int
    label: Any
    title: str = ""
    covered: int = 0


@dataclass
class MatrixCell:
    """One crossing; ``kind`` is empty where there is a hole."""

    kind: str = ""
    text: str = ""
    people: str = ""
    column: int = 0
    head: Any = ""

    @property
    def tone(self) -> str:
        return TONES.get(self.kind, "")

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "")


@dataclass
class Line:
    requirement: Requirement
    cells: list[MatrixCell]

    @property
    def holes(self) -> int:
        return sum(1 for cell in self.cells if not cell.kind)


@dataclass
class Matrix:
    heads: list[Head]
    lines: list[Line] = field(default_factory=list)
    hidden_columns: int = 0


def matrix_of(requirements: QuerySet[Requirement], *, axis: str, rollout: Rollout, today: date) -> Matrix:
    """The matrix of some requirements along an axis, with a fixed number of queries."""
    rows = list(requirements)
    if axis == "features":
        return _features(rows, rollout)
    if axis == "departments":
        return _departments(rows, rollout, today)
    return _people(rows, rollout)


def _features(rows: list[Requirement], rollout: Rollout) -> Matrix:
    linked = Feature.objects.filter(requirements__rollout=rollout).distinct().order_by("key")
    features = list(linked[: MOST_COLUMNS + 1])
    heads = [Head(row.pk, str(row), row.key) for row in features[:MOST_COLUMNS]]
    through: Any = Requirement.features.through
    pairs = set(through.objects.filter(requirement_id__in=[row.pk for row in rows]).values_list("requirement_id", "feature_id"))
    lines = [Line(row, [MatrixCell("linked", _("Linked")) if (row.pk, head.pk) in pairs else MatrixCell() for head in heads]) for row in rows]
    return _counted(heads, lines, max(0, len(features) - MOST_COLUMNS))


def _departments(rows: list[Requirement], rollout: Rollout, today: date) -> Matrix:
    """Columns are the rollout's departments and those of its requirements; a person counts where the main position is."""
    wanted = Department.objects.filter(pk__in=[*rollout.departments.values_list("pk", flat=True), *{row.department_id for row in rows}]).order_by("path")
    departments = list(wanted[: MOST_COLUMNS + 1])
    heads = [Head(row.pk, str(row), row.code) for row in departments[:MOST_COLUMNS]]
    answers = _answers(rows)
    posts = Assignment.objects.on(today).filter(user_id__in={row.person_id for row in answers}).order_by("is_main", "pk")
    path_of = dict(posts.values_list("user_id", "position__department__path"))
    paths = {row.pk: row.path for row in departments}
    found: dict[tuple[int, int], list[Confirmation]] = defaultdict(list)
    for answer in answers:
        path = path_of.get(answer.person_id, "")
        inside = [pk for pk, above in paths.items() if path.startswith(above)]
        for pk in inside[-1:]:  # the nearest column: paths are sorted from the root
            found[(answer.requirement_id, pk)].append(answer)
    return _counted(
        heads, [Line(row, [_cell(found.get((row.pk, head.pk), []), row) for head in heads]) for row in rows], max(0, len(departments) - MOST_COLUMNS)
    )


def _people(rows: list[Requirement], rollout: Rollout) -> Matrix:
    asked = Confirmation.objects.filter(requirement__rollout=rollout).exclude(verdict=Verdict.WITHDRAWN).order_by().values("person")
    people = list(User.objects.filter(pk__in=asked)[: MOST_COLUMNS + 1])
    heads = [Head(row.pk, str(row), row.username) for row in people[:MOST_COLUMNS]]
    found: dict[tuple[int, int], list[Confirmation]] = defaultdict(list)
    for answer in _answers(rows):
        found[(answer.requirement_id, answer.person_id)].append(answer)
    return _counted(heads, [Line(row, [_cell(found.get((row.pk, head.pk), []), row) for head in heads]) for row in rows], max(0, len(people) - MOST_COLUMNS))


def _answers(rows: list[Requirement]) -> list[Confirmation]:
    """Standing answers and open asks of the requirements."""
    mine = Confirmation.objects.filter(requirement_id__in=[row.pk for row in rows]).exclude(verdict=Verdict.WITHDRAWN).select_related("person")
    return [row for row in mine if row.is_latest or row.verdict == Verdict.ASKED]


def _cell(answers: list[Confirmation], requirement: Requirement) -> MatrixCell:
    """The most urgent of several answers."""
    kinds = {}
    for answer in answers:
        outdated = answer.verdict == Verdict.CONFIRM and answer.content_hash != requirement.content_hash
        kinds["outdated" if outdated else answer.verdict] = answer
    kind = next((kind for kind in RANK if kind in kinds), "")
    if not kind:
        return MatrixCell()
    text = _("Outdated") if kind == "outdated" else str(Verdict(kind).label)
    return MatrixCell(kind, text, ", ".join(sorted({str(answer.person) for answer in answers})))


def _counted(heads: list[Head], lines: Iterable[Line], hidden: int) -> Matrix:
    kept = list(lines)
    for line in kept:
        for head, cell in zip(heads, line.cells, strict=True):
            cell.column, cell.head = head.pk, head.label
    for place, head in enumerate(heads):
        head.covered = sum(1 for line in kept if line.cells[place].kind)
    return Matrix(heads, kept, hidden)
