"""Search must not tell what is masked: a row that only a masked value would have found is found by the whole value, or by what its mask shows.

The same holds for numbers and addresses that somebody wrote into free words (follow-ups, tasks, names of deals, remarks): these are found by what the reader reads.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm_core.models import Account, AccountContact, Activity, BillingProfile, Contact, FieldNoun, Opportunity, Task
from crm_core.models.custom_field import search_words
from crm_core.veils import (
    HIDDEN,
    MASKS,
    as_seen,
    is_own,
    mask_phone,
    note_own,
    own_condition,
    policy,
    reads_all_words,
    sees_all,
    veiled_fields,
    veiled_text,
    veiled_values,
    veiled_words,
    with_own,
)
from foundation.reading import read_together
from foundation.search.lists import FEW
from foundation.search.models import SearchDocument
from foundation.search.tokens import Phrase, body_tokens, letters_of, query_phrases, runs_of, stands_in, title_tokens
from foundation.text import fold


@dataclass(frozen=True)
class Words:
    """Where free words stand in a kind of rows, whose own words they are, and who is responsible for the customer that they are about."""

    fields: tuple[str, ...]
    authors: tuple[str, ...] = ()
    owners: tuple[str, ...] = ("account__owner",)


WORDS: dict[Any, Words] = {
    Activity: Words(("subject", "body"), authors=("author",)),
    Task: Words(("title",), authors=("created_by",), owners=("owner", "account__owner")),
}
# Of what is found through the index: the fields that hold free words, the others are names, codes and values with rights of their own.
INDEXED: dict[Any, tuple[str, ...]] = {Account: ("remark",), Contact: ("remark",), Opportunity: ("name", "remark")}
VISIBLE = ("website", "address", "email", "wechat")
MODELS_BY_KIND = {model._meta.label_lower: model for model in INDEXED}
# Where a mobile number or an address of mail may stand; what is masked there, ``veiled_words`` says.
MAY_BE_MASKED = r"1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|@"
LONG_NUMBER = r"[0-9][0-9 -]{5,}[0-9]|@"  # the same of very many rows, and numbers that are no mobile
NUMBER = re.compile(r"\+?[\d\s-]{6,}")


def search_veil(queryset: QuerySet, text: str, *, by: Any, few: bool) -> QuerySet:
    """The found rows without those that the text meets only in a value that the person sees masked.

    Of few rows each is looked at; of very many, the doubtful ones are left out while the list is walked.
    """
    if _reads_all(queryset.model, by):
        return queryset
    rows = queryset.model._base_manager.filter(_doubtful(queryset.model, text, by, few=few))
    if not few:
        return queryset.exclude(Exists(rows.filter(pk=OuterRef("pk")).exclude(_own(queryset.model, by))))
    out = _left_out(rows.filter(pk__in=queryset.order_by().values("pk")), text, by)
    return queryset.exclude(pk__in=out) if out else queryset


def veil_hits(documents: Iterable[SearchDocument], text: str, *, by: Any) -> list[int]:
    """For the search page: the numbers of the rows that must not be found by this text.

    Rows in which no maskable value and no free words hold anything of the text were found by something else; only the others are looked at closely.
    """
    listed = list(documents)
    model = MODELS_BY_KIND[listed[0].kind]
    if _reads_all(model, by):
        return []
    noun = str(model._meta.model_name)
    asked = [plain for _paired, run in runs_of(text) if (plain := letters_of(run))]
    names = ("phone_key", "also_known", *MASKS[noun]) if noun in MASKS else ()
    written = INDEXED[model] if _may_be_words(text) else ()
    values = model._base_manager.filter(pk__in=[row.object_id for row in listed]).values_list("pk", *names, *written) if names or written else ()
    doubtful = [pk for pk, *fields in values if _touched(asked, [part for value in fields for part in (value if isinstance(value, list) else [value])])]
    return _left_out(model._base_manager.filter(pk__in=doubtful), text, by) if doubtful else []


def _reads_all(model: Any, by: Any) -> bool:
    """Whether nothing of such rows is veiled for the person, neither values nor what stands in free words."""
    noun = str(model._meta.model_name)
    return reads_all_words(by) and (noun not in MASKS or sees_all(by, noun))


def _may_be_words(text: str) -> bool:
    """Whether the text could have met something masked in free words: of what is not written in ASCII nothing is."""
    return any(run.isascii() for _paired, run in runs_of(text))


def _own(model: Any, by: Any) -> Q:
    """Rows that belong to customers of the person's own; of a deal also those whose owner the person is."""
    if model is not Opportunity:
        return own_condition(str(model._meta.model_name), by)
    if not policy().own_shown:
        return Q(pk__in=[])
    return Q(owner=by.pk) | Q(account__in=Account.objects.filter(own_condition(FieldNoun.ACCOUNT, by)))


