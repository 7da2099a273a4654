"""Dictionaries of the business: looked up while typing, kept by administrators."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.forms.dictionary import DictionaryForm, TableForm
from crm_core.models import Dictionary, DictionaryEntry, RemapState
from crm_core.models.book import book_of
from crm_core.services.dictionaries import find_words
from crm_core.services.dictionary_editing import change_dictionary, changes_of, create_dictionary, words_on
from crm_core.services.dictionary_sheets import COLUMNS as SHEET_COLUMNS
from crm_core.services.dictionary_sheets import CannotLoad, load_rows, rows_of
from crm_core.services.remapping import counts_by_code, places_of, unknown_words
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation import exports
from foundation.integrity import Refused
from foundation.sheets import read_rows
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import SHEETS, UploadRefused, accept
from foundation.usage.models import Verb
from foundation.usage.services import record

SHOWN = 300


@require_GET
def dictionary_words(request: HttpRequest, key: str) -> HttpResponse:
    """What a person may mean who types; everybody at work may look words up."""
    if not book_of(key).words:
        raise Http404
    found = find_words(key, request.GET.get("q", "").replace("\x00", "")[:60])
    return JsonResponse({"results": [{"value": code, "text": text} for code, text in found]})


COLUMNS = [
    Column("name", gettext_lazy("Name"), value=str, kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column("key", gettext_lazy("Key"), phone=True),
    Column("valid", gettext_lazy("Values"), value="valid", kind="number", phone=True),
    Column("retired", gettext_lazy("Retired"), value="retired", kind="number"),
    Column("used", gettext_lazy("Used in"), value=lambda row: "、".join(place.label for place in places_of(row))),
    Column("purpose", gettext_lazy("Purpose")),
]


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_list(request: HttpRequest) -> HttpResponseBase:
    gone = Q(entries__valid_to__lte=timezone.localdate())
    rows = Dictionary.objects.annotate(valid=Count("entries", filter=~gone), retired=Count("entries", filter=gone))
    context = {"hub": tabs_of(request, SETTINGS)}
    return list_response(
        request,
        queryset=rows,
        columns=COLUMNS,
        template="crm_core/dictionary_list.html",
        key="crm.dictionaries",
        search=("name__icontains", "name_en__icontains", "key__icontains"),
        order=("-is_builtin", "pk"),
        context=context,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_create(request: HttpRequest) -> HttpResponse:
    form = DictionaryForm(request.POST or None)

    def save() -> HttpResponse:
        dictionary = create_dictionary(data={name: value for name, value in form.cleaned_data.items() if name != "version"}, by=request.user)
        return redirect_with(request, dictionary.get_absolute_url(), _("“%(name)s” is there; add its values.") % {"name": dictionary})

    return answer_form(request, form, template="crm_core/dictionary_form.html", feature="crm.dictionary.create", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_edit(request: HttpRequest, pk: int) -> HttpResponse:
    dictionary = get_object_or_404(Dictionary, pk=pk)
    form = DictionaryForm(request.POST or None, instance=get_object_or_404(Dictionary, pk=pk))

    def save() -> HttpResponse:
        changes = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        change_dictionary(dictionary=dictionary, changes=changes, version=form.sent_version(), by=request.user)
        return redirect_with(request, dictionary.get_absolute_url(), _("Saved."))

    context = {"dictionary": dictionary}
    return answer_form(request, form, template="crm_core/dictionary_form.html", feature="crm.dictionary.edit", save=save, context=context)


def _day(request: HttpRequest) -> date | None:
    try:
        return parse_date(request.GET.get("on", ""))
    except ValueError:
        return None


def _level(dictionary: Dictionary, request: HttpRequest) -> tuple[DictionaryEntry | None, list[DictionaryEntry]]:
    """The entries of the level that is asked for, or those found by a word."""
    rows = dictionary.entries.select_related("parent", "replaced_by").annotate(below=Count("children"))
    if asked := request.GET.get("q", "").replace("\x00", "").strip()[:60]:
        return None, list(rows.filter(Q(name__icontains=asked) | Q(name_en__icontains=asked) | Q(code__iexact=asked)).order_by("order", "pk")[:SHOWN])
    inside = request.GET.get("inside", "")
    parent = dictionary.entries.filter(code=inside[:40]).select_related("parent__parent").first() if inside else None
    return parent, list(rows.filter(parent=parent).order_by("order", "pk")[:SHOWN])


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The values of one level, today or as of a day gone by; retired ones with the rows that still hold them."""
    dictionary, today, day = get_object_or_404(Dictionary, pk=pk), timezone.localdate(), _day(request)
    context: dict[str, Any] = {"dictionary": dictionary, "hub": tabs_of(request, SETTINGS), "day": day, "today": today, "q": request.GET.get("q", "")}
    if day is not None:
        words = words_on(dictionary, day)
        now = {entry.code: entry for entry in dictionary.entries.all()}
        context["then"] = [{"word": word, "now": now.get(code), "was_valid": word.is_valid_on(day)} for code, word in list(words.items())[:SHOWN]]
        context["is_more"] = len(words) > SHOWN
        return render(request, "crm_core/dictionary_as_of.html", context)
    parent, entries = _level(dictionary, request)
    counts = counts_by_code(dictionary)
    for entry in entries:
        entry.held = counts.get(entry.code, 0)  # type: ignore[attr-defined]
    places = places_of(dictionary)
    context |= {
        "parent": parent,
        "path": [*book_of(dictionary.key).ancestors(parent.code), parent] if parent else [],
        "entries": [entry for entry in entries if entry.is_valid_on(today) or entry.valid_to is None],
        "retired": [entry for entry in entries if entry.valid_to is not None and not entry.is_valid_on(today)],
        "unknown": unknown_words(dictionary)[:50] if parent is None and not context["q"] else [],
        "places": places,
        "remaps": dictionary.remaps.select_related("to_entry", "by")[:5],
        "running": RemapState.RUNNING,
        "is_more": len(entries) == SHOWN,
    }
    return render(request, "crm_core/dictionary_detail.html", context)


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_history(request: HttpRequest, pk: int) -> HttpResponse:
    dictionary = get_object_or_404(Dictionary, pk=pk)
    return render(request, "crm_core/dictionary_history.html", {"dictionary": dictionary, "changes": changes_of(dictionary)})


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_export(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    dictionary = get_object_or_404(Dictionary, pk=pk)
    if kind not in {"csv", "xlsx"}:
        raise Http404
    record(by=request.user, feature="crm.dictionary.export", verb=Verb.EXPORT)
    return exports.stream_response(SHEET_COLUMNS, rows_of(dictionary), filename=f"{dictionary.key}-{timezone.localdate():%Y-%m-%d}", kind=kind)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_import(request: HttpRequest, pk: int) -> HttpResponse:
    dictionary = get_object_or_404(Dictionary, pk=pk)
    form = TableForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"dictionary": dictionary, "form": form, "is_import": True}
    if request.method != "POST" or not form.is_valid():
        return render(request, "crm_core/dictionary_form.html", context, status=200 if request.method == "GET" else 422)
    try:
        accepted = accept(form.cleaned_data["file"], kinds=SHEETS)
        sheet = read_rows(accepted.file)
        counts = load_rows(dictionary=dictionary, headers=sheet.headers, rows=sheet.rows, by=request.user)
    except (UploadRefused, Refused) as error:
        form.add_error("file", str(error) if isinstance(error, Refused) else error)
        context["problems"] = error.problems if isinstance(error, CannotLoad) else []
        return render(request, "crm_core/dictionary_form.html", context, status=422)
    words = _("Added %(added)d, changed %(changed)d, left alone %(same)d.") % counts
    return redirect_with(request, dictionary.get_absolute_url(), words)
