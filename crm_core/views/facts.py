"""Facts of accounts, contacts and opportunities, edited in place."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crm_core.forms import AccountForm, ContactForm, OpportunityForm, RecordForm
from crm_core.models import Account, Contact, Opportunity
from crm_core.services.account import update_account
from crm_core.services.contact import update_contact
from crm_core.services.opportunity import update_opportunity
from crm_core.services.sharing import check_may_change, check_may_change_contact
from foundation.ui.facts import Fact, answer_fact, fact_of

KINDS = {"phone": "phone", "email": "email", "website": "website", "amount": "money", "close_on": "date", "remark": "text"}


def _fact(row: Any, name: str) -> Fact:
    noun = row._meta.model_name
    return fact_of(row, name, reverse(f"crm_core:{noun}_fact", args=[row.pk, name]), KINDS.get(name, ""))


def facts_of(row: models.Model, form: type[RecordForm], leave_out: tuple[str, ...] = ()) -> list[Fact]:
    """The facts of a record in the order of its form."""
    return [_fact(row, name) for name in form._meta.fields if name not in leave_out]


def _answer(request: HttpRequest, *, row: Any, field: str, form_class: type[RecordForm], save: Callable[..., Any]) -> HttpResponse:
    noun = row._meta.model_name
    if field not in form_class._meta.fields:
        raise Http404
    form = form_class(request.POST or None, instance=row, by=request.user, only=field)

    def write(valid: RecordForm) -> None:
        save(**{noun: row, "changes": valid.changes, "version": valid.sent_version(), "by": request.user, "now": timezone.now()})

    return answer_fact(request, row=row, field=field, fact=_fact, form=form, save=write, feature=f"crm.{noun}.edit")


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def account_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    check_may_change(row, request.user)
    return _answer(request, row=row, field=field, form_class=AccountForm, save=update_account)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_contact", raise_exception=True)
def contact_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    check_may_change_contact(row, request.user)
    return _answer(request, row=row, field=field, form_class=ContactForm, save=update_contact)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_opportunity", raise_exception=True)
def opportunity_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Opportunity.objects.visible_to(request.user).select_related("account", "stage", "pipeline"), pk=pk)
    return _answer(request, row=row, field=field, form_class=OpportunityForm, save=update_opportunity)
