"""A merge taken back as a whole, and what the signposts lead to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.models import SUBJECT_MODELS, DuplicatePair, Merge, PairState
from crm_core.services.merging.carrying import carry_back, contradictions, restored, same_value
from crm_core.services.merging.joining import RELATIONS, check_rights, refresh_work
from crm_core.services.saving import find_again
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

TOLD = 5
STEPS = 20
# What follows from other fields, or is counted anew.
DERIVED = {"also_known", "phone_key", "pooled_at"}


class CannotUndoMerge(Refused):
    """Somebody has changed since what would have to go back; the sentence says what."""


class MergedAway(Refused):
    """The record that was asked for has become part of another one, which the person sees; for programs that know it by its number."""

    status = 410

    def __init__(self, target: int):
        super().__init__(_("This record was merged into number %(target)d.") % {"target": target})
        self.target = target


@transaction.atomic
def undo_merge(*, merge: Merge, by: User, now: datetime) -> Merge:
    """Take a merge back: values, rows and owners as they were before; rows that came since stay with the survivor."""
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    model = SUBJECT_MODELS[merge.subject]
    rows = {row.pk: row for row in model.objects.select_for_update().filter(pk__in=[merge.survivor_id, *merge.loser_ids]).order_by("pk")}
    problems = what_contradicts(merge, rows)
    if problems:
        more = _(" and %(count)d more") % {"count": len(problems) - TOLD} if len(problems) > TOLD else ""
        raise CannotUndoMerge(_("The merge cannot be taken back: %(what)s.") % {"what": "; ".join(problems[:TOLD]) + more})
    survivor, losers = rows[merge.survivor_id], [rows[pk] for pk in merge.loser_ids]
    check_rights([survivor, *losers] if survivor.owner_id == by.pk else [survivor], by)
    carry_back(merge, by=by)
    _restore_survivor(merge, survivor, losers, by)
    for row in losers:
        row.merged_into, row.deleted_at, row.deleted_by, row.version = None, None, None, row.version + 1
        row._history_user, row._change_reason = by, "undo merge"
        row.save(update_fields=["merged_into", "deleted_at", "deleted_by", "version", "updated_at"])
    for row in [survivor, *losers]:
        refresh_work(row)
        find_again(row)
    merge.undone_by, merge.undone_at = by, now
    merge.save(update_fields=["undone_by", "undone_at"])
    pks = [survivor.pk, *merge.loser_ids]
    DuplicatePair.objects.filter(subject=merge.subject, left_id__in=pks, right_id__in=pks, state=PairState.MERGED).update(
        state=PairState.OPEN, decided_at=None, decided_by=None
    )
    record(by=by, feature=f"crm.{merge.subject}.unmerge", verb=Verb.UPDATE, obj=survivor, now=now)
    return merge


def what_contradicts(merge: Merge, rows: dict[int, Any]) -> list[str]:
    """Everything that stands in the way of taking the merge back, in words."""
    if merge.undone_at is not None:
        return [_("it has been taken back already")]
    survivor = rows.get(merge.survivor_id)
    if survivor is None or any(pk not in rows for pk in merge.loser_ids):
        return [_("one of the records is gone for good")]
    if survivor.merged_into_id:
        return [_("“%(row)s” itself has been merged into another record since; take that back first") % {"row": survivor}]
    problems = [_("“%(row)s” lies in the recycle bin") % {"row": survivor}] if survivor.deleted_at else []
    astray = [rows[pk] for pk in merge.loser_ids if rows[pk].merged_into_id != merge.survivor_id]
    problems += [_("“%(row)s” is not merged into it any more") % {"row": row} for row in astray]
    for name, (_before, after) in merge.values.items():
        if name not in DERIVED and not same_value(survivor, name, after):
            field = survivor._meta.get_field(name.removesuffix("_id") if name in RELATIONS else name)
            words = _("%(field)s was changed since (now “%(now)s”)")
            problems.append(words % {"field": field.verbose_name, "now": getattr(survivor, field.name)})
    for change in contradictions(merge):
        problems.append(_("%(kind)s no. %(number)d was changed since") % {"kind": _kind(change.model), "number": change.object_id})
    return problems


def _kind(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name)


def _restore_survivor(merge: Merge, survivor: Any, losers: list[Any], by: User) -> None:
    fields = set()
    for name, (before, _after) in merge.values.items():
        if name != "also_known":
            setattr(survivor, name, restored(survivor, name, before))
            fields.add(name.removesuffix("_id") if name in RELATIONS else name)
    gone = {word for row in losers for word in (row.name, row.external_key, getattr(row, "credit_code", ""), row.phone_key, *row.also_known)}
    before = merge.values.get("also_known", [[], []])[0]
    survivor.also_known = [word for word in survivor.also_known if word not in gone or word in before]
    survivor.version += 1
    survivor._history_user, survivor._change_reason = by, "undo merge"
    survivor.save(update_fields={*fields, "also_known", "version", "updated_at"})


# --- signposts ------------------------------------------------------------------------------------------------
def survivor_of(model: Any, pk: int) -> int | None:
    """The number of the record that a merged one went into, along any number of merges; None when it was not merged."""
    found, step = None, model.objects.filter(pk=pk).values_list("merged_into_id", flat=True).first()
    for _round in range(STEPS):
        if step is None:
            return found
        found = step
        step = model.objects.filter(pk=step).values_list("merged_into_id", flat=True).first()
    return found


def check_not_merged(model: Any, pk: int, *, by: User) -> None:
    """Say what became of a record that was merged away (MergedAway), to those who see the one it went into."""
    target = survivor_of(model, pk) if hasattr(model, "merged_into") else None
    if target is not None and model.objects.visible_to(by).filter(pk=target).exists():
        raise MergedAway(target)


def merged_targets(model: Any, *, keys: Iterable[str] = (), codes: Iterable[str] = ()) -> dict[str, int]:
    """For imports: which live record a key of another system or a credit code leads to, when the record that bore it was merged away."""
    condition = Q(external_key__in=[key for key in keys if key])
    wanted = [code for code in codes if code]
    if wanted and hasattr(model, "credit_code"):
        condition |= Q(credit_code__in=wanted)
    found: dict[str, int] = {}
    for row in model.objects.filter(condition, merged_into__isnull=False).only("pk", "external_key", *(["credit_code"] if wanted else [])):
        target = survivor_of(model, row.pk)
        for word in (row.external_key, getattr(row, "credit_code", "") if wanted else ""):
            if word and target is not None:
                found[word] = target
    return found
