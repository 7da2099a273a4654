"""Writing procedures: drafts, their steps, publishing under a fingerprint."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.search.services import index
from foundation.usage.models import Verb
from foundation.usage.services import record
from training import notices
from training.models import Completion, Procedure, ProcedureRole, ProcedureState, ProcedureStep, StepAction


class CannotPublish(Refused):
    """The procedure is not fit to be taught yet."""


@transaction.atomic
def save_procedure(
    *, procedure: Procedure, roles: Sequence[str], steps: Sequence[ProcedureStep], sent_version: int | None, by: User, now: datetime
) -> Procedure:
    """Write a procedure with its roles and its steps in the given order; a published one asks to be published again when its steps changed."""
    if procedure.pk and sent_version is not None:
        claim_version(procedure, sent_version)
    procedure.save()
    procedure.procedure_roles.exclude(role__in=roles).delete()
    for role in roles:
        ProcedureRole.objects.get_or_create(procedure=procedure, role=role)
    kept = [step.pk for step in steps if step.pk]
    procedure.steps.exclude(pk__in=kept).delete()
    procedure.steps.update(order=F("order") + 10000)  # room, so that two steps may change places
    for order, step in enumerate(steps, start=1):
        step.procedure, step.order = procedure, order
        step.save()
    index(procedure)
    record(by=by, feature="learn.procedure.edit", verb=Verb.UPDATE, obj=procedure)
    return procedure


@transaction.atomic
def publish_procedure(*, procedure: Procedure, by: User, now: datetime) -> Procedure:
    """Put the procedure into the manuals; people whose completed steps changed are told to do them again."""
    steps = list(procedure.steps.order_by("order"))
    if not steps:
        raise CannotPublish(_("A procedure needs at least one step."))
    if not any(step.action == StepAction.EXPECT for step in steps):
        raise CannotPublish(_("Add a step that says which event must arrive; without it nobody can complete the procedure."))
    if not procedure.procedure_roles.exists():
        raise CannotPublish(_("Choose at least one role whose manual it belongs into."))
    missing = [step.order for step in steps if not step.text or not step.text_en]
    if missing:
        raise CannotPublish(_("These steps lack one of the two languages: %(steps)s.") % {"steps": ", ".join(map(str, missing))})
    before = procedure.fingerprint
    procedure.fingerprint = procedure.compute_fingerprint()
    procedure.state = ProcedureState.PUBLISHED
    procedure.published_at = now
    procedure.save()
    record(by=by, feature="learn.procedure.publish", verb=Verb.UPDATE, obj=procedure)
    if before and before != procedure.fingerprint:
        again = User.objects.filter(
            pk__in=Completion.objects.filter(procedure=procedure, fingerprint=before, completed_at__isnull=False).values("user_id"), is_active=True
        )
        notices.procedure_changed(procedure, list(again), by=by)
    return procedure


@transaction.atomic
def retire_procedure(*, procedure: Procedure, by: User, now: datetime) -> Procedure:
    """Take the procedure out of the manuals; what people completed stays on record."""
    procedure.state = ProcedureState.RETIRED
    procedure.save()
    record(by=by, feature="learn.procedure.retire", verb=Verb.UPDATE, obj=procedure)
    return procedure
