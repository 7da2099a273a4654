"""What waits for a person in rollouts: owed documents, questions of gates, gates that may be passed; also for the digest."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.notices.digest import DigestLine
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, answer_of
from implementation.models import OPEN_STATES, Gate, GateCriterion, RegisterEntry, Rollout, TeamRole, Verdict, readings_of

AHEAD = timedelta(days=14)
SHOWN = 20
MOST_GATES = 5  # reading a gate asks all its checks


def waiting_items(user: User) -> Asking[list[dict[str, Any]]]:
    """Everything that waits for the person in open rollouts, the most pressing first."""
    return waiting_of(user)


def waiting_of(user: User, rollout: Rollout | None = None) -> Asking[list[dict[str, Any]]]:
    """The same, in one rollout or in all."""
    today = timezone.localdate()
    people = [user.pk, *access_of(user).principals]
    where = {"rollout": rollout} if rollout else {"rollout__state__in": OPEN_STATES}
    documents, questions = owed_documents(people, today, where), open_questions(people, today, rollout)
    gates = due_gates(user, today, rollout) if user.has_perm("implementation.pass_gate") else Gate.objects.none()
    yield [documents, questions, gates]
    readings = yield from readings_of(gates, today)
    items = [*(_document(entry, today) for entry in documents), *(_question(criterion, today) for criterion in questions)]
    items += [_gate(reading.gate, reading.verdict, today) for reading in readings if reading.verdict != Verdict.NOT_READY]
    return sorted(items, key=lambda item: item["due"])


def owed_documents(people: Iterable[int], today: date, where: dict[str, Any]) -> QuerySet[RegisterEntry]:
    """Documents owed by these people, not signed, due within a fortnight."""
    rows = RegisterEntry.objects.filter(**where, owed_by__in=people, due_on__lte=today + AHEAD).unsigned()
    return rows.select_related("rollout", "document").order_by("due_on", "pk")[:SHOWN]


def open_questions(people: Iterable[int], today: date, rollout: Rollout | None = None) -> QuerySet[GateCriterion]:
    """Questions of shut gates that these people have not answered, the gate meeting within a fortnight."""
    rows = GateCriterion.objects.filter(
        check_key=GateCriterion.MANUAL, answerer__in=people, answers__isnull=True, gate__in=Gate.objects.shut(), gate__held_on__lte=today + AHEAD
    )
    rows = rows.filter(gate__phase__rollout=rollout) if rollout else rows.filter(gate__phase__rollout__state__in=OPEN_STATES)
    return rows.select_related("gate__phase__rollout", "gate__phase__wave").order_by("gate__held_on", "pk")[:SHOWN]


def due_gates(user: User, today: date, rollout: Rollout | None = None) -> QuerySet[Gate]:
    """Shut gates whose meeting is due, of rollouts that the person sponsors or manages; which of them may be passed their readings tell."""
    leads = [TeamRole.SPONSOR, TeamRole.PROJECT_MANAGER]
    mine = Rollout.objects.open().filter(team__in=_memberships(user, today).filter(role__in=leads))
    rows = Gate.objects.with_phase().shut().filter(phase__rollout__in=[rollout] if rollout else mine, held_on__lte=today + timedelta(days=3))
    return rows.order_by("held_on")[:MOST_GATES]


def _memberships(user: User, today: date) -> Any:
    return user.rollout_memberships.on(today)  # type: ignore[attr-defined]


def _document(entry: RegisterEntry, today: date) -> dict[str, Any]:
    return {
        "icon": "file-text",
        "kind": _("Owed document"),
        "title": str(entry),
        "detail": f"{entry.rollout} · {entry.state.label}",
        "url": entry.document.get_absolute_url() if entry.document else entry.get_absolute_url(),
        "due": entry.due_on,
        "tone": "bad" if entry.due_on < today else "watch",
    }


def _question(criterion: GateCriterion, today: date) -> dict[str, Any]:
    held_on = criterion.gate.held_on
    return {
        "icon": "message-question",
        "kind": _("Gate asks me"),
        "title": str(criterion),
        "detail": f"{criterion.gate.phase.rollout} · {criterion.gate}",
        "url": criterion.get_absolute_url(),
        "due": held_on,
        "tone": "bad" if held_on < today else "watch",
    }


def _gate(gate: Gate, verdict: Verdict, today: date) -> dict[str, Any]:
    return {
        "icon": "flag",
        "kind": _("Gate to pass"),
        "title": f"{gate} · {verdict.label}",
        "detail": str(gate.phase.rollout),
        "url": gate.get_absolute_url(),
        "due": gate.held_on,
        "tone": "bad" if gate.held_on < today else "watch",
    }


def digest_lines(user: User, since: datetime) -> list[DigestLine]:
    """One line per subject: documents, questions and gates that wait."""
    items = answer_of(waiting_of(user))
    found = {icon: [item for item in items if item["icon"] == icon] for icon in ("file-text", "message-question", "flag")}
    documents, questions, gates = (len(own) for own in found.values())
    sentences = [
        ngettext("%(count)d document of a rollout waits for you", "%(count)d documents of a rollout wait for you", documents) % {"count": documents},
        ngettext("%(count)d gate waits for your answer", "%(count)d gates wait for your answer", questions) % {"count": questions},
        ngettext("%(count)d gate can be passed", "%(count)d gates can be passed", gates) % {"count": gates},
    ]
    return [DigestLine(sentence, own[0]["url"]) for sentence, own in zip(sentences, found.values(), strict=True) if own]
