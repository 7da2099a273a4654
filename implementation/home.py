"""What a rollout puts on a person's home: what keeps its next gate shut, documents owed, how far it is."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.people.models import User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs
from implementation.models import Gate, RegisterEntry, Status, Verdict, Waiver, readings_of
from implementation.services import standing_in

LINES = 3
TONES = {Verdict.READY: "good", Verdict.READY_WITH_RISKS: "watch", Verdict.NOT_READY: "bad"}


@needs("implementation.view_rollout")
def next_gate(user: User, today: date) -> Asking[Card | None]:
    """The verdict of the next gate with what is missing; for those who may begin a rollout, how, where there is none."""
    rollout = yield from standing_in(user)
    if rollout is None:
        action = (_("New rollout"), reverse("implementation:rollout_create")) if user.has_perm("implementation.add_rollout") else None
        return Card(
            Question.RISK, _("Next gate"), quiet=_("There is no rollout yet. It begins with a sponsor, a project manager and two dates."), action=action
        )
    gates = Gate.objects.with_phase().shut().filter(phase__rollout=rollout).order_by("phase__wave__order", "phase__order", "pk")[:1]
    yield [gates]
    if not gates:
        return Card(Question.RISK, _("Next gate"), url=rollout.get_absolute_url(), quiet=_("Every gate of the rollout is passed."))
    [reading] = yield from readings_of(gates, today)
    gate, url = reading.gate, reading.gate.get_absolute_url()
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
def owed_documents(user: User, today: date) -> Asking[Card | None]:
    """Documents of the rollout that are overdue, and how many of all are signed."""
    rollout = yield from standing_in(user)
    if rollout is None:
        return None
    entries = RegisterEntry.objects.visible_to(user).filter(rollout=rollout)
    late = entries.unsigned().filter(due_on__lt=today)
    owed, overdue, rows = counted(entries, "rollout"), counted(late, "rollout"), late.select_related("owed_by").order_by("due_on", "pk")[:2]
    yield [owed, overdue, rows]
    numbers = [
        count(_("Documents overdue"), sum(overdue), f"{rollout.register_url}?overdue=on", bad=True),
        Number(_("Documents owed"), sum(owed), rollout.register_url),
    ]
    lines = [Line(str(row), row.get_absolute_url(), side=row.owed_by, day=row.due_on, tone="bad") for row in rows]
    return Card(Question.RISK, _("Documents owed"), url=rollout.register_url, numbers=numbers, lines=lines)


@needs("implementation.view_rollout")
def go_live(user: User, today: date) -> Asking[Card | None]:
    """Days to the expected go-live, how far that is from the plan, gates and milestones behind us."""
    rollout = yield from standing_in(user)
    if rollout is None:
        return None
    whole = rollout.phases.filter(kind="go_live", wave__isnull=True)
    milestones, gates = rollout.milestones.all(), Gate.objects.filter(phase__rollout=rollout)
    shut, of_all = counted(gates.shut(), "phase__rollout"), counted(gates, "phase__rollout")
    planned, reached = counted(milestones, "rollout"), counted(milestones.filter(actual_on__isnull=False), "rollout")
    yield [whole, shut, of_all, planned, reached]
    expected = whole[0].expected_end if whole else rollout.go_live_on
    slip = (expected - rollout.go_live_on).days
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
        Number(_("Gates passed"), f"{sum(of_all) - sum(shut)}/{sum(of_all)}", rollout.get_absolute_url(), is_share=True),
        Number(_("Milestones reached"), f"{sum(reached)}/{sum(planned)}", rollout.plan_url, is_share=True),
    ]
    return Card(Question.DOING, str(rollout), url=rollout.get_absolute_url(), numbers=numbers)


@needs("implementation.view_rollout")
def waivers(user: User, today: date) -> Asking[Card | None]:
    """What was waived and still matters: who answers for it and until when."""
    rows = Waiver.objects.visible_to(user).standing().of_shut_gates().select_related("criterion__gate__phase", "owner").order_by("expires_on", "pk")[:LINES]
    yield [rows]
    lines = [
        Line(str(row.criterion), row.criterion.get_absolute_url(), side=row.owner, day=row.expires_on, tone="bad" if row.expires_on < today else "")
        for row in rows
    ]
    return Card(Question.RISK, _("Waivers in force"), lines=lines, quiet="" if lines else _("Nothing is waived at an open gate."))
