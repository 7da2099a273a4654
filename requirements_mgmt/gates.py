"""What a gate asks of the requirements: live counts with the rows behind them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.reading import Asking, counted
from implementation.models import Phase
from implementation.models.verdict import CheckResult, GateCheck, Status
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, FlowCheck, FlowFinding, Priority, Requirement
from requirements_mgmt.reports import sentence

MOST_ROWS = 50
NAMED = ("code", "title")  # what a row behind a criterion is told by


def must_confirmed(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Share of must-requirements whose current text is confirmed by everybody asked; percent wanted in ``share`` (100)."""
    wanted = int(parameters.get("share", 100))
    musts = Requirement.objects.filter(rollout=phase.rollout, priority=Priority.MUST).live().countable()
    missing: Any = musts.with_confirmation().exclude(confirmation="confirmed")  # type: ignore[misc]  # annotated
    numbers, unconfirmed, first = counted(musts, "rollout"), counted(missing, "rollout"), missing.only(*NAMED)[:MOST_ROWS]
    yield [numbers, unconfirmed, first]
    total, lacking = sum(numbers), sum(unconfirmed)
    if not total:
        return CheckResult(Status.NOT_MET, _("There is no must-requirement yet."), 0)
    share = (total - lacking) * 100 // total
    sentence = _("%(done)s of %(total)s must-requirements are confirmed as they stand (%(share)s%%, wanted %(wanted)s%%).") % {
        "done": total - lacking,
        "total": total,
        "share": share,
        "wanted": wanted,
    }
    status = Status.MET if share >= wanted and (wanted < 100 or not lacking) else Status.NOT_MET
    return CheckResult(status, sentence, share, _requirement_rows(first))


def open_objections(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Requirements to which somebody objects; ``most`` (0) are tolerated as a risk."""
    rows: Any = Requirement.objects.filter(rollout=phase.rollout).live().countable().with_confirmation().filter(confirmation="objection")  # type: ignore[misc]  # annotated
    numbers, first = counted(rows, "rollout"), rows.only(*NAMED)[:MOST_ROWS]
    yield [numbers, first]
    count, most = sum(numbers), int(parameters.get("most", 0))
    if not count:
        return CheckResult(Status.MET, _("Nobody objects to a requirement."), 0)
    sentence = ngettext("Somebody objects to %(count)s requirement.", "Somebody objects to %(count)s requirements.", count) % {"count": count}
    return CheckResult(Status.RISK if count <= most else Status.NOT_MET, sentence, count, _requirement_rows(first))


def undecided_changes(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Change requests that nobody has decided; ``most`` (0) are tolerated as a risk."""
    rows = ChangeRequest.objects.filter(rollout=phase.rollout, state=ChangeRequestState.OPEN)
    numbers, first = counted(rows, "rollout"), rows[:MOST_ROWS]
    yield [numbers, first]
    count, most = sum(numbers), int(parameters.get("most", 0))
    if not count:
        return CheckResult(Status.MET, _("Every change request is decided."), 0)
    sentence = ngettext("%(count)s change request waits for a decision.", "%(count)s change requests wait for a decision.", count) % {"count": count}
    links = [(str(row), row.get_absolute_url()) for row in first]
    return CheckResult(Status.RISK if count <= most else Status.NOT_MET, sentence, count, links)


def flow_findings(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Findings of the latest flow check that nobody has accepted; ``most`` (0) are tolerated as a risk. Never checked is not met."""
    latest, rows = FlowCheck.objects.filter(rollout=phase.rollout, finished_at__isnull=False)[:1], FlowFinding.objects.filter(rollout=phase.rollout).open()
    numbers, first = counted(rows, "rollout"), rows[:MOST_ROWS]
    yield [latest, numbers, first]
    check = next(iter(latest), None)
    if check is None or check.finished_at is None:
        return CheckResult(Status.NOT_MET, _("The flow of the requirements was never checked."), 0)
    number, most, day = sum(numbers), int(parameters.get("most", 0)), timezone.localdate(check.finished_at)
    if not number:
        return CheckResult(Status.MET, _("No open finding in the flow of the requirements, checked on %(day)s.") % {"day": day}, 0)
    words = {"count": number, "day": day}
    told = ngettext(
        "%(count)s open finding in the flow of the requirements, checked on %(day)s.",
        "%(count)s open findings in the flow of the requirements, checked on %(day)s.",
        number,
    )
    links = [(sentence(row.kind, row.detail), row.get_absolute_url()) for row in first]
    return CheckResult(Status.RISK if number <= most else Status.NOT_MET, told % words, number, links)


def _requirement_rows(rows: Iterable[Requirement]) -> list[tuple[str, str]]:
    return [(str(row), reverse("requirements_mgmt:requirement_detail", args=[row.pk])) for row in rows]


CHECKS = (
    GateCheck(
        "requirements.must_confirmed",
        gettext_lazy("Must-requirements are confirmed as they stand"),
        must_confirmed,
        phases=("research", "design"),
        parameters={"share": 100},
        labels={"share": gettext_lazy("percent wanted")},
    ),
    GateCheck(
        "requirements.objections",
        gettext_lazy("No open objection to a requirement"),
        open_objections,
        phases=("research", "design"),
        parameters={"most": 0},
        labels={"most": gettext_lazy("tolerated as a risk")},
    ),
    GateCheck(
        "requirements.flow",
        gettext_lazy("No open finding in the flow of the requirements"),
        flow_findings,
        phases=("design",),
        parameters={"most": 0},
        labels={"most": gettext_lazy("tolerated as a risk")},
    ),
    GateCheck(
        "requirements.changes_decided",
        gettext_lazy("No change request undecided"),
        undecided_changes,
        phases=("design", "testing", "go_live"),
        parameters={"most": 0},
        labels={"most": gettext_lazy("tolerated as a risk")},
    ),
)
