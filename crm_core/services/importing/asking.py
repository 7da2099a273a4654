"""What a person is asked about a file: its columns and their formats, values where it is silent, and words that nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from hashlib import blake2b
from typing import Any

from django.utils.translation import gettext as _

from crm_core.field_values import filled_fields
from crm_core.models import ImportBatch, ImportMapping, possible_owners
from crm_core.models.custom_field import PREFIX
from crm_core.services.importing.cleaning import Cleaner
from crm_core.services.importing.columns import facts_asked
from crm_core.services.importing.fields import ImportField, auto_mapping, fields_of
from crm_core.services.importing.formats import EACH, DateOrder, MoneyForm
from crm_core.services.importing.words import PEOPLE, choices_of, dictionary_of
from foundation.people.models import User
from foundation.text import fold

# What a file may be silent about and a person may say once for all its rows.
DEFAULTS = ("kind", "industry", "level", "source", "region", "country", "deal_role", "title", "contact_title", "remark")
MOST_WORDS = 50


@dataclass(frozen=True)
class ColumnAsked:
    """One column: where it goes so far, how it may be read, and which of its readings only a person can tell."""

    place: int
    label: str
    key: str
    formats: list[tuple[str, Any]] = made(default_factory=list)
    said: str = ""
    open_kinds: frozenset[str] = frozenset()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldAsked:
    """A field that a column or a default may fill."""

    key: str
    label: Any
    kind: str
    max_length: int
    dictionary: str
    choices: list[tuple[str, Any]] = made(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """All that is asked about the columns of one file; ``proposed`` is the kept matching that it begins with, if any."""

    batch: ImportBatch
    columns: list[ColumnAsked]
    fields: list[FieldAsked]
    defaults: dict[str, str]
    source: str
    proposed: ImportMapping | None

    @property
    def defaultable(self) -> list[FieldAsked]:
        return [field for field in self.fields if field.key in DEFAULTS or field.key.startswith(PREFIX)]

    def check(self, key: str, text: str) -> None:
        """Raises ValidationError with a sentence when a default is no value of its field."""
        Cleaner(self.batch).understand(key, text)


def asked_of(batch: ImportBatch, *, by: User, proposed: ImportMapping | None = None) -> Asked:
    """What to ask a person about a file; fields that the person may not fill are not offered."""
    may_fill = {one.name for noun in ("account", "contact") for one in filled_fields(noun, by)}
    known = [_field(one) for one in fields_of(batch.kind) if not one.key.startswith(PREFIX) or one.key in may_fill]
    mapping = auto_mapping(batch.kind, batch.headings, proposed.fields) if proposed else batch.mapping
    columns = []
    for place, heading in enumerate(batch.headings):
        facts = batch.formats.get(str(place), {})
        said = facts.get("said") or (proposed.formats.get(heading, "") if proposed else "")
        columns.append(
            ColumnAsked(
                place,
                heading or _("Column %(number)d") % {"number": place + 1},
                mapping.get(str(place), ""),
                _formats(facts),
                said,
                frozenset(facts_asked(facts)),
                tuple(facts.get("examples", ())),
            )
        )
    defaults = batch.defaults or (proposed.defaults if proposed else {})
    return Asked(batch, columns, known, defaults, batch.source or (proposed.source if proposed else ""), proposed)


def _field(one: ImportField) -> FieldAsked:
    dictionary = dictionary_of(one.key) or ("title" if one.key in ("title", "contact_title") else "")
    return FieldAsked(one.key, one.label, one.kind, one.max_length, dictionary, [] if dictionary else choices_of(one.key))


def _formats(facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """What can be said of a column that shows days or amounts; '' is what was found, or nothing yet."""
    dates = DateOrder(facts["dates"]) if facts.get("dates") else None
    money = MoneyForm(facts["money"]) if facts.get("money") else None
    has_days, has_amounts = dates or facts.get("ask") or facts.get("serial"), money or facts.get("ask_money")
    if not has_days and not has_amounts:
        return []
    found = dates or money
    options: list[tuple[str, Any]] = [("", _("As found: %(form)s") % {"form": found.label} if found else _("Please say"))]
    if has_days:
        options += [(order.value, order.label) for order in DateOrder if order != DateOrder.SERIAL or facts.get("serial")]
    if has_amounts:
        options += MoneyForm.choices
    return [*options, (EACH, _("It mixes them: refuse the cells that can be read in two ways"))]


@dataclass(frozen=True)
class WordAsked:
    """A word that stands for nothing here, of which field, in how many rows."""

    field: str
    label: Any
    word: str
    count: int
    dictionary: str
    choices: list[tuple[str, Any]] = made(default_factory=list)
    find_person: Callable[[str], str] | None = None

    @property
    def name(self) -> str:
        """Stays the same while others match other words: an answer never lands on a word that moved up meanwhile."""
        return blake2b(f"{self.field}|{self.word}".encode("utf-8", "replace"), digest_size=6).hexdigest()


def words_asked(batch: ImportBatch, *, by: User, limit: int = MOST_WORDS) -> list[WordAsked]:
    """The words of a checked file that nobody knows, the most frequent first."""
    labels = {one.key: one.label for one in fields_of(batch.kind)}
    found = []
    for key, words in batch.unknown.items():
        find = _finder(key, by) if key in PEOPLE else None
        dictionary = dictionary_of(key)
        plain = [] if dictionary else choices_of(key)
        found += [WordAsked(key, labels.get(key, key), word, count, dictionary, plain, find) for word, count in words.items()]
    found.sort(key=lambda one: (-one.count, one.field, one.word))
    return found[:limit]


def people_for(field_key: str, by: User) -> list[User]:
    """Whom a name in a file may stand for: sales people within reach as owners, everybody at work as authors."""
    rows = possible_owners(by) if field_key == "owner" else User.objects.filter(is_active=True)
    return list(rows.only("pk", "username", "display_name"))


def _finder(field_key: str, by: User) -> Callable[[str], str]:
    """Number of the person that a typed name or user name means; '' when nobody or several."""

    def find(text: str) -> str:
        wanted = fold(text)
        people = people_for(field_key, by)
        found = [one for one in people if fold(one.username) == wanted] or [one for one in people if fold(one.display_name) == wanted]
        return str(found[0].pk) if len(found) == 1 else ""

    return find
