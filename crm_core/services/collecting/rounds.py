"""A round: a sheet to everybody who looks after customers in a department, reminders until it is back, and its end."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, AccountContact, CollectionRound, CollectionSheet, Contact, RoundState, SheetState
from crm_core.pool_words import say_day
from crm_core.services.saving import note_history
from foundation.integrity import Refused
from foundation.people.access import access_of, roles
from foundation.people.models import Assignment, Department, User
from foundation.usage.models import Verb
from foundation.usage.services import record

FILLING = "crm_core.fill_sheet"


class CannotCollect(Refused):
    """Nobody of the department can be asked, or the department is out of reach."""


class CannotChangeRound(Refused):
    """The round is closed, or the day has passed."""


def _reach(by: User, path: str) -> Q:
    """Rows of the departments in which the person collects and of those below, or of all."""
    access = access_of(by)
    if access.sees_all(CollectionRound._meta.label_lower):
        return Q()
    where = Q(pk__in=[])
    for post in access.posts:
        where |= Q(**{f"{path}__startswith": post.department_path})
    return where


def departments_for(by: User) -> list[Department]:
    """Where the person may start a round: the own departments and below, or everywhere."""
    return list(Department.objects.filter(_reach(by, "path"), closed_on__isnull=True).order_by("path"))


def people_of(where: Q, day: date) -> list[tuple[User, Department]]:
    """Everybody in some departments who looks after customers, each with the own department."""
    filling = [role.key for role in roles().values() if FILLING in role.permissions]
    posts = Assignment.objects.on(day).filter(where, position__role__in=filling, user__is_active=True)
    found: dict[int, tuple[User, Department]] = {}
    for post in posts.select_related("user", "position__department").order_by("position__department__path", "user__name_key", "pk"):
        found.setdefault(post.user_id, (post.user, post.position.department))
    return list(found.values())


def people_to_ask(department: Department, day: date) -> tuple[list[tuple[User, Department]], list[User]]:
    """Who gets a sheet, and who is left out because one of another running round is still owed."""
    people = people_of(Q(position__department__path__startswith=department.path), day)
    busy = set(CollectionSheet.objects.owed().filter(person__in=[person for person, _department in people]).values_list("person_id", flat=True))
    return [pair for pair in people if pair[0].pk not in busy], [person for person, _department in people if person.pk in busy]


@transaction.atomic
def start_round(*, department: Department, name: str, due_on: date, by: User, now: datetime, today: date, message: str = "") -> CollectionRound:
    """Send a sheet to everybody of the department and below who looks after customers."""
    if department.pk not in {one.pk for one in departments_for(by)}:
        raise CannotCollect(_("You collect in your own departments only."))
    if due_on < today:
        raise CannotCollect(_("The day has passed. Choose today or later."))
    people, busy = people_to_ask(department, today)
    if not people:
        if busy:
            raise CannotCollect(_("Everybody there still owes a sheet of another round. Close that one first."))
        raise CannotCollect(_("Nobody in this department looks after customers."))
    row = CollectionRound(department=department, name=name, due_on=due_on, message=message, created_by=by, created_at=now)
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    _send(row, people, by)
    record(by=by, feature="crm.collection.create", verb=Verb.CREATE, obj=row, now=now)
    return row


def _send(row: CollectionRound, people: Sequence[tuple[User, Department]], by: User, **facts: Any) -> list[CollectionSheet]:
    """A new sheet to each person."""
    accounts, contacts = _counts([person.pk for person, _place in people])
    sheets = [
        CollectionSheet(round=row, person=person, department=place, account_count=accounts.get(person.pk, 0), contact_count=contacts.get(person.pk, 0), **facts)
        for person, place in people
    ]
    CollectionSheet.objects.bulk_create(sheets)
    note_history(sheets, by=by, reason="round", update=False)
    for sheet in sheets:
        notices.sheet_sent(sheet=sheet, by=by)
    return sheets


def people_to_add(row: CollectionRound, *, by: User, day: date) -> list[tuple[User, Department]]:
    """Who within reach may still get a sheet of a running round: everybody who has none of it, or was taken out, and owes none of another."""
    people = people_of(_reach(by, "position__department__path"), day)
    having = set(CollectionSheet.objects.standing().filter(round=row).values_list("person_id", flat=True))
    busy = set(CollectionSheet.objects.owed().exclude(round=row).values_list("person_id", flat=True))
    return [pair for pair in people if pair[0].pk not in having | busy]


@transaction.atomic
def add_people(*, row: CollectionRound, people: Iterable[User], department: Department | None, by: User, now: datetime, today: date) -> list[CollectionSheet]:
    """Send sheets of a running round to more people: those named, and everybody of a department who has none yet."""
    row = CollectionRound.objects.select_for_update(of=("self",)).get(pk=row.pk)
    check_running(row)
    if row.due_on < today:
        raise CannotCollect(_("The round was due on %(day)s. Give more time first.") % {"day": say_day(row.due_on)})
    named = {person.pk for person in people}
    chosen = [
        (person, place)
        for person, place in people_to_add(row, by=by, day=today)
        if person.pk in named or (department is not None and place.path.startswith(department.path))
    ]
    if not chosen:
        raise CannotCollect(_("Everybody there has a sheet of this round already, or owes one of another."))
    before = {sheet.person_id: sheet for sheet in CollectionSheet.objects.filter(round=row, person__in=[person.pk for person, _place in chosen])}
    sheets = _send(row, [pair for pair in chosen if pair[0].pk not in before], by, added_at=now)
    sheets += [_send_again(before[person.pk], place, by, now) for person, place in chosen if person.pk in before]
    record(by=by, feature="crm.collection.add", verb=Verb.UPDATE, obj=row, now=now)
    return sheets


def _send_again(sheet: CollectionSheet, place: Department, by: User, now: datetime) -> CollectionSheet:
    """The sheet of somebody who was taken out and is asked after all."""
    accounts, contacts = _counts([sheet.person_id])
    sheet.state, sheet.department, sheet.added_at = SheetState.SENT, place, now
    sheet.out_at, sheet.out_by, sheet.out_reason = None, None, ""
    sheet.account_count, sheet.contact_count = accounts.get(sheet.person_id, 0), contacts.get(sheet.person_id, 0)
    sheet.row_count = sheet.open_count = sheet.waiting_count = 0
    sheet.reminded_on = sheet.escalated_on = sheet.returned_by = sheet.returned_at = None
    sheet._history_user = by  # type: ignore[attr-defined]
    sheet.save()
    notices.sheet_sent(sheet=sheet, by=by)
    return sheet


@transaction.atomic
def take_out(*, sheet: CollectionSheet, reason: str, by: User, now: datetime) -> CollectionSheet:
    """Take a person out of a running round who owes a sheet of it; the reason stays with the sheet, and the person is told."""
    check_running(CollectionRound.objects.select_for_update(of=("self",)).get(pk=sheet.round_id))
    sheet = CollectionSheet.objects.select_for_update(of=("self",)).select_related("round", "person").get(pk=sheet.pk)
    if not reason.strip():
        raise CannotChangeRound(_("Say why."))
    if not sheet.is_owed:
        raise CannotChangeRound(_("The sheet of %(person)s is handed back or taken out already.") % {"person": sheet.person})
    sheet.state, sheet.out_at, sheet.out_by, sheet.out_reason = SheetState.OUT, now, by, reason.strip()[:200]
    sheet._history_user, sheet._change_reason = by, sheet.out_reason[:100]  # type: ignore[attr-defined]
    sheet.save(update_fields=["state", "out_at", "out_by", "out_reason"])
    notices.sheet_out(sheet=sheet, by=by)
    record(by=by, feature="crm.collection.out", verb=Verb.UPDATE, obj=sheet, now=now)
    return sheet


def _counts(people: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Accounts and contacts by their person, as the sheets will list them."""
    rows = Account.objects.live().filter(owner__in=people).order_by().values_list("owner").annotate(Count("pk"))
    links = AccountContact.objects.filter(account__owner__in=people, account__deleted_at__isnull=True, contact__deleted_at__isnull=True, ends_on__isnull=True)
    pairs = set(links.values_list("account__owner_id", "contact_id")) | set(Contact.objects.live().filter(owner__in=people).values_list("owner_id", "pk"))
    contacts: dict[int, int] = {}
    for person, _contact in pairs:
        contacts[person] = contacts.get(person, 0) + 1
    return dict(rows), contacts


