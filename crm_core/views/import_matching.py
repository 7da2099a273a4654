"""From the file to its columns: how it is read, which column goes where, what its words stand for."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm_core.forms import MappingForm, ReadingForm, WordsForm
from crm_core.models import BatchState, ImportBatch, ImportMapping, ImportWord
from crm_core.services.importing import (
    Reading,
    add_alias,
    add_word,
    asked_of,
    forget_word,
    keep_reading,
    match_words,
    people_for,
    read_batch,
    same_headings,
    save_mapping,
    take_version,
    understood,
    words_asked,
)
from crm_core.services.importing.asking import MOST_WORDS
from crm_core.services.importing.fields import fields_of
from crm_core.services.importing.words import PEOPLE, said_word
from crm_core.views.import_steps import AT_ONCE, batch_of, check, is_working, known_sources, shown_encoding, start, url_of
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with

PREVIEW = 5
MATCHABLE = (BatchState.MAPPING, BatchState.CHECKED)


def _elsewhere(request: HttpRequest, batch: ImportBatch, states: tuple[BatchState, ...]) -> HttpResponse | None:
    """A page that belongs to another step leads to where the import is now; a change that is sent to it is refused by its service."""
    if request.method == "GET" and (batch.state not in states or is_working(batch)):
        return redirect_with(request, url_of("import_detail", batch), _("This import is at another step now."), "info")
    return None


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_read(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file was read, with its first rows; read anew the way the person says."""
    batch = batch_of(request, pk)
    if (elsewhere := _elsewhere(request, batch, (BatchState.READING, *MATCHABLE))) is not None:
        return elsewhere
    form = ReadingForm(request.POST or None, batch=batch)

    def save() -> HttpResponse:
        keep_reading(batch=batch, reading=Reading(**form.said()), by=request.user)
        if batch.row_count > AT_ONCE or batch.stored.size > 1_000_000:
            start(request, batch, "read")
            return redirect_with(request, url_of("import_detail", batch), _("The file is being read; you may leave this page."))
        read_batch(batch=batch, by=request.user, reading=Reading(**form.said()))
        return redirect_with(request, url_of("import_read", batch), _("The file was read anew: %(count)d rows.") % {"count": batch.row_count})

    first = batch.reading.get("first", [])
    context = {
        "batch": batch,
        "found": shown_encoding(batch),
        "first": [
            {"number": number, "cells": cells, "is_heading": batch.heading_row <= number < batch.heading_row + batch.heading_rows} for number, cells in first
        ],
        "encodings": batch.reading.get("encodings", []),
        "titles": batch.reading.get("titles", []),
        "is_sure": batch.reading.get("is_sure", True),
    }
    return answer_form(request, form, template="crm_core/import_read.html", feature="crm.import.read", save=save, context=context, obj=batch)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column goes where; ``preview`` in what is sent shows how the first rows would be understood, and keeps nothing."""
    batch = batch_of(request, pk)
    if (elsewhere := _elsewhere(request, batch, MATCHABLE)) is not None:
        return elsewhere
    is_new = batch.mapping_used is None and not batch.source and batch.continues is None and batch.checked_at is None and request.GET.get("by") != "headings"
    proposed = same_headings(batch) if is_new else None
    asked = asked_of(batch, by=request.user, proposed=proposed)
    form = MappingForm(request.POST or None, batch=batch, asked=asked)

    def save() -> HttpResponse:
        said = form.said()
        save_mapping(
            batch=batch, mapping=form.mapping(), defaults=form.defaults(), said=said, source=form.cleaned_data["source"], by=request.user, now=timezone.now()
        )
        check(request, batch)
        return redirect_with(request, url_of("import_detail", batch), _("The columns are matched."))

    is_preview = "preview" in request.POST
    if request.method == "POST":
        form.is_valid()  # what it understood so far is shown with its errors as well
    rows = list(batch.rows.order_by("row_no")[:PREVIEW])
    cells = understood(batch, rows, mapping=form.mapping(), said={place: order for place, order in form.said().items() if order}, defaults=form.defaults())
    columns = [
        {
            "bound": form[f"column_{column.place}"],
            "format": form[f"format_{column.place}"] if column.formats else None,
            "asked": column,
            "cells": [row[column.place] for row in cells if row[column.place].text],
        }
        for column in asked.columns
    ]
    context = {
        "batch": batch,
        "columns": columns,
        "defaults": [form[name] for name in form.default_names],
        "has_defaults": bool(asked.defaults),
        "proposed": proposed,
        "found": shown_encoding(batch),
        "sources": known_sources(request.user),
    }
    if is_preview:
        return render(request, "crm_core/import_map.html", {"form": form, **context})
    return answer_form(request, form, template="crm_core/import_map.html", feature="crm.import.map", save=save, context=context, obj=batch)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed the matching of this source when; an earlier version can be taken again."""
    batch = batch_of(request, pk)
    kept = ImportMapping.objects.filter(kind=batch.kind, source=batch.source).select_related("updated_by").order_by("-number")
    if request.method == "POST":
        wanted = request.POST.get("version", "")
        mapping = get_object_or_404(kept, number=int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 0)
        take_version(batch=batch, mapping=mapping, by=request.user, now=timezone.now())
        return redirect_with(
            request, url_of("import_map", batch), _("Version %(number)d is in use again. Look it through, then check every row.") % {"number": mapping.number}
        )
    versions = list(kept[:50]) if batch.source else []
    shown = [{"row": row, "changes": _differences(row, before)} for row, before in zip(versions, [*versions[1:], None], strict=False)]
    return render(request, "crm_core/import_versions.html", {"batch": batch, "versions": shown, "may_take": batch.state in MATCHABLE})


