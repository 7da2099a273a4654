"""Search must not tell what is masked: a row that only a masked value would have found is found by the whole value, or by what its mask shows."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm_core.models.custom_field import search_words
from crm_core.veils import HIDDEN, MASKS, MODELS, as_seen, mask_phone, own_condition, sees_all, veiled_fields, with_own
from foundation.search.models import SearchDocument
from foundation.search.tokens import Phrase, body_tokens, query_phrases, runs_of, stands_in, title_tokens
from foundation.text import fold

VISIBLE = ("remark", "website", "address", "email", "wechat")
MODELS_BY_KIND = {model._meta.label_lower: model for model in MODELS.values()}
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


def veil_hits(documents: Iterable[SearchDocument], text: str, *, by: Any) -> dict[int, str | None]:
    """For the search page: by number of the row what to show as its code, or None for a row that must not be found by this text."""
    listed = list(documents)
    if not listed:
        return {}
    model = MODELS_BY_KIND[listed[0].kind]
    noun = str(model._meta.model_name)
    if sees_all(by, noun):
        return {}
    rows = list(with_own(model._base_manager.filter(pk__in=[row.object_id for row in listed]), by))
    out: dict[int, str | None] = dict.fromkeys(_left_out(rows, text, by)) if text else {}
    by_pk = {row.pk: row for row in rows}
    for document in listed:
        row = by_pk.get(document.object_id)
        level = veiled_fields(row, by).get("phone") if row is not None else None
        if level and document.object_id not in out and NUMBER.fullmatch(document.code) and document.code != getattr(row, "credit_code", ""):
            out[document.object_id] = "" if level == HIDDEN else mask_phone(document.code)
    return out


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
    kind, keys = rows[0]._meta.label_lower, [row.pk for row, _fields in veiled]
    subtitles = dict(SearchDocument.objects.filter(kind=kind, object_id__in=keys).values_list("object_id", "subtitle"))
    return [row.pk for row, fields in veiled if not _may_be_found(row, fields, text, phrases, subtitles.get(row.pk, ""))]


def _may_be_found(row: Any, fields: dict[str, str], text: str, phrases: list[Phrase], subtitle: str) -> bool:
    if _is_whole(row, fields, text):
        return True
    noun = str(row._meta.model_name)
    masks = {field: str(as_seen(noun, field, getattr(row, field), level)) for field, level in fields.items()}
    codes = [getattr(row, "credit_code", ""), row.external_key, *re.findall(r"\d+", masks.get("phone", ""))]
    codes += [known for known in row.also_known if not NUMBER.fullmatch(known)]
    if "phone" not in fields:
        codes += [row.phone, row.phone_key]
    words = [masks[name] if name in masks else getattr(row, name, "") for name in VISIBLE]
    title = title_tokens(row.name, codes, [name for name in (row.name_en, getattr(row, "short_name", "")) if name])
    body = body_tokens("\n".join(filter(None, [subtitle, *words, *search_words(noun, row.custom)])))
    return all(_stands(phrase, title, body) for phrase in phrases)


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
