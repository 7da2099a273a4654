"""Change requests: opened with a reason and evidence, decided with a reason, answered by an edit."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.models import User
from foundation.search.services import index
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt import notices
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, Requirement, RequirementState
from requirements_mgmt.reports import impact_of


class CannotOpen(Refused):
    """No change can be asked for here."""


class CannotDecide(Refused):
    """The request is not open, or the decision lacks its reason."""


def open_change_request(*, requirement: Requirement, title: str, reason: str, by: User, now: datetime, evidence: dict[str, Any] | None = None) -> ChangeRequest:
    """Ask for a change of a requirement; the project manager decides."""
    if not title.strip() or not reason.strip():
        raise CannotOpen(_("A change request needs a title and a reason."))
    with transaction.atomic():
        Rollout.objects.select_for_update().get(pk=requirement.rollout_id)  # codes are given one at a time
        locked = Requirement.objects.select_related("rollout").get(pk=requirement.pk)
        if locked.state == RequirementState.DROPPED:
            raise CannotOpen(_("%(code)s was dropped. Restore it first.") % {"code": locked.code})
        number = ChangeRequest.objects.filter(rollout=locked.rollout).count() + 1
        change = ChangeRequest.objects.create(
            rollout=locked.rollout,
            requirement=locked,
            code=f"CR-{number:04d}",
            title=title.strip()[:200],
            reason=reason.strip()[:5000],
            evidence=evidence or {},
            opened_by=by,
            opened_at=now,
        )
        notices.change_request_opened(change)
        index(change)
        record(by=by, feature="requirements.change.open", verb=Verb.CREATE, obj=change, outcome=Outcome.OK)
    return change


def decide_change_request(*, change: ChangeRequest, accept: bool, reason: str, by: User, now: datetime) -> ChangeRequest:
    """Accept or reject an open request with a reason; what hung on the requirement at that moment is kept with the decision."""
    reason = reason.strip()
    if not reason:
        raise CannotDecide(_("Give the reason for the decision; whoever asked will read it."))
    with transaction.atomic():
        locked = ChangeRequest.objects.select_for_update().get(pk=change.pk)
        if locked.state != ChangeRequestState.OPEN:
            raise CannotDecide(_("%(code)s was already decided: %(state)s.") % {"code": locked.code, "state": locked.get_state_display()})
        locked.state = ChangeRequestState.ACCEPTED if accept else ChangeRequestState.REJECTED
        locked.decided_by, locked.decided_at, locked.decision_reason = by, now, reason[:1000]
        locked.impact = impact_of(locked.requirement, by).as_json()
        locked.save()
        notices.change_request_decided(locked)
        record(by=by, feature="requirements.change.decide", verb=Verb.UPDATE, obj=locked, outcome=Outcome.OK)
    return locked
