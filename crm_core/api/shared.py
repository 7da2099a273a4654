"""What all routes share: who may, which rows, once, and on which version."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Header, Query, Schema
from ninja.errors import HttpError, ValidationError

from crm_core.api.schemas import Paging, Problem
from crm_core.models import ApiReplay
from crm_core.models.custom_field import PREFIX
from crm_core.searching import search_veil
from crm_core.services.custom_fields import filled_fields
from crm_core.services.duplicates import Candidate, refuse_known
from crm_core.services.merging import check_not_merged
from crm_core.services.recycling import discard, restore
from crm_core.veils import MASKS, veiled_fields, with_own
from foundation.integrity import Outdated, Refused, Stale, sha256_of
from foundation.people.models import User
from foundation.search.lists import IndexedSearch

IfMatch = Annotated[str | None, Header(alias="If-Match", description="The version of the record that you read, as the ETag gave it.")]
Idempotency = Annotated[str | None, Header(alias="Idempotency-Key", description="The same key with the same body creates once; it is remembered for 7 days.")]
Known = Annotated[bool, Query(description="You have seen that somebody like this may be here, and create nevertheless.")]
ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 410: Problem, 409: Problem, 412: Problem, 422: Problem, 428: Problem, 429: Problem}


def need(request: HttpRequest, permission: str) -> Any:
    """The person behind the request, who must hold the permission; a token must reach rows of the noun as well."""
    user, token = request.user, getattr(request, "api_token", None)
    if isinstance(user, AnonymousUser) or not user.has_perm(f"crm_core.{permission}"):
        raise HttpError(403, _("You may not do this."))
    translation.activate(user.language)  # a token's owner is known only now
    verb, _dash, noun = permission.partition("_")
    if token is not None and not token.allows(noun, write=verb != "view"):
        raise HttpError(403, _("This token does not reach this kind of record."))
    return user


def one(request: HttpRequest, rows: models.QuerySet, pk: int) -> Any:
    """A record that the person sees; the same 404 for what is not there and for what is not shown, 410 with the survivor for what was merged."""
    if pk > 2**63 - 1:
        return get_object_or_404(rows.none())
    row = rows.visible_to(request.user).filter(pk=pk).first()  # type: ignore[attr-defined]
    if row is None:
        check_not_merged(rows.model, pk, by=_person(request))
        raise Http404
    return row


def page_of(rows: models.QuerySet, paging: Paging, *, by: Any = None, owner: str = "owner", moment: str = "updated_at", search: bool = True) -> dict[str, Any]:
    """The records behind ``after`` in the order of their ids; ``by`` is who asks, where some see values masked."""
    rows = with_own(rows, by) if by is not None and rows.model._meta.model_name in MASKS else rows
    if paging.q and search:
        rows = IndexedSearch(veil=partial(search_veil, by=by)).narrow(rows, paging.q.replace("\x00", "")).queryset
    if paging.owner is not None:
        rows = rows.filter(**{owner: min(paging.owner, 2**63 - 1)})
    if paging.updated_since is not None:
        since = paging.updated_since
        rows = rows.filter(**{f"{moment}__gte": since if timezone.is_aware(since) else timezone.make_aware(since)})
    found = list(rows.filter(pk__gt=paging.after).order_by("pk")[: paging.limit + 1])
    more = len(found) > paging.limit
    found = found[: paging.limit]
    return {"items": found, "next": found[-1].pk if more else None}


def valid(form: forms.BaseForm) -> Any:
    """The form's cleaned data, or 422 with the reasons by field in the reader's language."""
    if not form.is_valid():
        fields = {name.replace(PREFIX, "custom.", 1) if name.startswith(PREFIX) else name: list(map(str, reasons)) for name, reasons in form.errors.items()}
        raise ValidationError([{"fields": fields}])
    return form.cleaned_data


def custom_data(model: str, kind: str, sent: dict[str, Any] | None, kept: dict[str, Any], by: Any) -> dict[str, Any]:
    """The custom fields as the forms name them: the sent values over the kept ones; null empties a field, an unknown key is refused."""
    fields = {field.key: field for field in filled_fields(model, by, kind)}
    if unknown := set(sent or {}) - set(fields):
        raise ValidationError([{"fields": {f"custom.{key}": [_("There is no such field for you.")] for key in unknown}}])
    values = {key: kept[key] for key in fields if key in kept} | (sent or {})
    return {fields[key].name: value for key, value in values.items() if value is not None}


def tagged(response: HttpResponse, row: Any) -> Any:
    """The record, with its version as the ETag."""
    response.headers["ETag"] = f'"{row.version}"'
    return row


def expect_version(row: Any, if_match: str | None) -> int:
    """The version in If-Match, which must be the record's; 428 without one, because a change must say what it was based on."""
    if not if_match:
        raise HttpError(428, _("Send If-Match with the version that you read."))
    text = if_match.removeprefix("W/").strip().strip('"')
    if not text.isdecimal() or len(text) > 9 or int(text) != row.version:
        raise Outdated(row.version)
    return int(text)


