"""A person's workbook: accounts and contacts filled in as they stand, lists to choose from, and keys by which a row finds its record again."""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import (
    Account,
    AccountContact,
    AccountKind,
    CollectionReturn,
    CollectionSheet,
    Contact,
    CustomField,
    FieldType,
    ImportBatch,
    ImportKind,
    ImportRow,
    RegisteredStatus,
    RowAction,
)
from crm_core.models.book import book_of
from crm_core.pool_words import say_day
from crm_core.services.custom_fields import filled_fields, show_value
from crm_core.services.dictionaries import choices, code_of
from crm_core.services.importing.fields import ImportField, fields_of, heading_key
from crm_core.services.importing.planning import record_key
from crm_core.veils import import_level, policy, veiled_fields, with_own
from foundation.fill_in import FillColumn, FillRow, FillTable, fill_in_xlsx
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

ACCOUNT_KEYS = (
    "name", "kind", "credit_code", "registered_status", "short_name", "name_en", "industry", "level", "region", "address", "phone", "email", "website", "source", "remark",
)  # fmt: skip
CONTACT_KEYS = ("name", "account", "title", "phone", "email", "wechat", "name_en", "remark")
REQUIRED = {ImportKind.ACCOUNT: ("name", "record_key"), ImportKind.CONTACT: ("name", "account", "record_key")}
STRICT = frozenset({"kind", "registered_status", "industry", "level"})
NOTES: dict[str, Any] = {
    "name": gettext_lazy("The full name, as on the business licence or the visiting card. A row without a name is not taken."),
    "kind": gettext_lazy("Company, merchant or individual."),
    "credit_code": gettext_lazy("18 characters as on the business licence; the last one checks the others."),
    "registered_status": gettext_lazy("What the register of companies says today: in business, cancelled, licence revoked, moved out."),
    "industry": gettext_lazy("Choose from the list."),
    "level": gettext_lazy("Choose from the list."),
    "region": gettext_lazy("Province and city; a district may follow. Outside China the country."),
    "phone": gettext_lazy("With area code; outside China with + and the country code."),
    "email": gettext_lazy("As name@company.com."),
    "source": gettext_lazy("How we came to know this customer. Choose from the list, or write it."),
    "account": gettext_lazy("The customer's name exactly as in the sheet of accounts; one that you add there may stand here."),
    "title": gettext_lazy("What the person is there. Choose from the list, or write it."),
    "record_key": gettext_lazy("By this the row finds its record again. Do not change it; leave it empty in rows that you add."),
}
WIDTHS = {"name": 30, "account": 30, "address": 34, "remark": 34, "credit_code": 22, "email": 24, "website": 24}
# Both languages, whichever the file was made in; the key of the sheet stands in the heading and again in every row.
_KEY_HEADING = re.compile(r"^(accountsheet|客户表|contactsheet|联系人表)([0-9a-f]{16})$")
_KINDS = {"accountsheet": ImportKind.ACCOUNT, "客户表": ImportKind.ACCOUNT, "contactsheet": ImportKind.CONTACT, "联系人表": ImportKind.CONTACT}


def key_in(heading: str) -> tuple[str, str] | None:
    """Kind of table and key of the sheet that a heading names."""
    found = _KEY_HEADING.match(heading_key(heading)) if len(heading) < 60 else None
    return (_KINDS[found[1]], found[2]) if found else None


def accounts_for(person: User) -> QuerySet[Account]:
    """Whose data the person is asked for: what the person owns today."""
    return Account.objects.live().owned_by(person).order_by("name_key", "pk")


def contacts_for(person: User) -> QuerySet[Contact]:
    """The contacts of these accounts, and those that the person keeps without an account."""
    linked = AccountContact.objects.filter(account__owner=person, account__deleted_at__isnull=True, ends_on__isnull=True)
    mine = Q(pk__in=linked.values("contact")) | Q(owner=person)
    links = Prefetch("account_links", queryset=linked.select_related("account").order_by("-is_main", "pk"), to_attr="sheet_links")
    return Contact.objects.live().filter(mine).prefetch_related(links).order_by("name_key", "pk")


