"""Gates: criteria are answered or waived, the gate is passed once and may be re-opened with a reason."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version, sha256_of
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation import notices
from implementation.models import (
    CriterionAnswer,
    Gate,
    GateCriterion,
    GatePassage,
    GateReading,
    Status,
    Verdict,
    Waiver,
    known_checks,
    read_gate,
)
from implementation.services.rollout import require_open

LONGEST_WAIVER = 366  # days


class CannotPassGate(Refused):
    """The gate stays shut."""


class CannotReopenGate(Refused):
    """The gate cannot be re-opened."""


class CannotWaiveCriterion(Refused):
    """The criterion cannot be waived like this."""


class CannotAnswerCriterion(Refused):
    """The criterion cannot be answered like this."""


class CannotChangeGate(Refused):
    """The gate's criteria cannot be changed now."""


def freeze(gate: Gate, today: date) -> tuple[GateReading, dict[str, Any]]:
    """The gate's reading, and it as plain data with each criterion's sentence in every language."""
    reading = read_gate(gate, today)
    rows = [criterion.frozen() for criterion in reading.criteria]
    for row in rows:
        row["sentence"] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for row, criterion in zip(rows, read_gate(gate, today).criteria, strict=True):
                row["sentence"][language] = str(criterion.result.sentence)
    phase = gate.phase
    return reading, {
        "gate": gate.pk,
        "rollout": phase.rollout.code,
        "phase": phase.kind,
        "wave": phase.wave.name if phase.wave else None,
        "read_on": today.isoformat(),
        "verdict": reading.verdict.value,
        "criteria": rows,
    }


def _lock(gate: Gate) -> Gate:
    """The gate with everything a reading needs, its row locked until the transaction ends."""
    Gate.objects.select_for_update().get(pk=gate.pk)
    return Gate.objects.to_show().get(pk=gate.pk)


@transaction.atomic
def pass_gate(*, gate: Gate, meaning: str, by: User, now: datetime, reason: str = "") -> GatePassage:
    """Open the gate: ready as it is, with risks only for a reason, never while not ready; freezes what every criterion says."""
    gate = _lock(gate)
    require_open(gate.phase.rollout)
    if gate.standing_passage is not None:
        raise CannotPassGate(_("%(person)s has already passed this gate.") % {"person": gate.standing_passage.passed_by})
    reading, values = freeze(gate, timezone.localdate(now))
    if reading.verdict == Verdict.NOT_READY:
        names = "; ".join(str(one.criterion) for one in reading.blocking) or str(_("no criteria"))
        raise CannotPassGate(_("The gate is not ready: %(criteria)s. Meet these criteria or have them waived.") % {"criteria": names})
    if reading.verdict == Verdict.READY_WITH_RISKS and not reason.strip():
        raise CannotPassGate(_("Say why the gate may be passed with %(count)s risks.") % {"count": len(reading.risks)})
    if not meaning.strip():
        raise CannotPassGate(_("Say what passing the gate means, for example: approved to go on."))
    passage = GatePassage(
        gate=gate,
        verdict=reading.verdict,
        values=values,
        sha256=sha256_of(values),
        meaning=meaning.strip(),
        reason=reason.strip(),
        passed_by=by,
        passed_at=now,
    )
    try:
        with transaction.atomic():
            passage.save(force_insert=True)
    except IntegrityError as error:
        raise CannotPassGate(_("Somebody else has passed this gate in this moment.")) from error
    _end_phase(gate, timezone.localdate(now))
    notices.gate_passed(passage, by=by, now=now)
    record(by=by, feature="rollout.gate.sign", verb=Verb.SIGN, obj=gate)
    return passage


def _end_phase(gate: Gate, today: date) -> None:
    phase = gate.phase
    if phase.actual_end is None:
        phase.actual_start = phase.actual_start or min(phase.planned_start, today)
        phase.actual_end = max(today, phase.actual_start)
        phase.save()


@transaction.atomic
def reopen_gate(*, gate: Gate, reason: str, by: User, now: datetime) -> GatePassage:
    """Take the passage back with a reason; it stays in the record, the phase goes on."""
    gate = _lock(gate)
    require_open(gate.phase.rollout)
    passage = gate.standing_passage
    if passage is None:
        raise CannotReopenGate(_("This gate is not passed."))
    if not reason.strip():
        raise CannotReopenGate(_("Say why the gate is re-opened; the reason is kept with the passage."))
    passage.reopened_by, passage.reopened_at, passage.reopen_reason = by, now, reason.strip()
    passage.save(update_fields=["reopened_by", "reopened_at", "reopen_reason"])
    phase = gate.phase
    phase.actual_end = None
    phase.save()
    notices.gate_reopened(passage, by=by, now=now)
    record(by=by, feature="rollout.gate.update", verb=Verb.UPDATE, obj=gate)
    return passage


