"""From metrics to work: a diagnosis in words, a backlog item with evidence and a score, a change request behind it.

Rules and formula: the suite's adoption method. The diagnosis comes before the ranking, so that not everything
becomes more training; the score takes its inputs from counted use, not from opinions.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log2, sqrt
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback import notices
from feedback.models import BacklogItem, BacklogKind, BacklogState, Cause, Diagnosis, MetricKey, MetricValue, Ticket
from feedback.models.backlog import found_title
from feedback.services.metrics import SMALL_GROUP, Group
from foundation.integrity import Refused, claim_version
from foundation.people.models import Department, User
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, Requirement
from requirements_mgmt.services.change import open_change_request

# Where a metric should be, where it counts as nothing reached, and minutes lost at each occurrence of falling short.
TARGETS = {MetricKey.ACTIVE_RATIO: 0.85, MetricKey.ENTRY_LAG: 0.9, MetricKey.COMPLETENESS: 0.95, MetricKey.FIRST_PASS: 0.9, MetricKey.TRAINING: 1.0}
FLOORS = {MetricKey.ACTIVE_RATIO: 0.2, MetricKey.ENTRY_LAG: 0.4, MetricKey.COMPLETENESS: 0.5, MetricKey.FIRST_PASS: 0.5, MetricKey.TRAINING: 0.3}
MINUTES = {MetricKey.ACTIVE_RATIO: 15, MetricKey.ENTRY_LAG: 4, MetricKey.COMPLETENESS: 3, MetricKey.FIRST_PASS: 3, MetricKey.TRAINING: 20}

# A declined gap rests this long before it is proposed again.
REST_DAYS = 28

KIND_OF_CAUSE = {
    Cause.NOT_TRAINED: BacklogKind.TRAINING,
    Cause.NO_MOTIVE: BacklogKind.PROCESS,
    Cause.FRICTION: BacklogKind.PRODUCT,
    Cause.COSTLY_ENTRY: BacklogKind.PRODUCT,
    Cause.UNCLEAR_RULE: BacklogKind.RULE,
    Cause.SILENT: BacklogKind.VISIT,
}


class CannotDecide(Refused):
    """The backlog item is decided already, or lacks what the decision needs."""


@dataclass(frozen=True)
class Finding:
    """A cause found in a group's figures, with the metric that shows the gap."""

    cause: str
    metric: str


def wilson_upper(numerator: float, denominator: float, z: float = 1.96) -> float:
    """Upper bound of the Wilson score interval of a ratio (E. B. Wilson, 1927): the favourable reading of small numbers."""
    if denominator <= 0:
        return 1.0
    p = min(1.0, numerator / denominator)
    centre = p + z * z / (2 * denominator)
    spread = z * sqrt(p * (1 - p) / denominator + z * z / (4 * denominator * denominator))
    return min(1.0, (centre + spread) / (1 + z * z / denominator))


def gap_of(metric: str, numerator: float, denominator: float) -> float:
    """How much of the way from target to floor is missing, 0 to 1, even in the favourable reading."""
    target, floor = TARGETS[metric], FLOORS[metric]  # type: ignore[index]
    return max(0.0, min(1.0, (target - wilson_upper(numerator, denominator)) / (target - floor)))