@dataclass(frozen=True)
class SheetColumn:
    """A column of a person's workbook: the field of the import behind it, and how a record fills it."""

    field: ImportField
    custom: CustomField | None = None

    def cell(self, row: Any, veiled: Container[str] = ()) -> str:
        """What stands there for a record, so that reading it again changes nothing; a ``veiled`` field stays empty, and an empty cell changes nothing."""
        key = self.field.key
        if key in veiled:
            return ""
        if self.custom is not None:
            return _plain(self.custom, row.custom.get(self.custom.key))
        if key == "record_key":
            return record_key(row)
        if key == "region":
            return label_of_place(row)
        if key in ("account", "title"):
            link = next(iter(row.sheet_links), None)
            return "" if link is None else str(link.account.name if key == "account" else link.get_title_display())
        show = getattr(row, f"get_{key}_display", None)
        return str(show() if show else getattr(row, key) or "")


def label_of_place(account: Account) -> str:
    """The place with those above it, since the names of districts repeat; else what somebody wrote."""
    if not account.region:
        return account.region_text
    path = book_of("region").path(account.region)
    if code_of("region", path) == account.region:
        return path
    with translation.override("zh-hans"):  # two places of one English name, as Jilin in Jilin
        return book_of("region").path(account.region)


def _plain(field: CustomField, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if field.type in (FieldType.NUMBER, FieldType.MONEY, FieldType.DATE, FieldType.TEXT):
        return str(value)
    return show_value(field, value)


def columns_for(kind: str, person: User) -> list[SheetColumn]:
    """The columns of a table in their order: what everybody fills, then the fields of administrators that this person may fill."""
    known = {field.key: field for field in fields_of(kind)}
    keys = ACCOUNT_KEYS if kind == ImportKind.ACCOUNT else CONTACT_KEYS
    custom = {field.name: field for field in filled_fields(kind, person) if field.type != FieldType.RELATION}
    found = [SheetColumn(known[key]) for key in keys]
    found += [SheetColumn(known[name], field) for name, field in custom.items() if name in known]
    return [*found, SheetColumn(known["record_key"])]


def _choices(column: SheetColumn) -> tuple[str, ...]:
    key = column.field.key
    if column.custom is not None:
        if column.custom.type == FieldType.BOOLEAN:
            return (_("yes"), _("no"))
        if column.custom.type == FieldType.CHOICE and column.custom.dictionary:
            return tuple(name for _code, name in choices(column.custom.dictionary.key))
        return ()
    if key in ("kind", "registered_status"):
        return tuple(str(name) for name in (AccountKind if key == "kind" else RegisteredStatus).labels)
    if key == "region":  # provinces, cities and countries; a district may be written
        return tuple(path for code, path in choices("region") if len(code) == 2 or code.endswith("00"))
    return tuple(name for _code, name in choices(key)) if key in ("industry", "level", "source", "title") else ()


def _fill_columns(kind: str, sheet: CollectionSheet, columns: Iterable[SheetColumn], reader: User) -> list[FillColumn]:
    found = []
    for column in columns:
        key = column.field.key
        note = column.custom.help_words if column.custom else str(NOTES.get(key, ""))
        if import_level(kind, key, reader)[2] and not policy().own_shown:
            note = " ".join(
                filter(None, [note, _("Of records that exist this is not shown to you: the cell is empty. Write it only where you know it better.")])
            )
        strict = key in STRICT or (column.custom is not None and column.custom.type in (FieldType.CHOICE, FieldType.BOOLEAN))
        found.append(FillColumn(key, str(column.field.label), note, _choices(column), strict, key == "record_key", WIDTHS.get(key, 16)))
    name = _("Account sheet") if kind == ImportKind.ACCOUNT else _("Contact sheet")
    note = _("The key of your sheet. Do not change this column; leave it empty in rows that you add.")
    return [*found, FillColumn("sheet_key", f"{name} {sheet.key}", note, is_locked=True, width=20)]


def _filled(sheet: CollectionSheet, columns: list[SheetColumn], rows: QuerySet[Any], reader: User) -> Iterator[FillRow]:
    """Rows as their reader may see them: a deputy reads of the absent person's customers what their pages show."""
    for row in with_own(rows, reader):
        veiled = veiled_fields(row, reader)
        yield FillRow([*(column.cell(row, veiled) for column in columns), sheet.key])


def _guide(sheet: CollectionSheet) -> list[str]:
    said = [line for line in sheet.round.message.splitlines() if line.strip()]
    return [
        *said,
        _("For %(person)s. Please hand it back by %(day)s.") % {"person": sheet.person, "day": say_day(sheet.round.due_on)},
        _("Look through your customers and contacts on the next two sheets. Correct what is wrong and fill in what is missing."),
        _("Add customers and contacts that are missing in the empty rows at the end, and leave the two grey columns empty there."),
        _("An empty cell changes nothing, and a row that you delete deletes nothing."),
        _("The columns may stand in any order. The grey columns must stay: by them every row finds its record again."),
        _("Then hand the file back on the page from which you downloaded it, from the computer or the phone."),
    ]


def _workbook(
    sheet: CollectionSheet, tables: dict[str, Iterable[FillRow]], columns: dict[str, list[SheetColumn]], reader: User, *, with_reasons: bool = False
) -> bytes:
    names = {ImportKind.ACCOUNT: _("Accounts"), ImportKind.CONTACT: _("Contacts")}
    extra = [FillColumn("reason", _("Why it was refused"), width=50)] if with_reasons else []
    filled = [FillTable(names[kind], [*_fill_columns(kind, sheet, columns[kind], reader), *extra], rows) for kind, rows in tables.items()]  # type: ignore[index]
    return fill_in_xlsx(filled, title=sheet.round.name, guide=_guide(sheet), guide_name=_("Read this first"))


def language_of(person: User) -> str:
    """The language in which the person's workbook is written."""
    return person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@transaction.atomic
def sheet_workbook(*, sheet: CollectionSheet, by: User, now: datetime) -> bytes:
    """The workbook with what stands in the CRM at this moment, in the language of its person."""
    with translation.override(language_of(sheet.person)):
        columns = {kind: columns_for(kind, sheet.person) for kind in (ImportKind.ACCOUNT, ImportKind.CONTACT)}
        rows = {
            ImportKind.ACCOUNT: _filled(sheet, columns[ImportKind.ACCOUNT], accounts_for(sheet.person), by),
            ImportKind.CONTACT: _filled(sheet, columns[ImportKind.CONTACT], contacts_for(sheet.person), by),
        }
        content = _workbook(sheet, rows, columns, by)  # type: ignore[arg-type]
    if sheet.downloaded_at is None:
        CollectionSheet.objects.filter(pk=sheet.pk, downloaded_at__isnull=True).update(downloaded_at=now)
    record(by=by, feature="crm.sheet.download", verb=Verb.EXPORT, obj=sheet, now=now)
    return content


def correction_workbook(*, given: CollectionReturn, by: User, now: datetime) -> bytes:
    """The rows that were not taken, as they were written, with the reason at the cell and once more at the end of the row."""
    sheet = given.sheet
    with translation.override(language_of(sheet.person)):
        columns, rows = {}, {}
        for batch in given.batches:
            columns[batch.kind] = columns_for(batch.kind, sheet.person)
            refused = list(_refused(batch, sheet, columns[batch.kind]))
            if refused:
                rows[batch.kind] = refused
        content = _workbook(sheet, rows, columns, by, with_reasons=True)  # type: ignore[arg-type]
    record(by=by, feature="crm.sheet.correct", verb=Verb.EXPORT, obj=sheet, now=now)
    return content


def _refused(batch: ImportBatch, sheet: CollectionSheet, columns: list[SheetColumn]) -> Iterator[FillRow]:
    places = {key: int(place) for place, key in batch.mapping.items()}
    keys = [column.field.key for column in columns]
    labels = {column.field.key: str(column.field.label) for column in columns}
    for row in ImportRow.objects.filter(batch=batch, action=RowAction.REFUSE).order_by("row_no"):
        cells = [row.raw[place] if (place := places.get(key, -1)) >= 0 and place < len(row.raw) else "" for key in keys]
        own = sheet.key if cells[-1] else ""
        reasons = {keys.index(key) if key in keys else 0: reason for key, reason in row.problems.items()}
        said = "；".join(f"{labels.get(key, key)}: {reason}" for key, reason in row.problems.items())
        yield FillRow([*cells, own, said], reasons)
