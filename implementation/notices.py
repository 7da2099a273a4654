"""Who is told what about a rollout."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.models import User
from implementation.models import GateCriterion, GatePassage, Milestone, RegisterEntry, Rollout, Waiver

KINDS = [
    NoticeKind("rollout_gate_passed", gettext_lazy("A gate of my rollout was passed")),
    NoticeKind("rollout_gate_reopened", gettext_lazy("A gate of my rollout was re-opened")),
    NoticeKind("rollout_milestone_slipped", gettext_lazy("A milestone of my rollout slipped")),
    NoticeKind("rollout_waiver_granted", gettext_lazy("I answer for a waiver")),
    NoticeKind("rollout_waiver_expires", gettext_lazy("A waiver that I answer for expires")),
    NoticeKind("rollout_document_due", gettext_lazy("A document that I owe is due")),
    NoticeKind("rollout_answer_due", gettext_lazy("A gate waits for my answer")),
]


def leaders(rollout: Rollout) -> list[User]:
    """Sponsor and project manager."""
    return [rollout.sponsor, rollout.project_manager]


def gate_passed(passage: GatePassage, *, by: User, now: datetime) -> None:
    """To everybody on the team: the phase is over."""
    phase = passage.gate.phase
    team = User.objects.filter(rollout_memberships__in=phase.rollout.team.on(now.date())).distinct()
    notify(
        to=team,
        kind="rollout_gate_passed",
        subject=lambda: _("%(rollout)s: the gate of “%(phase)s” is passed") % {"rollout": phase.rollout, "phase": phase},
        body=lambda: _("%(person)s: %(meaning)s") % {"person": by, "meaning": passage.meaning},
        url=passage.gate.get_absolute_url(),
        by=by,
        now=now,
    )


def gate_reopened(passage: GatePassage, *, by: User, now: datetime) -> None:
    """To sponsor, project manager and whoever passed it."""
    phase = passage.gate.phase
    notify(
        to=[*leaders(phase.rollout), passage.passed_by],
        kind="rollout_gate_reopened",
        subject=lambda: _("%(rollout)s: the gate of “%(phase)s” was re-opened") % {"rollout": phase.rollout, "phase": phase},
        body=passage.reopen_reason,
        url=passage.gate.get_absolute_url(),
        by=by,
        now=now,
    )


def milestone_slipped(milestone: Milestone, *, days: int, by: User, now: datetime) -> None:
    """To sponsor and project manager, and to whoever owns the milestone."""
    rollout = milestone.rollout
    owner = [milestone.owner] if milestone.owner else []
    notify(
        to=[*leaders(rollout), *owner],
        kind="rollout_milestone_slipped",
        subject=lambda: (
            ngettext("%(rollout)s: “%(milestone)s” slips by %(days)s day", "%(rollout)s: “%(milestone)s” slips by %(days)s days", days)
            % {"rollout": rollout, "milestone": milestone, "days": days}
        ),
        body=lambda: _("Now expected on %(day)s, planned for %(planned)s.") % {"day": _day(milestone.expected_on), "planned": _day(milestone.planned_on)},
        url=rollout.plan_url,
        by=by,
        now=now,
    )


def waiver_granted(waiver: Waiver, *, by: User, now: datetime) -> None:
    """To whoever answers for it."""
    notify(
        to=[waiver.owner],
        kind="rollout_waiver_granted",
        subject=lambda: _("You answer for the waiver of “%(criterion)s” until %(day)s") % {"criterion": waiver.criterion, "day": _day(waiver.expires_on)},
        body=waiver.reason,
        url=waiver.criterion.gate.get_absolute_url(),
        by=by,
        now=now,
    )


def waiver_expires(waiver: Waiver, *, expired: bool, now: datetime) -> None:
    """To whoever answers for it and to the project manager, before and after the last day."""
    rollout = waiver.criterion.gate.phase.rollout
    text = gettext_lazy("The waiver of “%(criterion)s” has expired") if expired else gettext_lazy("The waiver of “%(criterion)s” expires on %(day)s")
    notify(
        to=[waiver.owner, rollout.project_manager],
        kind="rollout_waiver_expires",
        subject=lambda: str(text) % {"criterion": waiver.criterion, "day": _day(waiver.expires_on)},
        body=waiver.reason,
        url=waiver.criterion.gate.get_absolute_url(),
        now=now,
    )


def document_due(entry: RegisterEntry, *, to: Iterable[User], overdue: bool, now: datetime) -> None:
    """To whoever owes the document; once it is overdue to the project manager as well."""
    text = gettext_lazy("%(rollout)s: “%(title)s” was due on %(day)s") if overdue else gettext_lazy("%(rollout)s: “%(title)s” is due on %(day)s")
    notify(
        to=to,
        kind="rollout_document_due",
        subject=lambda: str(text) % {"rollout": entry.rollout, "title": entry, "day": _day(entry.due_on)},
        url=entry.get_absolute_url(),
        now=now,
    )


def answer_due(criterion: GateCriterion, *, to: User, now: datetime) -> None:
    """To the person named: the gate meeting is near and the criterion has no answer."""
    gate = criterion.gate
    notify(
        to=[to],
        kind="rollout_answer_due",
        subject=lambda: _("%(gate)s on %(day)s waits for your answer: %(criterion)s") % {"gate": gate, "day": _day(gate.held_on), "criterion": criterion},
        url=gate.get_absolute_url(),
        now=now,
    )


def _day(day: Any) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
