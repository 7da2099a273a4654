"""What changed, in words: between two texts, along the history of a requirement, and behind a change request."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.people.access import roles
from foundation.people.models import Department, User
from requirements_mgmt.models import Level, Priority, Requirement, RequirementState, SourceKind
from requirements_mgmt.redline import redline

MOST_ENTRIES = 100
PROSE = {"title", "statement", "scenario"}
CHOICES: dict[str, Any] = {"priority": Priority, "level": Level, "state": RequirementState, "source_kind": SourceKind}
PLAIN = (
    "title",
    "statement",
    "scenario",
    "priority",
    "level",
    "department_id",
    "source_kind",
    "source",
    "state",
    "state_reason",
    "owner_id",
    "parent_id",
    "roles",
    "is_origin",
    "is_final",
    "is_day_one",
)
SETS = {"inputs": "dataobject__name", "outputs": "dataobject__name", "features": "feature__key"}


@dataclass
class FieldChange:
    """One field before and after; prose comes as parts of a redline."""

    name: str
    label: Any
    before: str
    after: str
    parts: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Entry:
    """One line of history: who, when, why, and which fields."""

    at: datetime
    who: User | None
    reason: str
    is_first: bool
    changes: list[FieldChange]


def label_of(name: str) -> Any:
    """A field's name as people read it."""
    return getattr(Requirement._meta.get_field(name.removesuffix("_id")), "verbose_name", name)


def changes_of_text(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    """The covered fields that differ, each as a redline word by word (hanzi by hanzi)."""
    changes = []
    for name in (*Requirement.COVERED_TEXT, *Requirement.COVERED_SETS):
        old, new = _shown(name, before.get(name)), _shown(name, after.get(name))
        if old != new:
            parts = redline(old, new) if name in PROSE else [("delete", old), ("insert", new)]
            changes.append(FieldChange(name, label_of(name), old, new, [part for part in parts if part[1]]))
    return changes


def history_of(requirement: Requirement) -> list[Entry]:
    """Per edit, the newest first, the fields that changed; names are looked up once for the whole page."""
    records: Any = requirement.history  # type: ignore[attr-defined]
    rows = list(records.select_related("history_user").order_by("-history_date", "-history_id")[: MOST_ENTRIES + 1])
    sets = _sets_of([row.pk for row in rows])
    states = [{**{name: getattr(row, name) for name in PLAIN}, **sets[row.pk]} for row in rows]
    names = _Names.of(states)
    entries = []
    for place, (row, state) in enumerate(zip(rows[:MOST_ENTRIES], states, strict=False)):
        before = states[place + 1] if place + 1 < len(states) else None
        changes = _changes(before, state, names) if before is not None else []
        if changes or before is None:
            entries.append(Entry(row.history_date, row.history_user, row.history_change_reason or "", before is None, changes))
    return entries


def _sets_of(pks: list[Any]) -> dict[Any, dict[str, list[str]]]:
    """Per line of history the names of data objects and keys of features; one query per kind."""
    found: dict[Any, dict[str, list[str]]] = {pk: {name: [] for name in SETS} for pk in pks}
    for name, path in SETS.items():
        model: Any = apps.get_model("requirements_mgmt", f"HistoricalRequirement_{name}")
        for pk, value in model._default_manager.filter(history__in=pks).order_by(path).values_list("history_id", path):
            found[pk][name].append(value)
    return found


@dataclass
class _Names:
    """Names behind the foreign keys that a history mentions."""

    people: dict[int, User]
    departments: dict[int, Department]
    requirements: dict[int, Requirement]

    @classmethod
    def of(cls, states: list[dict[str, Any]]) -> "_Names":
        def ids(name: str) -> list[int]:
            return list({state[name] for state in states if state[name]})

        return cls(User.objects.in_bulk(ids("owner_id")), Department.objects.in_bulk(ids("department_id")), Requirement.objects.in_bulk(ids("parent_id")))

    def shown(self, name: str, value: Any) -> str:
        if name == "owner_id":
            return str(self.people.get(value, ""))
        if name == "department_id":
            return str(self.departments.get(value, ""))
        if name == "parent_id":
            return str(self.requirements.get(value, ""))
        return _shown(name, value)


def _changes(before: dict[str, Any], after: dict[str, Any], names: _Names) -> list[FieldChange]:
    changes = []
    for name in (*PLAIN, *SETS):
        if before[name] == after[name]:
            continue
        old, new = names.shown(name, before[name]), names.shown(name, after[name])
        parts = redline(old, new) if name in PROSE else []
        changes.append(FieldChange(name, label_of(name), old, new, parts))
    return changes


def _shown(name: str, value: Any) -> str:
    if name in CHOICES:
        return str(CHOICES[name](value).label) if value in CHOICES[name].values else str(value or "")
    if name == "roles":
        known = roles()
        return ", ".join(str(known[key].name) if key in known else key for key in value or [])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value)
    return str(value or "")


def evidence_lines(evidence: Any) -> list[tuple[str, str]]:
    """Evidence of a change request as label and value: told in the reader's language where it is kept in both; nested values as short text."""
    if not isinstance(evidence, dict):
        return [(_("Evidence"), str(evidence))] if evidence else []
    told = evidence.get("told")
    told = told.get(get_language()) if isinstance(told, dict) else None
    if isinstance(told, list) and all(isinstance(line, list) and len(line) == 2 for line in told):
        return [(str(label), str(value)[:1000]) for label, value in told]
    lines = []
    for key, value in evidence.items():
        if isinstance(value, dict):
            text = ", ".join(f"{name}: {item}" for name, item in value.items())
        elif isinstance(value, list):
            text = ", ".join(str(item) for item in value)
        else:
            text = str(value)
        lines.append((str(key).replace("_", " "), text[:1000]))
    return lines