def change(row: Any, work: Callable[[], Any]) -> None:
    """Do a change that somebody else may win in the same moment: 412 with the version that there is now."""
    try:
        work()
    except Stale:
        raise Outdated(type(row)._default_manager.values_list("version", flat=True).get(pk=row.pk)) from None


def _person(request: HttpRequest) -> User:
    """Who calls; every route of the API asks for a session or a token."""
    return cast(User, request.user)


def _checked(earlier: models.QuerySet[ApiReplay], first: Callable[[], None] | None) -> ApiReplay | None:
    """The call that used the key before; a key that is new is checked first."""
    kept = earlier.first()
    if kept is None and first:
        try:
            first()
        except Refused:  # what stands in the way may be what this very key has made in the same moment
            kept = earlier.first()
            if kept is None:
                raise
    return kept


def once(
    request: HttpRequest, key: str | None, payload: Schema, model: type[models.Model], create: Callable[[], Any], *, first: Callable[[], None] | None = None
) -> Any:
    """Create once per idempotency key and person: the same call again gives the same record, another body under the key is refused (422).

    ``first`` checks the call before something is created, outside the transaction, so that what it writes stays when it refuses.
    """
    if not key:
        if first:
            first()
        return create()
    if len(key) > 100:
        raise HttpError(422, _("An idempotency key has 100 characters at most."))
    key = key.replace("\x00", "")
    digest = sha256_of({"path": request.path, "body": payload.model_dump(mode="json")})
    earlier = ApiReplay.objects.filter(user=_person(request), key=key)
    kept = _checked(earlier, first)
    if kept is None:
        try:
            with transaction.atomic():
                row = create()
                ApiReplay.objects.create(user=_person(request), key=key, request_sha256=digest, object_id=row.pk)
                return row
        except IntegrityError:
            kept = earlier.first()
            if kept is None:
                raise
    if kept.request_sha256 != digest:
        raise HttpError(422, _("This idempotency key was used for another call."))
    return one(request, model._default_manager.all(), kept.object_id)


def unless_known(request: HttpRequest, subject: str, payload: Schema, *, known: bool) -> None:
    """Refuse (409, with masked candidates) to create somebody who may be here, unless the caller says to know it."""
    if not known:
        typed = payload.model_dump(include={"name", "short_name", "credit_code", "phone", "email", "wechat", "website"})
        account = getattr(payload, "account", None)
        refuse_known(candidate=Candidate(**typed, account_id=account), by=request.user, subject=subject, surface="api")  # type: ignore[arg-type]


def merged(form_class: Any, row: Any, patch: Schema, request: HttpRequest) -> Any:
    """The record's form filled with its facts, over which the sent ones are laid; fields that are not sent stay."""
    sent = patch.model_dump(exclude_unset=True, exclude={"custom"})
    if emptied := [name for name in veiled_fields(row, request.user) if sent.get(name) == "" and getattr(row, name)]:
        raise ValidationError([{"fields": {name: [_("You see this value masked, so you cannot empty it. Send the whole new value.")] for name in emptied}}])
    data = {name: getattr(row, f"{name}_id", None) if row._meta.get_field(name).is_relation else getattr(row, name) for name in form_class._meta.fields}
    data |= {"version": row.version} | sent
    if hasattr(row, "custom"):
        data |= custom_data(row._meta.model_name, data.get("kind") or "", getattr(patch, "custom", None), row.custom, request.user)
    return form_class({name: value for name, value in data.items() if value is not None}, instance=row, by=request.user)


def filled(form_class: Any, payload: Schema, model: str, request: HttpRequest) -> Any:
    """The form of a new record with what was sent."""
    data = {name: value for name, value in payload.model_dump(exclude={"custom"}).items() if value is not None}
    return form_class(data | custom_data(model, data.get("kind", ""), getattr(payload, "custom", None), {}, request.user), by=request.user)


def throw_away(request: HttpRequest, rows: models.QuerySet, pk: int, if_match: str | None) -> None:
    """Into the recycle bin, from which it can be restored."""
    row = one(request, rows, pk)
    expect_version(row, if_match)
    change(row, lambda: discard(row=row, by=request.user, now=timezone.now()))  # type: ignore[arg-type]


def bring_back(request: HttpRequest, rows: Any, pk: int) -> Any:
    """Out of the recycle bin again."""
    row = get_object_or_404(rows.binned_for(request.user), pk=min(pk, 2**63 - 1))
    restore(row=row, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return row
