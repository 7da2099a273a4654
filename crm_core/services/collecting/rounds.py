"""A round: a sheet to everybody who looks after customers in a department, reminders until it is back, and its end."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, AccountContact, CollectionRound, CollectionSheet, Contact, RoundState
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


def departments_for(by: User) -> list[Department]:
    """Where the person may start a round: the own departments and below, or everywhere."""
    access = access_of(by)
    rows = Department.objects.filter(closed_on__isnull=True)
    if access.sees_all(CollectionRound._meta.label_lower):
        return list(rows.order_by("path"))
    where = Q(pk__in=[])
    for post in access.posts:
        where |= Q(path__startswith=post.department_path)
    return list(rows.filter(where).order_by("path"))


def people_of(department: Department, day: date) -> list[tuple[User, Department]]:
    """Everybody in the department and below who looks after customers, each with the own department."""
    filling = [role.key for role in roles().values() if FILLING in role.permissions]
    posts = Assignment.objects.on(day).filter(position__role__in=filling, user__is_active=True, position__department__path__startswith=department.path)
    found: dict[int, tuple[User, Department]] = {}
    for post in posts.select_related("user", "position__department").order_by("position__department__path", "user__name_key", "pk"):
        found.setdefault(post.user_id, (post.user, post.position.department))
    return list(found.values())


def people_to_ask(department: Department, day: date) -> tuple[list[tuple[User, Department]], list[User]]:
    """Who gets a sheet, and who is left out because one of another running round is still owed."""
    people = people_of(department, day)
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
    accounts, contacts = _counts([person.pk for person, _place in people])
    sheets = [
        CollectionSheet(round=row, person=person, department=place, account_count=accounts.get(person.pk, 0), contact_count=contacts.get(person.pk, 0))
        for person, place in people
    ]
    CollectionSheet.objects.bulk_create(sheets)
    note_history(sheets, by=by, reason="round", update=False)
    for sheet in sheets:
        notices.sheet_sent(sheet=sheet, by=by)
    record(by=by, feature="crm.collection.create", verb=Verb.CREATE, obj=row, now=now)
    return row


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
