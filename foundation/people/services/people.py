"""A person's life in the suite: taken on, changed, invited, deactivated, taken back."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.access import people_with_role, roles
from foundation.people.models import ApiToken, Delegation, Position, User
from foundation.people.services.posts import start_assignment

logger = logging.getLogger(__name__)
EDITABLE = ("username", "display_name", "email", "employee_number", "phone", "language")


class CannotDeactivate(Refused):
    """The person must stay able to sign in."""


class CannotInvite(Refused):
    """There is no way to reach the person, or the person may not sign in."""


@dataclass(frozen=True)
class Owned:
    """Work that would be left without its owner: what, how much, and where to see it."""

    label: Any
    count: int
    url: str = ""


@transaction.atomic
def create_person(*, by: User | None, today: date, position: Position | None = None, starts_on: date | None = None, **fields: Any) -> User:
    """Take a person on; sign-in is possible once a password is set through an invitation or single sign-on is used."""
    person = User(**{name: value for name, value in fields.items() if name in EDITABLE})
    person.set_unusable_password()
    person.full_clean(exclude=["password"])
    person._history_user = by  # type: ignore[attr-defined]
    person.save()
    if position is not None:
        start_assignment(user=person, position=position, starts_on=starts_on or today, by=by, today=today)
    return person


@transaction.atomic
def change_person(*, person: User, by: User | None, version: int | None = None, **fields: Any) -> User:
    """Change what is known about a person; ``version`` is the one that the editor had before the eyes."""
    if version is None:
        person.version += 1
    else:
        claim_version(person, version)
    names = [name for name in EDITABLE if name in fields]
    if "email" in names and fields["email"].casefold() != person.email.casefold():
        # allauth keeps addresses of its own from earlier sign-ins; the old one must open nothing any more.
        EmailAddress.objects.filter(user=person).delete()
    for name in names:
        setattr(person, name, fields[name])
    person._history_user = by  # type: ignore[attr-defined]
    person.save(update_fields=[*names, "version", "updated_at"])
    return person


@transaction.atomic
def deactivate_person(*, person: User, by: User, now: datetime) -> None:
    """Close the door: no sign-in, every session and API token ended, no deputy's rights in either direction."""
    locked = get_user_model().objects.select_for_update().get(pk=person.pk)
    if locked.pk == by.pk:
        raise CannotDeactivate(_("You cannot deactivate yourself. Ask another administrator."))
    if _is_last_administrator(locked, now.date()):
        raise CannotDeactivate(_("This is the last administrator. Give somebody else the role first."))
    locked.is_active = False
    locked._history_user = by
    locked.save(update_fields=["is_active", "updated_at"])
    person.is_active = False
    end_sessions(person=locked)
    ApiToken.objects.filter(owner=locked, revoked_at__isnull=True).update(revoked_at=now)
    for delegation in Delegation.objects.on(now.date()).filter(principal=locked) | Delegation.objects.on(now.date()).filter(deputy=locked):
        delegation.ended_early_on = now.date()
        delegation._history_user = by  # type: ignore[attr-defined]
        delegation.save(update_fields=["ended_early_on"])


def _is_last_administrator(person: User, day: date) -> bool:
    powerful = [key for key, role in roles().items() if "people.deactivate_user" in role.permissions]
    holders = {pk for key in powerful for pk in people_with_role(key, day=day).values_list("pk", flat=True)}
    return holders == {person.pk}


@transaction.atomic
def activate_person(*, person: User, by: User) -> None:
    """Open the door again; the password and the posts are as they were, sessions and tokens are not."""
    person.is_active = True
    person._history_user = by  # type: ignore[attr-defined]
    person.save(update_fields=["is_active", "updated_at"])


def end_sessions(*, person: User, keep: str | None = None) -> int:
    """Sign the person out everywhere, except in the session ``keep``; returns how many sessions ended."""
    ended = 0
    for session in UserSession.objects.filter(user=person).exclude(session_key=keep or ""):
        session.end()
        ended += 1
    return ended


def invite_person(*, person: User, by: User) -> None:
    """After commit, mail a link with which the person sets a password; the link works once and for a limited time."""
    if not person.is_active:
        raise CannotInvite(_("This person is deactivated."))
    if not person.email:
        raise CannotInvite(_("Enter an e-mail address for this person first."))
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    with translation.override(person.language):
        context = {"person": person, "by": by, "url": f"{settings.BASE_URL.rstrip('/')}{path}", "site": str(settings.SITE_TITLE)}
        subject = " ".join(render_to_string("people/email/invitation_subject.txt", context).split())
        body = render_to_string("people/email/invitation_message.txt", context)
    transaction.on_commit(lambda: _deliver(subject, body, person.email))


def _deliver(subject: str, body: str, address: str) -> None:
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    except OSError:  # an unreachable mail server must not undo what was decided
        logger.exception("The invitation could not be sent.")


@transaction.atomic
def remove_second_factor(*, person: User, by: User) -> int:
    """For somebody who lost the device: sign-in by password alone until a new one is set up; open sessions end."""
    removed, _detail = Authenticator.objects.filter(user=person).delete()
    end_sessions(person=person)
    logger.warning("Second factor of person %s removed by person %s.", person.pk, by.pk)
    return removed


def owned_by(person: User) -> list[Owned]:
    """What the person still owns, as the apps behind ``settings.OWNERSHIP_SOURCES`` count it."""
    found: Iterable[Owned] = (row for path in settings.OWNERSHIP_SOURCES for row in import_string(path)(person))
    return [row for row in found if row.count]
