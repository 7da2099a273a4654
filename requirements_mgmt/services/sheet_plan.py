"""What a sheet would do to the requirements of a rollout: every row judged before anything is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from foundation.text import fold
from implementation.models import Rollout
from requirements_mgmt.models import ImportVerdict, Requirement, RequirementImport, RequirementImportRow, RequirementState
from requirements_mgmt.models.requirement import content_hash, covered_content
from requirements_mgmt.services.sheet_columns import ASVS_PRIORITY, CellRefused, Reader, short_title

BATCH = 500
TEXT_FIELDS = ("title", "statement", "scenario", "source", "source_kind", "priority", "level", "is_origin", "is_final", "is_day_one")
NAME_SETS = ("inputs", "outputs", "features")


@dataclass
class Planned:
    """One line to stage: where it stands in the sheet, its values, and why cells were refused."""

    number: int
    values: dict[str, Any]
    raw: list[str]
    reasons: list[dict[str, str]] = field(default_factory=list)
    is_heading: bool = False


def rows_of_sheet(rows: Iterable[tuple[int, Sequence[str]]], *, headings: Sequence[str], mapping: dict[str, int], reader: Reader) -> Iterator[Planned]:
    """Lines of a plain sheet; empty rows are left out, an empty cell says nothing about its field."""
    for number, cells in rows:
        raw = [str(cell) for cell in cells]
        if not any(cell.strip() for cell in raw):
            continue
        planned = Planned(number, {}, raw)
        for name, place in mapping.items():
            cell = raw[place].strip() if place < len(raw) else ""
            if not cell:
                continue
            try:
                planned.values[name] = reader.value(name, cell)
            except CellRefused as refusal:
                planned.reasons.append({"column": headings[place], "field": name, "cell": cell[:80], "why": str(refusal)})
        yield planned


def rows_of_asvs(rows: Iterable[tuple[int, Sequence[str]]], *, headings: Sequence[str], reader: Reader) -> Iterator[Planned]:
    """Lines of a standard: a heading for each chapter and section as it first comes, then the requirement below it."""
    places = {fold(heading): place for place, heading in enumerate(headings)}
    known: set[str] = set()
    for number, cells in rows:
        raw = [str(cell) for cell in cells]
        cell = {name: (raw[place].strip() if place < len(raw) else "") for name, place in places.items()}
        if not any(cell.values()):
            continue
        above = ""
        for part in ("chapter", "section"):
            code, name = cell[f"{part}_id"][:40], cell[f"{part}_name"][:200]
            if code and code not in known:
                known.add(code)
                yield Planned(number, {"code": code, "title": name or code, "parent": above, "source_kind": "standard"}, [], is_heading=True)
            above = code or above
        yield _asvs_row(number, cell, raw, above=above, reader=reader)


def _asvs_row(number: int, cell: dict[str, str], raw: list[str], *, above: str, reader: Reader) -> Planned:
    planned = Planned(number, {"parent": above, "source_kind": "standard", "source": f"{cell['chapter_name']} › {cell['section_name']}"[:200]}, raw)
    for name, column in (("code", "req_id"), ("statement", "req_description")):
        try:
            planned.values[name] = reader.value(name, cell[column])
        except CellRefused as refusal:
            planned.reasons.append({"column": column, "field": name, "cell": cell[column][:80], "why": str(refusal)})
    planned.values["title"] = short_title(cell["req_description"])
    priority = ASVS_PRIORITY.get(cell["l"])
    if priority is None:
        planned.reasons.append({"column": "L", "field": "priority", "cell": cell["l"][:80], "why": _("The level is 1, 2 or 3.")})
    else:
        planned.values["priority"] = priority.value
    return planned


@dataclass
class Known:
    """What the rollout holds already, by code and by title; enough to tell create from update."""

    by_code: dict[str, Requirement]
    by_title: dict[tuple[str, int], str]

    @classmethod
    def load(cls, rollout: Rollout) -> "Known":
        rows = Requirement.objects.filter(rollout=rollout).prefetch_related(*Requirement.COVERED_SETS)
        by_code = {row.code: row for row in rows}
        return cls(by_code, {(fold(row.title), row.department_id): row.code for row in by_code.values()})


def stage(batch: RequirementImport, lines: Iterable[Planned], *, dropped_columns: Sequence[str] = ()) -> dict[str, Any]:
    """Judge every line, keep it as a row of the batch, and count; nothing else is written."""
    known = Known.load(batch.rollout)
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    refused_by: Counter[str] = Counter()
    waiting: list[RequirementImportRow] = []
    for order, planned in enumerate(lines, start=1):
        verdict, target = judge(planned, batch=batch, known=known, seen=seen)
        counts["headings" if planned.is_heading else "rows"] += 1
        if not planned.is_heading:
            counts[verdict] += 1
        for reason in planned.reasons if verdict == ImportVerdict.REFUSE else []:
            refused_by[f"{reason['column']}: {reason['why']}" if reason["column"] else reason["why"]] += 1
        waiting.append(
            RequirementImportRow(
                batch=batch,
                order=order,
                number=planned.number,
                is_heading=planned.is_heading,
                code=str(planned.values.get("code", ""))[:40],
                verdict=verdict,
                values=planned.values,
                raw=[] if planned.is_heading else [cell[:32_000].replace("\x00", "�") for cell in planned.raw],
                reasons=planned.reasons,
                requirement=target,
            )
        )
        if len(waiting) >= BATCH:
            RequirementImportRow.objects.bulk_create(waiting)
            waiting = []
    RequirementImportRow.objects.bulk_create(waiting)
    return {
        **{verdict.value: counts[verdict] for verdict in ImportVerdict},
        "rows": counts["rows"],
        "headings": counts["headings"],
        "refused_because": [{"why": why, "rows": number} for why, number in refused_by.most_common(30)],
        "columns_left_out": list(dropped_columns),
    }


def judge(planned: Planned, *, batch: RequirementImport, known: Known, seen: set[str]) -> tuple[str, Requirement | None]:
    """Create, update, unchanged or refused; reasons are added to the line."""
    values = planned.values
    code = values.get("code", "")
    if code and code in seen:
        planned.reasons.append(
            {"column": "", "field": "code", "cell": code, "why": _("The code %(code)s stands in the sheet more than once.") % {"code": code}}
        )
    seen.add(code)
    department = values.get("department", batch.department_id)
    title = values.get("title") or short_title(values.get("statement", ""))
    existing = known.by_code.get(code or known.by_title.get((fold(title), department), ""))
    _check_parent(planned, known=known, seen=seen)
    if existing is None and not title:
        planned.reasons.append({"column": "", "field": "title", "cell": "", "why": _("A new requirement needs a title or a description.")})
    if existing is not None:
        _check_existing(planned, existing)
    if planned.reasons:
        return ImportVerdict.REFUSE, existing
    if existing is None:
        values["title"] = title
        return ImportVerdict.CREATE, None
    return (ImportVerdict.UPDATE if changed_fields(existing, values) else ImportVerdict.SKIP), existing


def _check_parent(planned: Planned, *, known: Known, seen: set[str]) -> None:
    parent = planned.values.get("parent")
    if parent and parent not in seen and parent not in known.by_code:
        why = _("The requirement above, %(code)s, is neither in the rollout nor further up in the sheet.") % {"code": parent}
        planned.reasons.append({"column": "", "field": "parent", "cell": parent, "why": why})
    if parent and parent == planned.values.get("code"):
        planned.reasons.append({"column": "", "field": "parent", "cell": parent, "why": _("A requirement cannot be part of itself.")})


def _check_existing(planned: Planned, existing: Requirement) -> None:
    if existing.state == RequirementState.DROPPED:
        planned.reasons.append(
            {"column": "", "field": "code", "cell": existing.code, "why": _("%(code)s was dropped. Restore it first.") % {"code": existing.code}}
        )
    elif existing.state == RequirementState.CONFIRMED and content_hash(content_after(existing, planned.values)) != existing.content_hash:
        why = _("The text of %(code)s is confirmed. It changes by change request only.") % {"code": existing.code}
        planned.reasons.append({"column": "", "field": "statement", "cell": existing.code, "why": why})


def content_after(existing: Requirement, values: dict[str, Any]) -> dict[str, Any]:
    """The covered content as it would be after the row."""
    now = existing.content()
    return covered_content(
        {name: values.get(name, now[name]) for name in Requirement.COVERED_TEXT}, **{name: values.get(name, now[name]) for name in NAME_SETS}
    )


def changed_fields(existing: Requirement, values: dict[str, Any]) -> dict[str, Any]:
    """Of the row's values, those that differ from the requirement."""
    current: dict[str, Any] = {name: getattr(existing, name) for name in TEXT_FIELDS}
    current |= {name: existing.content()[name] for name in NAME_SETS}
    current |= {"department": existing.department_id, "owner": existing.owner_id, "roles": existing.roles}
    changed = {name: value for name, value in values.items() if name in current and current[name] != value}
    if values.get("parent") and (existing.parent is None or existing.parent.code != values["parent"]):
        changed["parent"] = values["parent"]
    return changed
