"""Merging: records side by side, a value per field, the survivor; and taking it back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.models import SUBJECT_MODELS, Account, DuplicatePair, Merge, Subject
from crm_core.services.merging import MOST, compare, merge_records, propose_survivor, survivor_of, undo_merge, what_contradicts
from crm_core.services.merging.proposing import FIELDS
from crm_core.veils import HIDDEN, MASKS, as_seen, veiled_fields
from crm_core.views.hubs import DESK, tabs_of
from foundation.integrity import Refused, Stale
from foundation.people.models import User
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response, ticked
from foundation.ui.responses import redirect_with


def follows_merge(model: Any, page: str) -> Callable[[Any], Any]:
    """For a record's page: the address of a merged record leads to the one it went into, if the person sees that."""

    def wrap(view: Any) -> Any:
        @wraps(view)
        def inner(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, pk=pk, **kwargs)
            except Http404:
                target = survivor_of(model, pk) if pk < 2**63 else None
                if target is not None and model.objects.visible_to(request.user).filter(pk=target).exists():
                    return redirect(page, pk=target)
                raise

        return inner

    return wrap


def _rows(request: HttpRequest, model: Any, pks: list[int]) -> list[Any]:
    """The records to be merged, all of which the person must see."""
    rows = list(model.objects.visible_to(request.user).select_related("owner", "department").filter(pk__in=pks).order_by("pk"))
    if len(rows) != len(pks) or not rows:
        raise Http404
    return rows


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def merge_create(request: HttpRequest) -> HttpResponse:
    """``?for=account&pk=1&pk=2``: choose survivor, values and owner; then merge."""
    asked = request.POST if request.method == "POST" else request.GET
    subject = Subject.CONTACT if asked.get("for") == Subject.CONTACT else Subject.ACCOUNT
    if not request.user.has_perm(f"crm_core.merge_{subject}"):
        raise PermissionDenied
    model: Any = SUBJECT_MODELS[subject]
    pks = ticked(asked, most=MOST + 1)
    if request.method == "POST" and (left := [pk for pk in pks if survivor_of(model, pk)]):
        first = model.objects.get(pk=left[0])
        raise Refused(_("“%(row)s” has been merged in the meantime. Look again, then decide.") % {"row": first})
    rows = _rows(request, model, pks)
    chosen = next((row for row in rows if str(row.pk) == asked.get("survivor")), None)
    survivor = chosen or propose_survivor(rows)
    if request.method == "POST":
        answer = _merge(request, subject, rows, survivor)
        if isinstance(answer, HttpResponse):
            return answer
        return render(request, "crm_core/merge_form.html", _context(subject, model, rows, survivor, asked, answer, by=request.user), status=409)
    if len(rows) < 2:
        raise Http404
    return render(request, "crm_core/merge_form.html", _context(subject, model, rows, survivor, asked, "", by=request.user))


@require_POST
@permission_required("crm_core.merge_account", raise_exception=True)
def merge_chosen(request: HttpRequest) -> HttpResponse:
    """The accounts ticked in the list go to the page of the merge, which asks for the rest; nothing is merged here."""
    pks = ticked(request.POST, most=MOST + 1)
    if not 2 <= len(pks) <= MOST:
        raise Refused(_("Tick between 2 and %(most)d accounts to merge them.") % {"most": MOST})
    _rows(request, Account, pks)
    query = urlencode([("for", Subject.ACCOUNT), *(("pk", pk) for pk in pks)])
    return redirect(f"{reverse('crm_core:merge_create')}?{query}")


def _merge(request: HttpRequest, subject: str, rows: list[Any], survivor: Any) -> HttpResponse | str:
    """The merge itself, or the sentence of its refusal."""
    data = request.POST
    values = {name: int(data[f"value_{name}"]) for name in FIELDS[subject] if data.get(f"value_{name}", "").isdecimal()}
    versions = {row.pk: int(data.get(f"version_{row.pk}") or 0) for row in rows if data.get(f"version_{row.pk}", "0").isdecimal()}
    owner = User.objects.filter(pk=data["owner"]).first() if data.get("owner", "").isdecimal() else None
    try:
        done = merge_records(
            rows=rows, survivor=survivor, by=request.user, now=timezone.now(), versions=versions, values=values, owner=owner, reason=data.get("reason", "")
        )
    except Stale:
        for row in rows:
            row.refresh_from_db()
        return _("Somebody else changed one of these records since you opened this page. You see the new values now; look again, then merge.")
    except Refused as refusal:
        return str(refusal)
    url = reverse(f"crm_core:{subject}_detail", args=[done.survivor_id])
    said = _("%(count)d records are one now. You can take it back on the page of the merge.") % {"count": len(rows)}
    return redirect_with(request, url, said)


