"""The flow check: run over a rollout and kept, its findings accepted with a reason or put right on the spot."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.jobs.models import Job
from foundation.jobs.services import enqueue
from foundation.people.models import User
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt.models import AcceptanceEnd, FindingAcceptance, FlowCheck, FlowFinding, Requirement
from requirements_mgmt.reports.flow_lint import Finding, lint

PERMISSION = "requirements_mgmt.check_flow"
AT_ONCE = 2_000  # requirements that are checked while the person waits; above it runs in the background
CHUNK = 400

Progress = Callable[[int, int], None]
Through: Any = FlowFinding.requirements.through


class CannotAccept(Refused):
    """The finding is accepted already, or the reason is missing."""


class CannotTakeBack(Refused):
    """Nobody has accepted the finding."""


class Superseded(Refused):
    """Another check of the rollout began later; this one leaves the findings to it."""


def is_large(rollout: Rollout) -> bool:
    """Whether a check takes longer than a person should wait before a page."""
    return Requirement.objects.filter(rollout=rollout).count() > AT_ONCE


def start_flow_check(*, rollout: Rollout, by: User, now: datetime) -> Job | None:
    """Check the rollout: at once and None where it is small, else by the job that is given back; asking twice gives the same job."""
    if not is_large(rollout):
        check_flow(rollout=rollout, by=by, now=now)
        return None
    with transaction.atomic():
        return enqueue(
            task="requirements_mgmt.tasks.check_flow",
            by=by,
            title=_("Flow check of %(rollout)s") % {"rollout": rollout},
            payload={"rollout": rollout.pk},
            key=job_key(rollout),
            permission=PERMISSION,
            now=now,
        )


def job_key(rollout: Rollout) -> str:
    """The key under which at most one check of a rollout waits or runs."""
    return f"flow-check-{rollout.pk}"


def check_flow(*, rollout: Rollout, by: User | None, now: datetime, progress: Progress | None = None) -> FlowCheck:
    """Lint the rollout and keep what was found, a chunk per transaction: known findings keep their row and their acceptance, others go.

    An acceptance whose finding is not there any more, or is another one now, falls away. Running twice or after a crash does no harm.
    """
    with transaction.atomic():
        _lock(rollout.pk)
        check = FlowCheck.objects.create(rollout=rollout, started_by=by, started_at=now)
    found = lint(rollout)
    by_fingerprint = {finding.fingerprint: finding for finding in found}
    done = 0
    for chunk in _chunks(list(by_fingerprint.items())):
        with transaction.atomic():
            _lock(rollout.pk, check)
            _keep(check, dict(chunk), now=now)
            done += len(chunk)
            if progress:
                progress(done, len(by_fingerprint))
    _sweep(check)
    with transaction.atomic():
        _lock(rollout.pk, check)
        _let_fall(rollout, set(by_fingerprint), now=now)
        check.finished_at, check.requirements = now, found.requirements
        check.counts = dict(Counter(finding.kind for finding in by_fingerprint.values()))
        check.save()
        FlowCheck.objects.filter(rollout=rollout, finished_at__isnull=True, pk__lt=check.pk).delete()
        if by:
            record(by=by, feature="requirements.flow.run", verb=Verb.RUN, obj=rollout, outcome=Outcome.OK)
    return check


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _lock(rollout_pk: int, check: FlowCheck | None = None) -> None:
    """Findings of a rollout are written one after the other; a check that is not the latest stops."""
    Rollout.objects.select_for_update().get(pk=rollout_pk)
    if check and FlowCheck.objects.filter(rollout_id=rollout_pk, pk__gt=check.pk).exists():
        raise Superseded(_("Another check of this rollout began later; its findings count."))


def _keep(check: FlowCheck, found: dict[str, Finding], *, now: datetime) -> None:
    rows = {row.fingerprint: row for row in FlowFinding.objects.filter(rollout=check.rollout, fingerprint__in=found)}
    accepted = dict(FindingAcceptance.objects.filter(rollout=check.rollout, fingerprint__in=found, ended_at__isnull=True).values_list("fingerprint", "pk"))
    details = {fingerprint: finding.detail for fingerprint, finding in found.items()}
    fresh = [
        FlowFinding(
            rollout=check.rollout,
            flow_check=check,
            fingerprint=fingerprint,
            first_seen_at=now,
            acceptance_id=accepted.get(fingerprint),
            **_values(finding, details[fingerprint]),
        )
        for fingerprint, finding in found.items()
        if fingerprint not in rows
    ]
    FlowFinding.objects.bulk_create(fresh)
    FlowFinding.objects.filter(pk__in=[row.pk for row in rows.values()]).update(flow_check=check)
    changed = [row for fingerprint, row in rows.items() if row.detail != details[fingerprint]]
    for row in changed:
        FlowFinding.objects.filter(pk=row.pk).update(**_values(found[row.fingerprint], details[row.fingerprint]))
    _join([*fresh, *changed], found)


def _values(finding: Finding, detail: dict[str, Any]) -> dict[str, Any]:
    return {"kind": finding.kind, "rank": finding.rank, "place": finding.place, "words": finding.words, "detail": detail}


def _join(rows: list[FlowFinding], found: dict[str, Finding]) -> None:
    """Findings with the requirements that they are about, as far as these are still there."""
    wanted = {step for row in rows for step in found[row.fingerprint].steps}
    there: set[int] = set()
    for chunk in _chunks(sorted(wanted)):
        there.update(Requirement.objects.filter(pk__in=chunk).order_by().values_list("pk", flat=True))
    Through.objects.filter(flowfinding__in=rows).delete()
    links = [Through(flowfinding_id=row.pk, requirement_id=step) for row in rows for step in found[row.fingerprint].steps if step in there]
    Through.objects.bulk_create(links, batch_size=CHUNK)


def _sweep(check: FlowCheck) -> None:
    """Take away what this check did not find again."""
    old = FlowFinding.objects.filter(rollout=check.rollout).exclude(flow_check=check).order_by("pk").values_list("pk", flat=True)
    while True:
        with transaction.atomic():
            _lock(check.rollout_id, check)
            keys = list(old[:CHUNK])
            FlowFinding.objects.filter(pk__in=keys).delete()
        if not keys:
            return


def _let_fall(rollout: Rollout, found: set[str], *, now: datetime) -> None:
    for row in FindingAcceptance.objects.filter(rollout=rollout, ended_at__isnull=True):
        if row.fingerprint not in found:
            row.ended_at, row.ended_how = now, AcceptanceEnd.FELL_AWAY
            row.save()


def accept_findings(*, findings: Iterable[FlowFinding], reason: str, by: User, now: datetime) -> list[FlowFinding]:
    """Live with findings of one rollout, for one reason; gives those that were open. Refused when none of them is."""
    reason = reason.strip()
    if not reason:
        raise CannotAccept(_("Say why the finding can stay. Whoever signs the baseline will read the reason."))
    if len(reason) > 1000:
        raise CannotAccept(_("The reason has more than 1,000 characters. Say it shorter."))
    wanted = list(findings)
    with transaction.atomic():
        for rollout_pk in sorted({row.rollout_id for row in wanted}):
            _lock(rollout_pk)
        rows = list(FlowFinding.objects.select_for_update().filter(pk__in=[row.pk for row in wanted]).order_by("pk"))
        fresh = [row for row in rows if row.acceptance_id is None]
        if not fresh:
            raise CannotAccept(_already(rows))
        for row in fresh:
            row.acceptance = FindingAcceptance.objects.create(
                rollout_id=row.rollout_id,
                kind=row.kind,
                fingerprint=row.fingerprint,
                detail=row.detail,
                reason=reason,
                accepted_by=by,
                accepted_at=now,
            )
            row.save(update_fields=["acceptance"])
        record(by=by, feature="requirements.flow.accept", verb=Verb.UPDATE, obj=fresh[0], outcome=Outcome.OK)
    return fresh


def _already(rows: list[FlowFinding]) -> str:
    taken = FindingAcceptance.objects.select_related("accepted_by").filter(findings__in=rows).first()
    if taken is None:
        return _("The finding is gone: the flow was checked again meanwhile.")
    return _("%(person)s has accepted this already: %(reason)s") % {"person": taken.accepted_by, "reason": taken.reason}


def take_back_acceptance(*, finding: FlowFinding, by: User, now: datetime) -> FlowFinding:
    """Open an accepted finding again; the acceptance stays readable with who ended it and when."""
    with transaction.atomic():
        _lock(finding.rollout_id)
        row = FlowFinding.objects.select_for_update().get(pk=finding.pk)
        if row.acceptance_id is None:
            raise CannotTakeBack(_("Nobody has accepted this finding, or somebody has taken that back already."))
        taken = FindingAcceptance.objects.get(pk=row.acceptance_id)
        taken.ended_at, taken.ended_by, taken.ended_how = now, by, AcceptanceEnd.TAKEN_BACK
        taken.save()
        row.acceptance = None
        row.save(update_fields=["acceptance"])
        record(by=by, feature="requirements.flow.take_back", verb=Verb.UPDATE, obj=row, outcome=Outcome.OK)
    return row
