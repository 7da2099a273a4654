"""Read-only API of requirements: the same rows as the pages, page by page after a place in the order."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from requirements_mgmt.models import Requirement
from requirements_mgmt.reports import use_of_many

router = Router(tags=["requirements"])
MOST = 200


class UseOut(Schema):
    used: int
    meant_for: int
    days: int


class RequirementOut(Schema):
    id: int
    code: str
    title: str
    rollout: str
    department: str
    priority: str
    level: str
    state: str
    confirmation: str
    parent: str | None = None
    owner: str | None = None
    version: int
    content_hash: str
    text_changed_at: datetime | None = None
    use: UseOut | None = None


class RequirementDetail(RequirementOut):
    statement: str
    scenario: str
    source_kind: str
    source: str
    roles: list[str]
    inputs: list[str]
    outputs: list[str]
    features: list[str]
    is_origin: bool
    is_final: bool
    is_day_one: bool


class RequirementPage(Schema):
    items: list[RequirementOut]
    next: str | None = Field(None, description="Pass it as ``after`` for the following page; empty at the end.")


def _rows(request: HttpRequest) -> Any:
    token = getattr(request, "api_token", None)
    if not request.user.has_perm("requirements_mgmt.view_requirement") or (token is not None and not token.allows("requirement", write=False)):
        raise PermissionDenied
    rows = Requirement.objects.visible_to(request.user).countable().with_confirmation()
    return rows.select_related("rollout", "department", "owner", "parent").order_by("code_key", "pk")


def _as_dict(row: Requirement, use: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "title": row.title,
        "rollout": row.rollout.code,
        "department": row.department.code,
        "priority": row.priority,
        "level": row.level,
        "state": row.state,
        "confirmation": row.confirmation,  # type: ignore[attr-defined]
        "parent": row.parent.code if row.parent else None,
        "owner": row.owner.username if row.owner else None,
        "version": row.version,
        "content_hash": row.content_hash,
        "text_changed_at": row.text_changed_at,
        "use": {"used": use.used, "meant_for": use.meant_for, "days": use.days} if use.is_linked else None,
    }


@router.get("/requirements", response=RequirementPage, summary="Requirements in the order of their codes")
def list_requirements(request: HttpRequest, rollout: str = "", after: int = 0, limit: int = 50) -> dict[str, Any]:
    """``rollout`` is a code; ``after`` the id of the last requirement read; ``limit`` at most 200."""
    rows = _rows(request)
    if rollout:
        rows = rows.filter(rollout__code=rollout)
    if after:
        place = get_object_or_404(_rows(request), pk=after)
        rows = rows.filter(code_key__gte=place.code_key).exclude(code_key=place.code_key, pk__lte=place.pk)
    size = max(1, min(limit, MOST))
    found = list(rows[: size + 1])
    page = found[:size]
    uses = use_of_many(page, timezone.localdate())
    return {"items": [_as_dict(row, uses[row.pk]) for row in page], "next": str(page[-1].pk) if len(found) > size else None}


@router.get("/requirements/{int:pk}", response=RequirementDetail, summary="One requirement")
def get_requirement(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The text and everything that a confirmation covers."""
    row = get_object_or_404(_rows(request), pk=pk)
    content = row.content()
    return {
        **_as_dict(row, use_of_many([row], timezone.localdate())[row.pk]),
        "statement": row.statement,
        "scenario": row.scenario,
        "source_kind": row.source_kind,
        "source": row.source,
        "roles": row.roles,
        "inputs": content["inputs"],
        "outputs": content["outputs"],
        "features": content["features"],
        "is_origin": row.is_origin,
        "is_final": row.is_final,
        "is_day_one": row.is_day_one,
    }
