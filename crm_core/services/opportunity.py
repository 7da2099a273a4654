from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import Account, Opportunity, Outcome, Pipeline, Stage, StageMove
from crm_core.services.ownership import department_of
from crm_core.services.saving import completeness, find_again, save_changes, save_new
from crm_core.services.sharing import check_may_change
from foundation.integrity import Refused, Stale
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

WANTED = ("name", "amount", "close_on", "contact_id", "next_step_on")


class CannotMove(Refused):
    """The stage asks for something that is not known yet; ``missing`` names the fields."""

    def __init__(self, sentence: str, missing: tuple[str, ...] = ()):
        super().__init__(sentence)
        self.missing = missing


class CannotOpen(Refused):
    """The pipeline takes no new opportunities."""


def missing_for(stage: Stage, *, amount: Any, close_on: Any, close_reason: str) -> tuple[str, ...]:
    """What a deal must know before it may stand in the stage."""
    missing = []
    if stage.needs_amount and amount is None:
        missing.append("amount")
    if stage.needs_close_on and close_on is None:
        missing.append("close_on")
    if stage.outcome != Outcome.OPEN and not close_reason:
        missing.append("close_reason")
    return tuple(missing)


def _refuse_missing(stage: Stage, missing: tuple[str, ...]) -> None:
    if not missing:
        return
    names = {"amount": _("the amount"), "close_on": _("the close date"), "close_reason": _("the reason")}
    listed = _(", ").join(names[name] for name in missing)
    raise CannotMove(_("“%(stage)s” needs %(what)s.") % {"stage": stage, "what": listed}, missing)


def pipeline_for(kind: str) -> Pipeline | None:
    """The pipeline of new opportunities at accounts of a kind: the first open one that names the kind, else the first that takes every kind."""
    serving = [pipeline for pipeline in Pipeline.objects.filter(is_active=True) if pipeline.serves(kind)]
    return min(serving, key=lambda pipeline: (not pipeline.kinds, pipeline.order, pipeline.pk), default=None)


@transaction.atomic
def save_pipeline(*, pipeline: Pipeline, changes: dict[str, Any], by: User) -> Pipeline:
    """Say what a pipeline is called, which kinds of accounts it serves and whether it takes new opportunities; deals in it go on."""
    for name, value in changes.items():
        setattr(pipeline, name, value)
    pipeline._history_user = by  # type: ignore[attr-defined]
    pipeline.save()
    record(by=by, feature="crm.pipeline.edit", verb=Verb.UPDATE, obj=pipeline)
    return pipeline


@transaction.atomic
def create_opportunity(*, account: Account, data: dict[str, Any], by: User, now: datetime, owner: User | None = None) -> Opportunity:
    """Open a deal at an account, at the first stage of its pipeline unless another is named."""
    check_may_change(account, by)
    data = dict(data)
    pipeline: Pipeline | None = data.pop("pipeline", None) or pipeline_for(account.kind)
    if pipeline is not None and not pipeline.serves(account.kind):
        raise CannotOpen(_("“%(pipeline)s” is not for accounts of the kind “%(kind)s”.") % {"pipeline": pipeline, "kind": account.get_kind_display()})
    if pipeline is None or not pipeline.is_active:
        raise CannotOpen(_("This pipeline takes no new opportunities."))
    stage: Stage | None = data.pop("stage", None) or pipeline.stages.filter(outcome=Outcome.OPEN).first()
    if stage is None:
        raise CannotOpen(_("This pipeline takes no new opportunities."))
    if stage.pipeline_id != pipeline.pk:
        raise CannotMove(_("“%(stage)s” belongs to another pipeline.") % {"stage": stage})
    _refuse_missing(stage, missing_for(stage, amount=data.get("amount"), close_on=data.get("close_on"), close_reason=data.get("close_reason", "")))
    owner = owner or by
    row = Opportunity(**data, account=account, pipeline=pipeline, stage=stage, stage_since=now, owner=owner, department=department_of(owner))
    row.created_by, row.created_at = by, now
    if stage.outcome != Outcome.OPEN:
        row.closed_at = now
    save_new(row, by=by)
    StageMove.objects.create(opportunity=row, to_stage=stage, moved_by=by, moved_at=now, amount=row.amount)
    find_again(row)
    record(by=by, feature="crm.opportunity.create", verb=Verb.CREATE, obj=row, now=now, **completeness(row, WANTED))
    return row


@transaction.atomic
def update_opportunity(*, opportunity: Opportunity, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Change what is known of a deal; what its stage asks for cannot be taken away."""
    kept = {name: changes.get(name, getattr(opportunity, name)) for name in ("amount", "close_on", "close_reason")}
    _refuse_missing(opportunity.stage, missing_for(opportunity.stage, **kept))
    changed = save_changes(opportunity, changes, version=version, by=by)
    find_again(opportunity)
    record(by=by, feature="crm.opportunity.edit", verb=Verb.UPDATE, obj=opportunity, now=now, **completeness(opportunity, WANTED))
    return changed


@transaction.atomic
def move_opportunity(
    *, opportunity: Opportunity, stage: Stage, version: int, by: User, now: datetime, extra: dict[str, Any] | None = None, reason: str = ""
) -> Opportunity:
    """Move a deal to a stage of its pipeline, forward or back, with what the stage asks for in ``extra``.

    Raises CannotMove when something is missing, Stale when somebody else moved or changed the deal first.
    """
    row = Opportunity.objects.select_for_update(of=("self",)).select_related("stage", "account").get(pk=opportunity.pk)
    if row.version != version:
        raise Stale(
            _("Somebody else changed “%(deal)s” in the meantime; it stands in “%(stage)s” now. Look again, then move it.") % {"deal": row, "stage": row.stage}
        )
    if stage.pipeline_id != row.pipeline_id:
        raise CannotMove(_("“%(stage)s” belongs to another pipeline.") % {"stage": stage})
    if stage.pk == row.stage_id:
        return row
    changes: dict[str, Any] = {name: value for name, value in (extra or {}).items() if value not in (None, "")}
    if stage.outcome == Outcome.OPEN:  # a reopened deal loses its verdict
        changes |= {"close_reason": "", "lost_reason": ""}
    known = {name: changes.get(name, getattr(row, name)) for name in ("amount", "close_on", "close_reason")}
    _refuse_missing(stage, missing_for(stage, **known))
    before = row.stage
    seconds = max(int((now - row.stage_since).total_seconds()), 0)
    changes |= {"stage": stage, "stage_since": now, "closed_at": now if stage.outcome != Outcome.OPEN else None}
    save_changes(row, changes, version=version, by=by)
    StageMove.objects.create(
        opportunity=row, from_stage=before, to_stage=stage, moved_by=by, moved_at=now, amount=row.amount, seconds_before=seconds, reason=reason[:300]
    )
    feature = {Outcome.WON: "crm.opportunity.win", Outcome.LOST: "crm.opportunity.lose"}.get(Outcome(stage.outcome), "crm.opportunity.move")
    record(by=by, feature=feature, verb=Verb.ADVANCE, obj=row, now=now, **completeness(row, WANTED))
    find_again(row)
    return row
