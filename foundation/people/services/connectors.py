"""Connectors: programs with a name, a position and a responsible person of their own."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.models import ApiToken, Assignment, Connector, Position, User


class CannotConnect(Refused):
    """No connector like that."""


@transaction.atomic
def open_connector(*, name: str, purpose: str, position: Position, by: User, now: datetime) -> Connector:
    """Make a connector with a service identity that holds the position; nobody can sign in as it."""
    if Connector.objects.filter(name=name).exists():
        raise CannotConnect(_("There is a connector of this name."))
    number = Connector.objects.count() + 1
    while User.objects.filter(username=f"connector-{number}").exists():
        number += 1
    identity = User(username=f"connector-{number}", display_name=name, email="", language=by.language)
    identity.set_unusable_password()
    identity._history_user = by  # type: ignore[attr-defined]
    identity.save()
    post = Assignment(user=identity, position=position, starts_on=timezone.localdate(now), is_main=True)
    post._history_user = by  # type: ignore[attr-defined]
    post.save()
    return Connector.objects.create(name=name, purpose=purpose, owner=by, identity=identity, position=position)


@transaction.atomic
def close_connector(*, connector: Connector, by: User, now: datetime) -> None:
    """End a connector for good: its tokens, its position and its identity."""
    Connector.objects.filter(pk=connector.pk, closed_at__isnull=True).update(closed_at=now)
    ApiToken.objects.filter(connector=connector, revoked_at__isnull=True).update(revoked_at=now)
    identity = connector.identity
    identity.is_active = False
    identity._history_user = by  # type: ignore[attr-defined]
    identity.save(update_fields=["is_active", "updated_at"])