def _context(subject: str, model: Any, rows: list[Any], survivor: Any, asked: Any, sentence: str, *, by: User) -> dict[str, Any]:
    lines = compare(rows, survivor, by=by)
    picked = {line.name: int(asked[f"value_{line.name}"]) for line in lines if asked.get(f"value_{line.name}", "").isdecimal()}
    owners = {row.owner_id: row.owner for row in rows if row.owner_id}
    codes = {getattr(row, "credit_code", "") for row in rows} - {""}
    return {
        "subject": subject,
        "rows": rows,
        "survivor": survivor,
        "lines": [(line, picked.get(line.name, line.proposed)) for line in lines],
        "owners": list(owners.values()) if model is Account and len(owners) > 1 else [],
        "owner": asked.get("owner", ""),
        "needs_reason": len(codes) > 1,
        "reason": asked.get("reason", ""),
        "sentence": sentence,
        "pair": DuplicatePair.objects.filter(subject=subject, left_id=min(row.pk for row in rows), right_id=max(row.pk for row in rows)).first(),
    }


merge_url = row_address("crm_core:merge_detail")


COLUMNS = [
    Column("names", gettext_lazy("Records"), value=lambda row: " + ".join(row.names.values()), kind="link", url=merge_url, phone=True),
    Column("subject", gettext_lazy("What"), value=lambda row: row.get_subject_display()),
    Column("by", gettext_lazy("Merged by"), value="by", kind="person"),
    Column("at", gettext_lazy("Merged"), kind="datetime", sort="at", phone=True),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: _("taken back") if row.undone_at else _("merged"),
        kind="badge",
        tone=lambda row: "neutral" if row.undone_at else "good",
        phone=True,
    ),
]


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def merge_list(request: HttpRequest) -> HttpResponse:
    rows = Merge.objects.visible_to(request.user).select_related("by")
    context = {"hub": tabs_of(request, DESK)}
    return list_response(
        request, queryset=rows, columns=COLUMNS, template="crm_core/merge_list.html", key="crm.merges", order=("-at", "-pk"), context=context, drawer=False
    )


def _one(request: HttpRequest, pk: int) -> Merge:
    return get_object_or_404(Merge.objects.visible_to(request.user).select_related("by", "undone_by"), pk=pk)


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def merge_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the merge did, and whether it can be taken back."""
    merge = _one(request, pk)
    model: Any = SUBJECT_MODELS[merge.subject]
    rows = {row.pk: row for row in model.objects.filter(pk__in=[merge.survivor_id, *merge.loser_ids])}
    veiled = veiled_fields(rows[merge.survivor_id], request.user) if merge.survivor_id in rows else dict.fromkeys(MASKS[merge.subject], HIDDEN)
    hidden = {"also_known", "phone_key", "pooled_at", "custom"}
    context = {
        "merge": merge,
        "survivor": rows.get(merge.survivor_id),
        "name": rows.get(merge.survivor_id) or next(iter(merge.names.values()), merge.pk),
        "names": list(merge.names.values()),
        "values": [
            (model._meta.get_field(name).verbose_name, *(as_seen(merge.subject, name, value, veiled.get(name)) for value in pair))
            for name, pair in merge.values.items()
            if name not in hidden and not name.endswith("_id")
        ],
        "counts": [(_kind(label), count) for label, count in merge.counts.items()],
        "problems": [] if merge.undone_at else what_contradicts(merge, rows),
        "may_undo": request.user.has_perm(f"crm_core.merge_{merge.subject}") and not merge.undone_at,
    }
    return render(request, "crm_core/merge_detail.html", context)


def _kind(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name_plural)


@require_POST
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    merge = _one(request, pk)
    if not request.user.has_perm(f"crm_core.merge_{merge.subject}"):
        raise PermissionDenied
    undo_merge(merge=merge, by=request.user, now=timezone.now())
    return redirect_with(request, merge_url(merge), _("The merge is taken back: %(count)d records again.") % {"count": len(merge.names)})
