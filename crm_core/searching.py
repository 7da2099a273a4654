"""Search must not tell what is masked: a row that only a masked value would have found is found by the whole value, or by what its mask shows."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm_core.models import Account, AccountContact, Activity, Contact, FieldNoun
from crm_core.models.custom_field import search_words
from crm_core.veils import (
    HIDDEN,
    MASKS,
    MODELS,
    as_seen,
    mask_phone,
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
from foundation.search.lists import FEW
from foundation.search.models import SearchDocument
from foundation.search.tokens import Phrase, body_tokens, letters_of, query_phrases, runs_of, stands_in, title_tokens
from foundation.text import fold

VISIBLE = ("remark", "website", "address", "email", "wechat")
MODELS_BY_KIND = {model._meta.label_lower: model for model in MODELS.values()}
WRITTEN = ("subject", "body")
# Where a mobile number or an address of mail may stand; what is masked there, ``veiled_words`` says.
MAY_BE_MASKED = r"1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|@"
NUMBER = re.compile(r"\+?[\d\s-]{6,}")


def search_veil(queryset: QuerySet, text: str, *, by: Any, few: bool) -> QuerySet:
    """The found rows without those that the text meets only in a value that the person sees masked.

    Of few rows each is looked at; of very many, the doubtful ones are left out while the list is walked.
    """
    noun = str(queryset.model._meta.model_name)
    if noun not in MASKS or sees_all(by, noun):
        return queryset
    if not few:
        doubtful = queryset.model._base_manager.filter(_holds(noun, text), pk=OuterRef("pk")).exclude(own_condition(noun, by))
        return queryset.exclude(Exists(doubtful))
    rows = list(with_own(queryset.model._base_manager.filter(_holds(noun, text), pk__in=queryset.order_by().values("pk")), by))
    out = _left_out(rows, text, by)
    return queryset.exclude(pk__in=out) if out else queryset


def veil_hits(documents: Iterable[SearchDocument], text: str, *, by: Any) -> list[int]:
    """For the search page: the numbers of the rows that must not be found by this text.

    Rows in which no maskable value holds anything of the text were found by something else; only the others are looked at closely.
    """
    listed = list(documents)
    model = MODELS_BY_KIND[listed[0].kind]
    noun = str(model._meta.model_name)
    if sees_all(by, noun):
        return []
    asked = [plain for _paired, run in runs_of(text) if (plain := letters_of(run))]
    values = model._base_manager.filter(pk__in=[row.object_id for row in listed]).values_list("pk", "phone_key", "also_known", *MASKS[noun])
    doubtful = [pk for pk, key, known, *fields in values if _touched(asked, [key, *known, *fields])]
    return _left_out(list(with_own(model._base_manager.filter(pk__in=doubtful), by)), text, by) if doubtful else []


def _touched(asked: list[str], values: list[str]) -> bool:
    held = [letters_of(value) for value in values if value]
    return any(word in value for word in asked for value in held)


def mask_codes(documents: Iterable[SearchDocument], *, by: Any) -> dict[int, str]:
    """For the search page: by number of the row what to show as its code where it is a number that the person sees masked."""
    listed = [row for row in documents if NUMBER.fullmatch(row.code)]
    if not listed:
        return {}
    model = MODELS_BY_KIND[listed[0].kind]
    noun = str(model._meta.model_name)
    if sees_all(by, noun):
        return {}
    by_pk = {row.pk: row for row in with_own(model._base_manager.filter(pk__in=[row.object_id for row in listed]), by)}
    found: dict[int, str] = {}
    for document in listed:
        row = by_pk.get(document.object_id)
        level = veiled_fields(row, by).get("phone") if row is not None else None
        if level and document.code != getattr(row, "credit_code", ""):
            found[document.object_id] = "" if level == HIDDEN else mask_phone(document.code)
    return found


def _holds(noun: str, text: str) -> Q:
    """Rows of which a maskable value holds a part of the text."""
    found = Q(pk__in=[])
    for _paired, run in runs_of(text):
        for field in MASKS[noun]:
            found |= Q(**{f"{field}__icontains": run})
        found |= Q(phone_key__contains=run) | Q(also_known__icontains=run)
    return found


def _left_out(rows: list[Any], text: str, by: Any) -> list[int]:
    phrases, veiled = query_phrases(text), [(row, fields) for row in rows if (fields := veiled_fields(row, by))]
    if not veiled:
        return []
    parts = [letters_of(run) for paired, run in runs_of(text) if paired or not run.isalpha()]
    kind, keys = rows[0]._meta.label_lower, [row.pk for row, _fields in veiled]
    subtitles = dict(SearchDocument.objects.filter(kind=kind, object_id__in=keys).values_list("object_id", "subtitle"))
    return [row.pk for row, fields in veiled if not _may_be_found(row, fields, text, parts, phrases, subtitles.get(row.pk, ""))]


def _may_be_found(row: Any, fields: dict[str, str], text: str, parts: list[str], phrases: list[Phrase], subtitle: str) -> bool:
    if _is_whole(row, fields, text):
        return True
    noun = str(row._meta.model_name)
    masks = {field: str(as_seen(noun, field, getattr(row, field), level)) for field, level in fields.items()}
    codes = [getattr(row, "credit_code", ""), row.external_key, *re.findall(r"\d+", masks.get("phone", ""))]
    codes += [known for known in row.also_known if not NUMBER.fullmatch(known)]
    if "phone" not in fields:
        codes += [row.phone, row.phone_key]
    words = [masks[name] if name in masks else getattr(row, name, "") for name in VISIBLE]
    names = [name for name in (row.name_en, getattr(row, "short_name", "")) if name]
    body_words = [*filter(None, [subtitle, *words, *search_words(noun, row.custom)])]
    if _is_nowhere(parts, [*codes, row.name, *names, *body_words]):
        return False
    title, body = title_tokens(row.name, codes, names), body_tokens("\n".join(body_words))
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
    words = text.split()[:8]
    for word in words:
        found = Q(account__name__icontains=word)
        for name in WRITTEN:
            found |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(found)
    return words_veil(rows, words, by=by)


def words_veil(rows: QuerySet[Activity], words: list[str], *, by: Any) -> QuerySet[Activity]:
    """Activities found by words, without those in which the reader sees a mask where the words stand: a number, an address, a value noted at the customer.

    Of few such rows each is read; of very many, all in which a mask may stand are left out. Whose words are shown whole finds them all.
    """
    asked = [word for word in words if word.isascii()]  # nothing else is masked
    if not asked or reads_all_words(by):
        return rows
    whole = Q(author=by.pk) | Q(account__owner=by.pk) if policy().own_shown else Q(author=by.pk)
    links = AccountContact.objects.filter(contact__in=Contact.objects.filter(_hold(FieldNoun.CONTACT, asked)), account=OuterRef("account"))
    masked = Q(Exists(links)) | Q(account__in=Account.objects.filter(_hold(FieldNoun.ACCOUNT, asked)))
    for name in WRITTEN:
        masked |= Q(**{f"{name}__regex": MAY_BE_MASKED})
    doubtful = list(rows.filter(masked).exclude(whole).order_by().values_list("pk", "account", "account__name", *WRITTEN)[: FEW + 1])
    if len(doubtful) > FEW:
        return rows.exclude(Exists(Activity.objects.filter(masked, pk=OuterRef("pk")).exclude(whole)))
    secrets = _secrets_of({account for _pk, account, *_texts in doubtful}, asked, by)
    out = [pk for pk, _account, *texts in doubtful if not stands_read(asked, [veiled_words(veiled_text(text, secrets), by, own=False) for text in texts])]
    return rows.exclude(pk__in=out) if out else rows


def _hold(noun: str, words: list[str]) -> Q:
    """Records of which a maskable value holds one of the words."""
    found = Q(pk__in=[])
    for word in words:
        found |= _holds(noun, word)
    return found


def _secrets_of(accounts: set[int], words: list[str], by: Any) -> list[tuple[str, str]]:
    """What the reader sees masked of these customers and their people, as far as it holds one of the words."""
    customers = Account.objects.filter(_hold(FieldNoun.ACCOUNT, words), pk__in=accounts)
    people = Contact.objects.filter(_hold(FieldNoun.CONTACT, words), Exists(AccountContact.objects.filter(contact=OuterRef("pk"), account__in=accounts)))
    return veiled_values([*with_own(customers, by), *with_own(people, by)], by)


def stands_read(words: Iterable[str], texts: list[str]) -> bool:
    """Whether every word stands in one of the texts, as they are read."""
    read = [text.casefold() for text in texts]
    return all(any(word.casefold() in text for text in read) for word in words)
