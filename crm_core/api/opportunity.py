"""Opportunities."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from crm_core.api.schemas import OpportunityIn, OpportunityOut, OpportunityPage, OpportunityPatch, Paging
from crm_core.api.shared import (
    ERRORS,
    Idempotency,
    IfMatch,
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
    valid,
)
from crm_core.forms import OpportunityForm
from crm_core.models import Opportunity
from crm_core.services.opportunity import create_opportunity, update_opportunity

router = Router(tags=["opportunities"])
ROWS = Opportunity.objects.select_related("owner", "stage", "account", "pipeline")


@router.get("/opportunities", response={200: OpportunityPage, **ERRORS}, summary="Opportunities that you see")
def list_opportunities(request: HttpRequest, paging: Query[Paging], account: int | None = None) -> Any:
    user = need(request, "view_opportunity")
    rows = Opportunity.objects.visible_to(user).select_related("owner", "stage")
    return page_of(rows if account is None else rows.filter(account=min(account, 2**63 - 1)), paging, by=user)


@router.get("/opportunities/{pk}", response={200: OpportunityOut, **ERRORS}, summary="One opportunity")
def get_opportunity(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_opportunity")
    return tagged(response, one(request, ROWS.all(), pk))


@router.post("/opportunities", response={201: OpportunityOut, **ERRORS}, summary="Open an opportunity at an account")
def post_opportunity(request: HttpRequest, response: HttpResponse, payload: OpportunityIn, idempotency_key: Idempotency = None) -> Any:
    user = need(request, "add_opportunity")
    form = filled(OpportunityForm, payload, "opportunity", request)

    def first() -> None:
        valid(form)

    def create() -> Opportunity:
        facts = form.changes
        account = facts.pop("account")
        return create_opportunity(account=account, data=facts, by=user, now=timezone.now())

    return 201, tagged(response, once(request, idempotency_key, payload, Opportunity, create, first=first))


@router.patch("/opportunities/{pk}", response={200: OpportunityOut, **ERRORS}, summary="Change what is known of an opportunity")
def patch_opportunity(request: HttpRequest, response: HttpResponse, pk: int, payload: OpportunityPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_opportunity")
    row = one(request, ROWS.all(), pk)
    version = expect_version(row, if_match)
    form = merged(OpportunityForm, row, payload, request)
    valid(form)
    change(row, lambda: update_opportunity(opportunity=row, changes=form.changes, version=version, by=user, now=timezone.now()))
    return tagged(response, row)


@router.delete("/opportunities/{pk}", response={204: None, **ERRORS}, summary="Throw an opportunity into the recycle bin")
def delete_opportunity(request: HttpRequest, pk: int, if_match: IfMatch = None) -> Any:
    need(request, "delete_opportunity")
    throw_away(request, ROWS.all(), pk, if_match)
    return 204, None


@router.post("/opportunities/{pk}/restore", response={200: OpportunityOut, **ERRORS}, summary="Take an opportunity out of the recycle bin")
def restore_opportunity(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "delete_opportunity")
    return tagged(response, bring_back(request, ROWS.all(), pk))
