"""What a rollout puts on a person's home: what keeps its next gate shut, documents owed, how far it is."""

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.people.models import User
from foundation.ui.cards import Card, Line, Number, Question, count, needs
from implementation.models import Gate, GatePassage, RegisterEntry, Rollout, Status, Verdict, Waiver, read_gate
from implementation.services import current_rollout

LINES = 3
TONES = {Verdict.READY: "good", Verdict.READY_WITH_RISKS: "watch", Verdict.NOT_READY: "bad"}


def _rollout(user: User) -> Rollout | None:
    """The rollout a person stands in, asked once for all cards of a page."""
    kept: tuple[Rollout | None] | None = getattr(user, "_home_rollout", None)
    if kept is None:
        kept = (current_rollout(user),)
        user._home_rollout = kept  # type: ignore[attr-defined]
    return kept[0]


@needs("implementation.view_rollout")
def next_gate(user: User, today: date) -> Card | None:
    """The verdict of the next gate with what is missing; for those who may begin a rollout, how, where there is none."""
    rollout = _rollout(user)
    if rollout is None:
        action = (_("New rollout"), reverse("implementation:rollout_create")) if user.has_perm("implementation.add_rollout") else None
        return Card(
            Question.RISK, _("Next gate"), quiet=_("There is no rollout yet. It begins with a sponsor, a project manager and two dates."), action=action
        )
    gate = Gate.objects.to_read().shut().filter(phase__rollout=rollout).order_by("phase__wave__order", "phase__order", "pk").first()
    if gate is None:
        return Card(Question.RISK, _("Next gate"), url=rollout.get_absolute_url(), quiet=_("Every gate of the rollout is passed."))
    reading = read_gate(gate, today)
    url = gate.get_absolute_url()
    missing = [*reading.blocking, *reading.risks]
    lines = [
        Line(str(one.criterion), f"{url}#criterion-{one.criterion.pk}", badge=one.status.label, tone="bad" if one.status == Status.NOT_MET else "watch")
        for one in missing[:LINES]
    ]
    words = ngettext("%(count)d criterion is missing", "%(count)d criteria are missing", len(reading.blocking)) % {"count": len(reading.blocking)}
    numbers = [
        Number(gate, reading.verdict.label, url, tone=TONES[reading.verdict], help=words if reading.blocking else "", is_share=True),
    ]
    return Card(Question.RISK, _("Next gate"), url=url, numbers=numbers, lines=lines)


@needs("implementation.view_rollout")
def owed_documents(user: User, today: date) -> Card | None:
    """Documents of the rollout that are overdue, and how many of all are signed."""
    rollout = _rollout(user)
    if rollout is None:
        return None
    entries = RegisterEntry.objects.visible_to(user).filter(rollout=rollout)
    overdue = entries.unsigned().filter(due_on__lt=today)
    rows = overdue.select_related("owed_by").order_by("due_on", "pk")[:2]
    numbers = [
        count(_("Documents overdue"), overdue.count(), f"{rollout.register_url}?overdue=on", bad=True),
        Number(_("Documents owed"), entries.count(), rollout.register_url),
    ]
    lines = [Line(str(row), row.get_absolute_url(), side=row.owed_by, day=row.due_on, tone="bad") for row in rows]
    return Card(Question.RISK, _("Documents owed"), url=rollout.register_url, numbers=numbers, lines=lines)


@needs("implementation.view_rollout")
def go_live(user: User, today: date) -> Card | None:
    """Days to the expected go-live, how far that is from the plan, gates and milestones behind us."""
    rollout = _rollout(user)
    if rollout is None:
        return None
    phase = rollout.phases.filter(kind="go_live", wave__isnull=True).first()
    expected = phase.expected_end if phase else rollout.go_live_on
    slip = (expected - rollout.go_live_on).days
    done = rollout.milestones.aggregate(all=Count("pk"), reached=Count("pk", filter=Q(actual_on__isnull=False)))
    gates = Gate.objects.filter(phase__rollout=rollout)
    passed = GatePassage.objects.filter(gate__in=gates, reopened_at__isnull=True).values("gate").distinct().count()
    late = ngettext("%(count)d day behind the plan", "%(count)d days behind the plan", slip) % {"count": slip}
    left = (expected - today).days
    numbers = [
        Number(
            _("Days to go-live") if left >= 0 else _("Days since go-live"),
            abs(left),
            rollout.plan_url,
            tone="bad" if slip > 0 else "",
            help=late if slip > 0 else _("as planned"),
            is_share=True,
        ),
        Number(_("Gates passed"), f"{passed}/{gates.count()}", rollout.get_absolute_url(), is_share=True),
        Number(_("Milestones reached"), f"{done['reached']}/{done['all']}", rollout.plan_url, is_share=True),
    ]
    return Card(Question.DOING, str(rollout), url=rollout.get_absolute_url(), numbers=numbers)


@needs("implementation.view_rollout")
def waivers(user: User, today: date) -> Card | None:
    """What was waived and still matters: who answers for it and until when."""
    rows: Any = Waiver.objects.visible_to(user).standing().of_shut_gates().select_related("criterion__gate__phase", "owner").order_by("expires_on", "pk")
    found = list(rows[:LINES])
    lines = [
        Line(str(row.criterion), row.criterion.get_absolute_url(), side=row.owner, day=row.expires_on, tone="bad" if row.expires_on < today else "")
        for row in found
    ]
    return Card(Question.RISK, _("Waivers in force"), lines=lines, quiet="" if lines else _("Nothing is waived at an open gate."))
