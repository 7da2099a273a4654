from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account
from crm_core.models.contact import Contact
from crm_core.models.opportunity import Opportunity
from foundation.people.access import Access
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet, seen_with

EDITABLE_FOR = timedelta(days=1)


class ActivityKind(models.TextChoices):
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    MEETING = "meeting", _("Meeting")
    MAIL = "mail", pgettext_lazy("activity", "E-mail")
    MESSAGE = "message", _("Message")
    NOTE = "note", pgettext_lazy("activity", "Note")


class ActivityQuerySet(ScopedQuerySet):
    owner_paths = ("author",)
    department_paths = ()

    def extra_visibility(self, access: Access) -> Q:
        """Activities follow their account."""
        return seen_with("account", Account.objects.visible_to(access.user, access), beside=self.model._base_manager.all(), access=access)


class Activity(models.Model):
    """What happened with a customer, when it happened, and apart from that when somebody wrote it down."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="activities", verbose_name=_("account"))
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="activities", verbose_name=_("contact"))
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, blank=True, related_name="activities", verbose_name=_("opportunity"))
    kind = models.CharField(_("kind"), max_length=10, choices=ActivityKind.choices, default=ActivityKind.CALL)
    subject = models.CharField(pgettext_lazy("activity", "what happened"), max_length=200)
    body = models.TextField(_("details"), max_length=5000, blank=True)
    is_promise = models.BooleanField(_("we promised something"), default=False)
    occurred_at = models.DateTimeField(_("happened"), default=timezone.now)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="activities", verbose_name=pgettext_lazy("activity", "author"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ActivityQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-occurred_at", "-pk"]
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="activity_time"),
            models.Index(fields=["account", "-occurred_at"], name="activity_account_time"),
            models.Index(fields=["author", "-occurred_at"], name="activity_author_time"),
        ]

    def __str__(self) -> str:
        return self.subject

    def editable_by(self, user: Any, now: Any = None) -> bool:
        """The author may correct the words within a day of recording."""
        return self.author_id == user.pk and (now or timezone.now()) - self.recorded_at <= EDITABLE_FOR


class TaskQuerySet(ScopedQuerySet):
    def extra_visibility(self, access: Access) -> Q:
        """Tasks follow their account."""
        return seen_with("account", Account.objects.visible_to(access.user, access), beside=self.model._base_manager.all(), access=access)

    def open(self) -> Self:
        """Tasks nobody has ticked off."""
        return self.filter(done_at__isnull=True)

    def due(self, day: date) -> Self:
        """Open tasks of that day and overdue ones."""
        return self.open().filter(due_on__lte=day)

    def overdue(self, day: date) -> Self:
        """Open tasks whose day has passed."""
        return self.open().filter(due_on__lt=day)


class Task(models.Model):
    """The next step: what somebody is to do by a day, for an account or an opportunity or just so."""

    title = models.CharField(_("task"), max_length=200)
    due_on = models.DateField(_("due"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="crm_tasks", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("department"))
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="tasks", verbose_name=_("account"))
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("opportunity"))
    activity = models.ForeignKey(Activity, models.SET_NULL, null=True, blank=True, editable=False, related_name="tasks", verbose_name=_("planned in"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True, editable=False)
    snoozed = models.PositiveSmallIntegerField(_("times put off"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TaskQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["owner", "due_on"], condition=Q(done_at__isnull=True), name="task_open_due")]

    def __str__(self) -> str:
        return self.title
