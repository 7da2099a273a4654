"""Comments and attachments on requirements."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.models import User
from foundation.uploads import Accepted
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from requirements_mgmt import notices
from requirements_mgmt.models import Requirement, RequirementAttachment, RequirementComment


class CannotComment(Refused):
    """There is nothing to say, or too much."""


def comment_requirement(*, requirement: Requirement, body: str, by: User, now: datetime) -> RequirementComment:
    """Add a comment; the owner hears of it."""
    body = body.strip()
    if not body:
        raise CannotComment(_("Write the comment first."))
    if len(body) > 5000:
        raise CannotComment(_("The comment has more than 5,000 characters. Attach a file instead."))
    with transaction.atomic():
        comment = RequirementComment.objects.create(requirement=requirement, author=by, body=body.replace("\x00", ""), created_at=now)
        notices.requirement_commented(requirement, body=body, by=by)
        record(by=by, feature="requirements.requirement.comment", verb=Verb.LOG, obj=requirement, outcome=Outcome.OK)
    return comment


def attach_to_requirement(*, requirement: Requirement, accepted: Accepted, by: User, now: datetime) -> RequirementAttachment:
    """Keep a checked file with the requirement."""
    with transaction.atomic():
        attachment = RequirementAttachment(
            requirement=requirement, name=accepted.name, size=accepted.size, sha256=accepted.sha256, uploaded_by=by, uploaded_at=now
        )
        attachment.file.save(accepted.name, accepted.file, save=False)
        attachment.save()
        record(by=by, feature="requirements.requirement.attach", verb=Verb.UPDATE, obj=requirement, outcome=Outcome.OK)
    return attachment
