"""Facts of accounts, contacts and opportunities, edited in place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm_core.field_values import RelatedReading, field_by_key, related_name, seen_fields, show_value
from crm_core.forms import AccountForm, ContactForm, OpportunityForm, RecordForm
from crm_core.kinds import kind_form
from crm_core.models import Account, Contact, CustomField, FieldType, Opportunity
from crm_core.models.custom_field import PREFIX
from crm_core.services.account import update_account
from crm_core.services.contact import update_contact
from crm_core.services.opportunity import update_opportunity
from crm_core.services.sharing import check_may_change, check_may_change_contact
from crm_core.veils import HIDDEN, MASKED, as_seen, veiled_fields
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import read_together
from foundation.ui.facts import Fact, answer_fact, fact_of

KINDS = {"phone": "phone", "email": "email", "website": "website", "amount": "money", "close_on": "date", "remark": "text", "registered_status_on": "date"}
WHOLE = {"kind", "id_number"}
REVEAL_URLS = {"account": "account_reveal", "contact": "contact_reveal", "billingprofile": "billing_reveal"}


def veiled_fact(fact: Fact, row: Any, field: str, by: User) -> Fact:
    """The fact as the person may see it: masked with the way to the whole value, or empty."""
    level, noun = veiled_fields(row, by).get(field), row._meta.model_name
    if level is None:
        return fact
    url = reverse(f"crm_core:{REVEAL_URLS[noun]}", args=[row.pk, field]) if level == MASKED and by.has_perm("crm_core.reveal_field") and fact.value else ""
    return replace(fact, value=as_seen(noun, field, fact.value, level), raw="", kind="", reveal=url)


def _standard(row: Any, name: str, by: User) -> Fact:
    noun = row._meta.model_name
    fact = veiled_fact(fact_of(row, name, reverse(f"crm_core:{noun}_fact", args=[row.pk, name]), KINDS.get(name, "")), row, name, by)
    if name in WHOLE:  # an identity number is typed whole, and a kind changes the whole form
        fact = replace(fact, url="", raw="")
    label = kind_form(row.kind).labels.get(name) if noun == "account" else None
    return replace(fact, label=label) if label else fact


def _custom(row: Any, field: CustomField, by: User, names: dict[tuple[str, int], str] | None = None) -> Fact:
    value = row.custom.get(field.key)
    fillable = field.is_filled_by(by, access_of(by).role_keys)
    url = reverse(f"crm_core:{row._meta.model_name}_fact", args=[row.pk, field.name]) if fillable else ""
    raw = ("true" if value else "false") if isinstance(value, bool) else "" if value is None else value
    words = related_name(field, value, by=by, names=names) if field.type == FieldType.RELATION else show_value(field, value)
    return Fact(field.name, str(field), words, raw, "", url, row.version)


def _kind_of(row: Any) -> str:
    return row.kind if isinstance(row, Account) else row.account.kind if isinstance(row, Opportunity) else ""


def _fact(by: User) -> Callable[[Any, str], Fact]:
    def find(row: Any, name: str) -> Fact:
        field = field_by_key(row._meta.model_name, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
        return _custom(row, field, by) if field else _standard(row, name, by)

    return find


def facts_of(row: models.Model, form: type[RecordForm], *, by: User, leave_out: tuple[str, ...] = ()) -> list[Fact]:
    """The facts of a record in the order of its form; of an account those that its kind is asked."""
    names = form._meta.fields
    if isinstance(row, Account):
        names = ["kind", *(name for name in kind_form(row.kind).fields if name != "region_text" or row.region_text)]
    veiled = veiled_fields(row, by)
    return [_standard(row, name, by) for name in names if name not in leave_out and veiled.get(name) != HIDDEN]


class SectionsReading:
    """The custom fields of a record that the person may see; what their relations point at is read together with the rest of the page."""

    def __init__(self, row: Any, *, by: User):
        self.row, self.by = row, by
        self.fields = seen_fields(row._meta.model_name, by, _kind_of(row))
        self.related = RelatedReading(row, self.fields, by=by)
        self.parts = self.related.parts

    def sections(self) -> list[dict[str, Any]]:
        """The facts under their headings."""
        found: dict[str, list[Fact]] = {}
        names = self.related.names()
        for field in self.fields:
            found.setdefault(field.section_words or _("More facts"), []).append(_custom(self.row, field, self.by, names))
        return [{"heading": heading, "facts": facts} for heading, facts in found.items()]


def fact_sections(row: Any, *, by: User) -> list[dict[str, Any]]:
    """The custom fields of a record that the person may see, under their headings."""
    reading = SectionsReading(row, by=by)
    if reading.parts:
        read_together(*reading.parts)
    return reading.sections()


def _answer(request: HttpRequest, *, row: Any, field: str, form_class: type[RecordForm], save: Callable[..., Any]) -> HttpResponse:
    noun = row._meta.model_name
    if (field not in form_class._meta.fields and not field.startswith(PREFIX)) or field in WHOLE:
        raise Http404
    form = form_class(request.POST or None, instance=row, by=request.user, only=field)
    if field not in form.fields:
        raise Http404

    def write(valid: RecordForm) -> None:
        save(**{noun: row, "changes": valid.changes, "version": valid.sent_version(), "by": request.user, "now": timezone.now()})

    return answer_fact(request, row=row, field=field, fact=_fact(request.user), form=form, save=write, feature=f"crm.{noun}.edit")


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
