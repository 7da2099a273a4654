"""Tasks."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from crm_core.api.schemas import Paging, TaskIn, TaskOut, TaskPage, TaskPatch
from crm_core.api.shared import ERRORS, Idempotency, IfMatch, change, expect_version, merged, need, once, one, page_of, tagged, valid
from crm_core.forms import TaskForm
from crm_core.models import Task
from crm_core.searching import words_veil
from crm_core.services.task import create_task, finish_task, reopen_task, update_task

router = Router(tags=["tasks"])
ROWS = Task.objects.select_related("owner")


@router.get("/tasks", response={200: TaskPage, **ERRORS}, summary="Tasks that you see")
def list_tasks(request: HttpRequest, paging: Query[Paging], done: bool | None = None) -> Any:
    user = need(request, "view_task")
    rows: QuerySet[Task] = Task.objects.visible_to(user).select_related("owner")
    if done is not None:
        rows = rows.filter(done_at__isnull=not done)
    if paging.q:
        asked = paging.q.replace("\x00", "")
        rows = words_veil(rows.filter(title__icontains=asked), [asked], by=user)
    return page_of(rows, paging, moment="created_at", search=False)


@router.get("/tasks/{pk}", response={200: TaskOut, **ERRORS}, summary="One task")
def get_task(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    need(request, "view_task")
    return tagged(response, one(request, ROWS.all(), pk))


@router.post("/tasks", response={201: TaskOut, **ERRORS}, summary="Plan a next step")
def post_task(request: HttpRequest, response: HttpResponse, payload: TaskIn, idempotency_key: Idempotency = None) -> Any:
    user = need(request, "add_task")
    data = {name: value for name, value in payload.model_dump().items() if value is not None} | {"owner": payload.owner or user.pk}
    form = TaskForm(data, by=user)

    def first() -> None:
        valid(form)

    return 201, tagged(response, once(request, idempotency_key, payload, Task, lambda: create_task(by=user, now=timezone.now(), **form.changes), first=first))


@router.patch("/tasks/{pk}", response={200: TaskOut, **ERRORS}, summary="Change a task")
def patch_task(request: HttpRequest, response: HttpResponse, pk: int, payload: TaskPatch, if_match: IfMatch = None) -> Any:
    user = need(request, "change_task")
    row = one(request, Task.objects.select_related("owner", "account", "opportunity"), pk)
    version = expect_version(row, if_match)
    form = merged(TaskForm, row, payload, request)
    valid(form)
    change(row, lambda: update_task(task=row, changes=form.changes, version=version, by=user, now=timezone.now()))
    return tagged(response, row)


@router.post("/tasks/{pk}/finish", response={200: TaskOut, **ERRORS}, summary="Tick a task off")
def finish(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    user = need(request, "change_task")
    return tagged(response, finish_task(task=one(request, ROWS.all(), pk), by=user, now=timezone.now()))


@router.post("/tasks/{pk}/reopen", response={200: TaskOut, **ERRORS}, summary="Open a finished task again")
def reopen(request: HttpRequest, response: HttpResponse, pk: int) -> Any:
    user = need(request, "change_task")
    return tagged(response, reopen_task(task=one(request, ROWS.all(), pk), by=user, now=timezone.now()))
