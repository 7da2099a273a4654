from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.filters import TaskFilter
from crm_core.forms import SnoozeForm, TaskForm
from crm_core.models import Account, Opportunity, Task
from crm_core.reminders import cold_accounts
from crm_core.searching import search_tasks
from crm_core.services.falling import falls_of
from crm_core.services.task import CannotPutOff, create_task, finish_task, put_off_task, reopen_task, update_task
from crm_core.veils import reads_task, veiled_words
from crm_core.views.saving import answer_form
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

SHOWN = 20


def _state(row: Task) -> Any:
    if row.done_at:
        return pgettext("task", "done")
    today = timezone.localdate()
    return _("overdue") if row.due_on < today else _("due today") if row.due_on == today else _("open")


def _tone(row: Task) -> str:
    if row.done_at:
        return "good"
    today = timezone.localdate()
    return "bad" if row.due_on < today else "watch" if row.due_on == today else "neutral"


def _title(row: Task, by: Any) -> str:
    return veiled_words(row.title, by, own=reads_task(row, by))


COLUMNS = [
    Column("title", gettext_lazy("Task"), kind="link", url=row_address("crm_core:task_edit"), phone=True),
    Column("state", gettext_lazy("State"), value=_state, kind="badge", tone=_tone, phone=True),
    Column("due_on", gettext_lazy("Due"), kind="date", sort="due_on", phone=True),
    Column("account", gettext_lazy("Account"), value="account"),
    Column("opportunity", gettext_lazy("Opportunity"), value="opportunity"),
    Column("owner", gettext_lazy("Owner"), value="owner", kind="person"),
    Column("snoozed", gettext_lazy("Times put off"), kind="number", default=False),
]


@require_GET
@permission_required("crm_core.view_task", raise_exception=True)
def task_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=Task.objects.visible_to(request.user).select_related("account", "opportunity", "owner"),
        columns=[replace(COLUMNS[0], value=partial(_title, by=request.user)), *COLUMNS[1:]],
        template="crm_core/task_list.html",
        key="crm.tasks",
        filterset=TaskFilter,
        search=partial(search_tasks, by=request.user),
        order=("due_on", "pk"),
        export_permission="crm_core.export_account",
    )


def _back(request: HttpRequest, default: str) -> str:
    """Where the person came from, if that is a page of ours."""
    asked = request.POST.get("next", "")
    return asked if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else default


def _page_of(task: Task) -> str:
    return reverse("crm_core:account_detail", args=[task.account_id]) if task.account_id else reverse("crm_core:my_day")


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_task", raise_exception=True)
def task_create(request: HttpRequest) -> HttpResponse:
    initial: dict[str, Any] = {"due_on": timezone.localdate() + timedelta(days=1)}
    for name, model in (("account", Account), ("opportunity", Opportunity)):
        if (asked := request.GET.get(name, "")).isdecimal() and len(asked) < 19:
            initial[name] = model.objects.visible_to(request.user).filter(pk=asked).first()
    form = TaskForm(request.POST or None, by=request.user, initial=initial)

    def save() -> HttpResponse:
        task = create_task(by=request.user, now=timezone.now(), **form.changes)
        return redirect_with(request, _page_of(task), _("Planned."))

    return answer_form(request, form, template="crm_core/task_form.html", feature="crm.task.create", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_task", raise_exception=True)
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("account"), pk=pk)
    form = TaskForm(request.POST or None, instance=task, by=request.user)

    def save() -> HttpResponse:
        update_task(task=task, changes=form.changes, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, _page_of(task), _("Saved."))

    return answer_form(request, form, template="crm_core/task_form.html", feature="crm.task.edit", save=save, context={"task": task}, obj=task)


@require_POST
@permission_required("crm_core.change_task", raise_exception=True)
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    if "undo" in request.POST:
        reopen_task(task=task, by=request.user, now=timezone.now())
        return redirect_with(request, _back(request, _page_of(task)), _("“%(task)s” is open again.") % {"task": task.title})
    finish_task(task=task, by=request.user, now=timezone.now())
    return redirect_with(request, _back(request, _page_of(task)), _("“%(task)s” is done.") % {"task": task.title})


@require_POST
@permission_required("crm_core.change_task", raise_exception=True)
def task_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise CannotPutOff(_("Say until which day."))
    task = put_off_task(task=task, until=form.day(max(timezone.localdate(), task.due_on)), by=request.user, now=timezone.now())
    return redirect_with(request, _back(request, _page_of(task)), _("“%(task)s” waits until %(day)s.") % {"task": task.title, "day": task.due_on})


@require_GET
@permission_required("crm_core.view_task", raise_exception=True)
def my_day(request: HttpRequest) -> HttpResponse:
    """What a sales person does today: tasks due, silent accounts, deals without a next step; made for a phone."""
    today = timezone.localdate()
    own = Task.objects.filter(owner=request.user).select_related("account", "opportunity")
    cold = cold_accounts(request.user, timezone.now())
    stuck = Opportunity.objects.live().filter(owner=request.user).without_next_step().select_related("account", "stage").order_by("close_on", "pk")
    context = {
        "today": today,
        "due": own.due(today)[:50],
        "soon": own.open().filter(due_on__gt=today, due_on__lte=today + timedelta(days=7))[:SHOWN],
        "done": own.filter(done_at__date=today).order_by("-done_at")[:SHOWN],
        "falling": falls_of(Account.objects.live().owned_by(request.user), today),
        "cold": cold[:SHOWN],
        "cold_count": cold.count(),
        "stuck": stuck[:SHOWN],
        "stuck_count": stuck.count(),
        "overdue_count": own.overdue(today).count(),
        "logged_count": request.user.activities.filter(recorded_at__date=today).count(),
    }
    return render(request, "crm_core/my_day.html", context)
