"""Handovers: preview, carry out, read the brief, acknowledge it."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import AcknowledgeForm, HandoverForm
from crm_core.models import Account, Handover
from crm_core.services.handover import CannotAcknowledge, accounts_of, acknowledge_handover, brief_of, hand_over, preview_handover, spread
from crm_core.views.hubs import DESK, tabs_of
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid

COLUMNS = [
    Column("giver", gettext_lazy("Former owner"), value="giver", kind="person", phone=True),
    Column("taker", gettext_lazy("Successor"), value="taker", kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column("count", gettext_lazy("Accounts"), value="item_count", kind="number"),
    Column("reason", gettext_lazy("Reason")),
    Column("made_at", gettext_lazy("Handed over"), kind="datetime", sort="made_at"),
    Column(
        "acknowledged_at",
        gettext_lazy("Acknowledged"),
        value=lambda row: _("yes") if row.acknowledged_at else _("waiting"),
        kind="badge",
        tone=lambda row: "good" if row.acknowledged_at else "watch",
        phone=True,
    ),
    Column("made_by", gettext_lazy("Handed over by"), value="made_by", kind="person", default=False),
]


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def handover_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=Handover.objects.visible_to(request.user).with_counts().select_related("giver", "taker", "made_by"),
        columns=COLUMNS,
        template="crm_core/handover_list.html",
        key="crm.handovers",
        search=("giver__name_key__icontains", "giver__display_name__icontains", "taker__display_name__icontains", "reason__icontains"),
        context={"hub": tabs_of(request, DESK)},
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.transfer_account", raise_exception=True)
def handover_create(request: HttpRequest) -> HttpResponse:
    """Two steps on one page: the form, then the preview with a successor for each account; the form's words stay."""
    start = {name: request.GET.get(name) for name in ("giver", "reason") if request.GET.get(name)}
    form = HandoverForm(request.POST or None, by=request.user, initial=start)
    context: dict[str, Any] = {"form": form, "lines": None}
    status = 200
    if request.method == "POST" and not form.is_valid():
        record_invalid(by=request.user, feature="crm.handover.create", form=form)
        status = 422
    elif request.method == "POST":
        cleaned = form.cleaned_data
        accounts = accounts_of(cleaned["giver"], by=request.user)
        lines = preview_handover(accounts=accounts, giver=cleaned["giver"], parts=cleaned["parts"])
        spread(lines, list(cleaned["takers"]))
        if "go" in request.POST:
            try:
                return _carry_out(request, cleaned, accounts)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
        context |= {"lines": lines, "takers": cleaned["takers"], "ready": sum(1 for line in lines if not line.problem)}
    return render(request, "crm_core/handover_form.html", context, status=status)


def _carry_out(request: HttpRequest, cleaned: dict[str, Any], accounts: list[Account]) -> HttpResponse:
    """Read for each ticked account who is to get it, then hand all of them over."""
    people = {str(taker.pk): taker for taker in cleaned["takers"]}
    ticked = set(request.POST.getlist("account"))
    shares: dict[User, list[Account]] = {taker: [] for taker in people.values()}
    for account in accounts:
        if str(account.pk) in ticked:
            taker = people.get(request.POST.get(f"taker_{account.pk}", ""), next(iter(people.values())))
            shares[taker].append(account)
    made = hand_over(
        giver=cleaned["giver"],
        shares=shares,
        parts=cleaned["parts"],
        reason=cleaned["reason"],
        brief=cleaned["brief"],
        by=request.user,  # type: ignore[arg-type]
        now=timezone.now(),
    )
    count = sum(len(given) for given in shares.values())
    words = ngettext("%(count)d account was handed over.", "%(count)d accounts were handed over.", count) % {"count": count}
    return redirect_with(request, made[0].get_absolute_url() if len(made) == 1 else reverse("crm_core:handover_list"), words)


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def handover_detail(request: HttpRequest, pk: int) -> HttpResponse:
    handover = get_object_or_404(Handover.objects.visible_to(request.user).with_counts().select_related("giver", "taker", "made_by"), pk=pk)
    context = {
        "handover": handover,
        "brief": brief_of(handover, by=request.user),  # type: ignore[arg-type]
        "form": AcknowledgeForm() if handover.taker_id == request.user.pk and not handover.acknowledged_at else None,
    }
    return render(request, "crm_core/handover_detail.html", context)


@require_POST
@permission_required("crm_core.view_account", raise_exception=True)
def handover_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    handover = get_object_or_404(Handover.objects.visible_to(request.user).select_related("giver", "taker", "made_by"), pk=pk)
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        raise CannotAcknowledge(_("The question is too long: at most 500 characters."))
    acknowledge_handover(handover=handover, by=request.user, now=timezone.now(), question=form.cleaned_data["question"])  # type: ignore[arg-type]
    return redirect_with(request, handover.get_absolute_url(), _("Thank you. The former owner has been told."))
