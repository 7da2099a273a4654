from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models import Account
from foundation.people.access import Access
from foundation.uploads import uuid_path
from foundation.visibility import ScopedQuerySet
from requirements_mgmt.models import Requirement


class TicketKind(models.TextChoices):
    QUESTION = "question", _("Question")
    BUG = "bug", _("Bug")
    NEED = "need", _("Special need")
    OTHER = "other", _("Other")


class TicketState(models.TextChoices):
    """Where a ticket stands on its way from the reporter to the team and back."""

    LIAISON = "liaison", _("With the liaison")
    RETURNED = "returned", _("Returned for more words")
    TEAM = "team", _("With the team")
    FIXING = "fixing", _("Being fixed")
    FIXED = "fixed", _("Fixed, reporter to be told")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged into another")


OPEN_STATES = (TicketState.LIAISON, TicketState.RETURNED, TicketState.TEAM, TicketState.FIXING, TicketState.FIXED)
TEAM_STATES = (TicketState.TEAM, TicketState.FIXING, TicketState.FIXED)


class Severity(models.TextChoices):
    STOPS = "stops", _("I cannot work")
    HINDERS = "hinders", _("I can work around it")
    ANNOYS = "annoys", _("It annoys")


class TicketQuerySet(ScopedQuerySet):
    owner_paths = ("reporter",)
    department_paths = ("department",)

    def open(self) -> "TicketQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def extra_visibility(self, access: Access) -> models.Q:
        """Its liaison and its assignee see a ticket wherever they sit; so do those who stand in for them."""
        people = [access.user.pk, *access.principals]
        return models.Q(liaison__in=people) | models.Q(assignee__in=people)


class Ticket(models.Model):
    """What somebody reports: a question, a bug or a special need, with the steps before it as the server saw them."""

    code = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=TicketKind.choices, default=TicketKind.QUESTION)
    severity = models.CharField(_("how bad"), max_length=10, choices=Severity.choices, default=Severity.HINDERS)
    title = models.CharField(_("in one sentence"), max_length=200)
    body = models.TextField(_("what happened"), max_length=10000, blank=True)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tickets", verbose_name=_("reporter"))
    department = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="tickets", verbose_name=_("department"))
    screenshot = models.FileField(_("screenshot"), upload_to=uuid_path("tickets"), blank=True)
    page_url = models.CharField(_("page"), max_length=500, blank=True)
    feature = models.ForeignKey("usage.Feature", models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("feature"))
    account = models.ForeignKey(
        Account,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="tickets",
        verbose_name=_("account"),
        help_text=_("The customer from whose page it was reported."),
    )
    trail = models.JSONField(_("steps before"), default=list, blank=True, help_text=_("The reporter's last events as the server recorded them; no values."))
    build = models.CharField(_("build"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TicketState.choices, default=TicketState.LIAISON)
    liaison = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="liaison_tickets", verbose_name=_("liaison"))
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assigned_tickets", verbose_name=_("assignee"))
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into"))
    requirement = models.ForeignKey(Requirement, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("requirement"))
    analysis = models.TextField(_("analysis"), max_length=10000, blank=True)
    fix_note = models.TextField(_("what was fixed"), max_length=4000, blank=True)
    source_key = models.CharField(_("number at its source"), max_length=60, blank=True, help_text=_("For reports brought in from elsewhere; each only once."))
    created_at = models.DateTimeField(_("reported"), db_index=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TicketQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["trail"])

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "created_at"], name="ticket_state")]
        constraints = [
            models.UniqueConstraint(fields=["source_key"], condition=~models.Q(source_key=""), name="ticket_source_key_once"),
            models.CheckConstraint(condition=models.Q(merged_into__isnull=True) | models.Q(state="merged"), name="ticket_merged_state"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def search_entry(self) -> dict[str, Any]:
        """What of the ticket can be found."""
        return {"title": self.title, "body": self.body, "subtitle": self.code, "codes": (self.code,), "owner": self.reporter, "department": self.department}

    @property
    def is_open(self) -> bool:
        """Somebody still owes the reporter something."""
        return self.state in OPEN_STATES


class HopKind(models.TextChoices):
    LIAISON = "liaison", _("Liaison answers")
    TEAM = "team", _("Team analyses")
    FIX = "fix", _("Team fixes")
    TELL = "tell", _("Reporter is told")


class TicketHop(models.Model):
    """One leg of a ticket's way with its own working-hours clock; overdue legs escalate to the holder's deputy."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="hops")
    hop = models.CharField(_("leg"), max_length=10, choices=HopKind.choices)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("holder"))
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(pgettext_lazy("clock", "due"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    escalated_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("escalated to"))

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        ordering = ["started_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(ended_at__isnull=True), name="hop_running")]
        constraints = [models.UniqueConstraint(fields=["ticket"], condition=models.Q(ended_at__isnull=True), name="ticket_one_running_hop")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.hop}"


class MessageKind(models.TextChoices):
    NOTE = "note", _("Note")
    ANSWER = "answer", _("Answer")
    RETURN = "return", _("Question back")
    FORWARD = "forward", _("Forwarded")
    FIX = "fix", _("Fix")
    REPLY = "reply", _("Reply")


class TicketMessage(models.Model):
    """What was said on a ticket, and whether the reporter may read it."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices, default=MessageKind.NOTE)
    body = models.TextField(_("words"), max_length=10000)
    is_internal = models.BooleanField(_("only for liaison and team"), default=False)
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]
