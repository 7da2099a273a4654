import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from foundation.reading import Asking, answer_of, side_by_side
from implementation.models.gate import CriterionAnswer, Gate, GateCriterion, Waiver
from implementation.models.verdict import CheckResult, GateCheck, Status, Verdict, verdict_of

logger = logging.getLogger(__name__)


def known_checks() -> dict[str, GateCheck]:
    """Every live check by its key; each path of ``settings.GATE_CHECKS`` names a check or several."""
    found: list[GateCheck] = []
    for path in settings.GATE_CHECKS:
        named: GateCheck | Iterable[GateCheck] = import_string(path)
        found += [named] if isinstance(named, GateCheck) else list(named)
    return {check.key: check for check in found}


@dataclass(frozen=True)
class CriterionReading:
    """What a criterion says today, the waiver beside it, and what it counts as in the verdict."""

    criterion: GateCriterion
    result: CheckResult
    waiver: Waiver | None = None
    waiver_expired: bool = False
    answers: Sequence[CriterionAnswer] = ()

    @property
    def answer(self) -> CriterionAnswer | None:
        """What the named person said last."""
        return next(iter(self.answers), None)

    @property
    def status(self) -> Status:
        """As counted: an unmet criterion under a waiver in force is a risk, under an expired one it counts again."""
        own = Status(self.result.status)
        if own == Status.NOT_MET and self.waiver is not None and not self.waiver_expired:
            return Status.RISK
        return own

    def frozen(self) -> dict[str, Any]:
        """As plain data, to be kept with a passage."""
        waiver = self.waiver
        return {
            "criterion": self.criterion.pk,
            "check": self.criterion.check_key,
            "name": self.criterion.name,
            "name_en": self.criterion.name_en,
            "parameters": self.criterion.parameters,
            "status": self.status.value,
            "found": Status(self.result.status).value,
            "value": self.result.value,
            "rows": [[str(label), str(url)] for label, url in self.result.rows],
            "waiver": {"owner": str(waiver.owner), "reason": waiver.reason, "expires_on": waiver.expires_on.isoformat()} if waiver else None,
            "waiver_expired": self.waiver_expired,
        }


@dataclass(frozen=True)
class GateReading:
    """Every criterion of a gate on one day and the verdict in words."""

    gate: Gate
    today: date
    criteria: list[CriterionReading] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return verdict_of(reading.status for reading in self.criteria)

    def count(self, status: Status) -> int:
        """How many criteria count as ``status``."""
        return sum(reading.status == status for reading in self.criteria)

    @property
    def counts(self) -> dict[str, int]:
        """Number of criteria per status, in the order of severity."""
        return {status.value: self.count(status) for status in (Status.NOT_MET, Status.RISK, Status.MET)}

    @property
    def blocking(self) -> list[CriterionReading]:
        """Criteria that keep the gate shut."""
        return [reading for reading in self.criteria if reading.status == Status.NOT_MET]

    @property
    def risks(self) -> list[CriterionReading]:
        """Criteria that somebody has to accept knowingly."""
        return [reading for reading in self.criteria if reading.status == Status.RISK]


def manual_result(criterion: GateCriterion, answer: CriterionAnswer | None) -> CheckResult:
    """What the named person answered last; unanswered is not met."""
    if answer is None:
        who = criterion.answerer
        sentence = _("%(person)s has not answered yet.") % {"person": who} if who else _("Nobody is named to answer this.")
        return CheckResult(Status.NOT_MET, sentence)
    sentence = _("%(person)s: %(evidence)s") % {"person": answer.answered_by, "evidence": answer.evidence}
    return CheckResult(answer.status, sentence, value=answer.status)


def run_check(check: GateCheck | None, criterion: GateCriterion, gate: Gate, today: date) -> Asking[CheckResult]:
    """The check's result; a check that is gone or fails never opens a gate and never breaks the page."""
    if check is None:
        return CheckResult(Status.NOT_MET, _("The check “%(key)s” is not installed.") % {"key": criterion.check_key})
    try:
        said = check.function(phase=gate.phase, parameters={**check.parameters, **criterion.parameters}, today=today)
        result: CheckResult = (yield from side_by_side(said))[0]
    except Exception:
        logger.exception("Gate check %s failed", criterion.check_key)
        return CheckResult(Status.NOT_MET, _("This could not be counted; the administrator finds the reason in the log."))
    return result


def readings_of(gates: Iterable[Gate], today: date) -> Asking[list[GateReading]]:
    """Ask every criterion of these gates now: two statements, however many gates and criteria; expects gates ``with_phase()``."""
    place = {gate.pk: gate for gate in gates}
    criteria = GateCriterion.objects.filter(gate__in=place).select_related("answerer")
    answers = CriterionAnswer.objects.filter(criterion__gate__in=place).select_related("answered_by")
    waivers = Waiver.objects.standing().filter(criterion__gate__in=place).select_related("owner")
    yield [criteria, answers, waivers]
    known, said = known_checks(), defaultdict(list)
    for answer in answers:
        said[answer.criterion_id].append(answer)
    standing = {waiver.criterion_id: waiver for waiver in waivers}
    for criterion in criteria:
        criterion.gate = place[criterion.gate_id]
    results = yield from side_by_side(
        *(
            manual_result(one, next(iter(said[one.pk]), None)) if one.is_manual else run_check(known.get(one.check_key), one, one.gate, today)
            for one in criteria
        )
    )
    found: dict[int, list[CriterionReading]] = defaultdict(list)
    for criterion, result in zip(criteria, results, strict=True):
        waiver = standing.get(criterion.pk)
        expired = bool(waiver and not waiver.in_force(today))
        found[criterion.gate_id].append(CriterionReading(criterion, result, waiver, expired, said[criterion.pk]))
    return [GateReading(gate, today, found[pk]) for pk, gate in place.items()]


def read_gate(gate: Gate, today: date) -> GateReading:
    """Ask every criterion of one gate now."""
    return answer_of(readings_of([gate], today))[0]
