"""Who works in a rollout, in which role, from when to when."""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation.models import TeamMember, TeamRole
from implementation.services.rollout import require_open


class CannotChangeTeam(Refused):
    """The team cannot be changed like this."""


def _write(member: TeamMember) -> None:
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError as error:
        raise CannotChangeTeam(_("%(person)s already holds this role. Change the dates of that membership instead.") % {"person": member.user}) from error


@transaction.atomic
def add_member(*, member: TeamMember, by: User) -> TeamMember:
    """A person joins the team in a role."""
    require_open(member.rollout)
    _write(member)
    record(by=by, feature="rollout.team.create", verb=Verb.CREATE, obj=member)
    return member


@transaction.atomic
def change_member(*, member: TeamMember, sent_version: int, values: dict[str, Any], by: User) -> TeamMember:
    """Save role, department, share or dates of a membership."""
    require_open(member.rollout)
    claim_version(member, sent_version)
    for name, value in values.items():
        setattr(member, name, value)
    _write(member)
    record(by=by, feature="rollout.team.update", verb=Verb.UPDATE, obj=member)
    return member


@transaction.atomic
def end_membership(*, member: TeamMember, sent_version: int, by: User, today: date) -> TeamMember | None:
    """The person leaves: yesterday was the last day; a membership that begins today or later is removed, None is returned."""
    require_open(member.rollout)
    seats = {TeamRole.SPONSOR: member.rollout.sponsor_id, TeamRole.PROJECT_MANAGER: member.rollout.project_manager_id}
    if seats.get(TeamRole(member.role)) == member.user_id:
        raise CannotChangeTeam(_("%(person)s leads this rollout. Name somebody else on the rollout's page first.") % {"person": member.user})
    claim_version(member, sent_version)
    record(by=by, feature="rollout.team.update", verb=Verb.UPDATE, obj=member)
    if member.starts_on >= today:
        member.delete()
        return None
    member.ends_on = today - timedelta(days=1)
    member.save()
    return member
