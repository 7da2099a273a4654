"""A dictionary as a table: out for colleagues, and back in with their corrections."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_core.models import Dictionary, DictionaryEntry
from crm_core.models.book import forget
from crm_core.models.dictionary import CODE
from crm_core.services.dictionary_editing import add_entry, change_entry
from foundation.exports import Column
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.text import fold

HEADINGS = {
    "code": ("code", "代码", "编码"),
    "name": ("name", "名称", "中文名称"),
    "name_en": ("english name", "name_en", "英文名称", "英文名"),
    "aliases": ("other names", "aliases", "别名", "其他名称"),
    "parent": ("belongs to", "parent", "上级", "上级代码", "所属"),
    "valid_from": ("valid from", "valid_from", "生效日期", "启用日期"),
    "valid_to": ("retired from", "valid_to", "停用日期"),
    "replaced_by": ("replaced by", "replaced_by", "替代为", "替换为"),
}
COLUMNS = [
    Column(pgettext_lazy("dictionary", "Code"), "code"),
    Column(gettext_lazy("Name"), "name"),
    Column(gettext_lazy("English name"), "name_en"),
    Column(gettext_lazy("Other names"), lambda entry: " | ".join(entry.aliases)),
    Column(gettext_lazy("Belongs to"), lambda entry: entry.parent.code if entry.parent else ""),
    Column(gettext_lazy("Valid from"), "valid_from", "date"),
    Column(gettext_lazy("Retired from"), "valid_to", "date"),
    Column(gettext_lazy("Replaced by"), lambda entry: entry.replaced_by.code if entry.replaced_by else ""),
]


class CannotLoad(Refused):
    """The table has mistakes; ``problems`` says them line by line, and nothing was written."""

    def __init__(self, sentence: str, problems: list[str]):
        super().__init__(sentence)
        self.problems = problems


def rows_of(dictionary: Dictionary) -> Iterable[DictionaryEntry]:
    """The entries in the order of the dictionary, with what the columns need."""
    return dictionary.entries.select_related("parent", "replaced_by").order_by("order", "pk")


def load_rows(*, dictionary: Dictionary, headers: list[str], rows: Iterable[Any], by: User) -> dict[str, int]:
    """Add and change entries from a table, all or nothing; gives how many were added, changed and left alone. Nothing is deleted."""
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        key = next((key for key, names in HEADINGS.items() if fold(header) in {fold(name) for name in names}), "")
        places.setdefault(key, place)
    if "name" not in places:
        raise CannotLoad(_("There is no column with the names; call it “name” or “名称”."), [])
    counts, problems = {"added": 0, "changed": 0, "same": 0}, []
    try:
        with transaction.atomic():
            loader = _Loader(dictionary, by)
            for number, row in enumerate(rows, start=2):
                cells = {key: row[place] if place < len(row) else "" for key, place in places.items() if key}
                try:
                    counts[loader.take(cells)] += 1
                except (Refused, ValidationError) as error:
                    words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                    problems.append(_("Row %(row)d: %(problem)s") % {"row": getattr(row, "number", number), "problem": words})
            if problems:
                raise CannotLoad(_("Nothing was taken over: %(count)d rows have mistakes.") % {"count": len(problems)}, problems[:50])
    finally:
        if problems:
            forget()  # what was read inside an undone transaction is read again
    return counts


class _Loader:
    def __init__(self, dictionary: Dictionary, by: User):
        self.dictionary, self.by = dictionary, by
        self.entries = {entry.code: entry for entry in dictionary.entries.select_related("parent", "dictionary")}
        self.seen: set[str] = set()

    def take(self, cells: dict[str, Any]) -> str:
        code, name = _text(cells.get("code")), _text(cells.get("name"))
        if not name:
            raise ValidationError(_("The name is missing."))
        if code:
            CODE(code)
        if code and code in self.seen:
            raise ValidationError(_("The code “%(code)s” stands twice in the table.") % {"code": code})
        self.seen.add(code)
        data = self._facts(cells, name)
        entry = self.entries.get(code) if code else None
        if entry is None:
            entry = add_entry(dictionary=self.dictionary, data={"code": code, **data}, by=self.by)
            self.entries[entry.code] = entry
            return "added"
        different = {key: value for key, value in data.items() if getattr(entry, key) != value}
        if not different:
            return "same"
        change_entry(entry=entry, changes=different, version=entry.version, by=self.by)
        return "changed"

    def _facts(self, cells: dict[str, Any], name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name[:80]}
        if "name_en" in cells:
            found["name_en"] = _text(cells["name_en"])[:80]
        if "aliases" in cells:
            found["aliases"] = [part.strip() for part in _text(cells["aliases"]).replace("；", "|").replace(";", "|").split("|") if part.strip()]
        for key in ("parent", "replaced_by"):
            if key in cells:
                found[key] = self._other(_text(cells[key]))
        for key in ("valid_from", "valid_to"):
            if key in cells:
                found[key] = _day(cells[key])
        return found

    def _other(self, code: str) -> DictionaryEntry | None:
        if not code:
            return None
        if code not in self.entries:
            raise ValidationError(_("There is no value with the code “%(code)s”; put it before the rows that name it.") % {"code": code})
        return self.entries[code]


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).replace("\x00", "").strip()


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell).replace("/", "-")
    if not text:
        return None
    try:
        found = parse_date(text[:10])
    except ValueError:
        found = None
    if found is None:
        raise ValidationError(_("“%(text)s” is not a day. Write it as 2024-04-03.") % {"text": text})
    return found
