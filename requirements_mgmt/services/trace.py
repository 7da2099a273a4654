"""Joining requirements to what refines, proves, documents or measures them."""

from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from requirements_mgmt.models import Trace, TraceKind
from requirements_mgmt.trace_types import trace_types


class CannotLink(Refused):
    """The two things cannot be joined as asked."""


def add_trace(*, source: models.Model, target: models.Model, kind: str, by: User, now: datetime, note: str = "") -> Trace:
    """Join two things; the link is pinned to what both say now."""
    types = {entry.model: entry for entry in trace_types().values()}
    if type(source) not in types or type(target) not in types or kind not in TraceKind.values:
        raise CannotLink(_("These two cannot be linked."))
    start, end = types[type(source)], types[type(target)]
    if type(source) is type(target) and source.pk == target.pk:
        raise CannotLink(_("A thing cannot be linked to itself."))
    try:
        with transaction.atomic():
            trace = Trace.objects.create(
                source_type=start.key,
                source_id=source.pk,
                target_type=end.key,
                target_id=target.pk,
                kind=kind,
                source_hash=start.pin(source),
                target_hash=end.pin(target),
                note=note[:300],
                created_by=by,
                created_at=now,
            )
            record(by=by, feature="requirements.trace.create", verb=Verb.CREATE, obj=source, outcome=Outcome.OK)
    except IntegrityError as error:
        raise CannotLink(_("These two are already linked in this way.")) from error
    return trace


def remove_trace(*, trace: Trace, by: User) -> None:
    """Take a link away; its history stays."""
    with transaction.atomic():
        record(by=by, feature="requirements.trace.remove", verb=Verb.DELETE, obj=trace, outcome=Outcome.OK)
        trace.delete()


def clear_trace(*, trace: Trace, by: User, now: datetime) -> Trace:
    """Say that the link still holds after a change: both ends are pinned anew."""
    with transaction.atomic():
        locked = Trace.objects.select_for_update().get(pk=trace.pk)
        for side in ("source", "target"):
            entry = trace_types().get(getattr(locked, f"{side}_type"))
            row = entry.model._default_manager.filter(pk=getattr(locked, f"{side}_id")).first() if entry else None
            if entry is None or row is None:
                raise CannotLink(_("One end of the link is gone. Remove the link."))
            setattr(locked, f"{side}_hash", entry.pin(row))
        locked.cleared_by, locked.cleared_at = by, now
        locked.save()
        record(by=by, feature="requirements.trace.clear", verb=Verb.UPDATE, obj=locked, outcome=Outcome.OK)
    return locked
