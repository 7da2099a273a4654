from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.integrity import sha256_of
from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet
from requirements_mgmt.models import Requirement


class ProcedureState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class StepAction(models.TextChoices):
    """What the hand does in a step; ``expect`` is what the system must then have recorded."""

    GO = "go", _("Go to")
    FIND = "find", _("Find")
    FILL = "fill", _("Fill in")
    CHOOSE = "choose", _("Choose")
    SAVE = "save", _("Save")
    EXPECT = "expect", pgettext_lazy("step", "Check")


class ProcedureQuerySet(ScopedQuerySet):
    owner_paths = ("owner",)
    department_paths = ()

    def extra_visibility(self, access: Access) -> models.Q:
        """A published procedure is shown to the roles it is for."""
        return models.Q(state=ProcedureState.PUBLISHED, pk__in=ProcedureRole.objects.filter(role__in=access.role_keys).values("procedure_id"))

    def for_roles(self, role_keys: frozenset[str]) -> "ProcedureQuerySet":
        """Published procedures that belong into the manuals of these roles."""
        return self.filter(state=ProcedureState.PUBLISHED, pk__in=ProcedureRole.objects.filter(role__in=role_keys).values("procedure_id"))

    def overtaken(self) -> "ProcedureQuerySet":
        """Published procedures whose requirement was rewritten since, or of which a step names a screen or event that is gone."""
        gone = ProcedureStep.objects.filter(procedure=models.OuterRef("pk")).filter(
            models.Q(screen__is_retired=True) | models.Q(expected_feature__is_retired=True)
        )
        rewritten = models.Q(requirement__text_changed_at__gt=models.F("published_at"))
        return self.filter(rewritten | models.Q(models.Exists(gone)), state=ProcedureState.PUBLISHED)


class Procedure(models.Model):
    """How a task is done: steps that can be shown as a manual, taught, and proved by the events of doing them."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    summary = models.TextField(_("what it is for"), max_length=2000, blank=True)
    summary_en = models.TextField(_("what it is for, in English"), max_length=2000, blank=True)
    before = models.TextField(_("how it was done before"), max_length=2000, blank=True)
    before_en = models.TextField(_("how it was done before, in English"), max_length=2000, blank=True)
    after = models.TextField(_("what rule holds now"), max_length=2000, blank=True)
    after_en = models.TextField(_("what rule holds now, in English"), max_length=2000, blank=True)
    requirement = models.ForeignKey(Requirement, models.PROTECT, null=True, blank=True, related_name="procedures", verbose_name=_("requirement"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="procedures", verbose_name=_("owner"))
    state = models.CharField(_("state"), max_length=10, choices=ProcedureState.choices, default=ProcedureState.DRAFT)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False, help_text=_("SHA-256 over the steps as published."))
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProcedureQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.in_language("title")

    def search_entry(self) -> dict[str, Any]:
        """What of the procedure can be found: both titles, what it is for, and its steps."""
        steps = " ".join(f"{step.text} {step.text_en}" for step in self.steps.all())
        return {
            "title": f"{self.title} {self.title_en}".strip(),
            "body": f"{self.summary} {self.summary_en} {steps}",
            "codes": (self.code,),
            "owner": self.owner,
        }

    def in_language(self, field: str) -> str:
        """The text in the reader's language, the other one where it is missing."""
        chinese, english = getattr(self, field), getattr(self, f"{field}_en")
        return str(english or chinese) if (get_language() or "").startswith("en") else str(chinese or english)

    def compute_fingerprint(self) -> str:
        """SHA-256 over what a learner must do; wording and titles may change without asking anybody to learn again."""
        return sha256_of([step.fingerprint_parts() for step in self.steps.order_by("order")])


class ProcedureRole(models.Model):
    """That a procedure belongs into the manual of a role."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="procedure_roles")
    role = models.CharField(_("role"), max_length=40)

    class Meta:
        verbose_name = _("role of a procedure")
        verbose_name_plural = _("roles of procedures")
        constraints = [models.UniqueConstraint(fields=["procedure", "role"], name="procedure_role_once")]

    def __str__(self) -> str:
        return f"{self.procedure_id}: {self.role}"


class ProcedureStep(models.Model):
    """One step: the screen, the element by its accessible role and name, the action, and the event that proves it."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(pgettext_lazy("step", "words"), max_length=500)
    text_en = models.CharField(_("English words"), max_length=500, blank=True)
    action = models.CharField(pgettext_lazy("step", "action"), max_length=10, choices=StepAction.choices)
    screen = models.ForeignKey("usage.Feature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("screen"))
    element_role = models.CharField(
        _("element's role"), max_length=30, blank=True, help_text=_("As a screen reader names it: button, link, textbox, combobox.")
    )
    element_name = models.CharField(_("element's name"), max_length=120, blank=True)
    element_name_en = models.CharField(_("element's English name"), max_length=120, blank=True)
    permission = models.CharField(_("permission"), max_length=100, blank=True, help_text=_("Shown only to readers who hold it."))
    expected_feature = models.ForeignKey("usage.Feature", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("expected event"))
    expected_verb = models.CharField(_("expected verb"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["procedure", "order"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "order"], name="procedure_step_order_once"),
            models.CheckConstraint(condition=~models.Q(action="expect") | models.Q(expected_feature__isnull=False), name="procedure_step_expect_names_event"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """The step's sentence in the reader's language."""
        return (self.text_en or self.text) if (get_language() or "").startswith("en") else (self.text or self.text_en)

    @property
    def element(self) -> str:
        """The element's name in the reader's language."""
        return (self.element_name_en or self.element_name) if (get_language() or "").startswith("en") else (self.element_name or self.element_name_en)

    def fingerprint_parts(self) -> list[str | int | None]:
        """What makes this step this step, for the fingerprint of the procedure."""
        return [self.order, self.action, self.screen_id, self.element_role, self.element_name, self.permission, self.expected_feature_id, self.expected_verb]