def _touched(asked: list[str], values: list[str]) -> bool:
    held = [letters_of(value) for value in values if value]
    return any(word in value for word in asked for value in held)


def mask_codes(documents: Iterable[SearchDocument], *, by: Any) -> dict[int, str]:
    """For the search page: by number of the row what to show as its code where it is a number that the person sees masked."""
    listed = [row for row in documents if NUMBER.fullmatch(row.code)]
    if not listed:
        return {}
    model = MODELS_BY_KIND[listed[0].kind]
    if sees_all(by, str(model._meta.model_name)):
        return {}
    by_pk = {row.pk: row for row in with_own(model._base_manager.filter(pk__in=[row.object_id for row in listed]), by)}
    found: dict[int, str] = {}
    for document in listed:
        row = by_pk.get(document.object_id)
        level = veiled_fields(row, by).get("phone") if row is not None else None
        if level and document.code != getattr(row, "credit_code", ""):
            found[document.object_id] = "" if level == HIDDEN else mask_phone(document.code)
    return found


def second_lines(documents: Iterable[SearchDocument]) -> dict[int, str]:
    """For the search page: by number of the customer its second line; the index keeps the place in the language of whoever saved it."""
    rows = Account.objects.filter(pk__in=[row.object_id for row in documents]).only("short_name", "name_en", "region", "region_text")
    return {row.pk: row.second_line for row in rows}


def _holds(noun: str, text: str) -> Q:
    """Rows of which a maskable value holds a part of the text."""
    found = Q(pk__in=[])
    for _paired, run in runs_of(text):
        for field in MASKS[noun]:
            found |= Q(**{f"{field}__icontains": run})
        if noun != FieldNoun.BILLING:
            found |= Q(phone_key__contains=run) | Q(also_known__icontains=run)
    return found


def _doubtful(model: Any, text: str, by: Any, *, few: bool) -> Q:
    """Rows that may have been found by a masked value, or by free words in which such a value stands."""
    noun = str(model._meta.model_name)
    found = Q(pk__in=[]) if noun not in MASKS or sees_all(by, noun) else _holds(noun, text)
    for name in INDEXED[model]:
        for _paired, run in runs_of(text):
            if run.isascii():
                found |= Q(**{f"{name}__icontains": run}) if few else Q(**{f"{name}__icontains": run, f"{name}__regex": LONG_NUMBER})
    return found


def _left_out(doubtful: QuerySet, text: str, by: Any) -> list[int]:
    """Of rows that are in doubt those that must not be found: what is asked for stands in nothing that the person reads of them."""
    veiled = [row for row in _with_own(doubtful, by) if not is_own(row, by)]
    if not veiled:
        return []
    runs, kind, keys, phrases = runs_of(text), veiled[0]._meta.label_lower, [row.pk for row in veiled], query_phrases(text)
    parts = [letters_of(run) for paired, run in runs if paired or not run.isalpha()]
    subtitles = dict(SearchDocument.objects.filter(kind=kind, object_id__in=keys).values_list("object_id", "subtitle"))
    asked = [run for _paired, run in runs if run.isascii()]
    worded = [row for row in veiled if _touched(asked, [getattr(row, name) for name in INDEXED[type(row)]])]  # of the others no free words have been met
    secrets = _secrets_of(_accounts_of(worded), asked, by) if worded else []
    return [row.pk for row in veiled if not _may_be_found(_Read(row, by, secrets), text, parts, phrases, subtitles.get(row.pk, ""))]