@transaction.atomic
def waive_criterion(*, criterion: GateCriterion, owner: User, reason: str, expires_on: date, by: User, now: datetime) -> Waiver:
    """Let an unmet criterion count as a risk until a day, on somebody's responsibility; a standing waiver is replaced."""
    require_open(criterion.gate.phase.rollout)
    _require_shut(criterion.gate)
    today = timezone.localdate(now)
    if expires_on < today:
        raise CannotWaiveCriterion(_("A waiver must expire in the future."))
    if (expires_on - today).days > LONGEST_WAIVER:
        raise CannotWaiveCriterion(_("A waiver may last a year at most."))
    if not reason.strip():
        raise CannotWaiveCriterion(_("Say why the criterion may stay unmet."))
    for standing in Waiver.objects.select_for_update().standing().filter(criterion=criterion):
        standing.revoked_by, standing.revoked_at = by, now
        standing.save()
    try:
        with transaction.atomic():
            waiver = Waiver.objects.create(criterion=criterion, owner=owner, reason=reason.strip(), expires_on=expires_on, granted_by=by, granted_at=now)
    except IntegrityError as error:
        raise CannotWaiveCriterion(_("Somebody else has waived this criterion in this moment.")) from error
    notices.waiver_granted(waiver, by=by, now=now)
    record(by=by, feature="rollout.criterion.waive", verb=Verb.UPDATE, obj=criterion)
    return waiver


@transaction.atomic
def revoke_waiver(*, waiver: Waiver, by: User, now: datetime) -> Waiver:
    """The criterion counts again from now on."""
    _require_shut(waiver.criterion.gate)
    changed = Waiver.objects.standing().filter(pk=waiver.pk).select_for_update().first()
    if changed is None:
        raise CannotWaiveCriterion(_("This waiver was already taken back."))
    changed.revoked_by, changed.revoked_at = by, now
    changed.save()
    record(by=by, feature="rollout.criterion.waive", verb=Verb.UPDATE, obj=waiver.criterion)
    return changed


def may_answer(criterion: GateCriterion, user: User) -> bool:
    """Whether the person is the one named to answer, or stands in for that one today."""
    return criterion.is_manual and criterion.answerer_id in {user.pk, *access_of(user).principals}


@transaction.atomic
def answer_criterion(*, criterion: GateCriterion, status: str, evidence: str, by: User, now: datetime) -> CriterionAnswer:
    """The named person says whether the criterion is met, and what shows it."""
    require_open(criterion.gate.phase.rollout)
    _require_shut(criterion.gate)
    if not may_answer(criterion, by):
        raise CannotAnswerCriterion(_("Only %(person)s can answer this criterion.") % {"person": criterion.answerer or _("the person named for it")})
    if not evidence.strip():
        raise CannotAnswerCriterion(_("Say what shows it: minutes, a link, what you saw."))
    answer = CriterionAnswer.objects.create(criterion=criterion, status=Status(status), evidence=evidence.strip(), answered_by=by, answered_at=now)
    record(by=by, feature="rollout.criterion.answer", verb=Verb.ANSWER, obj=criterion)
    return answer


def _require_shut(gate: Gate) -> None:
    if GatePassage.objects.filter(gate=gate, reopened_at__isnull=True).exists():
        raise CannotChangeGate(_("The gate is passed and its values are frozen. Re-open it first."))


@transaction.atomic
def add_criterion(*, criterion: GateCriterion, by: User) -> GateCriterion:
    """One more condition for the gate: an installed check or a question."""
    require_open(criterion.gate.phase.rollout)
    _require_shut(criterion.gate)
    if not criterion.is_manual and criterion.check_key not in known_checks():
        raise CannotChangeGate(_("The check “%(key)s” is not installed.") % {"key": criterion.check_key})
    criterion.order = criterion.gate.criteria.count() + 1
    criterion.save()
    record(by=by, feature="rollout.criterion.create", verb=Verb.CREATE, obj=criterion)
    return criterion


@transaction.atomic
def change_criterion(*, criterion: GateCriterion, sent_version: int, values: dict[str, Any], by: User) -> GateCriterion:
    """Save name, parameters or the person who answers."""
    require_open(criterion.gate.phase.rollout)
    _require_shut(criterion.gate)
    claim_version(criterion, sent_version)
    for name, value in values.items():
        setattr(criterion, name, value)
    criterion.save()
    record(by=by, feature="rollout.criterion.update", verb=Verb.UPDATE, obj=criterion)
    return criterion


@transaction.atomic
def remove_criterion(*, criterion: GateCriterion, sent_version: int, by: User) -> None:
    """The gate no longer asks for it; answers and waivers go with it, history keeps them."""
    require_open(criterion.gate.phase.rollout)
    _require_shut(criterion.gate)
    claim_version(criterion, sent_version)
    record(by=by, feature="rollout.criterion.delete", verb=Verb.DELETE, obj=criterion)
    criterion.delete()
