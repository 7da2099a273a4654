"""Fields that administrators add: which a row has, what a value may be, how it is read."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm_core.models import Account, Contact, CustomField, FieldTarget, FieldType
from crm_core.models.book import book_of
from crm_core.models.custom_field import all_fields
from foundation.people.access import access_of
from foundation.people.models import User

MAX_TEXT = 500
MAX_DIGITS = 15  # what JSON numbers keep exactly on both databases
YES = {"1", "true", "yes", "y", "on", "是", "有", "对", "√"}
NO = {"0", "false", "no", "n", "off", "否", "无", "無", "没有", "×"}
TARGETS: dict[str, Any] = {FieldTarget.ACCOUNT: Account, FieldTarget.CONTACT: Contact, FieldTarget.PERSON: User}


def fields_of(model_label: str, kind: str = "") -> list[CustomField]:
    """The live fields of ``account``, ``contact`` or ``opportunity`` (also as ``crm_core.Account``), for one kind of account or all."""
    model = model_label.rpartition(".")[2].lower()
    return [field for field in all_fields() if field.model == model and field.retired_at is None and field.serves(kind)]


def seen_fields(model_label: str, user: Any, kind: str = "") -> list[CustomField]:
    """The live fields whose values the person may see."""
    roles = access_of(user).role_keys
    return [field for field in fields_of(model_label, kind) if field.is_seen_by(user, roles)]


def filled_fields(model_label: str, user: Any, kind: str = "") -> list[CustomField]:
    """The live fields that the person may fill in."""
    roles = access_of(user).role_keys
    return [field for field in fields_of(model_label, kind) if field.is_filled_by(user, roles)]


def field_by_key(model_label: str, key: str) -> CustomField | None:
    """A field, live or retired, by its key."""
    model = model_label.rpartition(".")[2].lower()
    return next((field for field in all_fields() if field.model == model and field.key == key), None)


# --- values in ------------------------------------------------------------------------------------
def clean_value(field: CustomField, text: Any, *, by: Any = None) -> Any:
    """The value as it is stored, from a cell, an API value or a form; None for nothing. Raises ValidationError with a sentence.

    ``by`` narrows relations to rows that the person sees.
    """
    if text is None or text == "" or (isinstance(text, list | tuple) and not text) or (isinstance(text, str) and not text.strip()):
        return None
    if isinstance(text, dict):
        raise ValidationError(_("“%(label)s” takes a plain value.") % {"label": field})
    return CLEANERS[FieldType(field.type)](field, text, by)


def _text(field: CustomField, value: Any, by: Any) -> str:
    if isinstance(value, list | tuple | bool):
        raise ValidationError(_("“%(label)s” takes text.") % {"label": field})
    found = str(value).replace("\x00", "").strip()
    if len(found) > MAX_TEXT:
        raise ValidationError(_("Too long: %(count)d characters, at most %(most)d.") % {"count": len(found), "most": MAX_TEXT})
    return found


def _decimal(field: CustomField, value: Any, places: int | None) -> int | float:
    wrong = ValidationError(_("“%(text)s” is not a number.") % {"text": str(value)[:60]})
    if isinstance(value, bool | list | tuple | date):
        raise wrong
    text = str(value).strip().replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥$€")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or "_" in text:
        raise wrong
    number = number.normalize()
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) >= MAX_DIGITS:
        raise ValidationError(_("A number has at most %(digits)d digits.") % {"digits": MAX_DIGITS})
    if places is not None and -number.as_tuple().exponent > places:  # type: ignore[operator]
        raise ValidationError(_("An amount of money has at most %(places)d decimal places.") % {"places": places})
    return int(number) if number == number.to_integral_value() else float(number)


def _number(field: CustomField, value: Any, by: Any) -> int | float:
    return _decimal(field, value, None)


def _money(field: CustomField, value: Any, by: Any) -> int | float:
    return _decimal(field, value, 2)


def _date(field: CustomField, value: Any, by: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    for sign in ("/", ".", "年", "月"):
        text = text.replace(sign, "-")
    try:
        found = parse_date(text.removesuffix("日"))
    except ValueError:
        found = None
    if found is None or isinstance(value, bool | int | float | list | tuple):
        raise ValidationError(_("“%(text)s” is not a day. Write it as 2024-04-03.") % {"text": str(value)[:60]})
    return found.isoformat()


def _code(field: CustomField, value: Any) -> str:
    book = book_of(field.dictionary.key)  # type: ignore[union-attr]
    text = str(value).strip()
    code = text if text in book.words else book.code_of(text)
    if not code:
        raise ValidationError(_("“%(text)s” is not one of the choices of “%(label)s”.") % {"text": text[:60], "label": field})
    if not book.is_valid(code):
        raise ValidationError(_("“%(text)s” is retired and cannot be chosen any more.") % {"text": book.label(code)})
    return code


def _choice(field: CustomField, value: Any, by: Any) -> str:
    if isinstance(value, list | tuple | bool):
        raise ValidationError(_("“%(label)s” takes one choice.") % {"label": field})
    return _code(field, value)


def _multi(field: CustomField, value: Any, by: Any) -> list[str] | None:
    parts = (
        value if isinstance(value, list | tuple) else [part for sign in (";", "；", "、", "|", "\n") for part in [str(value).replace(sign, ",")]][-1].split(",")
    )
    if not isinstance(value, list | tuple):
        text = str(value)
        for sign in ("；", ";", "、", "|", "\n", "，"):
            text = text.replace(sign, ",")
        parts = text.split(",")
    if any(isinstance(part, dict | list | bool) for part in parts):
        raise ValidationError(_("“%(label)s” takes a list of choices.") % {"label": field})
    return list(dict.fromkeys(_code(field, part) for part in parts if str(part).strip())) or None


def _boolean(field: CustomField, value: Any, by: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if text in YES or text in NO:
        return text in YES
    raise ValidationError(_("“%(text)s” is neither yes nor no.") % {"text": str(value)[:60]})


def _relation(field: CustomField, value: Any, by: Any) -> int:
    model = TARGETS[field.target]
    rows = model.objects.visible_to(by) if by is not None and hasattr(model.objects, "visible_to") else model.objects.all()
    if isinstance(value, model):
        value = value.pk
    text = str(value).strip()
    if isinstance(value, bool | float | list | tuple):
        raise ValidationError(_("“%(label)s” takes one row.") % {"label": field})
    if text.isdecimal() and text.isascii() and len(text) < 19:
        found = list(rows.filter(pk=int(text))[:1])
    else:
        names = {"account": ["name"], "contact": ["name"], "person": ["username", "display_name"]}[field.target]
        found = next((rows_of for name in names if (rows_of := list(rows.filter(**{name: text})[:2]))), [])
    if len(found) != 1:
        raise ValidationError((_("Several rows are called “%(text)s”.") if found else _("“%(text)s” is not found here.")) % {"text": text[:60]})
    return int(found[0].pk)


CLEANERS = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.MULTI: _multi,
    FieldType.BOOLEAN: _boolean,
    FieldType.RELATION: _relation,
}


# --- values out -----------------------------------------------------------------------------------
def show_value(field: CustomField, value: Any) -> str:
    """The value in words, in the reader's language; '' for nothing. A relation asks for its row: use ``relation_names`` for many."""
    if value is None or value == "" or value == []:
        return ""
    kind = field.type
    if kind == FieldType.CHOICE:
        return book_of(field.dictionary.key).label(str(value))  # type: ignore[union-attr]
    if kind == FieldType.MULTI:
        book = book_of(field.dictionary.key)  # type: ignore[union-attr]
        return "、".join(book.label(str(code)) for code in (value if isinstance(value, list) else [value]))
    if kind == FieldType.BOOLEAN:
        return _("yes") if value is True else _("no")
    if kind in {FieldType.NUMBER, FieldType.MONEY} and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(repr(value)):{',.2f' if kind == FieldType.MONEY else ',f'}}"  # thousands apart, as everywhere here; the locale's own grouping is by four and without a sign
    if kind == FieldType.DATE and isinstance(value, str):
        found = plain_date(value)
        return date_format(found) if found else value
    if kind == FieldType.RELATION:
        return relation_names(field, [value]).get(value, "")
    return str(value)