def check_running(row: CollectionRound) -> None:
    """Refuse (CannotChangeRound) what makes sense only while the round runs."""
    if row.state != RoundState.OPEN:
        raise CannotChangeRound(_("This round is closed."))


@transaction.atomic
def extend_round(*, row: CollectionRound, due_on: date, by: User, now: datetime, today: date) -> CollectionRound:
    """Give everybody more time; reminders and the word to the manager begin anew."""
    row = CollectionRound.objects.select_for_update(of=("self",)).get(pk=row.pk)
    check_running(row)
    if due_on < today or due_on == row.due_on:
        raise CannotChangeRound(_("Choose another day, today or later."))
    row.due_on = due_on
    row._history_user = by  # type: ignore[attr-defined]
    row.save(update_fields=["due_on"])
    owed = list(CollectionSheet.objects.owed().filter(round=row).select_related("person", "round"))
    CollectionSheet.objects.filter(pk__in=[sheet.pk for sheet in owed]).update(reminded_on=None, escalated_on=None)
    for sheet in owed:
        notices.sheet_extended(sheet=sheet, by=by)
    record(by=by, feature="crm.collection.extend", verb=Verb.UPDATE, obj=row, now=now)
    return row


@transaction.atomic
def close_round(*, row: CollectionRound, by: User, now: datetime) -> CollectionRound:
    """End the round: nothing more is handed back, and nobody is reminded; what is under way is still loaded."""
    row = CollectionRound.objects.select_for_update(of=("self",)).get(pk=row.pk)
    check_running(row)
    row.state, row.closed_at = RoundState.CLOSED, now
    row._history_user = by  # type: ignore[attr-defined]
    row.save(update_fields=["state", "closed_at"])
    record(by=by, feature="crm.collection.close", verb=Verb.UPDATE, obj=row, now=now)
    return row


@transaction.atomic
def remind_people(*, sheets: Sequence[CollectionSheet], by: User, now: datetime, today: date) -> int:
    """Send the word again to those of the sheets that are still owed, each person once a day; gives how many were told."""
    chosen = CollectionSheet.objects.owed().filter(pk__in=[sheet.pk for sheet in sheets]).exclude(reminded_on=today)
    found = list(chosen.select_for_update(of=("self",)).select_related("person", "round"))
    for sheet in found:
        notices.sheet_due(sheet=sheet, today=today, by=by)
    CollectionSheet.objects.filter(pk__in=[sheet.pk for sheet in found]).update(reminded_on=today)
    if found:
        record(by=by, feature="crm.collection.remind", verb=Verb.UPDATE, obj=found[0].round, now=now)
    return len(found)
