"""The REST API of customers: same rows, same verbs, same refusals as the pages."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Header, Query, Router, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from crm_core.api_custom import CUSTOM_IN, CustomOut, api_name, typed
from crm_core.field_values import filled_fields
from crm_core.forms import AccountForm, ActivityForm, ContactForm, NewContactForm, OpportunityForm
from crm_core.models import Account, Activity, ApiReplay, Contact, Opportunity, Subject
from crm_core.services.account import create_account, update_account
from crm_core.services.activity import log_activity
from crm_core.services.contact import create_contact, update_contact
from crm_core.services.duplicates import Candidate, refuse_known
from crm_core.services.opportunity import create_opportunity, update_opportunity
from foundation.integrity import sha256_of

router = Router(tags=["crm"])
PAGE = 50
MOST = 200
IfMatch = Annotated[str | None, Header(alias="If-Match", description="The version of the record that you read, as the ETag gave it.")]
Idempotency = Annotated[str | None, Header(alias="Idempotency-Key", description="The same key with the same body creates once.")]


class Person(Schema):
    id: int
    name: str

    @staticmethod
    def resolve_name(obj: Any) -> str:
        return str(obj)


class AccountOut(CustomOut):
    id: int
    version: int
    kind: str
    name: str
    name_en: str
    short_name: str
    credit_code: str
    industry: str
    level: str
    region: str = Field(description="GB/T 2260 in China, ISO 3166 elsewhere.")
    region_name: str
    region_text: str
    registered_status: str
    registered_status_on: date | None
    registered_status_source: str
    id_number: str = Field(description="Masked.")
    address: str
    phone: str
    email: str
    website: str
    source: str
    remark: str
    owner: Person | None
    department_id: int
    last_activity_at: datetime | None
    next_step_on: date | None
    created_at: datetime

    @staticmethod
    def resolve_id_number(obj: Any) -> str:
        return str(obj.get_id_number_display())


class AccountIn(Schema):
    name: str = Field(max_length=160)
    kind: str = "company"
    name_en: str = ""
    short_name: str = ""
    credit_code: str = ""
    industry: str = ""
    level: str = ""
    region: str = Field("", description="A code, or a place in words.")
    region_text: str = ""
    registered_status: str = ""
    registered_status_on: date | None = None
    registered_status_source: str = ""
    id_number: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    source: str = ""
    remark: str = ""
    custom: dict[str, Any] = CUSTOM_IN


class AccountPatch(Schema):
    name: str | None = None
    kind: str | None = None
    name_en: str | None = None
    short_name: str | None = None
    credit_code: str | None = None
    industry: str | None = None
    level: str | None = None
    region: str | None = None
    region_text: str | None = None
    registered_status: str | None = None
    registered_status_on: date | None = None
    registered_status_source: str | None = None
    id_number: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    source: str | None = None
    remark: str | None = None
    custom: dict[str, Any] = CUSTOM_IN


class ContactOut(CustomOut):
    id: int
    version: int
    name: str
    name_en: str
    phone: str
    email: str
    wechat: str
    remark: str
    owner: Person | None
    created_at: datetime


class ContactIn(Schema):
    account: int
    name: str
    title: str = ""
    deal_role: str = ""
    name_en: str = ""
    phone: str = ""
    email: str = ""
    wechat: str = ""
    remark: str = ""
    custom: dict[str, Any] = CUSTOM_IN


class ContactPatch(Schema):
    name: str | None = None
    name_en: str | None = None
    phone: str | None = None
    email: str | None = None
    wechat: str | None = None
    remark: str | None = None
    custom: dict[str, Any] = CUSTOM_IN


class OpportunityOut(CustomOut):
    id: int
    version: int
    account_id: int
    contact_id: int | None
    name: str
    amount: Decimal | None
    currency: str
    pipeline_id: int
    stage_id: int
    stage: str
    outcome: str
    owner: Person
    close_on: date | None
    close_reason: str
    next_step_on: date | None
    created_at: datetime

    @staticmethod
    def resolve_stage(obj: Any) -> str:
        return str(obj.stage)

    @staticmethod
    def resolve_outcome(obj: Any) -> str:
        return str(obj.stage.outcome)


class OpportunityIn(Schema):
    account: int
    name: str
    pipeline: int
    contact: int | None = None
    amount: Decimal | None = None
    currency: str = "CNY"
    close_on: date | None = None
    remark: str = ""
    custom: dict[str, Any] = CUSTOM_IN


class OpportunityPatch(Schema):
    name: str | None = None
    contact: int | None = None
    amount: Decimal | None = None
    currency: str | None = None
    close_on: date | None = None
    remark: str | None = None
    custom: dict[str, Any] = CUSTOM_IN


class ActivityIn(Schema):
    account: int
    kind: str = "call"
    subject: str
    body: str = ""
    occurred_at: datetime | None = None
    contact: int | None = None
    opportunity: int | None = None
    is_promise: bool = False
    next_step: str = ""
    next_on: date | None = None


class ActivityOut(Schema):
    id: int
    version: int
    account_id: int
    contact_id: int | None
    opportunity_id: int | None
    kind: str
    subject: str
    body: str
    occurred_at: datetime
    recorded_at: datetime
    author: Person


class Page(Schema):
    next: int | None = Field(description="Pass it as `after` to get what follows; null at the end.")


class AccountPage(Page):
    items: list[AccountOut]


class ContactPage(Page):
    items: list[ContactOut]


class OpportunityPage(Page):
    items: list[OpportunityOut]


class KnownOut(Schema):
    """A record that may be the same; of one that you do not see only the department is told."""

    id: int | None = None
    name: str = ""
    because: str = ""
    where: str
    score: int | None = None
    is_certain: bool | None = None


class Problem(Schema):
    detail: str
    fields: dict[str, list[str]] = {}
    candidates: list[KnownOut] = []


class Paging(Schema):
    after: int = Field(0, ge=0, le=2**62, description="Id of the last record that you have.")
    limit: int = Field(PAGE, ge=1, le=MOST)
    q: str = Field("", max_length=100, description="Part of the name.")


ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 412: Problem, 422: Problem, 428: Problem, 429: Problem}
Known = Annotated[bool, Query(description="You have seen that somebody like this may be here, and create nevertheless.")]


# --- what all routes share ------------------------------------------------------------------------------


def need(request: HttpRequest, permission: str) -> Any:
    """The person behind the request, who must hold the permission."""
    user = request.user
    if isinstance(user, AnonymousUser) or not user.has_perm(f"crm_core.{permission}"):
        raise HttpError(403, _("You may not do this."))
    translation.activate(user.language)  # a token's owner is known only now
    return user


def one(request: HttpRequest, rows: models.QuerySet, pk: int) -> Any:
    """A record that the person sees; the same 404 for what is not there and for what is not shown."""
    return get_object_or_404(rows.visible_to(request.user), pk=pk)  # type: ignore[attr-defined]


def page_of(rows: models.QuerySet, paging: Paging) -> dict[str, Any]:
    """The records behind ``after`` in the order of their ids."""
    if paging.q:
        rows = rows.filter(name__icontains=paging.q.replace("\x00", ""))
    found = list(rows.filter(pk__gt=paging.after).order_by("pk")[: paging.limit + 1])
    more = len(found) > paging.limit
    found = found[: paging.limit]
    return {"items": found, "next": found[-1].pk if more else None}


def valid(form: forms.BaseForm) -> Any:
    """The form's cleaned data, or 422 with the reasons by field in the reader's language."""
    if not form.is_valid():
        fields = {api_name(name): [str(reason) for reason in reasons] for name, reasons in form.errors.items()}
        raise ValidationError([{"fields": fields}])
    return form.cleaned_data


def tagged(response: HttpResponse, row: Any) -> Any:
    """The record, with its version as the ETag."""
    response.headers["ETag"] = f'"{row.version}"'
    return row


def sent_version(if_match: str | None) -> int:
    """The version in If-Match; 428 without one, because a change must say what it was based on."""
    if not if_match:
        raise HttpError(428, _("Send If-Match with the version that you read."))
    text = if_match.removeprefix("W/").strip().strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise HttpError(412, _("If-Match must be the version as the ETag gave it."))
    return int(text)


def once(
    request: HttpRequest, key: str | None, payload: Schema, model: type[models.Model], create: Callable[[], Any], *, first: Callable[[], None] | None = None
) -> Any:
    """Create once per idempotency key and person: the same call again gives the same record, another body under the key is refused.

    ``first`` is asked before something is created, outside the transaction, so that what it writes stays when it refuses.
    """
    if not key:
        if first:
            first()
        return create()
    digest = sha256_of({"path": request.path, "body": payload.model_dump(mode="json")})
    kept = ApiReplay.objects.filter(user=request.user, key=key[:100]).first()
    if kept is None:
        if first:
            first()
        try:
            with transaction.atomic():
                row = create()
                ApiReplay.objects.create(user=request.user, key=key[:100], request_sha256=digest, object_id=row.pk)
                return row
        except IntegrityError:
            kept = ApiReplay.objects.filter(user=request.user, key=key[:100]).first()
            if kept is None:
                raise
    if kept.request_sha256 != digest:
        raise HttpError(409, _("This idempotency key was used for another call."))
    return one(request, model._default_manager.all(), kept.object_id)


def unless_known(request: HttpRequest, subject: str, payload: Schema, *, known: bool) -> None:
    """Refuse (409, with masked candidates) to create somebody who may be here, unless the caller says to know it."""
    if not known:
        typed = payload.model_dump(include={"name", "short_name", "credit_code", "phone", "email", "wechat", "website"})
        account = getattr(payload, "account", None)
        refuse_known(candidate=Candidate(**typed, account_id=account), by=request.user, subject=subject, surface="api")  # type: ignore[arg-type]


def merged(form_class: Any, row: Any, patch: Schema, request: HttpRequest) -> Any:
    """The record's form filled with its facts, over which the sent ones are laid; fields that are not sent stay."""
    kind = getattr(patch, "kind", None) or getattr(row, "kind", "")
    sent = typed(row._meta.model_name, patch.model_dump(exclude_unset=True), request.user, kind)
    cleared = {name for name, value in patch.model_dump(exclude_unset=True).items() if value is None}
    data = {field.name: row.custom[field.key] for field in filled_fields(row._meta.model_name, request.user) if field.key in row.custom}
    data |= {name: getattr(row, f"{name}_id", None) if row._meta.get_field(name).is_relation else getattr(row, name) for name in form_class._meta.fields}
    data |= {"version": row.version} | sent
    return form_class({name: value for name, value in data.items() if value is not None and name not in cleared}, instance=row, by=request.user)


