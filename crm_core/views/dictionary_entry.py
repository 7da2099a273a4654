"""Values of a dictionary: added, changed, moved, retired, and the rows that hold them re-mapped."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm_core.forms.dictionary import EntryForm, RemapForm, RetireForm
from crm_core.models import Dictionary, DictionaryEntry, Remap, RemapState
from crm_core.services.dictionary_editing import add_entry, change_entry, move_entry, retire_entry, revive_entry
from crm_core.services.remapping import AT_ONCE, all_chunks, count_rows, start_remap, start_undo, who_holds
from crm_core.views.saving import answer_form
from foundation.integrity import Refused
from foundation.jobs.services import enqueue
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid


def _level_url(dictionary: Dictionary, entry: DictionaryEntry | None = None) -> str:
    inside = entry.parent.code if entry is not None and entry.parent else ""
    return f"{dictionary.get_absolute_url()}?inside={inside}" if inside else dictionary.get_absolute_url()


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def entry_create(request: HttpRequest, pk: int) -> HttpResponse:
    dictionary = get_object_or_404(Dictionary, pk=pk)
    parent = dictionary.entries.filter(code=request.GET.get("inside", "")[:40]).first()
    form = EntryForm(request.POST or None, dictionary=dictionary, parent=parent)

    def save() -> HttpResponse:
        entry = add_entry(dictionary=dictionary, data=form.facts, by=request.user)
        return redirect_with(request, _level_url(dictionary, entry), _("“%(name)s” can be chosen now.") % {"name": entry})

    context = {"dictionary": dictionary}
    return answer_form(request, form, template="crm_core/entry_form.html", feature="crm.dictionary.edit", save=save, context=context)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def entry_edit(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(DictionaryEntry.objects.select_related("dictionary", "parent"), pk=pk)
    dictionary = entry.dictionary
    form = EntryForm(request.POST or None, instance=DictionaryEntry.objects.select_related("parent").get(pk=pk), dictionary=dictionary)

    def save() -> HttpResponse:
        change_entry(entry=entry, changes=form.facts, version=form.sent_version(), by=request.user)
        return redirect_with(request, _level_url(dictionary, entry), _("Saved. Rows show the new wording at once."))

    context = {"dictionary": dictionary, "entry": entry}
    return answer_form(request, form, template="crm_core/entry_form.html", feature="crm.dictionary.edit", save=save, context=context)


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def entry_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Up or down by a button, or before another value by hand."""
    entry = get_object_or_404(DictionaryEntry.objects.select_related("dictionary", "parent"), pk=pk)
    siblings = list(entry.dictionary.entries.filter(parent=entry.parent_id).order_by("order", "pk"))
    place = next(number for number, row in enumerate(siblings) if row.pk == entry.pk)
    way, asked = request.POST.get("way", ""), request.POST.get("before", "")
    if way == "up":
        before = siblings[max(place - 1, 0)]
    elif way == "down":
        before = siblings[place + 2] if place + 2 < len(siblings) else None
    else:
        before = get_object_or_404(entry.dictionary.entries, pk=asked) if asked.isdecimal() and len(asked) < 19 else None
    if before is None or before.pk != entry.pk:
        move_entry(entry=entry, before=before, by=request.user)
    return redirect_with(request, _level_url(entry.dictionary, entry), _("Moved."))


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def entry_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Who holds the value, and what becomes of these rows."""
    entry = get_object_or_404(DictionaryEntry.objects.select_related("dictionary", "parent"), pk=pk)
    form = RetireForm(request.POST or None, entry=entry)
    context: dict[str, Any] = {"entry": entry, "dictionary": entry.dictionary, "form": form, "holders": who_holds(entry.dictionary, entry.code)}
    context["count"] = sum(group["count"] for group in context["holders"])
    if request.method == "GET":
        return render(request, "crm_core/entry_retire.html", context)
    if not form.is_valid():
        record_invalid(by=request.user, feature="crm.dictionary.retire", form=form)
        return render(request, "crm_core/entry_retire.html", context, status=422)
    sent, to = form.cleaned_data, form.cleaned_data["to"]
    try:
        retire_entry(entry=entry, version=sent["version"], on=sent["on"], replaced_by=to, by=request.user)
        words = _("“%(name)s” is retired.") % {"name": entry}
        if to is not None and sent["move_rows"] and context["count"]:
            words += " " + _remap(request, entry.dictionary, entry.code, to)
    except Refused as error:
        form.add_error(None, str(error))
        return render(request, "crm_core/entry_retire.html", context, status=409)
    return redirect_with(request, _level_url(entry.dictionary, entry), words)


def _remap(request: HttpRequest, dictionary: Dictionary, code: str, to: DictionaryEntry) -> str:
    """Move the rows, at once or in the background when there are many; gives the sentence."""
    remap = start_remap(dictionary=dictionary, from_code=code, to=to, by=request.user, now=timezone.now())
    return _run(request, remap, count_rows(dictionary, code))


def _run(request: HttpRequest, remap: Remap, count: int) -> str:
    if count > AT_ONCE:
        enqueue(
            task="crm_core.tasks.remap_dictionary",
            by=request.user,
            title=_("Re-map %(count)d rows to “%(value)s”") % {"count": count, "value": remap.to_entry},
            payload={"remap": remap.pk},
            key=f"remap-{remap.pk}",
            permission="crm_core.change_dictionary",
            url=remap.dictionary.get_absolute_url(),
            again=True,
        )
        return _("%(count)d rows are being moved in the background.") % {"count": count}
    done = max(all_chunks(remap, by=request.user, now=timezone.now()), default=0)
    return _("%(count)d rows were moved.") % {"count": done}


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def entry_revive(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(DictionaryEntry.objects.select_related("dictionary", "parent"), pk=pk)
    sent = request.POST.get("version", "")
    revive_entry(entry=entry, version=int(sent) if sent.isdecimal() and len(sent) < 9 else 0, by=request.user)
    return redirect_with(request, _level_url(entry.dictionary, entry), _("“%(name)s” can be chosen again.") % {"name": entry})


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def dictionary_remap(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows that hold a retired value, or a text that is none, get another value."""
    dictionary = get_object_or_404(Dictionary, pk=pk)
    form = RemapForm(request.POST, dictionary=dictionary)
    if not form.is_valid():
        record_invalid(by=request.user, feature="crm.dictionary.remap", form=form)
        words = " ".join(str(reason) for reasons in form.errors.values() for reason in reasons)
        return redirect_with(request, dictionary.get_absolute_url(), words, tone="bad")
    words = _remap(request, dictionary, form.cleaned_data["from_code"], form.cleaned_data["to"])
    return redirect_with(request, dictionary.get_absolute_url(), words)


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def remap_undo(request: HttpRequest, pk: int) -> HttpResponse:
    remap = get_object_or_404(Remap.objects.select_related("dictionary", "to_entry"), pk=pk)
    start_undo(remap=remap, by=request.user)
    words = _run(request, remap, remap.rows.filter(undone=False).count())
    if remap.state == RemapState.UNDONE and remap.kept:
        words += " " + _("%(count)d rows that somebody changed since stayed as they are.") % {"count": remap.kept}
    return redirect_with(request, reverse("crm_core:dictionary_detail", args=[remap.dictionary_id]), words)
