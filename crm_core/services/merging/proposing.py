"""Which record should survive, and which value of each field: proposed, never decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm_core.models import SUBJECT_MODELS, Subject
from crm_core.veils import as_seen, veiled_fields

FIELDS: dict[str, tuple[str, ...]] = {
    Subject.ACCOUNT: (
        "name",
        "name_en",
        "short_name",
        "kind",
        "credit_code",
        "registered_status",
        "industry",
        "level",
        "region",
        "region_text",
        "address",
        "phone",
        "email",
        "website",
        "source",
        "remark",
    ),
    Subject.CONTACT: ("name", "name_en", "phone", "email", "wechat", "remark"),
}


@dataclass(frozen=True)
class Line:
    """One field of the records side by side; ``proposed`` is the number of the record whose value is proposed."""

    name: str
    label: Any
    values: list[tuple[int, str]]
    proposed: int
    differs: bool


def propose_survivor(rows: Sequence[Any]) -> Any:
    """The most complete record; of equally complete ones the one last worked on, then the oldest."""
    names = FIELDS[subject_of(rows[0])]

    def rank(row: Any) -> tuple[bool, int, Any, int]:
        filled = sum(1 for name in names if getattr(row, name))
        touched = getattr(row, "last_activity_at", None) or row.created_at
        return (row.owner_id is not None, filled, touched, -row.pk)

    return max(rows, key=rank)


def propose_values(rows: Sequence[Any], survivor: Any) -> dict[str, int]:
    """For each field the record whose value to take: the survivor's own, or where that is empty the one last changed."""
    others = sorted((row for row in rows if row.pk != survivor.pk), key=lambda row: row.updated_at, reverse=True)
    return {name: next((row.pk for row in [survivor, *others] if getattr(row, name)), survivor.pk) for name in FIELDS[subject_of(survivor)]}


def compare(rows: Sequence[Any], survivor: Any, *, by: Any) -> list[Line]:
    """The records field by field, in words, with the proposal; what the person sees masked stands masked."""
    proposed = propose_values(rows, survivor)
    lines = []
    noun, veiled = str(survivor._meta.model_name), {row.pk: veiled_fields(row, by) for row in rows}
    for name in FIELDS[subject_of(survivor)]:
        values = [(row.pk, shown(row, name)) for row in rows]
        if any(text for _pk, text in values):
            said = {text for _pk, text in values}
            seen = [(pk, as_seen(noun, name, text, veiled[pk].get(name))) for pk, text in values]
            lines.append(Line(name, survivor._meta.get_field(name).verbose_name, seen, proposed[name], len(said) > 1))
    return lines


def shown(row: Any, name: str) -> str:
    """A value in words."""
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    return "" if value is None else str(value)


def subject_of(row: Any) -> str:
    """Which kind of record it is."""
    return next(subject for subject, model in SUBJECT_MODELS.items() if isinstance(row, model))