# --- accounts ---------------------------------------------------------------------------------------------


@router.get("/accounts", response={200: AccountPage, **ERRORS}, summary="Accounts that you see")
def list_accounts(request: HttpRequest, paging: Query[Paging]) -> Any:
    user = need(request, "view_account")
    return page_of(Account.objects.visible_to(user).select_related("owner"), paging)


@router.get("/accounts/{pk}", response={200: AccountOut, **ERRORS}, summary="One account")
def get_account(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_account")
    return tagged(response, one(request, Account.objects.select_related("owner"), pk))


@router.post("/accounts", response={201: AccountOut, **ERRORS}, summary="Create an account, which is yours then")
def post_account(request: HttpRequest, response: HttpResponse, payload: AccountIn, idempotency_key: Idempotency = None, known: Known = False) -> Any:
    user = need(request, "add_account")
    form = AccountForm(typed("account", payload.model_dump(), user, payload.kind), by=user)
    valid(form)
    first = partial(unless_known, request, Subject.ACCOUNT, payload, known=known)
    row = once(request, idempotency_key, payload, Account, lambda: create_account(data=form.changes, by=user, now=timezone.now()), first=first)
    return 201, tagged(response, row)


@router.patch("/accounts/{pk}", response={200: AccountOut, **ERRORS}, summary="Change facts of an account")
def patch_account(request: HttpRequest, response: HttpResponse, pk: int, payload: AccountPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_account")
    row, version = one(request, Account.objects.select_related("owner"), pk), sent_version(if_match)
    form = merged(AccountForm, row, payload, request)
    valid(form)
    update_account(account=row, changes=form.changes, version=version, by=user, now=timezone.now())
    return tagged(response, row)


@router.get("/contacts", response={200: ContactPage, **ERRORS}, summary="Contacts that you see")
def list_contacts(request: HttpRequest, paging: Query[Paging]) -> Any:
    user = need(request, "view_contact")
    return page_of(Contact.objects.visible_to(user).select_related("owner"), paging)


@router.get("/contacts/{pk}", response={200: ContactOut, **ERRORS}, summary="One contact")
def get_contact(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_contact")
    return tagged(response, one(request, Contact.objects.select_related("owner"), pk))


@router.post("/contacts", response={201: ContactOut, **ERRORS}, summary="Create a contact at an account")
def post_contact(request: HttpRequest, response: HttpResponse, payload: ContactIn, idempotency_key: Idempotency = None, known: Known = False) -> Any:
    user = need(request, "add_contact")
    form = NewContactForm(typed("contact", payload.model_dump(), user), by=user)
    cleaned = valid(form)
    facts = form.changes
    extra = {name: cleaned[name] for name in ("account", "title", "deal_role")}
    first = partial(unless_known, request, Subject.CONTACT, payload, known=known)
    row = once(request, idempotency_key, payload, Contact, lambda: create_contact(data=facts, by=user, now=timezone.now(), **extra), first=first)
    return 201, tagged(response, row)


@router.patch("/contacts/{pk}", response={200: ContactOut, **ERRORS}, summary="Change facts of a contact")
def patch_contact(request: HttpRequest, response: HttpResponse, pk: int, payload: ContactPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_contact")
    row, version = one(request, Contact.objects.select_related("owner"), pk), sent_version(if_match)
    form = merged(ContactForm, row, payload, request)
    valid(form)
    update_contact(contact=row, changes=form.changes, version=version, by=user, now=timezone.now())
    return tagged(response, row)


@router.get("/opportunities", response={200: OpportunityPage, **ERRORS}, summary="Opportunities that you see")
def list_opportunities(request: HttpRequest, paging: Query[Paging]) -> Any:
    user = need(request, "view_opportunity")
    return page_of(Opportunity.objects.visible_to(user).select_related("owner", "stage"), paging)


@router.get("/opportunities/{pk}", response={200: OpportunityOut, **ERRORS}, summary="One opportunity")
def get_opportunity(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_opportunity")
    return tagged(response, one(request, Opportunity.objects.select_related("owner", "stage"), pk))


@router.post("/opportunities", response={201: OpportunityOut, **ERRORS}, summary="Open an opportunity at an account")
def post_opportunity(request: HttpRequest, response: HttpResponse, payload: OpportunityIn, idempotency_key: Idempotency = None) -> Any:
    user = need(request, "add_opportunity")
    form = OpportunityForm(typed("opportunity", payload.model_dump(), user), by=user)
    valid(form)
    facts = form.changes
    account = facts.pop("account")
    row = once(request, idempotency_key, payload, Opportunity, lambda: create_opportunity(account=account, data=facts, by=user, now=timezone.now()))
    return 201, tagged(response, row)


@router.patch("/opportunities/{pk}", response={200: OpportunityOut, **ERRORS}, summary="Change what is known of an opportunity")
def patch_opportunity(request: HttpRequest, response: HttpResponse, pk: int, payload: OpportunityPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_opportunity")
    row, version = one(request, Opportunity.objects.select_related("owner", "stage", "account", "pipeline"), pk), sent_version(if_match)
    form = merged(OpportunityForm, row, payload, request)
    valid(form)
    update_opportunity(opportunity=row, changes=form.changes, version=version, by=user, now=timezone.now())
    return tagged(response, row)


@router.post("/activities", response={201: ActivityOut, **ERRORS}, summary="Log an activity at an account")
def post_activity(request: HttpRequest, response: HttpResponse, payload: ActivityIn, idempotency_key: Idempotency = None) -> Any:
    user = need(request, "add_activity")
    account = one(request, Account.objects.all(), payload.account)
    data = {name: value for name, value in payload.model_dump(exclude={"account", "occurred_at"}).items() if value is not None}
    form = ActivityForm(data, by=user, account=account)
    cleaned = valid(form)
    facts = form.changes | {"next_step": cleaned["next_step"], "next_on": cleaned["next_on"], "occurred_at": payload.occurred_at}
    row = once(request, idempotency_key, payload, Activity, lambda: log_activity(account=account, by=user, now=timezone.now(), **facts))
    return 201, tagged(response, row)
