"""What changed between two days, told as one story from the history of the rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from docs_site.models import DocumentVersion
from foundation.reading import read_together
from implementation.models import (
    CriterionAnswer,
    Gate,
    GateCriterion,
    GatePassage,
    Goal,
    Milestone,
    Phase,
    PlanChange,
    RegisterEntry,
    Rollout,
    TeamMember,
    Waiver,
    Wave,
)

# Which fields tell something; others are bookkeeping.
TOLD: dict[type[models.Model], tuple[str, ...]] = {
    Rollout: ("name", "state", "sponsor", "project_manager", "starts_on", "go_live_on", "goal"),
    Wave: ("name", "go_live_on"),
    Goal: ("statement", "target", "result", "due_on"),
    Phase: ("planned_start", "planned_end", "forecast_end", "actual_start", "actual_end"),
    Milestone: ("name", "planned_on", "forecast_on", "actual_on", "owner"),
    TeamMember: ("user", "role", "department", "share", "starts_on", "ends_on"),
    RegisterEntry: ("title", "owed_by", "due_on", "document"),
    GateCriterion: ("name", "parameters", "answerer"),
}
LIMIT = 300


Related = dict[Any, dict[Any, Any]]  # rows by model and key


@dataclass(frozen=True)
class Change:
    """A row that came, went or changed: its words, and each changed field with both values."""

    kind: str
    title: str
    what: str  # added, removed or changed
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""


@dataclass
class Story:
    """Two days compared: a summary in figures, the changed rows, and who did what in between."""

    first: date
    last: date
    summary: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def groups(self) -> list[tuple[str, list[Change]]]:
        """The changed rows by kind, in the order of the summary."""
        kinds = dict.fromkeys(change.kind for change in self.changes)
        return [(kind, [change for change in self.changes if change.kind == kind]) for kind in kinds]


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _scope(model: type[models.Model], rollout: Rollout) -> dict[str, Any]:
    if model is Rollout:
        return {"id": rollout.pk}
    if model is GateCriterion:
        return {"gate_id__in": Gate.objects.filter(phase__rollout=rollout).values("pk")}
    return {"rollout_id": rollout.pk}


def _states(model: Any, rollout: Rollout, *moments: datetime) -> list[dict[int, Any]]:
    """Each row's latest history record before each moment, without rows deleted by then; the history is read once."""
    latest: list[dict[int, Any]] = [{} for _moment in moments]
    for record in model.history.filter(**_scope(model, rollout), history_date__lt=max(moments)).order_by("history_date", "history_id"):
        for moment, found in zip(moments, latest, strict=True):
            if record.history_date < moment:
                found[record.id] = record
    return [{pk: record for pk, record in found.items() if record.history_type != "-"} for found in latest]


def story_between(rollout: Rollout, first: date, last: date) -> Story:
    """Compare the evening of ``first`` with the evening of ``last``."""
    story = Story(first, last)
    states = {model: _states(model, rollout, _end_of(first), _end_of(last)) for model in TOLD}
    rows = _related(states)
    for model, names in TOLD.items():
        before, after = states[model]
        story.changes += _compare(model, names, before, after, rows)
    decisions = Decisions.between(rollout, _end_of(first), _end_of(last))
    story.events = _events(decisions)
    story.summary = _summary(story, decisions)
    return story


def _related(states: dict[Any, list[dict[int, Any]]]) -> Related:
    """The rows that the told states point at, read with one query for each kind."""
    wanted: dict[Any, set[Any]] = {}
    for model, (before, after) in states.items():
        for name in {*TOLD[model], "user"} if model is TeamMember else TOLD[model]:
            meta = model._meta.get_field(name)
            if meta.is_relation:
                found = {getattr(record, meta.attname) for record in (*before.values(), *after.values())}
                wanted.setdefault(meta.related_model, set()).update(found - {None})
    return {model: model._default_manager.in_bulk(keys) for model, keys in wanted.items()}


def _compare(model: Any, names: Iterable[str], before: dict[int, Any], after: dict[int, Any], rows: Related) -> list[Change]:
    kind = str(model._meta.verbose_name)
    found = [Change(kind, _title(model, after[pk], rows), "added", url=_url(model, pk)) for pk in after if pk not in before]
    found += [Change(kind, _title(model, before[pk], rows), "removed") for pk in before if pk not in after]
    for pk in after:
        if pk in before and (fields := _changed(model, names, before[pk], after[pk], rows)):
            found.append(Change(kind, _title(model, after[pk], rows), "changed", fields, _url(model, pk)))
    return found


def _changed(model: Any, names: Iterable[str], old: Any, new: Any, rows: Related) -> list[tuple[str, str, str]]:
    found = []
    for name in names:
        meta = model._meta.get_field(name)
        if getattr(old, meta.attname) != getattr(new, meta.attname):
            found.append((str(meta.verbose_name), _shown(old, meta, rows), _shown(new, meta, rows)))
    return found


def _shown(record: Any, meta: Any, rows: Related) -> str:
    value = getattr(record, meta.attname)
    if value in (None, ""):
        return "—"
    if meta.choices:
        return str(dict(meta.flatchoices).get(value, value))
    if meta.is_relation:
        row = rows.get(meta.related_model, {}).get(value)
        return str(row) if row else "—"
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else str(value)