def findings_of(values: dict[str, MetricValue]) -> list[Finding]:
    """Likely causes from a group's metrics of one day; none where the group is small or nothing falls short."""

    def ratio(metric: str, default: float) -> float:
        row = values.get(metric)
        return default if row is None or row.value is None else row.value

    if not values or max(row.people for row in values.values()) < SMALL_GROUP:
        return []
    active, trained = ratio(MetricKey.ACTIVE_RATIO, 1.0), ratio(MetricKey.TRAINING, 1.0)
    first_pass, tickets = ratio(MetricKey.FIRST_PASS, 1.0), ratio(MetricKey.TICKET_RATE, 0.0)
    found = []
    if trained < 0.6 and active < 0.7:
        found.append(Finding(Cause.NOT_TRAINED, MetricKey.TRAINING))
    elif trained >= 0.6 and active < 0.7 and first_pass >= 0.8:
        found.append(Finding(Cause.NO_MOTIVE, MetricKey.ACTIVE_RATIO))
    if trained >= 0.6 and first_pass < 0.8:
        found.append(Finding(Cause.FRICTION, MetricKey.FIRST_PASS))
    if ratio(MetricKey.ENTRY_LAG, 1.0) < 0.75 and first_pass >= 0.8:
        found.append(Finding(Cause.COSTLY_ENTRY, MetricKey.ENTRY_LAG))
    if ratio(MetricKey.COMPLETENESS, 1.0) < 0.8:
        found.append(Finding(Cause.UNCLEAR_RULE, MetricKey.COMPLETENESS))
    if active < 0.5 and tickets == 0:
        found.append(Finding(Cause.SILENT, MetricKey.ACTIVE_RATIO))
    return found


def score_of(*, weekly: float, minutes: float, trust: float, urgency: float, confidence: float, gap: float, size: int) -> float:
    """log2(1 + hours lost a week in minutes) × trust × urgency × confidence × (0.5 + 0.5·gap) ÷ size."""
    return log2(1 + weekly * minutes) * trust * urgency * confidence * (0.5 + 0.5 * gap) / size


def _group_values(day: date) -> dict[Group, dict[str, MetricValue]]:
    groups: dict[Group, dict[str, MetricValue]] = defaultdict(dict)
    for row in MetricValue.objects.filter(day=day):
        groups[(row.department_id, row.role)][row.metric] = row
    return groups


def _urgency(today: date, oldest: date | None) -> float:
    """More urgent shortly before a go-live day and with every week of waiting."""
    near = Rollout.objects.filter(go_live_on__gte=today, go_live_on__lte=today + timedelta(days=30)).exists()
    weeks = (today - oldest).days / 7 if oldest else 0
    return 1 + (1 if near else 0) + min(0.5, 0.05 * weeks)


def _requirement_behind(department: Department, role: str) -> Requirement | None:
    """The requirement that the group's use should prove: of its department or one above, the most pressing first."""
    paths = [int(part) for part in department.path.split(".") if part]
    candidates = Requirement.objects.filter(department_id__in=paths, features__key__startswith="crm.").order_by("priority", "pk").distinct()
    for requirement in candidates[:50]:
        if not requirement.roles or role in requirement.roles:
            return requirement
    return None


@transaction.atomic
def diagnose_day(*, day: date, now: datetime) -> dict[str, int]:
    """Write the diagnoses of a day and keep one open backlog item per gap, with fresh evidence and score; idempotent."""
    Diagnosis.objects.filter(day=day).exclude(backlog_items__isnull=False).delete()
    departments = Department.objects.in_bulk()
    created = 0
    diagnoses = 0
    for (department_id, role), values in _group_values(day).items():
        for finding in findings_of(values):
            row = values[finding.metric]
            figures = {
                key: {"numerator": value.numerator, "denominator": value.denominator, "value": value.value, "people": value.people}
                for key, value in values.items()
            }
            diagnosis, _made = Diagnosis.objects.update_or_create(
                day=day, department_id=department_id, role=role, cause=finding.cause, defaults={"metric": finding.metric, "figures": figures}
            )
            diagnoses += 1
            created += _keep_item(diagnosis, row, departments[department_id], now=now)
    return {"diagnoses": diagnoses, "new_items": created}


