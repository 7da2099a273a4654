from copy import copy
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from implementation import services
from implementation.forms import AnswerForm, CriterionForm, PassForm, ReopenForm, WaiverForm
from implementation.models import Gate, GateCriterion, GatePassage, GateReading, Status, Verdict, Waiver, known_checks, read_gate
from implementation.reports.cockpit import VERDICT_TONES
from implementation.reports.status import STATUS_TONES, frozen_line
from implementation.views.editing import edit, sent_version
from implementation.views.rollout import VIEW

ORDER = {Status.NOT_MET: 0, Status.RISK: 1, Status.MET: 2}


def gate_or_404(request: HttpRequest, pk: int) -> Gate:
    """The gate with everything a reading needs, if the person may see its rollout."""
    rows = Gate.objects.visible_to(request.user).to_show().select_related("phase__rollout__sponsor", "phase__rollout__project_manager")
    return get_object_or_404(rows, pk=pk)


@require_GET
@permission_required(VIEW, raise_exception=True)
def gate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return gate_page(request, gate_or_404(request, pk))


def gate_page(request: HttpRequest, gate: Gate, *, pass_form: PassForm | None = None, reopen_form: ReopenForm | None = None, status: int = 200) -> HttpResponse:
    """The gate with its criteria, worst first, and what the person may do about it."""
    today = timezone.localdate()
    reading = read_gate(gate, today)
    passage = gate.standing_passage
    verdict = reading.verdict
    context = {
        "gate": gate,
        "phase": gate.phase,
        "rollout": gate.phase.rollout,
        "reading": reading,
        "lines": [_line(request, one) for one in sorted(reading.criteria, key=lambda one: ORDER[one.status])],
        "verdict": verdict,
        "verdict_tone": VERDICT_TONES[verdict],
        "passage": passage,
        "passage_tone": VERDICT_TONES[Verdict(passage.verdict)] if passage else "",
        "passages": gate.passages.all(),
        "pass_form": pass_form or PassForm(initial={"meaning": _("Approved to go on to the next phase")}),
        "reopen_form": reopen_form or ReopenForm(),
        "met": reading.count(Status.MET),
        "risk": reading.count(Status.RISK),
        "not_met": reading.count(Status.NOT_MET),
        "is_open": gate.phase.rollout.is_open,
        "today": today,
    }
    return render(request, "implementation/gate_detail.html", context, status=status)


def _line(request: HttpRequest, reading: Any) -> dict[str, Any]:
    criterion = reading.criterion
    return {
        "criterion": criterion,
        "reading": reading,
        "tone": STATUS_TONES[reading.status],
        "found_tone": STATUS_TONES[Status(reading.result.status)],
        "found_label": Status(reading.result.status).label,
        "differs": reading.status != reading.result.status,
        "may_answer": services.may_answer(criterion, request.user),
        "answers": reading.answers[:5],
    }