def _title(model: Any, record: Any, rows: Related) -> str:
    """The row's words as they were; the historic record builds them from its own columns."""
    if model is TeamMember:
        return f"{_shown(record, model._meta.get_field('user'), rows)}: {_shown(record, model._meta.get_field('role'), rows)}"
    return str(model(**{field.attname: getattr(record, field.attname) for field in record.tracked_fields}))


def _url(model: Any, pk: int) -> str:
    if model in (Rollout, Phase, Milestone, RegisterEntry):
        return str(model(pk=pk).get_absolute_url())
    return ""


def _within(rows: Any, name: str, start: datetime, end: datetime) -> Any:
    return rows.filter(**{f"{name}__gte": start, f"{name}__lt": end})


@dataclass(frozen=True)
class Decisions:
    """What people decided between two moments."""

    moved: models.QuerySet[PlanChange]
    passed: models.QuerySet[GatePassage]
    reopened: models.QuerySet[GatePassage]
    waived: models.QuerySet[Waiver]
    answered: models.QuerySet[CriterionAnswer]
    signed: models.QuerySet[DocumentVersion]

    @classmethod
    def between(cls, rollout: Rollout, start: datetime, end: datetime) -> "Decisions":
        """Read together; without what was frozen or written in them."""
        passages = GatePassage.objects.filter(gate__phase__rollout=rollout).select_related("gate__phase__wave", "passed_by", "reopened_by").defer("values")
        waivers = Waiver.objects.select_related("criterion__gate", "granted_by")
        answers = CriterionAnswer.objects.select_related("criterion__gate", "answered_by")
        versions = DocumentVersion.objects.signed().filter(document__register_entries__rollout=rollout).select_related("document").defer("content").distinct()
        found = cls(
            moved=_within(rollout.plan_changes.select_related("milestone", "phase__wave", "changed_by"), "changed_at", start, end),
            passed=_within(passages, "passed_at", start, end),
            reopened=_within(passages, "reopened_at", start, end),
            waived=_within(waivers.filter(criterion__gate__phase__rollout=rollout), "granted_at", start, end),
            answered=_within(answers.filter(criterion__gate__phase__rollout=rollout), "answered_at", start, end),
            signed=_within(versions, "signed_at", start, end),
        )
        read_together(found.moved, found.passed, found.reopened, found.waived, found.answered, found.signed)
        return found


def _events(decisions: Decisions) -> list[dict[str, Any]]:
    """Latest first: plans moved, gates, waivers, answers, documents signed."""
    found: list[dict[str, Any]] = []
    for moved in decisions.moved:
        title = _("moved “%(what)s” by %(days)s days") % {"what": moved.milestone or moved.phase, "days": f"{moved.days:+d}"}
        found.append(_event(moved.changed_at, moved.changed_by, "calendar-event", title, moved.reason, moved.rollout.plan_url))
    for passage in decisions.passed:
        title = _("passed “%(gate)s”: %(verdict)s") % {"gate": passage.gate, "verdict": passage.get_verdict_display()}
        found.append(_event(passage.passed_at, passage.passed_by, "flag-check", title, passage.meaning, passage.get_absolute_url(), "good"))
    for passage in decisions.reopened:
        title = _("re-opened “%(gate)s”") % {"gate": passage.gate}
        found.append(_event(passage.reopened_at, passage.reopened_by, "flag-off", title, passage.reopen_reason, passage.get_absolute_url(), "watch"))
    for waiver in decisions.waived:
        title = _("waived “%(criterion)s” until %(day)s") % {"criterion": waiver.criterion, "day": date_format(waiver.expires_on, "SHORT_DATE_FORMAT")}
        found.append(_event(waiver.granted_at, waiver.granted_by, "shield-half", title, waiver.reason, waiver.criterion.gate.get_absolute_url(), "watch"))
    for answer in decisions.answered:
        title = _("answered “%(criterion)s”: %(status)s") % {"criterion": answer.criterion, "status": answer.get_status_display()}
        found.append(_event(answer.answered_at, answer.answered_by, "message-check", title, answer.evidence, answer.criterion.gate.get_absolute_url()))
    for version in decisions.signed:
        title = _("“%(document)s” version %(number)s is signed") % {"document": version.document.title, "number": version.number}
        found.append(_event(version.signed_at, None, "signature", title, "", version.get_absolute_url(), "good"))
    return sorted(found, key=lambda event: event["at"], reverse=True)[:LIMIT]


def _event(at: datetime | None, who: Any, icon: str, title: str, body: str, url: str, tone: str = "") -> dict[str, Any]:
    return {"at": at, "who": who, "icon": icon, "title": title, "body": body, "url": url, "tone": tone}


def _summary(story: Story, decisions: Decisions) -> list[str]:
    """The story in one line of figures: rows that came and went per kind, gates passed, dates moved."""
    lines = []
    for kind in dict.fromkeys(change.kind for change in story.changes):
        own = [change.what for change in story.changes if change.kind == kind]
        parts = [f"{sign}{own.count(what)}" for what, sign in (("added", "+"), ("removed", "−"), ("changed", "~")) if own.count(what)]
        lines.append(f"{kind} {' '.join(parts)}")
    passed, moved = len(decisions.passed), len(decisions.moved)
    if passed:
        lines.append(_("%(count)s gates passed") % {"count": passed})
    if moved:
        lines.append(_("%(count)s planned dates moved") % {"count": moved})
    return lines
