"""Fields that administrators add to accounts, contacts and opportunities."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms.custom_field import CustomFieldForm
from crm_core.kinds import KIND_FORMS
from crm_core.models import AccountKind, CustomField, FieldModel
from crm_core.services.custom_field_editing import change_field, define_field, filled_count, move_field, retire_field, revive_field
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with


def _list_url(model: str) -> str:
    return f"{reverse('crm_core:custom_field_list')}?model={model}"


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def custom_field_list(request: HttpRequest) -> HttpResponse:
    model = request.GET.get("model", "")
    model = model if model in FieldModel.values else FieldModel.ACCOUNT
    fields = list(CustomField.objects.filter(model=model).select_related("dictionary"))
    for field in fields:
        field.kind_words = "、".join(str(AccountKind(kind).label) for kind in field.kinds if kind in KIND_FORMS)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "hub": tabs_of(request, SETTINGS),
        "model": model,
        "models": FieldModel.choices,
        "fields": [field for field in fields if field.retired_at is None],
        "retired": [field for field in fields if field.retired_at is not None],
    }
    return render(request, "crm_core/custom_field_list.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def custom_field_create(request: HttpRequest) -> HttpResponse:
    form = CustomFieldForm(request.POST or None, initial={"model": request.GET.get("model", FieldModel.ACCOUNT)})

    def save() -> HttpResponse:
        field = define_field(data=form.facts, options=form.cleaned_data["options"], by=request.user)
        return redirect_with(request, _list_url(field.model), _("“%(field)s” is in every form, list, filter and interface from now on.") % {"field": field})

    return answer_form(request, form, template="crm_core/custom_field_form.html", feature="crm.customfield.create", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def custom_field_edit(request: HttpRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField.objects.select_related("dictionary"), pk=pk)
    form = CustomFieldForm(request.POST or None, instance=CustomField.objects.get(pk=pk))

    def save() -> HttpResponse:
        change_field(field=field, changes=form.facts, version=form.sent_version(), by=request.user)
        return redirect_with(request, _list_url(field.model), _("Saved."))

    context = {"field_row": field, "filled": filled_count(field)}
    return answer_form(request, form, template="crm_core/custom_field_form.html", feature="crm.customfield.edit", save=save, context=context)


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def custom_field_move(request: HttpRequest, pk: int) -> HttpResponse:
    field = get_object_or_404(CustomField.objects.live(), pk=pk)
    move_field(field=field, up=request.POST.get("way") == "up", by=request.user)
    return redirect_with(request, _list_url(field.model), _("Moved."))


@require_POST
@permission_required("crm_core.change_dictionary", raise_exception=True)
def custom_field_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a field, or bring a retired one back (``revive``)."""
    field = get_object_or_404(CustomField, pk=pk)
    sent = request.POST.get("version", "")
    version = int(sent) if sent.isdecimal() and len(sent) < 9 else 0
    if request.POST.get("revive"):
        revive_field(field=field, version=version, by=request.user)
        return redirect_with(request, _list_url(field.model), _("“%(field)s” is back, with all its values.") % {"field": field})
    retire_field(field=field, version=version, by=request.user, now=timezone.now())
    return redirect_with(request, _list_url(field.model), _("“%(field)s” is retired; rows keep what they hold.") % {"field": field})
