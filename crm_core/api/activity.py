"""Activities."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from crm_core.api.schemas import ActivityIn, ActivityOut, ActivityPage, ActivityPatch, Paging
from crm_core.api.shared import ERRORS, Idempotency, IfMatch, change, expect_version, need, once, one, page_of, tagged, valid
from crm_core.forms import ActivityForm
from crm_core.models import Account, Activity
from crm_core.searching import words_veil
from crm_core.services.activity import edit_activity, log_activity

router = Router(tags=["activities"])
ROWS = Activity.objects.select_related("author")


@router.get(
    "/activities", response={200: ActivityPage, **ERRORS}, summary="Activities that you see; owner is the author, updated_since the moment of recording"
)
def list_activities(request: HttpRequest, paging: Query[Paging], account: int | None = None) -> Any:
    user = need(request, "view_activity")
    rows: QuerySet[Activity] = Activity.objects.visible_to(user).select_related("author", "account")
    if account is not None:
        rows = rows.filter(account=min(account, 2**63 - 1))
    if paging.q:
        asked = paging.q.replace("\x00", "")
        rows = words_veil(rows.filter(subject__icontains=asked), [asked], by=user)
    return page_of(rows, paging, owner="author", moment="recorded_at", search=False)


@router.get("/activities/{pk}", response={200: ActivityOut, **ERRORS}, summary="One activity")
def get_activity(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_activity")
    return tagged(response, one(request, ROWS.all(), pk))


@router.post("/activities", response={201: ActivityOut, **ERRORS}, summary="Log an activity at an account")
def post_activity(request: HttpRequest, response: HttpResponse, payload: ActivityIn, idempotency_key: Idempotency = None) -> Any:
    user = need(request, "add_activity")
    account = one(request, Account.objects.all(), payload.account)
    data = {name: value for name, value in payload.model_dump(exclude={"account", "occurred_at"}).items() if value is not None}
    form = ActivityForm(data, by=user, account=account)

    def first() -> None:
        valid(form)

    def create() -> Activity:
        facts = form.changes | {"next_step": form.cleaned_data["next_step"], "next_on": form.cleaned_data["next_on"], "occurred_at": payload.occurred_at}
        return log_activity(account=account, by=user, now=timezone.now(), **facts)

    return 201, tagged(response, once(request, idempotency_key, payload, Activity, create, first=first))


@router.patch("/activities/{pk}", response={200: ActivityOut, **ERRORS}, summary="Correct your own words within a day")
def patch_activity(request: HttpRequest, response: HttpResponse, pk: int, payload: ActivityPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_activity")
    row = one(request, Activity.objects.select_related("author", "account"), pk)
    version = expect_version(row, if_match)
    sent = {name: value for name, value in payload.model_dump(exclude_unset=True).items() if value is not None}
    data = {"kind": row.kind, "subject": row.subject, "body": row.body, "is_promise": row.is_promise, "version": version} | sent
    data |= {name: value for name, value in (("contact", row.contact_id), ("opportunity", row.opportunity_id)) if value}
    form = ActivityForm(data, instance=row, by=user, account=row.account)
    valid(form)
    change(row, lambda: edit_activity(activity=row, changes={name: form.changes[name] for name in sent}, version=version, by=user, now=timezone.now()))
    return tagged(response, row)
