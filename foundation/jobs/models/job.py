import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet


class JobState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("job", "Waiting")
    RUNNING = "running", pgettext_lazy("job", "Running")
    DONE = "done", pgettext_lazy("job", "Done")
    FAILED = "failed", pgettext_lazy("job", "Refused")
    CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")
    QUARANTINED = "quarantined", pgettext_lazy("job", "Set aside after errors")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
TONES = {JobState.DONE: "good", JobState.RUNNING: "info", JobState.QUEUED: "neutral", JobState.CANCELLED: "neutral"}


class JobQuerySet(ScopedQuerySet):
    owner_paths = ("by",)
    department_paths = ()

    def extra_visibility(self, access: Access) -> Q:
        """Everybody sees the jobs they started."""
        return Q(by=access.user.pk)

    def open(self) -> Self:
        """Jobs that wait or run."""
        return self.filter(state__in=OPEN_STATES)

    def due(self, now: datetime) -> Self:
        """Jobs that a worker may start now: waiting ones whose time has come, and running ones whose worker fell silent."""
        return self.filter(Q(state=JobState.QUEUED, not_before__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now))

    def held(self, token: str) -> Self:
        """The job while the run with this lease token holds it; empty once it was cancelled or another run took over."""
        return self.filter(state=JobState.RUNNING, lease_token=token)


class Job(models.Model):
    """Work in the background, written in the transaction of the change that wants it; the queue only wakes a worker.

    A run holds the row by ``lease_token`` until ``lease_until``. A worker that dies stops renewing, and the job is run again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(pgettext_lazy("job", "task"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    payload = models.JSONField(_("ids it works on"), default=dict, blank=True)
    key = models.CharField(_("key"), max_length=120, blank=True, help_text=_("At most one job with a key waits or runs."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name=_("started by"))
    again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for again by"),
        help_text=_("Asked for once more while it ran: it runs again when it ends, for this person."),
    )
    permission = models.CharField(_("permission"), max_length=120, blank=True, help_text=_("The starter must hold it, checked again at each chunk."))
    url = models.CharField(_("page of the result"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    done = models.PositiveIntegerField(pgettext_lazy("job", "done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    sentence = models.CharField(_("doing"), max_length=300, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    detail = models.TextField(_("technical detail"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    fruitless = models.PositiveSmallIntegerField(
        _("tries that got no further"), default=0, db_default=0, help_text=_("In a row; a try that gets beyond the one before begins the count anew.")
    )
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("last sent to the queue"), null=True, blank=True)
    not_before = models.DateTimeField(_("not before"))
    created_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(pgettext_lazy("job", "finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="job_due"),
            models.Index(fields=["-created_at", "id"], name="job_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["key"], condition=Q(state__in=["queued", "running"]) & ~Q(key=""), name="job_key_open_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_over(self) -> bool:
        return not self.is_open

    @property
    def message(self) -> str:
        """What the person reads under the bar: what is being done, or what went wrong."""
        return self.error or self.sentence

    @property
    def tone(self) -> str:
        """The meaning of the state as a colour."""
        return TONES.get(JobState(self.state), "bad")

    @property
    def percent(self) -> int | None:
        """Share done from 0 to 100; nothing while the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total else None
