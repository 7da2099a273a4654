"""Disputes about who owns an account: the file, the evidence, both sides' words, the decision."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import AnswerForm, DisputeForm, VerdictForm
from crm_core.models import Account, DisputeState, OwnershipDispute
from crm_core.pool_words import evidence_note, evidence_words
from crm_core.services.disputes import answer_dispute, decide_dispute, find_disputed, open_dispute, withdraw_dispute
from crm_core.views.hubs import DESK, tabs_of
from crm_core.views.saving import answer_form
from foundation.pdf import render_pdf
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.models import Verb
from foundation.usage.services import record

ICONS = {"created": "plus", "import": "file-import", "owner": "user-check", "activity": "phone", "deal": "target-arrow", "share": "users-plus", "use": "eye"}
TONES = {DisputeState.OPEN: "watch", DisputeState.DECIDED: "good", DisputeState.WITHDRAWN: "neutral"}

COLUMNS = [
    Column("account", gettext_lazy("Account"), value=lambda row: row.account.name, kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column("state", gettext_lazy("State"), value=lambda row: row.get_state_display(), kind="badge", tone=lambda row: TONES[row.state], phone=True),
    Column("claimant", gettext_lazy("Claimant"), value="claimant", kind="person", phone=True),
    Column("holder", gettext_lazy("Owner at that time"), value="holder", kind="person"),
    Column("opened_at", pgettext_lazy("dispute", "Opened"), kind="datetime", sort="opened_at"),
    Column("verdict", pgettext_lazy("dispute", "Decision"), value=lambda row: row.get_verdict_display()),
    Column("decided_by", pgettext_lazy("dispute", "Decided by"), value="decided_by", kind="person", default=False),
]


def _dispute(request: HttpRequest, pk: int) -> OwnershipDispute:
    rows = OwnershipDispute.objects.visible_to(request.user).select_related("account__owner", "department", "claimant", "holder", "decided_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=OwnershipDispute.objects.visible_to(request.user).select_related("account", "claimant", "holder", "decided_by"),
        columns=COLUMNS,
        template="crm_core/dispute_list.html",
        key="crm.disputes",
        search=("account__name__icontains", "account__name_key__icontains", "claimant__display_name__icontains"),
        order=("-opened_at", "-pk"),
        context={"hub": tabs_of(request, DESK)},
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_create(request: HttpRequest) -> HttpResponse:
    """Dispute who owns an account: one that is seen (``?account=``), or one known only by its name or credit code."""
    account = None
    if asked := request.GET.get("account", ""):
        if not asked.isdecimal() or len(asked) > 18:
            raise Http404
        account = get_object_or_404(Account.objects.visible_to(request.user).select_related("owner", "department"), pk=int(asked))
    form = DisputeForm(request.POST or None, named=account is not None)

    def save() -> HttpResponse:
        found = account or find_disputed(form.cleaned_data["name"])
        if found is None:
            form.add_error("name", _("No owned account has exactly this name or credit code. It may lie in the pool: look there first."))
            return render(request, "crm_core/dispute_form.html", {"form": form, "account": account}, status=422)
        dispute = open_dispute(account=found, claim=form.cleaned_data["claim"], by=request.user, now=timezone.now())
        return redirect_with(request, dispute.get_absolute_url(), _("The file is open. The evidence has been collected."))

    return answer_form(
        request, form, template="crm_core/dispute_form.html", feature="crm.account.dispute", save=save, context={"account": account}, obj=account
    )


def evidence_items(dispute: OwnershipDispute) -> list[dict[str, Any]]:
    """The evidence as a timeline, in the reader's language; the two sides stand out."""
    items = []
    for item in dispute.evidence:
        side = {dispute.claimant_id: _("claimant"), dispute.holder_id: _("owner")}.get(item.get("person_id"), "") if item.get("person_id") else ""
        items.append(
            {
                "at": parse_datetime(item["at"]),
                "who": item["person"],
                "icon": ICONS.get(item["kind"], "point"),
                "title": evidence_words(item),
                "body": evidence_note(item),
                "badge": side,
                "tone": "info" if item.get("person_id") == dispute.claimant_id else "",
            }
        )
    return items


@require_GET
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_detail(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    return _page(request, dispute)


def _page(
    request: HttpRequest, dispute: OwnershipDispute, *, answer: AnswerForm | None = None, verdict: VerdictForm | None = None, status: int = 200
) -> HttpResponse:
    is_open, user = dispute.state == DisputeState.OPEN, request.user
    is_side = user.pk in (dispute.claimant_id, dispute.holder_id)
    version = {"version": dispute.version}
    context = {
        "dispute": dispute,
        "tone": TONES[DisputeState(dispute.state)],
        "items": evidence_items(dispute),
        "sees_account": Account.objects.visible_to(user).filter(pk=dispute.account_id).exists(),
        "answer_form": answer or (AnswerForm(initial={**version, "answer": dispute.answer}) if is_open and user.pk == dispute.holder_id else None),
        "verdict_form": verdict or (VerdictForm(initial=version) if is_open and not is_side and user.has_perm("crm_core.decide_dispute") else None),
        "may_withdraw": is_open and user.pk == dispute.claimant_id,
    }
    return render(request, "crm_core/dispute_detail.html", context, status=status)


@require_POST
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_answer(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, dispute, answer=form, status=422)
    answer_dispute(dispute=dispute, by=request.user, now=timezone.now(), **form.cleaned_data)
    return redirect_with(request, dispute.get_absolute_url(), _("Your words are in the file."))


@require_POST
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    withdraw_dispute(dispute=dispute, by=request.user, now=timezone.now())
    return redirect_with(request, dispute.get_absolute_url(), _("Withdrawn; the file stays."))


@require_POST
@permission_required("crm_core.decide_dispute", raise_exception=True)
def dispute_decide(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = _dispute(request, pk)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, dispute, verdict=form, status=422)
    decide_dispute(dispute=dispute, by=request.user, now=timezone.now(), **form.cleaned_data)
    return redirect_with(request, dispute.get_absolute_url(), _("Decided: %(verdict)s.") % {"verdict": dispute.get_verdict_display()})


@require_GET
@permission_required("crm_core.dispute_account", raise_exception=True)
def dispute_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole file on paper."""
    dispute = _dispute(request, pk)
    language = translation.get_language() or "zh-hans"
    pdf = render_pdf("crm_core/pdf/dispute.html", {"dispute": dispute, "items": evidence_items(dispute), "printed": timezone.now()}, language=language)
    record(by=request.user, feature="crm.dispute.print", verb=Verb.EXPORT, obj=dispute)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="dispute-{dispute.pk}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
