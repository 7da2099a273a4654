"""What background work puts on an administrator's home: jobs that were set aside, refused or wait too long."""

from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.jobs.models import Job, JobState
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs

LINES = 3


@needs("jobs.view_job")
def failed_jobs(user: Any, today: date) -> Asking[Card | None]:
    """Jobs that somebody must look at, the latest first."""
    rows, url = Job.objects.visible_to(user), reverse("jobs:job_list")
    aside = rows.filter(state=JobState.QUARANTINED)
    refused, number, first = counted(rows.filter(state=JobState.FAILED), "state"), counted(aside, "state"), aside.order_by("-created_at", "pk")[:LINES]
    yield [refused, number, first]
    lines = [Line(row.title, reverse("jobs:job_detail", args=[row.pk]), day=timezone.localdate(row.created_at), tone="bad") for row in first]
    numbers = [
        count(_("Set aside after errors"), sum(number), f"{url}?state=quarantined", bad=True),
        count(_("Refused"), sum(refused), f"{url}?state=failed", watch=True),
    ]
    return Card(Question.RISK, _("Jobs that failed"), url=url, numbers=numbers, lines=lines)


@needs("jobs.view_job")
def job_load(user: Any, today: date) -> Asking[Card | None]:
    """What runs and waits in the background now."""
    url = reverse("jobs:job_list")
    states = Job.objects.visible_to(user).order_by().values("state").annotate(number=Count("pk")).values_list("state", "number")
    yield [states]
    found = dict(states)
    numbers = [
        Number(pgettext("job", "Waiting"), found.get(JobState.QUEUED, 0), f"{url}?state=queued"),
        Number(pgettext("job", "Running"), found.get(JobState.RUNNING, 0), f"{url}?state=running"),
        Number(_("Done"), found.get(JobState.DONE, 0), f"{url}?state=done"),
    ]
    return Card(Question.DOING, _("Background work"), url=url, numbers=numbers)