def _with_own(rows: QuerySet, by: Any) -> list[Any]:
    """The rows with the answer whether they are the person's own."""
    noun = str(rows.model._meta.model_name)
    if noun in MASKS and not sees_all(by, noun):
        return list(with_own(rows, by))
    found = list(rows)
    mine = set(rows.model._base_manager.filter(_own(rows.model, by), pk__in=[row.pk for row in found]).values_list("pk", flat=True)) if found else set()
    for row in found:
        note_own(row, row.pk in mine)
    return found


def _accounts_of(rows: list[Any]) -> Any:
    """The customers that the rows are about."""
    if isinstance(rows[0], Contact):
        return AccountContact.objects.filter(contact__in=[row.pk for row in rows]).values("account")
    return {row.pk if isinstance(row, Account) else row.account_id for row in rows}


class _Read:
    """A record as somebody reads it of whom it is not the own: values masked, and what stands of them in free words."""

    def __init__(self, row: Any, by: Any, secrets: list[tuple[str, str]]):
        self.row, self.by, self.noun = row, by, str(row._meta.model_name)
        self.fields, self.secrets = veiled_fields(row, by), secrets
        self.masks = {field: str(as_seen(self.noun, field, getattr(row, field), level)) for field, level in self.fields.items()}

    def said(self, name: str) -> str:
        """A field as it reads."""
        value = str(getattr(self.row, name, "") or "")
        if value and name in INDEXED[type(self.row)]:
            known = sorted([*self.secrets, *veiled_values([self.row], self.by)], key=lambda pair: -len(pair[0]))
            return veiled_words(veiled_text(value, known), self.by, own=False)
        return self.masks.get(name, value)

    def codes(self) -> list[str]:
        """The numbers by which it is found."""
        row = self.row
        known = [word for word in getattr(row, "also_known", ()) if not NUMBER.fullmatch(word)]
        phones = re.findall(r"\d+", self.masks["phone"]) if "phone" in self.masks else [getattr(row, "phone", ""), getattr(row, "phone_key", "")]
        return [getattr(row, "credit_code", ""), row.external_key, *phones, *known]


def _may_be_found(read: _Read, text: str, parts: list[str], phrases: list[Phrase], subtitle: str) -> bool:
    if _is_whole(read.row, read.fields, text):
        return True
    codes, name = read.codes(), read.said("name")
    names = [word for word in (read.said("name_en"), read.said("short_name")) if word]
    body_words = [*filter(None, [subtitle, *map(read.said, ("remark", *VISIBLE)), *search_words(read.noun, read.row.custom)])]
    if _is_nowhere(parts, [*codes, name, *names, *body_words]):
        return False
    title, body = title_tokens(name, codes, names), body_tokens("\n".join(body_words))
    return all(_stands(phrase, title, body) for phrase in phrases)


def _is_nowhere(parts: list[str], values: list[str]) -> bool:
    """Whether a part of the text stands in no value as it is written; letters alone may still be the pinyin of one and are no such part."""
    held: list[str] = []
    rest = iter([value for value in values if value])
    for part in parts:
        if any(part in value for value in held):
            continue
        for value in rest:
            held.append(letters_of(value))
            if part in held[-1]:
                break
        else:
            return True
    return False


def _stands(phrase: Phrase, title: str, body: str) -> bool:
    return stands_in(title, phrase) or stands_in(body, phrase) or bool(phrase.in_text) and f" {phrase.in_text}" in f" {body}"


def _is_whole(row: Any, fields: dict[str, str], text: str) -> bool:
    """Whether somebody who knows the whole value asks for it."""
    if not fields:
        return False
    asked, digits = fold(text).replace(" ", ""), re.sub(r"\D", "", text)
    for field in fields:
        held = str(getattr(row, field) or "")
        if held and fold(held).replace(" ", "") == asked:
            return True
    whole = re.sub(r"\D", "", row.phone_key or row.phone)
    return "phone" in fields and bool(digits) and len(digits) > 6 and digits in {whole, whole.removeprefix("86"), f"0086{whole.removeprefix('86')}"}


