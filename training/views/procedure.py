from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused, Stale
from foundation.people.access import roles
from foundation.ui.conflicts import Difference, both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from training.forms import ProcedureForm, StepFormSet
from training.models import Completion, Procedure, ProcedureState, StepAction
from training.services.completion import proofs_of, steps_for
from training.services.procedure import publish_procedure, retire_procedure, save_procedure

TONES = {"draft": "watch", "published": "good", "retired": "neutral"}
ACTION_ICONS = {"go": "arrow-right", "find": "search", "fill": "forms", "choose": "select", "save": "device-floppy", "expect": "circle-check"}


class ProcedureFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=ProcedureState.choices)

    fits = django_filters.ChoiceFilter(label=_("Still fits"), choices=[("overtaken", _("requirement or screen changed since"))], method="by_fit")

    class Meta:
        model = Procedure
        fields = ["state"]

    def by_fit(self, queryset, name, value):
        return queryset.overtaken()


def _roles(procedure: Procedure) -> str:
    known = roles()
    return ", ".join(str(known[row.role].name) for row in procedure.procedure_roles.all() if row.role in known)


COLUMNS = [
    Column("code", _("Code"), sort="code", kind="link", url=lambda procedure: reverse("training:procedure_detail", args=[procedure.pk])),
    Column("title", _("Title"), value=str, sort="title", phone=True),
    Column("roles", _("Roles"), value=_roles),
    Column("state", _("State"), value="get_state_display", sort="state", kind="badge", tone=lambda procedure: TONES[procedure.state], phone=True),
    Column("requirement", _("Requirement"), value="requirement.code"),
    Column("owner", _("Owner"), sort="owner__name_key", kind="person"),
    Column("published_at", _("Published"), sort="published_at", kind="datetime"),
]


@require_GET
@permission_required("training.view_procedure", raise_exception=True)
def procedure_list(request: HttpRequest) -> HttpResponse:
    """Procedures that the reader may see: those of the own roles, and own drafts."""
    return list_response(
        request,
        queryset=Procedure.objects.visible_to(request.user).select_related("owner", "requirement").prefetch_related("procedure_roles"),
        columns=COLUMNS,
        template="training/procedure_list.html",
        key="training.procedures",
        filterset=ProcedureFilter,
        search=("code__icontains", "title__icontains", "title_en__icontains", "steps__text__icontains"),
        order=("code", "pk"),
        export_permission="training.change_procedure",
    )


@require_GET
@permission_required("training.view_procedure", raise_exception=True)
def procedure_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The procedure as a manual page: only the steps that the reader may do, and how far the reader has come."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user).select_related("owner", "requirement"), pk=pk)
    completion = (
        Completion.objects.filter(user=request.user, procedure=procedure, fingerprint=procedure.fingerprint).select_related("procedure", "user").first()
    )
    proofs = {} if completion is None else {row.step_id: row.done_at for row in completion.step_completions.all()}
    if completion and not completion.completed_at:
        # What has arrived since is shown at once; the next look of the job writes it down.
        proofs = {step: event.recorded_at for step, event in proofs_of(completion).items()}
    steps = steps_for(procedure, request.user)
    expected = [step for step in steps if step.action == StepAction.EXPECT]
    context = {
        "procedure": procedure,
        "tone": TONES[procedure.state],
        "steps": [{"step": step, "icon": ACTION_ICONS[step.action], "done": proofs.get(step.pk)} for step in steps],
        "hidden": procedure.steps.count() - len(steps),
        "completion": completion,
        "done": sum(1 for step in expected if step.pk in proofs),
        "expected": len(expected),
        "finished": bool(completion and (completion.completed_at or (expected and all(step.pk in proofs for step in expected)))),
        "may_edit": request.user.has_perm("training.change_procedure") and procedure.state != ProcedureState.RETIRED,
        "may_publish": request.user.has_perm("training.publish_procedure") and procedure.state != ProcedureState.RETIRED,
        "changed": procedure.state == ProcedureState.PUBLISHED and procedure.fingerprint != procedure.compute_fingerprint(),
        "roles": _roles(procedure),
        "texts": {field: procedure.in_language(field) for field in ("summary", "before", "after")},
    }
    return render(request, "training/procedure_detail.html", context)


