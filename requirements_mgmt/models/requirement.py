import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.integrity import sha256_of
from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet
from implementation.models import Rollout

DIGITS = re.compile(r"\d+")
STATEMENT_MAX = 20_000


def code_key(code: str) -> str:
    """A code as it sorts: every number padded, so that V1.10 comes after V1.9."""
    return DIGITS.sub(lambda found: found.group()[-8:].zfill(8), code)[:200]


class Priority(models.TextChoices):
    """MoSCoW: how much a rollout suffers without the requirement."""

    MUST = "must", _("Must")
    SHOULD = "should", _("Should")
    COULD = "could", _("Could")
    WONT = "wont", _("Won't")


class Level(models.TextChoices):
    """Whose need it is: one department's, several departments' together, or the enterprise's."""

    DEPARTMENT = "department", _("Department")
    COLLABORATION = "collaboration", pgettext_lazy("level", "Collaboration")
    ENTERPRISE = "enterprise", _("Enterprise")


class SourceKind(models.TextChoices):
    INTERVIEW = "interview", _("Interview")
    OBSERVATION = "observation", _("Observation")
    DOCUMENT = "document", _("Document")
    TICKET = "ticket", _("Ticket")
    STANDARD = "standard", _("Standard")
    LAW = "law", _("Law")
    USAGE = "usage", _("Usage figures")
    OTHER = "other", _("Other")