@require_POST
@permission_required("implementation.pass_gate", raise_exception=True)
def gate_pass(request: HttpRequest, pk: int) -> HttpResponse:
    gate = gate_or_404(request, pk)
    form = PassForm(request.POST)
    if not form.is_valid():
        record_invalid(by=request.user, feature="rollout.gate.sign", form=form)
        return gate_page(request, gate, pass_form=form, status=422)
    try:
        services.pass_gate(gate=gate, meaning=form.cleaned_data["meaning"], reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as error:
        form.add_error(None, str(error))
        return gate_page(request, gate_or_404(request, pk), pass_form=form, status=error.status)
    return redirect_with(request, gate.get_absolute_url(), _("%(gate)s is passed. Its values are frozen.") % {"gate": gate})


@require_POST
@permission_required("implementation.reopen_gate", raise_exception=True)
def gate_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    gate = gate_or_404(request, pk)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        record_invalid(by=request.user, feature="rollout.gate.update", form=form)
        return gate_page(request, gate, reopen_form=form, status=422)
    try:
        services.reopen_gate(gate=gate, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as error:
        form.add_error(None, str(error))
        return gate_page(request, gate_or_404(request, pk), reopen_form=form, status=error.status)
    return redirect_with(request, gate.get_absolute_url(), _("%(gate)s is open again.") % {"gate": gate}, "watch")


@require_GET
@permission_required(VIEW, raise_exception=True)
def passage_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What every criterion said when the gate was passed, beside what it says today."""
    rows = GatePassage.objects.visible_to(request.user).select_related("passed_by", "reopened_by")
    passage = get_object_or_404(rows, pk=pk)
    gate = gate_or_404(request, passage.gate_id)
    reading = read_gate(gate, timezone.localdate())
    context = {
        "passage": passage,
        "gate": gate,
        "rollout": gate.phase.rollout,
        "tone": VERDICT_TONES[Verdict(passage.verdict)],
        "reading": reading,
        "now_tone": VERDICT_TONES[reading.verdict],
        "pairs": then_and_now(passage, reading),
    }
    return render(request, "implementation/passage_detail.html", context)


def then_and_now(passage: GatePassage, reading: GateReading) -> list[dict[str, Any]]:
    """Frozen criteria in their order with today's reading of the same one; criteria added since come last."""
    today = {one.criterion.pk: one for one in reading.criteria}
    pairs = []
    for row in passage.values.get("criteria", []):
        line = frozen_line(row)
        now = today.pop(line["criterion"], None)
        pairs.append({"then": line, "now": now, "now_tone": STATUS_TONES[now.status] if now else "neutral", "changed": not now or now.status != line["status"]})
    pairs += [{"then": None, "now": one, "now_tone": STATUS_TONES[one.status], "changed": True} for one in today.values()]
    return pairs


def criterion_or_404(request: HttpRequest, pk: int) -> GateCriterion:
    """The criterion with its gate and rollout."""
    rows = GateCriterion.objects.visible_to(request.user).select_related("gate__phase__rollout", "gate__phase__wave", "answerer")
    return get_object_or_404(rows, pk=pk)


def _context(criterion: GateCriterion, heading: str, submit: str) -> dict[str, Any]:
    gate = criterion.gate
    return {
        "rollout": gate.phase.rollout,
        "gate": gate,
        "criterion": criterion,
        "heading": heading,
        "submit": submit,
        "cancel": gate.get_absolute_url(),
    }


@require_http_methods(["GET", "POST"])
@permission_required("implementation.waive_criterion", raise_exception=True)
def criterion_waive(request: HttpRequest, pk: int) -> HttpResponse:
    criterion = criterion_or_404(request, pk)

    def save(form: WaiverForm) -> Waiver:
        return services.waive_criterion(criterion=criterion, by=request.user, now=timezone.now(), **form.cleaned_data)

    return edit(
        request,
        form=WaiverForm(request.POST or None, initial={"owner": request.user}),
        save=save,
        done=criterion.gate.get_absolute_url(),
        message=_("The criterion is waived and counts as a risk."),
        feature="rollout.criterion.waive",
        context=_context(criterion, _("Waive criterion"), _("Waive criterion")),
        template="implementation/criterion_form.html",
    )


@require_POST
@permission_required("implementation.waive_criterion", raise_exception=True)
def waiver_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    waiver = get_object_or_404(Waiver.objects.visible_to(request.user).select_related("criterion__gate__phase__rollout"), pk=pk)
    services.revoke_waiver(waiver=waiver, by=request.user, now=timezone.now())
    return redirect_with(request, waiver.criterion.gate.get_absolute_url(), _("The waiver is taken back; the criterion counts again."))


@require_http_methods(["GET", "POST"])
@permission_required("implementation.answer_criterion", raise_exception=True)
def criterion_answer(request: HttpRequest, pk: int) -> HttpResponse:
    criterion = criterion_or_404(request, pk)
    if not services.may_answer(criterion, request.user):
        raise PermissionDenied

    def save(form: AnswerForm) -> Any:
        return services.answer_criterion(criterion=criterion, by=request.user, now=timezone.now(), **form.cleaned_data)

    return edit(
        request,
        form=AnswerForm(request.POST or None),
        save=save,
        done=criterion.gate.get_absolute_url(),
        message=_("Your answer is kept with your name."),
        feature="rollout.criterion.answer",
        context=_context(criterion, _("Answer criterion"), _("Answer criterion")),
        template="implementation/criterion_form.html",
    )


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_gate", raise_exception=True)
def criterion_create(request: HttpRequest, pk: int) -> HttpResponse:
    gate = gate_or_404(request, pk)
    new = GateCriterion(gate=gate)

    def save(form: CriterionForm) -> GateCriterion:
        values = form.values()
        check = known_checks().get(values["check_key"])
        values["parameters"] = dict(check.parameters) if check else {}
        return services.add_criterion(criterion=GateCriterion(gate=gate, **values), by=request.user)

    return edit(
        request,
        form=CriterionForm(request.POST or None, instance=new, checks=known_checks()),
        save=save,
        done=gate.get_absolute_url(),
        message=_("The criterion is added."),
        feature="rollout.criterion.create",
        context=_context(new, _("Add criterion"), _("Add criterion")),
    )


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_gate", raise_exception=True)
def criterion_edit(request: HttpRequest, pk: int) -> HttpResponse:
    criterion = criterion_or_404(request, pk)

    def save(form: CriterionForm) -> GateCriterion:
        return services.change_criterion(criterion=copy(criterion), sent_version=form.sent_version, values=form.values(), by=request.user)

    return edit(
        request,
        form=CriterionForm(request.POST or None, instance=copy(criterion), checks=known_checks()),
        save=save,
        stored=criterion,
        done=criterion.gate.get_absolute_url(),
        message=_("Saved."),
        feature="rollout.criterion.update",
        context={**_context(criterion, _("Edit criterion"), _("Save")), "delete_url": reverse("implementation:criterion_delete", args=[criterion.pk])},
    )


@require_POST
@permission_required("implementation.change_gate", raise_exception=True)
def criterion_delete(request: HttpRequest, pk: int) -> HttpResponse:
    criterion = criterion_or_404(request, pk)
    services.remove_criterion(criterion=criterion, sent_version=sent_version(request), by=request.user)
    return redirect_with(request, criterion.gate.get_absolute_url(), _("The criterion is removed."))