def _keep_item(diagnosis: Diagnosis, row: MetricValue, department: Department, *, now: datetime) -> int:
    """Open a backlog item for the gap, or refresh the one that is open; answers how many were opened.

    A gap whose item is being worked on, or was declined lately, is not opened again each night.
    """
    kind = KIND_OF_CAUSE[Cause(diagnosis.cause)]
    gap = BacklogItem.objects.filter(department=department, role=diagnosis.role, metric=row.metric, kind=kind)
    if gap.filter(Q(state=BacklogState.ACCEPTED) | Q(state=BacklogState.DECLINED, decided_at__gte=now - timedelta(days=REST_DAYS))).exists():
        return 0
    tickets = list(Ticket.objects.filter(department=department, created_at__gte=now - timedelta(days=90)).order_by("-created_at")[:20])
    weekly = max(0.0, row.denominator - row.numerator) / (1 if row.metric in (MetricKey.ACTIVE_RATIO, MetricKey.TRAINING) else 4)
    chances = (
        [0.4]
        + ([0.4] if len({ticket.reporter_id for ticket in tickets}) >= 3 else [])
        + ([0.4] if any(ticket.state != "liaison" for ticket in tickets) else [])
    )
    confidence = 1.0
    for chance in chances:
        confidence *= 1 - chance
    item = gap.filter(state=BacklogState.PROPOSED).first()
    parts: dict[str, Any] = {
        "weekly": round(weekly, 1),
        "minutes": MINUTES[MetricKey(row.metric)],
        "trust": 1.5 if any(ticket.kind == "bug" and ticket.is_open for ticket in tickets) else 1.0,
        "urgency": round(_urgency(now.date(), item.created_at.date() if item else None), 2),
        "confidence": round(min(0.95, 1 - confidence), 2),
        "gap": round(gap_of(row.metric, row.numerator, row.denominator), 2),
        "size": item.size if item else 3,
    }
    evidence = {
        "day": diagnosis.day.isoformat(),
        "cause": diagnosis.cause,
        "metric": row.metric,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "value": row.value,
        "people": row.people,
        "mean_hours": row.mean_hours,
        "tickets": [ticket.code for ticket in tickets],
    }
    opened = 0
    if item is None:
        with override(settings.LANGUAGE_CODE):
            title = found_title(diagnosis.cause, department)
        item = BacklogItem(
            code=f"new-{uuid4().hex[:12]}", title=title, kind=kind, department=department, role=diagnosis.role, metric=row.metric, created_at=now,
            requirement=_requirement_behind(department, diagnosis.role),
        )  # fmt: skip
        opened = 1
    item.diagnosis, item.evidence, item.score_parts, item.score = diagnosis, evidence, parts, score_of(**parts)
    item.save()
    if opened:
        item.code = f"B-{item.pk:04d}"
        item.save(update_fields=["code"])
    item.tickets.set(tickets)
    return opened


def evidence_in_words(item: BacklogItem) -> dict[str, list[list[str]]]:
    """What was counted, as label and value in each language: a change request keeps it as it was told when the item was accepted."""
    told: dict[str, list[list[str]]] = {}
    found = item.evidence
    for language, _name in settings.LANGUAGES:
        with override(language):
            lines = [[_("Reported as"), str(item)]]
            if item.metric:
                lines.append([_("Metric"), str(MetricKey(item.metric).label)])
            if found.get("denominator"):
                lines.append([_("Counted"), _("%(part)s of %(whole)s") % {"part": _figure(found.get("numerator", 0)), "whole": _figure(found["denominator"])}])
            if found.get("cause") in Cause.values:
                lines.append([_("Likely cause"), str(Cause(found["cause"]).label)])
            if found.get("people") is not None:
                lines.append([_("People behind it"), _figure(found["people"])])
            if found.get("day"):
                lines.append([_("Measured on"), date_format(date.fromisoformat(found["day"]), "SHORT_DATE_FORMAT")])
            if found.get("tickets"):
                lines.append([_("Reports behind it"), ", ".join(found["tickets"])])
        told[language] = lines
    return told


def _figure(number: float) -> str:
    return number_format(round(number, 1), decimal_pos=0 if float(number).is_integer() else 1)