def _differences(row: ImportMapping, before: ImportMapping | None) -> list[dict[str, Any]]:
    """What a version says otherwise than the one before it."""
    if before is None:
        return []
    labels = {field.key: field.label for field in fields_of(row.kind)}
    found = []
    for name, kind in (("fields", _("column")), ("defaults", _("default")), ("formats", _("format"))):
        old, new = getattr(before, name), getattr(row, name)
        for key in sorted(old.keys() | new.keys()):
            if old.get(key, "") != new.get(key, ""):
                pair = [str(labels.get(value, value)) for value in (old.get(key, ""), new.get(key, ""))]
                found.append({"kind": kind, "what": labels.get(key, key) if name == "defaults" else key, "before": pair[0], "after": pair[1]})
    return found


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_words(request: HttpRequest, pk: int) -> HttpResponse:
    """The words of this file that nobody knows: matched once, known for the next file of the source."""
    batch = batch_of(request, pk)
    if (elsewhere := _elsewhere(request, batch, MATCHABLE)) is not None:
        return elsewhere
    words = words_asked(batch, by=request.user)
    may_teach = request.user.has_perm("crm_core.change_dictionary")
    form = WordsForm(request.POST or None, words=words, may_teach=may_teach)

    def save() -> HttpResponse:
        for field, word, how, to in form.decided():
            if how == "add":
                add_word(batch=batch, field=field, word=word, by=request.user, now=timezone.now())
            elif how == "alias":
                add_alias(batch=batch, field=field, word=word, code=to, by=request.user, now=timezone.now())
            else:
                match_words(batch=batch, words={(field, word): "" if how == "empty" else to}, by=request.user, now=timezone.now())
        check(request, batch)
        return redirect_with(
            request, url_of("import_detail", batch), _("%(count)d words are matched; the rows were checked again.") % {"count": len(form.decided())}
        )

    total = sum(len(found) for found in batch.unknown.values())
    matched = ImportWord.objects.filter(source=batch.source_key).select_related("decided_by").order_by("-decided_at")[:MOST_WORDS]
    labels = {field.key: field.label for field in fields_of(batch.kind)}
    context = {
        "batch": batch,
        "rows": [{"asked": asked, "to": form[f"to_{asked.name}"], "how": form[f"how_{asked.name}"]} for asked in words],
        "more": total - len(words),
        "people": people_for("author" if "author" in batch.unknown else "owner", request.user) if batch.unknown.keys() & PEOPLE else [],
        "matched": [{"row": row, "label": labels.get(row.field, row.field), "value": said_word(row.field, row.code)} for row in matched],
    }
    if request.method == "POST" and (forget := request.POST.get("forget", "")).isdecimal() and len(forget) < 18:
        forget_word(batch=batch, word=int(forget), by=request.user, now=timezone.now())
        check(request, batch)
        return redirect_with(request, url_of("import_words", batch), _("Forgotten; the rows were checked again."))
    return answer_form(request, form, template="crm_core/import_words.html", feature="crm.import.words", save=save, context=context, obj=batch)