class RequirementState(models.TextChoices):
    """Confirmed means: everybody who was asked confirmed the text as it stands."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", pgettext_lazy("requirement", "Open")
    CONFIRMED = "confirmed", _("Confirmed")
    DROPPED = "dropped", _("Dropped")


class RequirementQuerySet(ScopedQuerySet):
    _hooks: tuple[Callable[[list[Any]], None], ...] = ()

    def extra_visibility(self, access: Access) -> Q:
        """Whoever sees the rollout by being on its team, or is asked to confirm a requirement (or stands in for such a person), sees it."""
        asked = self._related("confirmations").filter(requirement=OuterRef("pk"), person__in=[access.user.pk, *access.principals])
        return Q(rollout__in=Rollout.objects.visible_to(access.user, access).order_by().values("pk")) | Q(Exists(asked))

    def attach(self, hook: Callable[[list[Any]], None]) -> Self:
        """Call ``hook`` with each page of rows as it is read, so that figures of a page cost a fixed number of queries."""
        clone: Any = self._chain()  # type: ignore[attr-defined]
        clone._hooks = (*self._hooks, hook)
        return clone  # type: ignore[no-any-return]

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        rows = super().iterator(chunk_size)
        while chunk := list(islice(rows, chunk_size or 500)):
            self._call_hooks(chunk)
            yield from chunk

    def _fetch_all(self) -> None:
        fresh = self._result_cache is None
        super()._fetch_all()
        if fresh:
            self._call_hooks(list(self._result_cache or ()))

    def _call_hooks(self, rows: list[Any]) -> None:
        for hook in self._hooks if rows and isinstance(rows[0], self.model) else ():
            hook(rows)

    def _clone(self) -> Self:
        clone: Any = super()._clone()  # type: ignore[misc]
        clone._hooks = self._hooks
        return clone  # type: ignore[no-any-return]

    def live(self) -> Self:
        """Everything that has not been dropped."""
        return self.exclude(state=RequirementState.DROPPED)

    def countable(self) -> Self:
        """Requirements proper: headings group others and are never confirmed or counted."""
        return self.filter(is_heading=False)

    def with_confirmation(self) -> Self:
        """Annotates ``confirmation``: objection, question, outdated, waiting, confirmed or none, in that order of urgency."""
        rows = self._related("confirmations").filter(requirement=OuterRef("pk"))
        latest = rows.filter(is_latest=True)
        confirmed = latest.filter(verdict="confirm")
        return self.annotate(
            confirmation=Case(
                When(Exists(latest.filter(verdict="object")), then=Value("objection")),
                When(Exists(latest.filter(verdict="ask")), then=Value("question")),
                When(Exists(confirmed.exclude(content_hash=OuterRef("content_hash"))), then=Value("outdated")),
                When(Exists(rows.filter(verdict="asked")), then=Value("waiting")),
                When(Exists(confirmed), then=Value("confirmed")),
                default=Value("none"),
                output_field=models.CharField(),
            )
        )

    def with_children(self) -> Self:
        """Annotates ``has_children``: whether anything hangs below."""
        return self.annotate(has_children=Exists(self.model._default_manager.filter(parent=OuterRef("pk"))))

    def search(self, text: str) -> Self:
        """Rows in which every word stands in code, title, statement, scenario or source."""
        rows = self
        for word in text.split()[:8]:
            rows = rows.filter(
                Q(code__icontains=word) | Q(title__icontains=word) | Q(statement__icontains=word) | Q(scenario__icontains=word) | Q(source__icontains=word)
            )
        return rows

    def _related(self, name: str) -> models.QuerySet:
        related: Any = self.model._meta.get_field(name).related_model
        return related._default_manager.all()


class Requirement(models.Model):
    """What somebody needs, said so that it can be confirmed, built, tested and, in the end, counted in use."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="requirements", verbose_name=_("rollout"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=pgettext_lazy("requirement", "part of"))
    is_heading = models.BooleanField(pgettext_lazy("requirement", "heading"), default=False, help_text=_("A heading groups requirements; nobody confirms it."))
    code = models.CharField(_("code"), max_length=40)
    code_key = models.CharField(max_length=200, editable=False, db_index=True)
    number = models.PositiveIntegerField(null=True, editable=False, help_text=_("Running number in rollout and department; none for imported codes."))
    title = models.CharField(_("title"), max_length=200)
    statement = models.TextField(_("statement"), blank=True, validators=[MaxLengthValidator(STATEMENT_MAX)])
    scenario = models.TextField(_("scenario"), blank=True, validators=[MaxLengthValidator(STATEMENT_MAX)], help_text=_("Who does what, when and why."))
    department = models.ForeignKey("people.Department", models.PROTECT, related_name="requirements", verbose_name=_("department"))
    source_kind = models.CharField(_("kind of source"), max_length=20, choices=SourceKind.choices, default=SourceKind.INTERVIEW)
    source = models.CharField(_("source"), max_length=200, blank=True, help_text=_("Who said it or where it stands."))
    priority = models.CharField(_("priority"), max_length=10, choices=Priority.choices, default=Priority.SHOULD)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices, default=Level.DEPARTMENT)
    state = models.CharField(_("state"), max_length=10, choices=RequirementState.choices, default=RequirementState.DRAFT)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True, help_text=_("Why it was dropped or restored."))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="requirements_owned", verbose_name=_("owner"))
    roles = models.JSONField(_("meant for"), default=list, blank=True, help_text=_("Keys of the roles that shall work this way; empty means everybody."))
    inputs = models.ManyToManyField("requirements_mgmt.DataObject", blank=True, related_name="taken_by", verbose_name=_("inputs"))
    outputs = models.ManyToManyField("requirements_mgmt.DataObject", blank=True, related_name="made_by", verbose_name=_("outputs"))
    is_origin = models.BooleanField(_("origin"), default=False, db_default=False, help_text=_("The flow begins here: it needs no input."))
    is_final = models.BooleanField(_("final"), default=False, db_default=False, help_text=_("The flow ends here: it needs no output."))
    is_day_one = models.BooleanField(
        _("needed on day one"), default=False, db_default=False, help_text=_("Must work on the day of go-live, whatever other systems do.")
    )
    features = models.ManyToManyField("usage.Feature", blank=True, related_name="requirements", verbose_name=_("features"))
    content_hash = models.CharField(max_length=64, editable=False, blank=True, help_text=_("SHA-256 over the covered fields as they stand."))
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("written by"))
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    text_changed_at = models.DateTimeField(_("text changed"), null=True, editable=False)

    objects = RequirementQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[inputs, outputs, features], excluded_fields=["code_key", "number", "content_hash", "text_changed_at"])

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ["code_key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollout", "code"], name="requirement_code_in_rollout"),
            models.CheckConstraint(condition=~Q(code=""), name="requirement_has_code"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="requirement_not_its_own_parent"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="requirement_priority_known"),
            models.CheckConstraint(condition=Q(state__in=RequirementState.values), name="requirement_state_known"),
        ]
        indexes = [
            models.Index(fields=["rollout", "parent", "code_key"], name="requirement_tree"),
            models.Index(fields=["rollout", "state", "priority"], name="requirement_board"),
            models.Index(fields=["rollout", "department", "number"], name="requirement_number"),
        ]

    _history_user: Any  # read by simple-history: who did it, where no request says so
    _change_reason: str | None

    # The marks of the flow (is_origin, is_final, is_day_one) are the analyst's, about the place in the graph and not about the words
    # that people confirm: setting one must not expire anybody's confirmation.
    COVERED_TEXT = ("title", "statement", "scenario", "priority", "level")
    COVERED_SETS = ("inputs", "outputs", "features")

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the sort key in step with the code, whoever saves."""
        self.code_key = code_key(self.code)
        super().save(*args, **kwargs)

    def content(self) -> dict[str, Any]:
        """What a confirmation covers, as it stands: text, priority, level, names of data objects and keys of features."""
        return covered_content(
            {name: getattr(self, name) for name in self.COVERED_TEXT},
            inputs=[row.name for row in self.inputs.all()] if self.pk else [],
            outputs=[row.name for row in self.outputs.all()] if self.pk else [],
            features=[row.key for row in self.features.all()] if self.pk else [],
        )

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:requirement_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """What people find it by: code, title, and the words of statement, scenario and source."""
        return {
            "title": self.title,
            "subtitle": self.department.name,
            "body": f"{self.statement}\n{self.scenario}\n{self.source}",
            "codes": (self.code,),
            "owner": self.owner_id,
            "department": self.department_id,
        }

    def on(self, day: date) -> "Requirement | None":
        """The requirement as it stood at the end of ``day``; None before it was written."""
        row = self.history.filter(history_date__date__lte=day).order_by("-history_date", "-history_id").first()
        return row.instance if row else None


def covered_content(text: dict[str, str], *, inputs: Iterable[str] = (), outputs: Iterable[str] = (), features: Iterable[str] = ()) -> dict[str, Any]:
    """The canonical content of a requirement: line ends and outer spaces do not count, the order of names neither."""
    content: dict[str, Any] = {name: str(text.get(name) or "").replace("\r\n", "\n").strip() for name in Requirement.COVERED_TEXT}
    return {**content, "inputs": sorted(set(inputs)), "outputs": sorted(set(outputs)), "features": sorted(set(features))}


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of canonical content; the name that confirmations and links are bound to."""
    return sha256_of(content)


class ThroughRequirement(models.QuerySet):
    """Rows that hang on a requirement: who sees the requirement sees them."""

    def visible_to(self, user: Any, access: Access | None = None) -> Self:
        """The rows of every requirement that the person may see."""
        return self.filter(requirement__in=Requirement.objects.visible_to(user, access).order_by().values("pk"))
