"""Live checks of gates: what this app counts itself. Other apps add theirs by ``settings.GATE_CHECKS``.

A check is a function ``check(*, phase, parameters, today)`` that yields the querysets it needs and returns a ``CheckResult``: what all checks
of all gates of a page need is read in one statement. A tuple of ``GateCheck`` gives each a key and a name, and says which kinds of phase get
it as a criterion when a rollout is created.
"""

from datetime import date
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.people.models import Department
from foundation.reading import Asking
from implementation.models import (
    NEEDED_ROLES,
    CheckResult,
    GateCheck,
    GatePassage,
    Phase,
    PhaseKind,
    Status,
    TeamRole,
    Waiver,
    overloaded,
    uncovered,
)

__all__ = ["CHECKS", "CheckResult", "GateCheck", "Status"]

EVERY_PHASE = tuple(PhaseKind.values)


def documents_signed(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Every document that the phase owes has a signed version; those in review in time are a risk only."""
    entries = phase.register.with_documents()
    yield [entries]
    open_entries = [entry for entry in entries if not entry.is_signed]
    if not open_entries:
        sentence = ngettext("The %(count)s owed document is signed.", "All %(count)s owed documents are signed.", len(entries)) % {"count": len(entries)}
        return CheckResult(Status.MET, sentence if entries else _("The phase owes no documents."), value=[len(entries), len(entries)])
    overdue = sum(entry.is_overdue(today) for entry in open_entries)
    waiting = all(entry.state == "in_review" for entry in open_entries) and not overdue
    sentence = _("%(signed)s of %(all)s owed documents are signed, %(overdue)s are overdue.") % {
        "signed": len(entries) - len(open_entries),
        "all": len(entries),
        "overdue": overdue,
    }
    rows = [(f"{entry} · {entry.state.label}", entry.document.get_absolute_url() if entry.document else entry.get_absolute_url()) for entry in open_entries]
    return CheckResult(Status.RISK if waiting else Status.NOT_MET, sentence, value=[len(entries) - len(open_entries), len(entries)], rows=rows)


def milestones_reached(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Every milestone of the phase has a day on which it was reached."""
    milestones = phase.milestones.all()
    yield [milestones]
    missing = [milestone for milestone in milestones if milestone.actual_on is None]
    if not missing:
        sentence = ngettext("The %(count)s milestone is reached.", "All %(count)s milestones are reached.", len(milestones)) % {"count": len(milestones)}
        return CheckResult(Status.MET, sentence if milestones else _("The phase has no milestones."), value=[len(milestones), len(milestones)])
    sentence = _("%(reached)s of %(all)s milestones are reached.") % {"reached": len(milestones) - len(missing), "all": len(milestones)}
    rows = [(f"{one} · {date_format(one.expected_on, 'SHORT_DATE_FORMAT')}", one.get_absolute_url()) for one in missing]
    return CheckResult(Status.NOT_MET, sentence, value=[len(milestones) - len(missing), len(milestones)], rows=rows)


def departments_of(phase: Phase) -> QuerySet[Department]:
    """The departments that a phase is for: its wave's, else the whole rollout's."""
    return (phase.wave or phase.rollout).departments.all()


def departments_below(phase: Phase) -> QuerySet[Department]:
    """The same, and all that lie below them."""
    inner = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    return Department.objects.filter(Exists(departments_of(phase).annotate(inner=inner).filter(inner__startswith=F("path"))))


def liaisons_named(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Each department has a liaison and a deputy; only deputies missing is a risk, a liaison missing is not met."""
    departments = departments_of(phase)
    members = phase.rollout.team.on(today).filter(user__is_active=True).select_related("department")
    yield [departments, members]
    missing = uncovered(departments, members)
    address = phase.rollout.team_url
    if not missing:
        return CheckResult(Status.MET, _("All %(count)s departments have a liaison and a deputy.") % {"count": len(departments)}, value=[0, 0])
    liaisons = sum(one.role == TeamRole.LIAISON for one in missing)
    deputies = len(missing) - liaisons
    sentence = _("Of %(all)s departments, %(liaisons)s lack a liaison and %(deputies)s lack a deputy.") % {
        "all": len(departments),
        "liaisons": liaisons,
        "deputies": deputies,
    }
    return CheckResult(Status.NOT_MET if liaisons else Status.RISK, sentence, value=[liaisons, deputies], rows=[(str(one), address) for one in missing])


def roles_filled(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Every needed role is held today; people promised for more than all their time are a risk."""
    needed = [TeamRole(role) for role in parameters.get("roles", NEEDED_ROLES)]
    filled = phase.rollout.team.on(today).filter(user__is_active=True).order_by().values_list("role", flat=True).distinct()
    busy = overloaded(phase.rollout, today)
    yield [filled, busy]
    empty = [role for role in needed if role not in filled]
    address = phase.rollout.team_url
    if empty:
        sentence = _("%(filled)s of %(all)s roles are filled.") % {"filled": len(needed) - len(empty), "all": len(needed)}
        return CheckResult(Status.NOT_MET, sentence, value=[len(needed) - len(empty), len(needed)], rows=[(str(role.label), address) for role in empty])
    if busy:
        sentence = _("All %(all)s roles are filled, but %(count)s people are promised for more than all their time.") % {"all": len(needed), "count": len(busy)}
        return CheckResult(Status.RISK, sentence, value=[len(needed), len(needed)], rows=[(f"{one} · {one.total} %", address) for one in busy])
    return CheckResult(Status.MET, _("All %(all)s roles are filled.") % {"all": len(needed)}, value=[len(needed), len(needed)])


def open_waivers(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Waivers up to this gate: none is met, some in force are a risk, an expired one is not met."""
    waivers = Waiver.objects.standing().up_to(phase).select_related("criterion__gate__phase__wave", "owner")
    yield [waivers]
    return _waiver_result(list(waivers), today)


def _waiver_result(waivers: list[Waiver], today: date) -> CheckResult:
    expired = [waiver for waiver in waivers if not waiver.in_force(today)]
    rows = [
        (f"{one.criterion} · {one.owner} · {date_format(one.expires_on, 'SHORT_DATE_FORMAT')}", one.criterion.gate.get_absolute_url())
        for one in (expired or waivers)
    ]
    if expired:
        sentence = _("%(expired)s of %(all)s waivers have expired.") % {"expired": len(expired), "all": len(waivers)}
        return CheckResult(Status.NOT_MET, sentence, value=[len(expired), len(waivers)], rows=rows)
    if waivers:
        return CheckResult(Status.RISK, _("%(count)s waivers are in force.") % {"count": len(waivers)}, value=[0, len(waivers)], rows=rows)
    return CheckResult(Status.MET, _("No waiver is open."), value=[0, 0])


def phase_before_passed(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """The gate of the phase before stands passed."""
    standing = GatePassage.objects.filter(gate__phase=OuterRef("pk"), reopened_at__isnull=True)
    found = phase.before().select_related("gate", "wave").annotate(passed_at=Subquery(standing.values("passed_at")[:1]))
    yield [found]
    before: Any = next(iter(found), None)
    if before is None:
        return CheckResult(Status.MET, _("This is the first phase."))
    if before.passed_at is None:
        address = before.gate.get_absolute_url()
        return CheckResult(Status.NOT_MET, _("The gate of “%(phase)s” is not passed.") % {"phase": before}, value=False, rows=[(str(before.gate), address)])
    day = date_format(timezone.localdate(before.passed_at), "SHORT_DATE_FORMAT")
    return CheckResult(Status.MET, _("The gate of “%(phase)s” was passed on %(day)s.") % {"phase": before, "day": day}, value=True)


CHECKS = (
    GateCheck("implementation.phase_before_passed", gettext_lazy("The phase before is passed"), phase_before_passed, EVERY_PHASE[1:]),
    GateCheck("implementation.documents_signed", gettext_lazy("All owed documents are signed"), documents_signed, EVERY_PHASE),
    GateCheck("implementation.milestones_reached", gettext_lazy("All milestones are reached"), milestones_reached, EVERY_PHASE),
    GateCheck("implementation.roles_filled", gettext_lazy("Every role of the team is filled"), roles_filled, ("kickoff", "research", "design", "testing")),
    GateCheck(
        "implementation.liaisons_named",
        gettext_lazy("Each department has a liaison and a deputy"),
        liaisons_named,
        ("kickoff", "research", "testing", "go_live"),
    ),
    GateCheck("implementation.open_waivers", gettext_lazy("No waiver is open or expired"), open_waivers, EVERY_PHASE),
)
