"""Facts edited in place: one row of the record page at a time, with undo."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crm_core.forms import AccountForm, ContactForm, OpportunityForm, RecordForm
from crm_core.models import Account, Contact, Opportunity
from crm_core.services.account import update_account
from crm_core.services.contact import update_contact
from crm_core.services.opportunity import update_opportunity
from crm_core.views.saving import both_versions
from foundation.integrity import Refused, Stale
from foundation.usage.services import record_invalid


@dataclass(frozen=True)
class Fact:
    """One fact of a record: its label, its value in words and in the form's terms, and where it is edited."""

    name: str
    label: Any
    value: Any
    raw: Any
    kind: str
    url: str
    version: int


KINDS = {"phone": "phone", "email": "email", "website": "website", "amount": "money", "close_on": "date", "remark": "text"}


def fact_of(row: Any, name: str, noun: str) -> Fact:
    """A fact of a record by the name of its field."""
    field = row._meta.get_field(name)
    value = getattr(row, name)
    display = getattr(row, f"get_{name}_display", None)
    raw = getattr(row, f"{name}_id", value) if field.is_relation else value
    raw = raw.isoformat() if hasattr(raw, "isoformat") else raw
    url = reverse(f"crm_core:{noun}_fact", args=[row.pk, name])
    return Fact(name, field.verbose_name, display() if display and value else value, "" if raw is None else raw, KINDS.get(name, ""), url, row.version)


def facts_of(row: models.Model, form: type[RecordForm], noun: str, leave_out: tuple[str, ...] = ()) -> list[Fact]:
    """The facts of a record in the order of its form."""
    return [fact_of(row, name, noun) for name in form._meta.fields if name not in leave_out]


def _answer(request: HttpRequest, *, row: Any, noun: str, field: str, form_class: type[RecordForm], save: Callable[..., Any]) -> HttpResponse:
    if field not in form_class._meta.fields:
        raise Http404
    form = form_class(request.POST or None, instance=row, by=request.user, only=field)
    if field not in form.fields:
        raise Http404
    context = {"form": form, "bound": form[field], "fact": fact_of(row, field, noun), "row": row, "may_change": True}
    if request.method == "GET":
        return render(request, "crm_core/_fact.html" if "show" in request.GET else "crm_core/_fact_form.html", context)
    if not form.is_valid():
        record_invalid(by=request.user, feature=f"crm.{noun}.edit", form=form, obj=row)
        return render(request, "crm_core/_fact_form.html", context, status=422)
    before = fact_of(row, field, noun)
    try:
        save(**{noun: row, "changes": form.changes, "version": form.sent_version(), "by": request.user, "now": timezone.now()})
    except Stale as error:
        context |= {"conflict": both_versions(form), "sentence": str(error)}
        return render(request, "crm_core/_fact_form.html", context, status=409)
    except Refused as error:
        return render(request, "crm_core/_fact_form.html", context | {"sentence": str(error)}, status=409)
    row.refresh_from_db()
    undo = None if "undo" in request.POST else before
    return render(request, "crm_core/_fact.html", {"fact": fact_of(row, field, noun), "row": row, "undo": undo, "may_change": True, "saved": True})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def account_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    return _answer(request, row=row, noun="account", field=field, form_class=AccountForm, save=update_account)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    return _answer(request, row=row, noun="contact", field=field, form_class=ContactForm, save=update_contact)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_opportunity", raise_exception=True)
def opportunity_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Opportunity.objects.visible_to(request.user).select_related("account", "stage", "pipeline"), pk=pk)
    return _answer(request, row=row, noun="opportunity", field=field, form_class=OpportunityForm, save=update_opportunity)