def _edit(request: HttpRequest, procedure: Procedure) -> HttpResponse:
    """Write a procedure and its steps in one form."""
    form = ProcedureForm(request.POST or None, instance=procedure, user=request.user)
    formset = StepFormSet(request.POST or None, instance=procedure, prefix="steps")
    if request.method == "POST":
        if form.is_valid() and formset.is_valid():
            kept = [item for item in formset.ordered_forms if item.cleaned_data.get("text") or item.cleaned_data.get("text_en")]
            try:
                saved = save_procedure(
                    procedure=form.save(commit=False),
                    roles=form.cleaned_data["roles"],
                    steps=[item.instance for item in kept],
                    sent_version=form.cleaned_data["sent_version"] if procedure.pk else None,
                    by=request.user,
                    now=timezone.now(),
                )
            except Refused as error:
                context = {"form": form, "formset": formset, "procedure": procedure}
                if isinstance(error, Stale):
                    context["conflict"] = _both_versions(form, [item.cleaned_data for item in kept], Procedure.objects.get(pk=procedure.pk))
                form.add_error(None, str(error))
                return render(request, "training/procedure_form.html", context, status=409)
            return redirect_with(request, reverse("training:procedure_detail", args=[saved.pk]), _("Saved. Publish it when it is ready."))
        record_invalid(by=request.user, feature="learn.procedure.edit", form=form)
    invalid = request.method == "POST"
    return render(request, "training/procedure_form.html", {"form": form, "formset": formset, "procedure": procedure}, status=400 if invalid else 200)


def _both_versions(form: ProcedureForm, mine: list[dict[str, Any]], stored: Procedure) -> list[Difference]:
    """The facts that differ, then the steps by their place."""
    roles = [row.role for row in stored.procedure_roles.all()]
    found = both_versions(form, stored, saved={"roles": roles}, version_field="sent_version")
    theirs = list(stored.steps.order_by("order"))
    for place in range(max(len(mine), len(theirs))):
        typed = _step_words(mine[place]) if place < len(mine) else ""
        kept = _step_words(model_to_dict(theirs[place])) if place < len(theirs) else ""
        if typed != kept:
            found.append(Difference(label=gettext("Step %(number)d") % {"number": place + 1}, theirs=kept, mine=typed))
    return found


def _step_words(values: dict[str, Any]) -> str:
    """A step as text: what to do in both languages, and on which element."""
    names = (values.get("text"), values.get("text_en"), values.get("element_role"), values.get("element_name"))
    return "\n".join([str(StepAction(values["action"]).label), *(str(name) for name in names if name)])


@require_http_methods(["GET", "POST"])
@permission_required("training.add_procedure", raise_exception=True)
def procedure_create(request: HttpRequest) -> HttpResponse:
    """A new procedure."""
    return _edit(request, Procedure(owner=request.user))


@require_http_methods(["GET", "POST"])
@permission_required("training.change_procedure", raise_exception=True)
def procedure_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a procedure; what people completed counts until it is published again."""
    return _edit(request, get_object_or_404(Procedure.objects.visible_to(request.user).exclude(state=ProcedureState.RETIRED), pk=pk))


@require_POST
@permission_required("training.publish_procedure", raise_exception=True)
def procedure_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it into the manuals."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user).exclude(state=ProcedureState.RETIRED), pk=pk)
    url = reverse("training:procedure_detail", args=[pk])
    try:
        publish_procedure(procedure=procedure, by=request.user, now=timezone.now())
    except Refused as error:
        return redirect_with(request, url, str(error), tone="watch")
    return redirect_with(request, url, _("Published. It stands in the manuals of its roles."))


@require_POST
@permission_required("training.publish_procedure", raise_exception=True)
def procedure_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it out of the manuals."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), pk=pk)
    retire_procedure(procedure=procedure, by=request.user, now=timezone.now())
    return redirect_with(request, reverse("training:procedure_list"), _("Retired. What people completed stays on record."))
