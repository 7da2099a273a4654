"""Learning by doing: a procedure is complete when the events that its steps expect have arrived, in order."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Assignment, User
from foundation.usage.models import Outcome, Surface, UsageEvent, Verb
from foundation.usage.services import record
from training import notices
from training.models import Completion, Procedure, ProcedureState, ProcedureStep, StepAction, StepCompletion, TrainingAssignment


class CannotLearn(Refused):
    """The procedure cannot be started or assigned."""


def steps_for(procedure: Procedure, user: User) -> list[ProcedureStep]:
    """The steps that this reader may do: those without a permission, and those whose permission the roles held today grant."""
    held = access_of(user).permissions
    return [step for step in procedure.steps.select_related("screen", "expected_feature").order_by("order") if not step.permission or step.permission in held]


@transaction.atomic
def start_procedure(*, procedure: Procedure, by: User, now: datetime) -> Completion:
    """Begin a procedure as it is published now; beginning again goes on where one stopped."""
    if procedure.state != ProcedureState.PUBLISHED:
        raise CannotLearn(_("This procedure is not published yet."))
    if not any(step.action == StepAction.EXPECT for step in steps_for(procedure, by)):
        raise CannotLearn(_("Your role has no step in this procedure that the system can see; there is nothing to complete."))
    completion, created = Completion.objects.get_or_create(user=by, procedure=procedure, fingerprint=procedure.fingerprint, defaults={"started_at": now})
    if created:
        record(by=by, feature="learn.procedure.start", verb=Verb.RUN, obj=procedure)
    return completion


def proofs_of(completion: Completion) -> dict[int, UsageEvent]:
    """Which event proves which step, by step id: the first fitting event after the one that proved the step before.

    Only the learner's own successful events on the screen count; imports and automation teach nobody.
    """
    expected = [step for step in steps_for(completion.procedure, completion.user) if step.action == StepAction.EXPECT]
    since = completion.started_at
    last_id = 0
    proofs: dict[int, UsageEvent] = {}
    for step in expected:
        events = UsageEvent.objects.filter(
            user=completion.user, feature=step.expected_feature_id, outcome=Outcome.OK, surface=Surface.UI, recorded_at__gte=since
        ).filter(Q(recorded_at__gt=since) | Q(pk__gt=last_id))
        if step.expected_verb:
            events = events.filter(verb=step.expected_verb)
        event = events.order_by("recorded_at", "pk").first()
        if event is None:
            break
        proofs[step.pk] = event
        since, last_id = event.recorded_at, event.pk
    return proofs


@transaction.atomic
def advance_completion(*, completion: Completion, now: datetime) -> bool:
    """Write down the steps that events have proved since the last look; True when the procedure is complete now."""
    locked = Completion.objects.select_for_update().select_related("procedure", "user").get(pk=completion.pk)
    if locked.completed_at or locked.fingerprint != locked.procedure.fingerprint:
        return locked.completed_at is not None
    proofs = proofs_of(locked)
    StepCompletion.objects.bulk_create(
        [StepCompletion(completion=locked, step_id=step, event=event, done_at=event.recorded_at) for step, event in proofs.items()],
        ignore_conflicts=True,
    )
    expected = [step.pk for step in steps_for(locked.procedure, locked.user) if step.action == StepAction.EXPECT]
    if expected and all(step in proofs for step in expected):
        locked.completed_at = max(event.recorded_at for event in proofs.values())
        locked.save(update_fields=["completed_at"])
        record(by=locked.user, feature="learn.procedure.complete", verb=Verb.RESOLVE, obj=locked.procedure, surface=Surface.AUTOMATION)
        notices.procedure_completed(locked)
        return True
    return False


def advance_open_completions(*, now: datetime, limit: int = 500) -> int:
    """Look at running completions whose learner has done something lately; answers how many became complete."""
    running = (
        Completion.objects.filter(completed_at__isnull=True, user__is_active=True)
        .filter(user__in=UsageEvent.objects.filter(recorded_at__gte=now - timedelta(hours=1)).values("user_id"))
        .order_by("pk")[:limit]
    )
    return sum(1 for completion in running if advance_completion(completion=completion, now=now))


@transaction.atomic
def assign_procedure(*, procedure: Procedure, users: list[User], due_on: date, by: User, today: date) -> int:
    """Ask people to learn a procedure by a day; those already asked get the new day. Answers how many were newly asked."""
    if procedure.state != ProcedureState.PUBLISHED:
        raise CannotLearn(_("Publish the procedure before you assign it."))
    if due_on < today:
        raise CannotLearn(_("The day is already past."))
    main = {row.user_id: row.position.department_id for row in Assignment.objects.on(today).filter(user__in=users, is_main=True).select_related("position")}
    new = []
    for user in users:
        row, created = TrainingAssignment.objects.get_or_create(
            user=user, procedure=procedure, defaults={"due_on": due_on, "department_id": main.get(user.pk), "assigned_by": by}
        )
        if created:
            new.append(user)
        elif row.due_on != due_on:
            row.due_on = due_on
            row.save()
    record(by=by, feature="learn.procedure.assign", verb=Verb.UPDATE, obj=procedure)
    if new:
        notices.procedure_assigned(procedure, new, due_on, by=by)
    return len(new)
