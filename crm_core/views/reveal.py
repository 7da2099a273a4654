"""Masked values: look at one for a reason, read the log of looks, say who sees what."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.forms.field_right import FieldRightsForm, RevealForm, RevealPolicyForm
from crm_core.models import Account, BillingProfile, Contact, FieldLevel, FieldNoun, Reveal, RevealPolicy, RevealReason
from crm_core.services.revealing import CannotReveal, looks_of_day, reveal_value, save_field_rights, save_reveal_policy
from crm_core.veils import MASKS, field_label, level_for, policy, roles_asked, veiled_fields
from crm_core.views.billing_facts import billing_fact
from crm_core.views.facts import KINDS, veiled_fact
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.people.models import User
from foundation.ui.conflicts import both_versions
from foundation.ui.facts import Fact, fact_of
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid

FRAGMENT, PAGE = "crm_core/_reveal.html", "crm_core/reveal.html"


# --- one value ------------------------------------------------------------------------------------
def _fact(row: Any, field: str, request: HttpRequest) -> Fact:
    if isinstance(row, BillingProfile):
        return billing_fact(row, field, request.user)
    return veiled_fact(fact_of(row, field, "", KINDS.get(field, "")), row, field, request.user)


def _reveal(request: HttpRequest, rows: Any, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(rows, pk=pk)
    noun = str(row._meta.model_name)
    level = veiled_fields(row, request.user).get(field) if field in MASKS[noun] else FieldLevel.HIDDEN
    if level == FieldLevel.HIDDEN:
        raise Http404
    fact = replace(_fact(row, field, request), reveal="")
    template = FRAGMENT if getattr(request, "htmx", None) else PAGE
    context: dict[str, Any] = {
        "row": row,
        "fact": fact,
        "page": (row.account if noun == FieldNoun.BILLING else row).get_absolute_url(),
        "url": request.path,
        "left": max(policy().per_day - looks_of_day(request.user, timezone.now()), 0),
    }
    if level is None:
        return render(request, template, {**context, "is_shown": True})
    form = RevealForm(request.POST or None)
    context["form"] = form
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        record_invalid(by=request.user, feature="crm.field.reveal", form=form, obj=row)
        return render(request, template, context, status=422)
    try:
        value = reveal_value(row=row, field=field, why=form.cleaned_data["why"], reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except CannotReveal as refusal:
        return render(request, template, {**context, "sentence": str(refusal)}, status=refusal.status)
    return render(request, template, {**context, "fact": replace(fact, value=value, kind=KINDS.get(field, "")), "is_shown": True, "is_noted": True})


@never_cache
@require_http_methods(["GET", "POST"])
@permission_required("crm_core.reveal_field", raise_exception=True)
def account_reveal(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    return _reveal(request, Account.objects.visible_to(request.user), pk, field)


@never_cache
@require_http_methods(["GET", "POST"])
@permission_required("crm_core.reveal_field", raise_exception=True)
def contact_reveal(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    return _reveal(request, Contact.objects.visible_to(request.user), pk, field)


@never_cache
@require_http_methods(["GET", "POST"])
@permission_required("crm_core.reveal_field", raise_exception=True)
def billing_reveal(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    rows = BillingProfile.objects.live().filter(account__in=Account.objects.visible_to(request.user)).select_related("account")
    return _reveal(request, rows, pk, field)


# --- the log --------------------------------------------------------------------------------------
def _record_url(row: Reveal) -> str:
    if row.noun == FieldNoun.BILLING:
        return ""
    return reverse(f"crm_core:{row.noun}_detail", args=[row.object_id])


def _field(row: Reveal) -> str:
    return capfirst(field_label(row.noun, row.field)) if row.field in MASKS.get(row.noun, {}) else row.field


COLUMNS = [
    Column("at", gettext_lazy("Looked at"), kind="datetime", sort="at", phone=True),
    Column("by", gettext_lazy("Person"), value="by", kind="person", phone=True),
    Column("department", gettext_lazy("Department"), value="department"),
    Column("noun", gettext_lazy("What"), value=lambda row: row.get_noun_display()),
    Column("record", gettext_lazy("Record"), value="record_name", kind="link", url=_record_url, phone=True),
    Column("field", gettext_lazy("Field"), value=_field, phone=True),
    Column("why", gettext_lazy("Reason"), value=lambda row: row.get_why_display(), phone=True),
    Column("reason", gettext_lazy("In own words"), value="reason"),
]


def _people(request: Any) -> Any:
    if request is None:
        return User.objects.none()
    return User.objects.filter(pk__in=Reveal.objects.visible_to(request.user).order_by().values("by")).order_by("name_key", "pk")


class RevealFilter(django_filters.FilterSet):
    by = django_filters.ModelChoiceFilter(label=gettext_lazy("Person"), queryset=_people)
    noun = django_filters.ChoiceFilter(label=gettext_lazy("What"), choices=FieldNoun.choices)
    field = django_filters.ChoiceFilter(
        label=gettext_lazy("Field"), choices=lambda: sorted({(field, field_label(noun, field)) for noun in reversed(list(MASKS)) for field in MASKS[noun]})
    )
    why = django_filters.ChoiceFilter(label=gettext_lazy("Reason"), choices=RevealReason.choices)
    since = django_filters.ChoiceFilter(
        label=gettext_lazy("Period"),
        choices=[("1", gettext_lazy("today")), ("7", gettext_lazy("last 7 days")), ("30", gettext_lazy("last 30 days"))],
        method="by_since",
    )

    class Meta:
        model = Reveal
        fields: list[str] = []

    def by_since(self, qs: Any, name: str, value: str) -> Any:
        day = timezone.localdate() - timedelta(days=int(value) - 1)
        return qs.filter(at__gte=timezone.make_aware(datetime.combine(day, time.min)))


@require_GET
@permission_required("crm_core.view_reveal", raise_exception=True)
def reveal_list(request: HttpRequest) -> HttpResponse:
    """Who looked at which masked value and why; never the value."""
    return list_response(
        request,
        queryset=Reveal.objects.visible_to(request.user).select_related("by", "department"),
        columns=COLUMNS,
        template="crm_core/reveal_list.html",
        key="crm.reveals",
        filterset=RevealFilter,
        search=("record_name__icontains", "reason__icontains", "by__display_name__icontains"),
        order=("-at", "-pk"),
        context={"hub": tabs_of(request, SETTINGS)},
        export_permission="crm_core.view_reveal",
        drawer=False,
    )


# --- settings -------------------------------------------------------------------------------------
def _overview() -> list[dict[str, Any]]:
    """Every field with what each role sees of it."""
    listed = roles_asked()
    return [
        {"noun": noun, "field": field_label(noun, field), "levels": [FieldLevel(level_for(noun, field, role.key)) for role in listed]}
        for noun, fields in MASKS.items()
        for field in fields
    ]


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_fieldright", raise_exception=True)
def field_rights(request: HttpRequest) -> HttpResponse:
    """What each role sees of which field; ``?role=`` opens one role to be changed."""
    role = next((role for role in roles_asked() if role.key == request.GET.get("role")), None)
    context: dict[str, Any] = {"hub": tabs_of(request, SETTINGS), "roles": roles_asked(), "role": role, "overview": _overview(), "policy": policy()}
    if role is None:
        if request.method == "POST":
            raise Http404
        return render(request, "crm_core/field_rights.html", context)
    form = FieldRightsForm(request.POST or None, role=role.key, version=policy().version)

    def save() -> HttpResponse:
        count = save_field_rights(role=role.key, levels=form.levels, version=form.cleaned_data["version"] or 0, by=request.user)
        return redirect_with(request, f"{reverse('crm_core:field_rights')}?role={role.key}", _("Saved: %(count)d fields changed.") % {"count": count})

    if request.method == "POST" and form.is_valid() and form.cleaned_data["version"] != policy().version:
        saved = {name: form.fields[name].initial for name in form.keys}
        context["conflict"] = both_versions(form, SimpleNamespace(version=policy().version), saved=saved)
        form.add_error(None, _("Somebody else changed this in the meantime. Look at both versions, then save again."))
        return render(request, "crm_core/field_rights.html", {"form": form, **context}, status=409)
    return answer_form(request, form, template="crm_core/field_rights.html", feature="crm.field.rights", save=save, context=context)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_fieldright", raise_exception=True)
def reveal_policy(request: HttpRequest) -> HttpResponse:
    """How often masked values may be looked at."""
    kept = RevealPolicy.objects.filter(pk=1).first() or RevealPolicy()
    form = RevealPolicyForm(request.POST or None, instance=kept)

    def save() -> HttpResponse:
        changes = {name: form.cleaned_data[name] for name in form.Meta.fields}
        save_reveal_policy(changes=changes, version=form.cleaned_data["version"] or 0, by=request.user)
        return redirect_with(request, reverse("crm_core:field_rights"), _("Saved."))

    return answer_form(request, form, template="crm_core/reveal_policy.html", feature="crm.field.policy", save=save)
