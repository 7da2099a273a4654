"""Asking people to confirm, and what they answer, bound to exactly the text they read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused, Stale
from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from requirements_mgmt import notices
from requirements_mgmt.models import Confirmation, ConfirmationState, Requirement, RequirementState, Verdict
from requirements_mgmt.reports import people_of_departments

ANSWERS = (Verdict.CONFIRM, Verdict.OBJECT, Verdict.ASK)


class CannotConfirm(Refused):
    """The answer cannot be taken as given."""


class TextChanged(Stale):
    """The text changed while the person was reading; the answer would be bound to words never read."""


class CannotAsk(Refused):
    """Nobody can be asked about this."""


@dataclass
class AskResult:
    """Who was asked what; ``settled`` counts pairs left out because the person is already asked or confirmed this very text."""

    asked: list[Confirmation] = field(default_factory=list)
    settled: int = 0


def ask_confirmation(*, requirements: Iterable[Requirement], people: Iterable[User], by: User, now: datetime) -> AskResult:
    """Ask every person about every requirement; one notice per person however many there are."""
    people = [person for person in dict.fromkeys(people) if person.is_active]
    if not people:
        raise CannotAsk(_("Name at least one person, or a department that has a business liaison."))
    result = AskResult()
    with transaction.atomic():
        ids = [requirement.pk for requirement in requirements]
        rows = list(Requirement.objects.select_for_update().filter(pk__in=ids).live().countable().prefetch_related(*Requirement.COVERED_SETS))
        if not rows:
            raise CannotAsk(_("None of these can be confirmed: headings and dropped requirements are left out."))
        known = {
            (row.requirement_id, row.person_id): row
            for row in Confirmation.objects.filter(requirement__in=rows, person__in=people).exclude(verdict=Verdict.WITHDRAWN).order_by("is_latest", "pk")
        }
        waiting = set(Confirmation.objects.filter(requirement__in=rows, verdict=Verdict.ASKED).values_list("requirement_id", "person_id"))
        for requirement in rows:
            content = requirement.content()
            fresh = [person for person in people if _needs_asking(requirement, person, known=known, waiting=waiting)]
            result.settled += len(people) - len(fresh)
            for person in fresh:
                result.asked.append(
                    Confirmation.objects.create(
                        requirement=requirement, person=person, content=content, content_hash=requirement.content_hash, asked_by=by, asked_at=now
                    )
                )
            if fresh:
                settle_state(requirement, by=by)
        for person in people:
            mine = [row for row in result.asked if row.person_id == person.pk]
            if mine:
                notices.confirmation_asked(person, rows=mine, by=by)
        if result.asked:
            record(by=by, feature="requirements.confirmation.ask", verb=Verb.CREATE, obj=rows[0], outcome=Outcome.OK)
    return result


def ask_departments(*, requirements: Iterable[Requirement], departments: Iterable[Department], by: User, now: datetime) -> AskResult:
    """Ask the business liaisons of the departments (of the nearest department above, where one has none)."""
    return ask_confirmation(requirements=requirements, people=people_of_departments(departments, role="liaison", today=now.date()), by=by, now=now)


def confirm_requirement(
    *, requirement: Requirement, verdict: str, note: str = "", by: User, now: datetime, person: User | None = None, seen_hash: str | None = None
) -> Confirmation:
    """Take a person's answer to the text they read; ``person`` is the absent one where a deputy answers.

    Raises TextChanged when the text is no longer the one that was read, so that nobody confirms unread words.
    """
    person = person or by
    note = note.strip()
    if verdict not in ANSWERS:
        raise CannotConfirm(_("Choose whether you confirm, object or ask."))
    if verdict != Verdict.CONFIRM and not note:
        raise CannotConfirm(_("Say in a few words what is wrong or what you want to know."))
    if len(note) > 2000:
        raise CannotConfirm(_("The note has more than 2,000 characters. Say it shorter, or attach a file to the requirement."))
    if person.pk != by.pk and person.pk not in access_of(by).principals:
        raise CannotConfirm(_("You are not the deputy of %(person)s today.") % {"person": person})
    with transaction.atomic():
        locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
        if locked.is_heading or locked.state == RequirementState.DROPPED:
            raise CannotConfirm(_("%(code)s was dropped or is a heading; there is nothing to confirm.") % {"code": locked.code})
        if (seen_hash if seen_hash is not None else requirement.content_hash) != locked.content_hash:
            raise TextChanged(_("The text changed while you were reading. Here is the new text; your note is kept."))
        answer = _answer(locked, person=person, verdict=verdict, note=note, by=by, now=now)
        settle_state(locked, by=by)
        if verdict != Verdict.CONFIRM:
            notices.confirmation_answered(answer)
        record(by=by, feature="requirements.requirement.confirm", verb=Verb.CONFIRM, obj=locked, outcome=Outcome.OK)
    return answer


def withdraw_confirmation(*, confirmation: Confirmation, by: User, now: datetime) -> Confirmation:
    """Take back an ask that was not answered yet."""
    with transaction.atomic():
        locked = Confirmation.objects.select_for_update(of=("self",)).select_related("requirement").get(pk=confirmation.pk)
        if locked.verdict != Verdict.ASKED:
            raise CannotAsk(_("%(person)s has already answered.") % {"person": locked.person})
        locked.verdict = Verdict.WITHDRAWN
        locked.save(update_fields=["verdict"])
        settle_state(Requirement.objects.select_for_update().get(pk=locked.requirement_id), by=by)
        record(by=by, feature="requirements.confirmation.withdraw", verb=Verb.DELETE, obj=locked.requirement, outcome=Outcome.OK)
    return locked


def reply_to_confirmation(*, confirmation: Confirmation, reply: str, by: User, now: datetime) -> Confirmation:
    """Answer a question or an objection, and put the requirement to that person again."""
    reply = reply.strip()
    if not reply:
        raise CannotAsk(_("Write the reply that %(person)s shall read.") % {"person": confirmation.person})
    with transaction.atomic():
        locked = Confirmation.objects.select_for_update(of=("self",)).select_related("requirement", "person").get(pk=confirmation.pk)
        if locked.verdict not in (Verdict.OBJECT, Verdict.ASK) or not locked.is_latest:
            raise CannotAsk(_("There is no open question or objection of %(person)s any more.") % {"person": locked.person})
        locked.reply, locked.replied_by, locked.replied_at = reply[:2000], by, now
        locked.save(update_fields=["reply", "replied_by", "replied_at"])
        notices.confirmation_replied(locked)
        ask_confirmation(requirements=[locked.requirement], people=[locked.person], by=by, now=now)
    return locked


def settle_state(requirement: Requirement, *, by: User) -> None:
    """Set draft, open or confirmed from what people said; the caller holds the requirement's lock."""
    if requirement.state == RequirementState.DROPPED:
        return
    standing = Requirement.objects.with_confirmation().values_list("confirmation", flat=True).get(pk=requirement.pk)  # type: ignore[misc]  # annotated
    if standing == ConfirmationState.CONFIRMED:
        state = RequirementState.CONFIRMED
    elif standing == ConfirmationState.NONE:
        state = RequirementState(requirement.state) if requirement.state == RequirementState.DRAFT else RequirementState.OPEN
    else:
        state = RequirementState.OPEN
    if state != requirement.state:
        requirement.state = state
        requirement._history_user = by
        requirement.save(update_fields=["state"])


def _needs_asking(requirement: Requirement, person: User, *, known: dict[tuple[int, int], Confirmation], waiting: set[tuple[int, int]]) -> bool:
    pair = (requirement.pk, person.pk)
    if pair in waiting:
        return False
    row = known.get(pair)
    return not (row and row.is_latest and row.verdict == Verdict.CONFIRM and row.content_hash == requirement.content_hash)


def _answer(requirement: Requirement, *, person: User, verdict: str, note: str, by: User, now: datetime) -> Confirmation:
    """Answer the open ask, or write an answer that nobody asked for; the one before stops being the latest."""
    row = Confirmation.objects.select_for_update().filter(requirement=requirement, person=person, verdict=Verdict.ASKED).first()
    if row is None:
        row = Confirmation(requirement=requirement, person=person, asked_at=now)
    previous = Confirmation.objects.filter(requirement=requirement, person=person, is_latest=True).exclude(pk=row.pk).first()
    if previous is not None:
        previous.is_latest = False
        previous.save(update_fields=["is_latest"])
    row.verdict, row.note, row.is_latest = verdict, note, True
    row.content, row.content_hash = requirement.content(), requirement.content_hash
    row.answered_by, row.answered_at = by, now
    row.requirement = requirement
    row.save()
    return row
