"""What changed on a record: who changed which field from what to what, when, and by which door; its relations included."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.field_values import TARGETS, seen_fields, show_value
from crm_core.models import (
    Account,
    AccountContact,
    AccountRelation,
    BillingProfile,
    Collaborator,
    Contact,
    CustomField,
    FieldType,
    Opportunity,
)
from crm_core.models.custom_field import PREFIX
from crm_core.veils import HIDDEN, MASKED, as_seen, is_own, levels_of, mask, veiled_fields
from foundation.people.models import User

PAGE = 50
WINDOWS = 20  # how many stretches of the past a narrow question looks through before it offers to go on
QUIET = {
    "id",
    "version",
    "updated_at",
    "created_at",
    "created_by",
    "deleted_by",
    "stage_since",
    "warned_for",
    "added_at",
    "added_by",
    "retired_at",
    "merged_into",
}
DOORS = (
    ("merge", gettext_lazy("Merge")),
    ("undo merge", gettext_lazy("Merge taken back")),
    ("import", gettext_lazy("Import")),
    ("undo import", gettext_lazy("Import taken back")),
    ("api", gettext_lazy("API")),
    ("transfer", gettext_lazy("Handing over")),
)


@dataclass(frozen=True)
class Difference:
    """One field of one change: before and after in the reader's words."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One saved change of a record or of something that belongs to it."""

    at: datetime
    who: User | None
    door: str
    what: str  # which thing beside the record itself
    kind: str  # +, ~ or -
    differences: list[Difference] = field(default_factory=list)
    place: str = ""


