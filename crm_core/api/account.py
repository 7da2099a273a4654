"""Accounts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from crm_core.api.schemas import AccountIn, AccountOut, AccountPage, AccountPatch, LinkPage, Paging
from crm_core.api.shared import (
    ERRORS,
    Idempotency,
    IfMatch,
    Known,
    bring_back,
    change,
    expect_version,
    filled,
    merged,
    need,
    once,
    one,
    page_of,
    tagged,
    throw_away,
    unless_known,
    valid,
)
from crm_core.forms import AccountForm
from crm_core.models import Account, AccountContact, Contact, Subject
from crm_core.services.account import create_account, update_account

router = Router(tags=["accounts"])
ROWS = Account.objects.select_related("owner")


@router.get("/accounts", response={200: AccountPage, **ERRORS}, summary="Accounts that you see")
def list_accounts(request: HttpRequest, paging: Query[Paging]) -> Any:
    user = need(request, "view_account")
    return page_of(Account.objects.visible_to(user).select_related("owner"), paging, by=user)


@router.get("/accounts/{pk}", response={200: AccountOut, **ERRORS}, summary="One account")
def get_account(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_account")
    return tagged(response, one(request, ROWS.all(), pk))


@router.post("/accounts", response={201: AccountOut, **ERRORS}, summary="Create an account, which is yours then")
def post_account(request: HttpRequest, response: HttpResponse, payload: AccountIn, idempotency_key: Idempotency = None, known: Known = False) -> Any:
    user = need(request, "add_account")
    form = filled(AccountForm, payload, "account", request)

    def first() -> None:
        valid(form)
        unless_known(request, Subject.ACCOUNT, payload, known=known)

    def create() -> Account:
        return create_account(data=form.changes, by=user, now=timezone.now())

    return 201, tagged(response, once(request, idempotency_key, payload, Account, create, first=first))


@router.patch("/accounts/{pk}", response={200: AccountOut, **ERRORS}, summary="Change facts of an account")
def patch_account(request: HttpRequest, response: HttpResponse, pk: int, payload: AccountPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_account")
    row = one(request, ROWS.all(), pk)
    version = expect_version(row, if_match)
    form = merged(AccountForm, row, payload, request)
    valid(form)
    change(row, lambda: update_account(account=row, changes=form.changes, version=version, by=user, now=timezone.now()))
    return tagged(response, row)


@router.delete("/accounts/{pk}", response={204: None, **ERRORS}, summary="Throw an account into the recycle bin")
def delete_account(request: HttpRequest, pk: int, if_match: IfMatch = None) -> Any:
    need(request, "delete_account")
    throw_away(request, ROWS.all(), pk, if_match)
    return 204, None


@router.post("/accounts/{pk}/restore", response={200: AccountOut, **ERRORS}, summary="Take an account out of the recycle bin")
def restore_account(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "delete_account")
    return tagged(response, bring_back(request, ROWS.all(), pk))


@router.get("/accounts/{pk}/contacts", response={200: LinkPage, **ERRORS}, summary="Who works at an account, and who did")
def list_account_contacts(request: HttpRequest, pk: int, paging: Query[Paging]) -> Any:
    user = need(request, "view_account")
    need(request, "view_contact")
    account = one(request, Account.objects.all(), pk)
    links = AccountContact.objects.filter(account=account, contact__in=Contact.objects.visible_to(user)).select_related("account", "contact")
    return page_of(links, paging.model_copy(update={"owner": None, "updated_since": None}), search=False)
