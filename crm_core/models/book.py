"""Dictionaries as they are read: once per process and change, in the language of the reader."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from crm_core.models.dictionary import DictionaryEntry, Stamp
from crm_core.regions import Places
from foundation.hanzi import simplified
from foundation.text import fold, initials, name_key
from foundation.usage.context import current_context

REGION = "region"
HOME = "CN"  # the country that nobody at home writes
FRESH = 1.0  # seconds for which a process outside a request trusts what it has read
_own = threading.local()
_read: dict[str, tuple[str, Any]] = {}


def _stamps() -> dict[str, str]:
    """The marks of changed settings: asked once per request, and once a second outside."""
    context, now = current_context(), time.monotonic()
    kept = getattr(_own, "kept", None)
    if kept is None or now - kept[1] > FRESH or (kept[0] is not context and context.surface in {"ui", "api"}):
        kept = _own.kept = (context, now, dict(Stamp.objects.values_list("key", "value")))
    return kept[2]  # type: ignore[no-any-return]


def forget() -> None:
    """Ask the database again at the next reading; whoever changes settings calls it."""
    _own.kept = None


def settings_state() -> frozenset[tuple[str, str]]:
    """What stands for all dictionaries, fields and rights as they are now; another one after any change."""
    return frozenset(_stamps().items())


def cached(key: str, read: Callable[[], Any]) -> Any:
    """What ``read`` gives for the key, read again only after a change of its mark."""
    stamp = _stamps().get(key, "")
    kept = _read.get(key)
    if kept is None or kept[0] != stamp:
        kept = _read[key] = (stamp, read())
    return kept[1]


@dataclass(frozen=True)
class Word:
    """An entry of a dictionary as it is read."""

    code: str
    name: str
    name_en: str
    aliases: tuple[str, ...]
    parent: str
    valid_from: date | None
    valid_to: date | None
    replaced_by: str = ""

    @property
    def label(self) -> str:
        """Its name in the language of the reader."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def is_valid_on(self, day: date) -> bool:
        """Whether it can be chosen on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass
class Book:
    """All entries of one dictionary, parents before their children, each level in its order."""

    key: str
    words: dict[str, Word] = field(default_factory=dict)

    @classmethod
    def read(cls, key: str) -> "Book":
        """From the database, in one query."""
        fields = ("code", "name", "name_en", "aliases", "parent__code", "valid_from", "valid_to", "replaced_by__code")
        rows = DictionaryEntry.objects.filter(dictionary__key=key).order_by("order", "pk").values_list(*fields)
        below: dict[str, list[Word]] = defaultdict(list)
        for code, name, name_en, aliases, parent, start, end, replaced in rows:
            below[parent or ""].append(Word(code, name, name_en, tuple(aliases or ()), parent or "", start, end, replaced or ""))
        book = cls(key)

        def add(parent: str) -> None:
            for word in below.pop(parent, []):
                book.words[word.code] = word
                add(word.code)

        add("")
        for parent in list(below):  # a circle of parents, which no service makes, still hides nothing
            add(parent)
        return book

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """The codes directly below each code."""
        found: dict[str, list[str]] = defaultdict(list)
        for word in self.words.values():
            found[word.parent].append(word.code)
        return found

    def choices(self, on: date | None = None) -> list[tuple[str, str]]:
        """Codes and labels that can be chosen on the day, today unless said."""
        day = on or timezone.localdate()
        return [(word.code, self.path(word.code) if word.parent else word.label) for word in self.words.values() if word.is_valid_on(day)]

    def is_valid(self, code: str, on: date | None = None) -> bool:
        """Whether the code can be chosen on the day, today unless said."""
        word = self.words.get(code)
        return word is not None and word.is_valid_on(on or timezone.localdate())

    def label(self, code: str) -> str:
        """The name of a code, also of a retired one; text that is no code is its own name."""
        word = self.words.get(code)
        return word.label if word else code

    def ancestors(self, code: str) -> list[Word]:
        """The entries above, the highest first."""
        found: list[Word] = []
        word = self.words.get(code)
        while word and word.parent and (word := self.words.get(word.parent)) and word not in found:
            found.insert(0, word)
        return found

    def path(self, code: str) -> str:
        """The label with those above it, as 广东省 深圳市 in Chinese and Shenzhen, Guangdong in English."""
        key = (code, (get_language() or "").startswith("en"))
        if key not in self._paths:
            if code not in self.words:
                return code
            self._paths[key] = self._path(code)
        return self._paths[key]

    @cached_property
    def _paths(self) -> dict[tuple[str, bool], str]:
        return {}

    def _path(self, code: str) -> str:
        chain = [*(above for above in self.ancestors(code) if above.code != HOME), self.words[code]]
        if self.key != REGION:
            return " / ".join(one.label for one in chain)
        return ", ".join(one.label for one in reversed(chain)) if (get_language() or "").startswith("en") else " ".join(one.label for one in chain)

    def within(self, code: str) -> list[str]:
        """The code and every code below it: who filters by a province finds its districts."""
        found = [code]
        for one in found:
            found += [below for below in self.below.get(one, []) if below not in found[:1]]
        return found

    @cached_property
    def _by_text(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for word in self.words.values():
            found.setdefault(fold(word.code), word.code)
        for word in self.words.values():
            for name in (word.name, word.name_en, *word.aliases):
                if name:
                    found.setdefault(simplified(fold(name)), word.code)
        return found

    @cached_property
    def _spellings(self) -> dict[str, tuple[str, ...]]:
        return {
            word.code: tuple({fold(name) for name in (word.name, word.name_en, word.code, *word.aliases)} | {name_key(word.name), initials(word.name)})
            for word in self.words.values()
        }

    def spellings(self, code: str) -> tuple[str, ...]:
        """Everything by which people may look for the entry: names, code, pinyin and its first letters."""
        return self._spellings.get(code, ())

    @cached_property
    def _places(self) -> Places:
        return Places((word.code, (word.name, word.name_en, *word.aliases), word.parent) for word in self.words.values())

    def code_of(self, text: str) -> str:
        """The code that a word stands for: code, either name or another name, in any script; '' when unknown."""
        if self.key == REGION:
            return text if text in self.words else self._places.code_of(text)
        return self._by_text.get(simplified(fold(text)), "")

    def __iter__(self) -> Iterator[Word]:
        return iter(self.words.values())


def book_of(key: str) -> Book:
    """The dictionary of this key as it stands; an empty one when there is none."""
    found: Book = cached(f"dictionary:{key}", lambda: Book.read(key))
    return found