@transaction.atomic
def accept_item(*, item: BacklogItem, requirement: Requirement | None, note: str, sent_version: int, by: User, now: datetime) -> Any:
    """Take the item into the next iteration; opens a change request on the requirement behind it, with the evidence."""
    if item.state != BacklogState.PROPOSED:
        raise CannotDecide(_("This item is already decided."))
    behind = requirement or item.requirement
    if behind is None:
        raise CannotDecide(_("Choose the requirement behind it: the change is made there."))
    claim_version(item, sent_version)
    change = open_change_request(
        requirement=behind, title=item.heading, reason=note or item.heading, evidence=item.evidence | {"told": evidence_in_words(item)}, by=by, now=now
    )
    item.state, item.requirement, item.change_request = BacklogState.ACCEPTED, behind, change
    item.decided_by, item.decided_at, item.decision_note = by, now, note
    item.save()
    record(by=by, feature="feedback.backlog.accept", verb=Verb.ADVANCE, obj=item)
    notices.backlog_decided(item, by=by)
    return change


@transaction.atomic
def decline_item(*, item: BacklogItem, note: str, sent_version: int, by: User, now: datetime) -> None:
    """Leave the item out, with a reason that the reporters hear."""
    if item.state != BacklogState.PROPOSED:
        raise CannotDecide(_("This item is already decided."))
    if not note.strip():
        raise CannotDecide(_("Give the reason; the people who reported it will read it."))
    claim_version(item, sent_version)
    item.state, item.decided_by, item.decided_at, item.decision_note = BacklogState.DECLINED, by, now, note
    item.save()
    record(by=by, feature="feedback.backlog.decline", verb=Verb.ADVANCE, obj=item)
    notices.backlog_decided(item, by=by)


def _finish(item: BacklogItem, *, note: str, by: User, now: datetime) -> None:
    item.state, item.done_by, item.done_at, item.done_note = BacklogState.DONE, by, now, note.strip()[:1000]
    item.save()
    record(by=by, feature="feedback.backlog.finish", verb=Verb.RESOLVE, obj=item)
    notices.backlog_decided(item, by=by)


@transaction.atomic
def finish_item(*, item: BacklogItem, note: str, sent_version: int, by: User, now: datetime) -> None:
    """Close an accepted item with a word about what was done; the reporters hear it."""
    if item.state != BacklogState.ACCEPTED:
        raise CannotDecide(_("Only an accepted item can be done."))
    if not note.strip():
        raise CannotDecide(_("Say what was done; the people who reported it will read it."))
    claim_version(item, sent_version)
    _finish(item, note=note, by=by, now=now)


@transaction.atomic
def reopen_item(*, item: BacklogItem, sent_version: int, by: User, now: datetime) -> None:
    """Take a done item up again, while its change request is not carried out and no newer item stands for the same gap."""
    if item.state != BacklogState.DONE:
        raise CannotDecide(_("This item is not done."))
    if item.change_request is not None and item.change_request.state == ChangeRequestState.DONE:
        raise CannotDecide(_("Its change request %(code)s is done. Open a new change request instead.") % {"code": item.change_request.code})
    gap = BacklogItem.objects.filter(department=item.department, role=item.role, metric=item.metric, kind=item.kind).exclude(metric="")
    newer = gap.filter(state__in=[BacklogState.PROPOSED, BacklogState.ACCEPTED], created_at__gt=item.created_at).first()
    if newer is not None:
        raise CannotDecide(_("%(code)s stands for the same gap already.") % {"code": newer.code})
    claim_version(item, sent_version)
    item.state, item.done_by, item.done_at, item.done_note = BacklogState.ACCEPTED, None, None, ""
    item.save()
    record(by=by, feature="feedback.backlog.reopen", verb=Verb.ADVANCE, obj=item)


def change_done(*, change: ChangeRequest, by: User, now: datetime) -> None:
    """What settings.CHANGE_DONE calls in the transaction that carries a change request out: the items behind it are done."""
    for item in BacklogItem.objects.select_for_update(of=("self",)).filter(change_request=change, state=BacklogState.ACCEPTED):
        claim_version(item, item.version)
        with override(settings.LANGUAGE_CODE):
            note = _("%(code)s is carried out.") % {"code": change.code}
        _finish(item, note=note, by=by, now=now)