def plain_date(value: Any) -> date | None:
    """A stored day, or None when there is none."""
    try:
        return parse_date(value) if isinstance(value, str) else None
    except ValueError:
        return None


def relation_names(field: CustomField, values: Iterable[Any]) -> dict[Any, str]:
    """The names of the rows that a relation points at, in one query."""
    wanted = [value for value in values if isinstance(value, int)]
    return {row.pk: str(row) for row in TARGETS[field.target].objects.filter(pk__in=wanted)} if wanted else {}


class RelatedReading:
    """The rows that a record's relations point at, as far as the person sees them: a query for each kind of target, to be read together."""

    def __init__(self, row: Any, fields: Iterable[CustomField], *, by: User):
        wanted: dict[str, set[int]] = {}
        for field in fields:
            if field.type == FieldType.RELATION and isinstance(value := row.custom.get(field.key), int):
                wanted.setdefault(field.target, set()).add(value)
        self.rows = {target: _seen_rows(target, by).filter(pk__in=keys) for target, keys in wanted.items()}
        self.parts = tuple(self.rows.values())

    def names(self) -> dict[tuple[str, int], str]:
        """Names by target and number."""
        return {(target, row.pk): str(row) for target, rows in self.rows.items() for row in rows}


def _seen_rows(target: str, by: User) -> Any:
    rows = TARGETS[target].objects
    return rows.visible_to(by) if hasattr(rows, "visible_to") else rows.all()


def related_name(field: CustomField, value: Any, *, by: User, names: Mapping[tuple[str, int], str] | None = None) -> str:
    """The name of the row that a relation points at, when the person sees it; ``names`` where they are read already."""
    if not isinstance(value, int):
        return ""
    if names is None:
        found = _seen_rows(field.target, by).filter(pk=value).first()
        return str(found) if found else _("(not visible to you)")
    return names.get((field.target, value), _("(not visible to you)"))
