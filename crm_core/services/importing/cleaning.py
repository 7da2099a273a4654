"""How the cells of a row become values: each in one spelling, or with the reason why it cannot be taken."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import phonenumbers
from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as _

from crm_core.codes import clean_credit_code, clean_phone, clean_website
from crm_core.models import CustomField, FieldType, ImportBatch
from crm_core.models.book import book_of
from crm_core.models.custom_field import PREFIX
from crm_core.services.custom_fields import clean_value
from crm_core.services.dictionaries import code_of
from crm_core.services.importing.cells import text_of
from crm_core.services.importing.fields import FORMS, ImportField, custom_fields, fields_of
from crm_core.services.importing.formats import amount_of, moment_of
from crm_core.services.importing.words import CODED, LOOSE, UnknownWord, Words
from foundation.text import fold

TITLES = frozenset({"title", "contact_title"})
PHONES = frozenset({"phone", "contact_phone"})
CHOOSING = frozenset({FieldType.CHOICE, FieldType.MULTI})
MOST_UNKNOWN = 500
# What divides words in one cell, the surest sign first: "A/B、C" is A/B and C where A/B is a word.
DIVIDERS = ("\n\r", ";；", "|｜", "、", ",，", "/／")
_is_url = URLValidator(schemes=["http", "https"])


@cache
def _countries() -> dict[str, str]:
    names = {"uk": "GB", "usa": "US", "英国": "GB", "美国": "US", "中国大陆": "CN", "korea": "KR"}
    for language in ("en", "zh_Hans", "zh_Hant"):
        names |= {fold(name): code for code, name in Locale.parse(language).territories.items() if len(code) == 2 and code.isalpha()}
    return names | {code.lower(): code for code in phonenumbers.SUPPORTED_REGIONS}


def country_code(text: str) -> str:
    """ISO code of a country by its name in English or Chinese; '' when unknown."""
    return _countries().get(fold(text), "")


def phone_of(text: str, country: str = "") -> str:
    """A phone number as of the country that the row names, else Chinese."""
    region = country_code(country) if country else ""
    if region and region != "CN" and not text.startswith("+"):
        try:
            number = phonenumbers.parse(text, region)
            if phonenumbers.is_possible_number(number):
                return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
        except phonenumbers.NumberParseException:
            pass
    return clean_phone(text)


def email_of(text: str) -> str:
    """An e-mail address in lower case."""
    validate_email(text)
    return text.lower()


def website_of(text: str) -> str:
    """A web address with its scheme."""
    address = clean_website(text)
    _is_url(address)
    return address


PLAIN: dict[str, Callable[[str], Any]] = {"credit_code": clean_credit_code, "email": email_of, "contact_email": email_of, "website": website_of}


def cut_words(text: str, is_word: Callable[[str], bool], dividers: tuple[str, ...] = DIVIDERS) -> list[str]:
    """The words of a cell, cut at the usual dividers; what is a word as it stands is never cut."""
    text = text.strip()
    if not text:
        return []
    if not dividers or is_word(text):
        return [text]
    parts = re.split(f"[{dividers[0]}]", text)
    return list(dict.fromkeys(word for part in parts for word in cut_words(part, is_word, dividers[1:])))


class Cleaner:
    """Makes values of rows as one batch has them matched; ``unknown`` counts the words that stand for nothing here."""

    def __init__(self, batch: ImportBatch):
        by_key = {field.key: field for field in fields_of(batch.kind)}
        self.words = Words(batch)
        self.unknown: dict[str, dict[str, int]] = {}
        self.columns = [(int(place), by_key[key]) for place, key in batch.mapping.items() if key in by_key]
        self.defaults = {key: text for key, text in batch.defaults.items() if key in by_key and text}
        self.fields = by_key
        self.custom = custom_fields(batch.kind)
        self.places: dict[str, str] = {}
        self.lost: set[str] = set()  # places that the dictionary does not know and nobody matched
        self.titles: dict[str, str] = {}
        self.orders = {key: _order(batch, place) for place, key in batch.mapping.items() if key in by_key and by_key[key].kind != "text"}

    def clean(self, raw: list[Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The values of a row by field, and the reasons why cells cannot be taken, by field; empty cells give nothing."""
        width = len(raw)
        texts = {field.key: text for place, field in self.columns if place < width and (text := text_of(raw[place]))}
        for key, text in self.defaults.items():
            texts.setdefault(key, text)
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for key, text in texts.items():
            try:
                value = self._value(self.fields[key], text, texts)
                if value not in ("", None):
                    values[key] = value
            except ValidationError as error:
                problems[key] = " ".join(error.messages)
        if "name" not in texts:
            problems["name"] = _("The name is missing.")
        self._join_places(values)
        if added := {key.removeprefix(PREFIX): values.pop(key) for key in list(values) if key in self.custom}:
            values["custom"] = added
        return values, problems

    def understand(self, key: str, text: str) -> Any:
        """One value by itself, as a default; raises ValidationError with a sentence."""
        return self._value(self.fields[key], text, {})

    def _value(self, field: ImportField, text: str, texts: dict[str, str]) -> Any:
        key = field.key
        if len(text) > field.max_length:
            raise ValidationError(_("Too long: %(count)d characters, at most %(most)d.") % {"count": len(text), "most": field.max_length})
        if key in PHONES:
            return phone_of(text, texts.get("country", ""))
        if key in CODED or key in LOOSE:
            return self._code(key, text)
        if key in TITLES:
            if text not in self.titles:
                self.titles[text] = code_of("title", text) or text
            return self.titles[text]
        if key in self.custom:
            return self._custom(self.custom[key], text)
        if field.kind == "date":
            moment = moment_of(text, self.orders.get(key, ""))
            return moment.isoformat() if moment else ""
        return PLAIN[key](text) if key in PLAIN else text

    def _code(self, key: str, text: str) -> str:
        try:
            return self.words.code(key, text)
        except UnknownWord:
            self.note_unknown(key, text)
            if key in LOOSE:
                return text
            raise

    def note_unknown(self, key: str, text: str) -> None:
        """Count a word that stands for nothing here, for the person to match."""
        counts = self.unknown.setdefault(key, {})
        if text in counts or len(counts) < MOST_UNKNOWN:
            counts[text] = counts.get(text, 0) + 1

    def _custom(self, field: CustomField, text: str) -> Any:
        """A value of a field that administrators added, in the order or form of its column."""
        form = FORMS.get(field.type, "")
        if field.type in CHOOSING:
            return self._choice(field, text)
        order = self.orders.get(field.name, "")
        if form == "date" and (moment := moment_of(text, order)):
            return clean_value(field, moment.date())
        if form == "money" and (amount := amount_of(text, order)) is not None:
            return clean_value(field, str(amount))
        return clean_value(field, text)

    def _choice(self, field: CustomField, text: str) -> Any:
        """A value of a list, as somebody matched the word or as the list knows it."""
        if field.type == FieldType.MULTI:
            return self._several(field, text)
        said = self.words.said(field.name, text)
        if said is not None:
            return clean_value(field, said)
        try:
            return clean_value(field, text)
        except ValidationError:
            self.note_unknown(field.name, text)
            raise

    def _several(self, field: CustomField, text: str) -> Any:
        """Several values of a list; each word that nobody knows is asked about by itself."""
        codes: list[str] = []
        problems: list[str] = []
        for word in cut_words(text, lambda part: self._knows(field, part)):
            said = self.words.said(field.name, word)
            try:
                codes += clean_value(field, [word if said is None else said]) or [] if said != "" else []
            except ValidationError as error:
                self.note_unknown(field.name, word)
                problems += error.messages
        if problems:
            raise ValidationError(list(dict.fromkeys(problems)))
        return clean_value(field, codes)

    def _knows(self, field: CustomField, text: str) -> bool:
        book = book_of(field.dictionary.key) if field.dictionary else None
        return self.words.said(field.name, text) is not None or book is not None and bool(text in book.words or book.code_of(text))

    def _join_places(self, values: dict[str, Any]) -> None:
        """Region from province, city and country; what the dictionary does not know stays as text. The postal code stands before the address."""
        if not values.keys() & {"country", "city", "region", "postal_code"}:
            return
        country, city, region, postal = (values.pop(key, "") for key in ("country", "city", "region", "postal_code"))
        abroad = country if country and country_code(country) != "CN" else ""
        text = " ".join(dict.fromkeys(part for part in (abroad, region, city) if part))[:160]
        if text:
            if text not in self.places:
                said = self.words.said("region", text)
                self.places[text] = code_of("region", text) if said is None else said
                self.lost |= {text} if said is None and not self.places[text] else set()
            if text in self.lost:
                self.note_unknown("region", text)
            values |= {"region": self.places[text]} if self.places[text] else {"region_text": text}
        if postal and values.get("address"):
            values["address"] = f"{postal} {values['address']}"[:250]


def _order(batch: ImportBatch, place: str) -> str:
    """The order of days or the form of amounts that holds for a column: what a person said, else what the column shows."""
    found = batch.formats.get(place, {})
    return str(found.get("said") or found.get("dates") or found.get("money") or "")
