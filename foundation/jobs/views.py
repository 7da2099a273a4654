import json
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_filters import ChoiceFilter, FilterSet

from foundation.jobs.models import Job, JobState
from foundation.jobs.services import cancel_job, rerun_job
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with


class JobFilter(FilterSet):
    """Jobs by state."""

    state = ChoiceFilter(choices=JobState.choices, label=_("State"))

    class Meta:
        model = Job
        fields: list[str] = []


COLUMNS = [
    Column("title", _("Job"), kind="link", url=lambda row: reverse("jobs:job_detail", args=[row.pk]), phone=True),
    Column("state", _("State"), value="get_state_display", kind="badge", tone=lambda row: row.tone, phone=True),
    Column("progress", _("Progress"), value=lambda row: f"{row.done}/{row.total}" if row.total else "", kind="number"),
    Column("by", _("Started by"), kind="person"),
    Column("attempts", _("Tries"), kind="number"),
    Column("created_at", _("Asked for"), kind="datetime", sort="created_at", phone=True),
    Column("finished_at", _("Finished"), kind="datetime"),
    Column("task", pgettext_lazy("job", "Task"), default=False),
]
OWN_COLUMNS = [column for column in COLUMNS if column.key not in {"by", "task", "attempts"}]


@require_GET
@permission_required("jobs.view_job", raise_exception=True)
def job_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=Job.objects.visible_to(request.user).select_related("by"),
        columns=COLUMNS,
        template="jobs/job_list.html",
        key="jobs.all",
        filterset=JobFilter,
        search=("title__icontains", "task__icontains", "by__display_name__icontains"),
        order=("-created_at", "pk"),
        drawer=False,
        context={"waiting": Job.objects.filter(state=JobState.QUEUED).count(), "aside": Job.objects.filter(state=JobState.QUARANTINED).count()},
    )


@require_GET
def my_jobs(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=Job.objects.filter(by=request.user),
        columns=OWN_COLUMNS,
        template="jobs/my_jobs.html",
        key="jobs.mine",
        filterset=JobFilter,
        order=("-created_at", "pk"),
        drawer=False,
    )


def _job(request: HttpRequest, pk: UUID) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("by"), pk=pk)


@require_GET
def job_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = _job(request, pk)
    looks_after = request.user.has_perm("jobs.change_job")
    context = {
        "job": job,
        "looks_after": looks_after,
        "may_cancel": job.is_open and (looks_after or job.by_id == request.user.pk),
        "payload": json.dumps(job.payload, ensure_ascii=False, indent=2) if looks_after else "",
        "result": json.dumps(job.result, ensure_ascii=False, indent=2) if job.result else "",
    }
    return render(request, "jobs/job_detail.html", context)


@require_GET
@never_cache
def job_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    return render(request, "jobs/_progress.html", {"job": _job(request, pk)})


@require_POST
def job_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = _job(request, pk)
    if job.by_id != request.user.pk and not request.user.has_perm("jobs.change_job"):
        raise PermissionDenied
    cancel_job(job=job, by=request.user, now=timezone.now())
    return redirect_with(request, reverse("jobs:job_detail", args=[job.pk]), gettext("The job was cancelled."))


@require_POST
@permission_required("jobs.change_job", raise_exception=True)
def job_rerun(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = _job(request, pk)
    rerun_job(job=job, by=request.user, now=timezone.now())
    return redirect_with(request, reverse("jobs:job_detail", args=[job.pk]), gettext("The job is in the queue again."))
