"""Words of a source and what they stand for here: our own names in both languages, and what was matched once by hand."""

from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm_core.models import AccountKind, ImportBatch, ImportWord, RegisteredStatus
from crm_core.models.book import book_of
from crm_core.models.custom_field import PREFIX
from crm_core.services.custom_fields import fields_of
from crm_core.services.dictionaries import choices, code_of
from foundation.people.models import User
from foundation.text import fold

# Fields whose word must stand for a value here, by dictionary; where none is named it is a choice of the suite.
CODED = {"kind": "", "registered_status": "", "level": "level", "industry": "industry", "deal_role": "deal_role"}
PLAIN_CHOICES: dict[str, type[TextChoices]] = {"kind": AccountKind, "registered_status": RegisteredStatus}
# Fields that keep a word which stands for nothing, and are offered for matching all the same.
LOOSE = {"source": "source"}
# Fields whose words are matched after all cells of a row were read: places made of several columns, and people.
PLACES = {"region": "region"}
PEOPLE = frozenset({"owner", "author"})
EXTRA_WORDS = {
    "存续": "in_business", "在业": "in_business", "开业": "in_business", "正常": "in_business", "存續": "in_business", "注销": "cancelled", "註銷": "cancelled", "吊销": "revoked", "吊銷": "revoked",
    "吊销未注销": "revoked", "吊销,未注销": "revoked", "迁出": "moved_out", "遷出": "moved_out", "企业": "company", "公司": "company", "企業": "company", "商户": "merchant", "商戶": "merchant", "个人": "individual", "個人": "individual", "person": "individual",
    "重点": "A", "重点客户": "A", "key": "A", "重要": "B", "important": "B", "普通": "C", "一般": "C", "normal": "C", "小型": "D", "small": "D",
    "it": "software", "软件": "software", "互联网": "telecom", "制造": "manufacturing", "制造业": "manufacturing", "金融": "finance", "教育": "education", "医疗": "health",
    "零售": "trade", "批发": "trade", "贸易": "trade", "建筑": "construction", "建筑业": "construction", "物流": "logistics", "房地产": "real_estate", "政府": "public", "retail": "trade",
}  # fmt: skip


class UnknownWord(ValidationError):
    """A word that stands for nothing here until somebody matches it."""


@cache
def _plain(field: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for value in PLAIN_CHOICES[field]:
        for language in ("en", "zh-hans"):
            with override(language):
                words |= {fold(value.value): value.value, fold(str(value.label)): value.value}
    return words


def own_code(field: str, text: str) -> str:
    """The value that a word stands for in either language, '' when in none."""
    key, dictionary = fold(text), CODED.get(field, LOOSE.get(field, ""))
    if not dictionary:
        known = _plain(field)
        return known.get(key) or (extra if (extra := EXTRA_WORDS.get(key, "")) in PLAIN_CHOICES[field].values else "")
    if found := code_of(dictionary, text):
        return found
    extra = EXTRA_WORDS.get(key, "")
    return extra if extra and extra in dict(choices(dictionary)) else ""


def dictionary_of(field: str) -> str:
    """The dictionary that a field's words belong to; '' for choices of the suite, people and what has none."""
    if field.startswith(PREFIX):
        found = next((one for model in ("account", "contact") for one in fields_of(model) if one.name == field), None)
        return found.dictionary.key if found is not None and found.dictionary else ""
    return CODED.get(field) or LOOSE.get(field) or PLACES.get(field, "")


def is_matchable(field: str) -> bool:
    """Whether the words of a field can be matched at all."""
    return field in CODED or field in PEOPLE or bool(dictionary_of(field))


def said_word(field: str, code: str) -> str:
    """What a word was matched to, in the reader's language; '' when it is left out."""
    if not code:
        return ""
    if field in PEOPLE:
        return str(User.objects.filter(pk=code).first() or "-") if code.isdecimal() else "-"
    dictionary = dictionary_of(field)
    return book_of(dictionary).path(code) if dictionary else str(dict(choices_of(field)).get(code, code))


def choices_of(field: str) -> list[tuple[str, Any]]:
    """What a word of this field may be matched to; people are not listed."""
    if dictionary := dictionary_of(field):
        return list(choices(dictionary))
    return list(PLAIN_CHOICES[field].choices) if field in PLAIN_CHOICES else []


def is_choice(field: str, code: str) -> bool:
    """Whether a word of this field may stand for the value; people are checked by who matches."""
    if field in PEOPLE:
        return User.objects.filter(pk=code, is_active=True).exists() if code.isdecimal() and len(code) < 18 else False
    dictionary = dictionary_of(field)
    return book_of(dictionary).is_valid(code) if dictionary else code in dict(choices_of(field))


class Words:
    """The vocabulary of one import: its source's matched words, then our own."""

    def __init__(self, batch: ImportBatch):
        rows = ImportWord.objects.filter(source=batch.source_key).values_list("field", "word_fold", "code")
        self.matched = {(field, word): code for field, word, code in rows}
        self.known: dict[tuple[str, str], str] = {}

    def said(self, field: str, text: str) -> str | None:
        """What somebody said a word stands for ('' for nothing), or None when nobody has."""
        return self.matched.get((field, fold(text)[:200])) if self.matched else None

    def code(self, field: str, text: str) -> str:
        """Our value for a word; UnknownWord when nobody has said what it stands for."""
        asked = (field, text)
        if asked not in self.known:
            key = (field, fold(text))
            found = self.matched[key] if key in self.matched else own_code(field, text)
            if not found and key not in self.matched:
                known = "、".join(str(label) for _value, label in choices_of(field)[:6])
                raise UnknownWord(_("“%(text)s” is not known here. Known are for example: %(known)s.") % {"text": text, "known": known})
            self.known[asked] = found
        return self.known[asked]
