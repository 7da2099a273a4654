"""Contacts and the accounts they stand in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from crm_core.api.schemas import ContactIn, ContactOut, ContactPage, ContactPatch, LinkIn, LinkOut, LinkPage, Paging
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
from crm_core.forms import ContactForm, LinkForm, NewContactForm
from crm_core.models import Account, AccountContact, Contact, Subject
from crm_core.services.contact import create_contact, end_link, link_contact, update_contact

router = Router(tags=["contacts"])
ROWS = Contact.objects.select_related("owner")


@router.get("/contacts", response={200: ContactPage, **ERRORS}, summary="Contacts that you see")
def list_contacts(request: HttpRequest, paging: Query[Paging]) -> Any:
    user = need(request, "view_contact")
    return page_of(Contact.objects.visible_to(user).select_related("owner"), paging, by=user)


@router.get("/contacts/{pk}", response={200: ContactOut, **ERRORS}, summary="One contact")
def get_contact(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_contact")
    return tagged(response, one(request, ROWS.all(), pk))


@router.post("/contacts", response={201: ContactOut, **ERRORS}, summary="Create a contact at an account")
def post_contact(request: HttpRequest, response: HttpResponse, payload: ContactIn, idempotency_key: Idempotency = None, known: Known = False) -> Any:
    user = need(request, "add_contact")
    form = filled(NewContactForm, payload, "contact", request)

    def first() -> None:
        valid(form)
        unless_known(request, Subject.CONTACT, payload, known=known)

    def create() -> Contact:
        cleaned = form.cleaned_data
        return create_contact(
            data=form.changes, by=user, now=timezone.now(), account=cleaned["account"], title=cleaned["title"], deal_role=cleaned["deal_role"]
        )

    return 201, tagged(response, once(request, idempotency_key, payload, Contact, create, first=first))


@router.patch("/contacts/{pk}", response={200: ContactOut, **ERRORS}, summary="Change facts of a contact")
def patch_contact(request: HttpRequest, response: HttpResponse, pk: int, payload: ContactPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_contact")
    row = one(request, ROWS.all(), pk)
    version = expect_version(row, if_match)
    form = merged(ContactForm, row, payload, request)
    valid(form)
    change(row, lambda: update_contact(contact=row, changes=form.changes, version=version, by=user, now=timezone.now()))
    return tagged(response, row)


@router.delete("/contacts/{pk}", response={204: None, **ERRORS}, summary="Throw a contact into the recycle bin")
def delete_contact(request: HttpRequest, pk: int, if_match: IfMatch = None) -> Any:
    need(request, "delete_contact")
    throw_away(request, ROWS.all(), pk, if_match)
    return 204, None


@router.post("/contacts/{pk}/restore", response={200: ContactOut, **ERRORS}, summary="Take a contact out of the recycle bin")
def restore_contact(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "delete_contact")
    return tagged(response, bring_back(request, ROWS.all(), pk))


@router.get("/contacts/{pk}/links", response={200: LinkPage, **ERRORS}, summary="The accounts at which a contact works or worked")
def list_links(request: HttpRequest, pk: int, paging: Query[Paging]) -> Any:
    user = need(request, "view_contact")
    contact = one(request, Contact.objects.all(), pk)
    links = AccountContact.objects.filter(contact=contact, account__in=Account.objects.visible_to(user)).select_related("account", "contact")
    return page_of(links, paging.model_copy(update={"owner": None, "updated_since": None}), search=False)


@router.post("/contacts/{pk}/links", response={201: LinkOut, **ERRORS}, summary="Give a contact a role at one more account")
def post_link(request: HttpRequest, pk: int, payload: LinkIn) -> Any:
    user = need(request, "change_contact")
    contact = one(request, Contact.objects.all(), pk)
    form = LinkForm({name: value for name, value in payload.model_dump().items() if value is not None}, by=user)
    return 201, link_contact(contact=contact, by=user, **valid(form))


@router.delete("/contacts/{pk}/links/{link}", response={200: LinkOut, **ERRORS}, summary="Say that a contact no longer works at an account")
def delete_link(request: HttpRequest, pk: int, link: int) -> Any:
    user = need(request, "change_contact")
    contact = one(request, Contact.objects.all(), pk)
    rows = AccountContact.objects.filter(contact=contact, account__in=Account.objects.visible_to(user), ends_on__isnull=True).select_related(
        "account", "contact"
    )
    return end_link(link=get_object_or_404(rows, pk=min(link, 2**63 - 1)), by=user, today=timezone.localdate())
