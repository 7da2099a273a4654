"""How many accounts one may own, who may own more, and how many owners an account has."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import CapacityRuleForm, OwnershipModeForm, PersonExemptionForm
from crm_core.models import CapacityExemption, CapacityRule, OwnershipMode
from crm_core.services.pool_settings import end_exemption, exempt_person, save_capacity_rule, switch_mode
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with


@require_GET
@permission_required("crm_core.change_capacityrule", raise_exception=True)
def capacity_list(request: HttpRequest) -> HttpResponse:
    """The capacity rules with the people who are exempt from them."""
    rules = CapacityRule.objects.select_related("department").prefetch_related("exemptions__user", "exemptions__granted_by")
    context = {"hub": tabs_of(request, SETTINGS), "rules": rules, "today": timezone.localdate(), "mode": OwnershipMode.objects.first()}
    return render(request, "crm_core/capacity_list.html", context)


def _form(request: HttpRequest, rule: CapacityRule | None) -> HttpResponse:
    form = CapacityRuleForm(request.POST or None, instance=rule, by=request.user)

    def save() -> HttpResponse:
        changes = {**form.changes, **{name: form.cleaned_data[name] for name in ("kinds", "levels")}}
        save_capacity_rule(rule=rule or CapacityRule(), changes=changes, version=form.sent_version() if rule else None, by=request.user)
        return redirect_with(request, reverse("crm_core:capacity_list"), _("Saved."))

    return answer_form(request, form, template="crm_core/capacity_form.html", feature="crm.capacity.edit", save=save, context={"rule": rule}, obj=rule)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_capacityrule", raise_exception=True)
def capacity_create(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_capacityrule", raise_exception=True)
def capacity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(CapacityRule, pk=pk))


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_capacityrule", raise_exception=True)
def capacity_exempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Allow a person more than the rule says, until a day."""
    rule = get_object_or_404(CapacityRule, pk=pk)
    form = PersonExemptionForm(request.POST or None)

    def save() -> HttpResponse:
        row = exempt_person(rule=rule, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        return redirect_with(request, reverse("crm_core:capacity_list"), _("%(person)s is exempt.") % {"person": row.user})

    return answer_form(request, form, template="crm_core/capacity_exempt.html", feature="crm.capacity.exempt", save=save, context={"rule": rule}, obj=rule)


@require_POST
@permission_required("crm_core.change_capacityrule", raise_exception=True)
def capacity_unexempt(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CapacityExemption.objects.select_related("user", "rule"), pk=pk)
    person = row.user
    end_exemption(exemption=row, by=request.user)
    return redirect_with(request, reverse("crm_core:capacity_list"), _("The rule applies to %(person)s again.") % {"person": person})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_ownershipmode", raise_exception=True)
def ownership_mode(request: HttpRequest) -> HttpResponse:
    """One owner per account, or one in each business unit; refused while rows contradict."""
    mode = OwnershipMode.objects.first() or OwnershipMode()
    form = OwnershipModeForm(request.POST or None, initial={"per": mode.per})

    def save() -> HttpResponse:
        row = switch_mode(per=form.cleaned_data["per"], by=request.user)
        return redirect_with(request, reverse("crm_core:ownership_mode"), _("From now on: %(mode)s.") % {"mode": row})

    context = {"hub": tabs_of(request, SETTINGS), "mode": mode}
    return answer_form(request, form, template="crm_core/ownership_mode.html", feature="crm.ownership.mode", save=save, context=context)