@dataclass(frozen=True)
class Source:
    """One kind of rows whose history belongs to the record's."""

    model: Any
    rows: Callable[[Any], models.QuerySet]
    is_record: bool = False


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see: one field, one person, from a place on."""

    field: str = ""
    who: int | None = None
    after: str = ""


def _sources(record: Any, by: User) -> list[Source]:
    own = Source(type(record), lambda history: history.filter(id=record.pk), is_record=True)
    people, accounts = Contact.objects.visible_to(by).order_by().values("pk"), Account.objects.visible_to(by).order_by().values("pk")
    if isinstance(record, Account):
        return [
            own,
            Source(AccountContact, lambda history: history.filter(account_id=record.pk, contact_id__in=people)),
            Source(
                AccountRelation,
                lambda history: history.filter(Q(account_id=record.pk, other_id__in=accounts) | Q(other_id=record.pk, account_id__in=accounts)),
            ),
            Source(BillingProfile, lambda history: history.filter(account_id=record.pk)),
            Source(Collaborator, lambda history: history.filter(account_id=record.pk)),
        ]
    if isinstance(record, Contact):
        return [own, Source(AccountContact, lambda history: history.filter(contact_id=record.pk, account_id__in=accounts))]
    return [own]


def changes_of(record: Any, *, by: User, asked: Asked) -> tuple[list[Change], str]:
    """The changes that the reader may see, newest first, and the place behind the last one ('' at the end); a constant number of queries a stretch."""
    found: list[Change] = []
    place, sources = asked.after, _sources(record, by)
    for _window in range(WINDOWS):
        rows, place = _stretch(sources, asked, place)
        teller = _Teller(record, by, rows)
        for source, row in rows:
            change = teller.change(source, row, asked.field)
            if change is not None:
                found.append(change)
                if len(found) == PAGE:
                    return found, change.place if place or row is not rows[-1][1] else ""
        if not place:
            return found, ""
    return found, place


def _place(at: datetime, number: int, pk: int) -> str:
    return f"{at.isoformat()}|{number}|{pk}"


def _stretch(sources: list[Source], asked: Asked, after: str) -> tuple[list[tuple[Source, Any]], str]:
    """The next rows of all sources together in their order, each with the row before it as ``before_id``."""
    spot = _spot(after)
    merged: list[tuple[datetime, int, int, Any]] = []
    for number, source in enumerate(sources):
        earlier = source.model.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
        rows = source.rows(source.model.history.all()).select_related("history_user").annotate(before_id=Subquery(earlier.values("history_id")[:1]))
        if asked.who:
            rows = rows.filter(history_user_id=asked.who)
        if spot:
            at, from_number, pk = spot
            same = Q(history_date=at, history_id__lt=pk) if number == from_number else Q(history_date=at) if number > from_number else Q(pk__in=[])
            rows = rows.filter(Q(history_date__lt=at) | same)
        merged += [(row.history_date, -number, row.history_id, row) for row in rows.order_by("-history_date", "-history_id")[: PAGE + 1]]
    merged.sort(key=lambda item: item[:3], reverse=True)
    kept = merged[:PAGE]
    listed = []
    for at, number, pk, row in kept:
        row.place = _place(at, -number, pk)
        listed.append((sources[-number], row))
    return listed, listed[-1][1].place if len(merged) > PAGE else ""


def _spot(text: str) -> tuple[datetime, int, int] | None:
    parts = text.replace(" ", "+").split("|")
    try:
        at = parse_datetime(parts[0]) if len(parts) == 3 else None
    except ValueError:
        return None
    if at is None or not is_aware(at) or not parts[1].isdecimal() or not parts[2].isdecimal() or len(parts[1]) > 2 or len(parts[2]) > 18:
        return None
    return at, int(parts[1]), int(parts[2])


class _Teller:
    """Puts rows of history into words; reads what it needs for a whole stretch at once."""

    def __init__(self, record: Any, by: User, rows: Iterable[tuple[Source, Any]]):
        self.record, self.by = record, by
        self.customs = {custom.key: custom for custom in seen_fields(record._meta.model_name, by)} if hasattr(record, "custom") else {}
        self.before: dict[tuple[Any, int], Any] = {}
        self.names: dict[tuple[Any, int], str] = {}
        self.veiled = {type(record): veiled_fields(record, by)}
        listed = list(rows)
        for model in {source.model for source, _row in listed}:
            wanted = [row.before_id for source, row in listed if source.model is model and row.before_id]
            self.before |= {(model, pk): row for pk, row in model.history.in_bulk(wanted, field_name="history_id").items()} if wanted else {}
        self._read_names(listed)
        if any(source.model is BillingProfile for source, _row in listed):
            levels = {name: level for name, level in levels_of(by, "billingprofile").items() if level in (MASKED, HIDDEN)}
            self.veiled[BillingProfile] = levels if levels and not is_own(record, by) else {}

    def _read_names(self, listed: list[tuple[Source, Any]]) -> None:
        wanted: dict[Any, set[int]] = {}
        for source, row in listed:
            for version in (row, self.before.get((source.model, row.before_id or 0))):
                for one in source.model._meta.concrete_fields if version is not None else ():
                    if one.is_relation and (pk := getattr(version, one.attname, None)):
                        wanted.setdefault(one.related_model, set()).add(pk)
                for key, custom in self.customs.items() if version is not None and source.is_record else ():
                    if custom.type == FieldType.RELATION and isinstance(value := (getattr(version, "custom", None) or {}).get(key), int):
                        wanted.setdefault(TARGETS[custom.target], set()).add(value)
        for model, pks in wanted.items():
            rows = model.objects.visible_to(self.by) if model in (Account, Contact, Opportunity) else model._base_manager
            self.names |= {(model, row.pk): str(row) for row in rows.filter(pk__in=pks)}

    def change(self, source: Source, row: Any, wanted: str) -> Change | None:
        """The change in words; nothing when nothing that the reader may see differs."""
        before = self.before.get((source.model, row.before_id or 0))
        differences = [] if row.history_type == "-" else self._differences(source, before, row)
        if row.history_type == "+" and before is None:
            differences = [one for one in differences if one.after]
        if wanted:
            differences = [one for one in differences if one.name == wanted]
        if not differences and (row.history_type == "~" or wanted):
            return None
        what = "" if source.is_record else self._what(source.model, row)
        return Change(row.history_date, row.history_user, door_of(row.history_change_reason), what, row.history_type, differences, row.place)

    def _what(self, model: Any, row: Any) -> str:
        other = {
            AccountContact: ("contact", "account") if isinstance(self.record, Account) else ("account", "contact"),
            AccountRelation: ("other", "account") if getattr(row, "account_id", None) == self.record.pk else ("account", "other"),
            Collaborator: ("user", "account"),
        }.get(model)
        name = row.title if other is None else self._named(model._meta.get_field(other[0]), row)
        return f"{str(model._meta.verbose_name).capitalize()}: {name}"

    def _named(self, one: Any, row: Any) -> str:
        pk = getattr(row, one.attname)
        return self.names.get((one.related_model, pk), _("(not visible to you)")) if pk else ""

    def _differences(self, source: Source, before: Any, row: Any) -> list[Difference]:
        found = []
        for one in source.model._meta.concrete_fields:
            if one.name in QUIET or one.name == "custom" or not hasattr(row, one.attname) or one.name.endswith("_key") and one.name != "external_key":
                continue
            old, new = getattr(before, one.attname, None), getattr(row, one.attname)
            if old == new or old in (None, "") and new in (None, "") or not source.is_record and one.is_relation:
                continue
            level = self.veiled.get(source.model, {}).get(one.name)
            if level == HIDDEN:
                continue
            found.append(Difference(one.name, str(one.verbose_name), self._words(source.model, one, before, level), self._words(source.model, one, row, level)))
        return found + self._customs(before, row) if source.is_record and self.customs else found

    def _customs(self, before: Any, row: Any) -> list[Difference]:
        old, new = (getattr(before, "custom", None) or {}), (row.custom or {})
        changed = [custom for key, custom in self.customs.items() if old.get(key) != new.get(key)]
        return [
            Difference(custom.name, str(custom), self._custom(custom, old.get(custom.key)), self._custom(custom, new.get(custom.key))) for custom in changed
        ]

    def _custom(self, custom: CustomField, value: Any) -> str:
        if custom.type == FieldType.RELATION:
            return self.names.get((TARGETS[custom.target], value), _("(not visible to you)")) if isinstance(value, int) else ""
        return show_value(custom, value)

    def _words(self, model: Any, one: Any, row: Any, level: str | None) -> str:
        value = getattr(row, one.attname, None)
        if value is None or value == "":
            return ""
        if one.is_relation:
            return self._named(one, row)
        noun = str(model._meta.model_name)
        if one.name == "id_number":
            return mask(noun, one.name, value)
        if level:
            return str(as_seen(noun, one.name, value, level))
        display = getattr(model, f"get_{one.name}_display", None)
        if display is not None:
            return str(display(model(**{one.attname: value})))
        return plain_words(value)


def plain_words(value: Any) -> str:
    """A stored value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    if hasattr(value, "isoformat"):
        return date_format(value)
    if isinstance(value, int | float) or hasattr(value, "as_tuple"):
        return number_format(value, use_l10n=True, force_grouping=True)
    return str(value)


def door_of(reason: str | None) -> str:
    """By which door a change came in: the page unless its reason names another."""
    text = (reason or "").strip()
    return str(dict(DOORS).get(text, text or _("Page")))


def field_choices(record: Any, by: User) -> list[tuple[str, str]]:
    """The fields by which the changes may be narrowed: of the record and its custom fields."""
    hidden = {name for name, level in veiled_fields(record, by).items() if level == HIDDEN}
    names = {one.name for one in type(record).history.model._meta.concrete_fields}
    own = [
        (one.name, str(one.verbose_name))
        for one in record._meta.concrete_fields
        if one.name in names - QUIET - hidden - {"custom"} and not (one.name.endswith("_key") and one.name != "external_key")
    ]
    customs = [(f"{PREFIX}{custom.key}", str(custom)) for custom in (seen_fields(record._meta.model_name, by) if hasattr(record, "custom") else [])]
    return sorted(own + customs, key=lambda pair: pair[1])


def people_of(record: Any) -> Any:
    """Who changed the record itself."""
    return User.objects.filter(pk__in=type(record).history.filter(id=record.pk).order_by().values("history_user")).order_by("name_key", "pk")