# --- free words -----------------------------------------------------------------------------------
def search_activities(rows: QuerySet[Activity], text: str, *, by: Any) -> QuerySet[Activity]:
    """The activities in which every word stands, as the reader reads them."""
    return _search_words(rows, text, by)


def search_tasks(rows: QuerySet[Task], text: str, *, by: Any) -> QuerySet[Task]:
    """The tasks in which every word stands, as the reader reads them."""
    return _search_words(rows, text, by)


def _search_words(rows: QuerySet, text: str, by: Any) -> QuerySet:
    words = text.split()[:8]
    for word in words:
        found = Q(account__name__icontains=word)
        for name in WORDS[rows.model].fields:
            found |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(found)
    return words_veil(rows, words, by=by)


def words_veil(rows: QuerySet, words: list[str], *, by: Any) -> QuerySet:
    """Activities or tasks found by words, without those in which the reader sees a mask where the words stand: a number, an address, a value noted at the customer.

    Of few such rows each is read; of very many, all in which a mask may stand are left out. Whose words are shown whole finds them all.
    """
    asked = [word for word in words if word.isascii()]  # nothing else is masked
    if not asked or reads_all_words(by):
        return rows
    model, written = rows.model, WORDS[rows.model]
    whole = Q(pk__in=[])
    for name in (*written.authors, *(written.owners if policy().own_shown else ())):
        whole |= Q(**{name: by.pk})
    links = AccountContact.objects.filter(contact__in=Contact.objects.filter(_hold(FieldNoun.CONTACT, asked)), account=OuterRef("account"))
    profiles = BillingProfile.objects.filter(_hold(FieldNoun.BILLING, asked), account=OuterRef("account"))
    masked = Q(Exists(links)) | Q(Exists(profiles)) | Q(account__in=Account.objects.filter(_hold(FieldNoun.ACCOUNT, asked)))
    for name in written.fields:
        masked |= Q(**{f"{name}__regex": MAY_BE_MASKED})
    doubtful = list(rows.filter(masked).exclude(whole).order_by().values_list("pk", "account", "account__name", *written.fields)[: FEW + 1])
    if len(doubtful) > FEW:
        return rows.exclude(Exists(model._base_manager.filter(masked, pk=OuterRef("pk")).exclude(whole)))
    secrets = _secrets_of({account for _pk, account, *_texts in doubtful if account}, asked, by)
    said = lambda text: veiled_words(veiled_text(text or "", secrets), by, own=False)  # noqa: E731
    out = [pk for pk, _account, *texts in doubtful if not stands_read(asked, [*map(said, texts)])]
    return rows.exclude(pk__in=out) if out else rows


def _hold(noun: str, words: list[str]) -> Q:
    """Records of which a maskable value holds one of the words."""
    found = Q(pk__in=[])
    for word in words:
        found |= _holds(noun, word)
    return found


def _secrets_of(accounts: Any, words: list[str], by: Any) -> list[tuple[str, str]]:
    """What the reader sees masked of these customers, their people and their billing, as far as it holds one of the words."""
    customers = with_own(Account.objects.filter(_hold(FieldNoun.ACCOUNT, words), pk__in=accounts), by)
    links = AccountContact.objects.filter(contact=OuterRef("pk"), account__in=accounts)
    people = with_own(Contact.objects.filter(_hold(FieldNoun.CONTACT, words), Exists(links)), by)
    profiles = with_own(BillingProfile.objects.filter(_hold(FieldNoun.BILLING, words), account__in=accounts), by)
    read_together(customers, people, profiles)
    return veiled_values([*customers, *people, *profiles], by)


def stands_read(words: Iterable[str], texts: list[str]) -> bool:
    """Whether every word stands in one of the texts, as they are read."""
    read = [text.casefold() for text in texts]
    return all(any(word.casefold() in text for text in read) for word in words)
