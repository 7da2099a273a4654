from copy import copy
from datetime import date
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.people.access import access_of
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from implementation import services
from implementation.filters import RegisterFilter
from implementation.forms import EntryForm
from implementation.models import RegisterEntry
from implementation.reports import register_matrix
from implementation.views.editing import edit, sent_version
from implementation.views.rollout import VIEW, rollout_or_404

CHANGE = "implementation.change_registerentry"
STATE_TONES = {"missing": "neutral", "draft": "info", "in_review": "watch", "signed": "good"}


def _state(entry: RegisterEntry) -> str:
    return _("Overdue: %(state)s") % {"state": entry.state.label} if entry.is_overdue(timezone.localdate()) else str(entry.state.label)


def _tone(entry: RegisterEntry) -> str:
    return "bad" if entry.is_overdue(timezone.localdate()) else STATE_TONES[entry.state]


def _signed(entry: RegisterEntry) -> str:
    return _("Version %(number)s") % {"number": entry.signed_number} if entry.is_signed else ""


COLUMNS = (
    Column("title", gettext_lazy("Document owed"), value=str, kind="link", url=lambda row: row.get_absolute_url(), sort="title", phone=True),
    Column("phase", gettext_lazy("Phase"), value=lambda row: str(row.phase), sort="phase__order"),
    Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind", default=False),
    Column("owed_by", gettext_lazy("Owed by"), kind="person", sort="owed_by__name_key"),
    Column("due_on", gettext_lazy("Due"), kind="date", sort="due_on", phone=True),
    Column("state", gettext_lazy("State"), value=_state, kind="badge", tone=_tone, phone=True),
    Column("document", gettext_lazy("Document"), value="document.code", kind="link", url=lambda row: row.document.get_absolute_url() if row.document else ""),
    Column("signed", gettext_lazy("Signed"), value=_signed),
    Column("note", gettext_lazy("Note"), default=False),
)


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_register(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    return list_response(
        request,
        queryset=rollout.register.with_documents(),
        columns=COLUMNS,
        template="implementation/rollout_register.html",
        key="implementation.register",
        filterset=RegisterFilter,
        search=("title__icontains", "title_en__icontains", "document__code__icontains", "document__title__icontains", "owed_by__display_name__icontains"),
        order=("due_on", "pk"),
        export_permission="implementation.export_rollout",
        drawer=False,
        context={"rollout": rollout, "tab": "register"},
    )


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_matrix(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    context = {"rollout": rollout, "tab": "register", "matrix": register_matrix(rollout, timezone.localdate()), "tones": STATE_TONES}
    return render(request, "implementation/rollout_matrix.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE, raise_exception=True)
def register_create(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    given = request.GET.get("phase", "")
    phase = rollout.phases.filter(pk=given).first() if given.isdecimal() and len(given) < 18 else None
    initial: dict[str, Any] = {"phase": phase, "due_on": phase.planned_end if phase else None, "owed_by": rollout.project_manager}

    def save(form: EntryForm) -> RegisterEntry:
        return services.add_entry(entry=RegisterEntry(rollout=rollout, **form.values()), by=request.user)

    return edit(
        request,
        form=EntryForm(request.POST or None, instance=RegisterEntry(rollout=rollout), rollout=rollout, user=request.user, initial=initial),
        save=save,
        done=lambda entry: entry.get_absolute_url(),
        message=_("The phase owes one more document."),
        feature="rollout.register.create",
        context={"rollout": rollout, "heading": _("Add owed document"), "submit": _("Add owed document"), "cancel": rollout.register_url},
    )


def entry_or_404(request: HttpRequest, pk: int) -> RegisterEntry:
    """The entry with its rollout and document, if the person may see the rollout."""
    rows = RegisterEntry.objects.visible_to(request.user).with_documents().select_related("rollout__department")
    return get_object_or_404(rows, pk=pk)


def may_work_on(entry: RegisterEntry, user: Any) -> bool:
    """Who keeps the register, and whoever owes the document or stands in for that one."""
    return user.has_perm(CHANGE) or entry.owed_by_id in {user.pk, *access_of(user).principals}


@require_http_methods(["GET", "POST"])
@permission_required(VIEW, raise_exception=True)
def register_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is owed; readers see the same page without the form."""
    entry = entry_or_404(request, pk)
    today = timezone.localdate()
    context = {
        "rollout": entry.rollout,
        "entry": entry,
        "state_text": _state(entry),
        "tone": _tone(entry),
        "may_start": may_work_on(entry, request.user) and entry.document is None and entry.rollout.is_open,
        "days_left": _days_left(entry.due_on, today),
        "cancel": entry.rollout.register_url,
    }
    if not request.user.has_perm(CHANGE):
        if request.method == "POST":
            raise PermissionDenied
        return render(request, "implementation/register_edit.html", context)

    def save(form: EntryForm) -> RegisterEntry:
        return services.change_entry(entry=copy(entry), sent_version=form.sent_version, values=form.values(), by=request.user)

    return edit(
        request,
        form=EntryForm(request.POST or None, instance=copy(entry), rollout=entry.rollout, user=request.user),
        save=save,
        stored=entry,
        done=entry.get_absolute_url(),
        message=_("Saved."),
        feature="rollout.register.update",
        context=context,
        template="implementation/register_edit.html",
    )


def _days_left(due_on: date, today: date) -> int:
    return (due_on - today).days


@require_POST
@permission_required(VIEW, raise_exception=True)
def register_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Create the owed document and go on writing it."""
    entry = entry_or_404(request, pk)
    if not may_work_on(entry, request.user):
        raise PermissionDenied
    document = services.start_document(entry=entry, sent_version=sent_version(request), by=request.user, now=timezone.now())
    return redirect_with(request, document.get_absolute_url(), _("The document “%(title)s” is started.") % {"title": document.title})


@require_POST
@permission_required(CHANGE, raise_exception=True)
def register_delete(request: HttpRequest, pk: int) -> HttpResponse:
    entry = entry_or_404(request, pk)
    services.remove_entry(entry=entry, sent_version=sent_version(request), by=request.user)
    return redirect_with(request, entry.rollout.register_url, _("The phase does not owe “%(title)s” any more.") % {"title": entry})
