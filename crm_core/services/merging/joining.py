"""Several records become one: one transaction, nothing lost, the others stay as signposts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.models import (
    SUBJECT_MODELS,
    Account,
    Activity,
    DuplicatePair,
    Merge,
    Ownership,
    OwnershipDispute,
    OwnershipEnd,
    PairState,
    Task,
)
from crm_core.services.merging.carrying import Carrier, plain
from crm_core.services.merging.proposing import FIELDS, subject_of
from crm_core.services.saving import find_again
from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.search.services import unindex
from foundation.usage.models import Verb
from foundation.usage.services import record

MOST = 10


class CannotMerge(Refused):
    """A rule stands in the way of the merge; the sentence names it."""


@transaction.atomic
def merge_records(
    *,
    rows: Sequence[Any],
    survivor: Any,
    by: User,
    now: datetime,
    versions: Mapping[int, int],
    values: Mapping[str, int] | None = None,
    owner: User | None = None,
    reason: str = "",
) -> Merge:
    """Make one record of several: the survivor takes the chosen ``values`` (field to number of the record), all rows of the others follow.

    ``versions`` are those that the person saw: whoever was faster in changing or merging one of them makes this refuse (Stale).
    """
    subject, model = subject_of(survivor), type(survivor)
    locked = {row.pk: row for row in model.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk")}
    listed = [locked[pk] for pk in sorted(locked)]
    _check(listed, [row.pk for row in rows], survivor, by, owner, reason)
    survivor = locked[survivor.pk]
    losers = [row for row in listed if row.pk != survivor.pk]
    for row in listed:
        claim_version(row, versions.get(row.pk, 0))
    merge = Merge.objects.create(
        subject=subject,
        survivor_id=survivor.pk,
        loser_ids=[row.pk for row in losers],
        names={str(row.pk): row.name for row in listed},
        reason=reason[:300],
        by=by,
        at=now,
    )
    carrier = Carrier(merge, losers=[row.pk for row in losers], today=timezone.localdate(now), by=by)
    changes = _chosen(listed, survivor, values or {})
    if isinstance(survivor, Account):
        changes |= _settle_owner(carrier, listed, survivor, owner, by, now)
    carrier.carry_all(model)
    changes["also_known"] = _also_known(survivor, losers)
    _write_survivor(merge, survivor, changes, by)
    for row in losers:
        row.merged_into, row.deleted_at, row.deleted_by = survivor, now, by
        row._history_user, row._change_reason = by, "merge"
        row.save(update_fields=["merged_into", "deleted_at", "deleted_by", "version", "updated_at"])
        unindex(row)
    merge.counts = carrier.counts
    merge.save(update_fields=["values", "counts"])
    refresh_work(survivor)
    find_again(survivor)
    _settle_pairs(subject, [row.pk for row in listed], by, now)
    record(by=by, feature=f"crm.{subject}.merge", verb=Verb.UPDATE, obj=survivor, now=now)
    return merge


# --- rules ------------------------------------------------------------------------------------------------
def _check(rows: list[Any], asked: list[int], survivor: Any, by: User, owner: User | None, reason: str) -> None:
    if len(set(asked)) < 2 or len(set(asked)) > MOST:
        raise CannotMerge(_("Choose two to %(most)d records to merge.") % {"most": MOST})
    if any(row.merged_into_id for row in rows):
        gone = next(row for row in rows if row.merged_into_id)
        raise CannotMerge(_("“%(row)s” has been merged in the meantime. Look again, then decide.") % {"row": gone})
    if len(rows) != len(set(asked)) or any(row.deleted_at for row in rows) or survivor.pk not in {row.pk for row in rows}:
        raise CannotMerge(_("One of these records is not here any more. Look again, then decide."))
    check_rights(rows, by)
    codes = {row.credit_code for row in rows if getattr(row, "credit_code", "")}
    if len(codes) > 1 and not reason.strip():
        raise CannotMerge(_("The credit codes differ (%(codes)s): say why these are the same customer.") % {"codes": ", ".join(sorted(codes))})
    if isinstance(survivor, Account):
        _check_owners(rows, by, owner)


def check_rights(rows: Sequence[Any], by: User) -> None:
    """Everybody may merge what is one's own; more than that only those who may hand accounts on."""
    if by.has_perm("crm_core.transfer_account"):
        return
    foreign = next((row for row in rows if row.owner_id is not None and row.owner_id != by.pk), None)
    if foreign is not None:
        words = _("“%(row)s” belongs to %(owner)s. Somebody who may transfer accounts can merge it; assign the pair to that person.")
        raise CannotMerge(words % {"row": foreign, "owner": foreign.owner})


def _check_owners(rows: list[Any], by: User, owner: User | None) -> None:
    owners = {row.owner_id: row.owner for row in rows if row.owner_id is not None}
    if len(owners) > 1 and owner is None:
        names = _(", ").join(str(person) for person in owners.values())
        raise CannotMerge(_("These accounts have different owners (%(names)s). Choose who is to own the merged one.") % {"names": names})
    if owner is not None and owner.pk not in owners:
        raise CannotMerge(_("%(person)s owns none of these accounts. Merge first, then transfer.") % {"person": owner})
    disputes = OwnershipDispute.objects.open().filter(account__in=[row.pk for row in rows]).count()
    if disputes > 1:
        raise CannotMerge(_("The ownership of several of these accounts is disputed. Decide the disputes first."))


# --- values -------------------------------------------------------------------------------------------------
def _chosen(rows: list[Any], survivor: Any, values: Mapping[str, int]) -> dict[str, Any]:
    by_pk = {row.pk: row for row in rows}
    changes: dict[str, Any] = {}
    for name in FIELDS[subject_of(survivor)]:
        source = by_pk.get(values.get(name, survivor.pk), survivor)
        if getattr(source, name) != getattr(survivor, name):
            changes[name] = getattr(source, name)
    if "phone" in changes:
        changes["phone_key"] = phone_key(changes["phone"])
    custom = {key: value for row in reversed(rows) if row.pk != survivor.pk for key, value in row.custom.items()} | survivor.custom
    if custom != survivor.custom:
        changes["custom"] = custom
    return changes


def _also_known(survivor: Any, losers: list[Any]) -> list[str]:
    """Names, codes and keys under which people and other systems know the merged records."""
    known = list(survivor.also_known)
    for row in losers:
        known += [row.name, row.external_key, getattr(row, "credit_code", ""), getattr(row, "phone_key", ""), *row.also_known]
    return list(dict.fromkeys(word for word in known if word))


def _write_survivor(merge: Merge, survivor: Any, changes: dict[str, Any], by: User) -> None:
    merge.values = {name: [plain(getattr(survivor, name)), plain(value)] for name, value in changes.items()}
    for name, value in changes.items():
        setattr(survivor, name, value)
    survivor._history_user, survivor._change_reason = by, "merge"
    survivor.save(update_fields={*(name.removesuffix("_id") if name in RELATIONS else name for name in changes), "version", "updated_at"})


RELATIONS = {"owner_id", "department_id", "pool_id"}


# --- owners -------------------------------------------------------------------------------------------------
def _settle_owner(carrier: Carrier, rows: list[Any], survivor: Account, owner: User | None, by: User, now: datetime) -> dict[str, Any]:
    """Of the live rows in the ledger one stays live per seat, that of the owner to be; the others are closed, none is lost."""
    owned = [row for row in rows if row.owner_id is not None]
    final = next((row for row in owned if owner and row.owner_id == owner.pk), survivor if survivor.owner_id else next(iter(owned), None))
    live = list(Ownership.objects.live().filter(account__in=[row.pk for row in rows]).order_by("pk"))
    wanted = final.owner_id if final is not None else None
    live.sort(key=lambda row: (row.owner_id != wanted, row.account_id != survivor.pk, row.pk))
    seats: set[int] = set()
    for row in live:
        if row.slot in seats:
            before = {name: plain(getattr(row, name)) for name in ("ends_at", "end_how", "end_reason", "ended_by_id")}
            after = {
                "ends_at": max(now, row.starts_at),
                "end_how": OwnershipEnd.TRANSFER.value,
                "end_reason": (_("Merged into “%(account)s”") % {"account": survivor.name})[:200],
                "ended_by_id": by.pk,
            }
            Ownership.objects.filter(pk=row.pk).update(**after)
            carrier.note(row, before, {name: plain(value) for name, value in after.items()})
        seats.add(row.slot)
    if final is None or final.owner_id == survivor.owner_id:
        return {}
    return {"owner_id": final.owner_id, "department_id": final.department_id, "pool_id": None, "pooled_at": None}


# --- afterwards ----------------------------------------------------------------------------------------------
def refresh_work(row: Any) -> None:
    """When somebody was last in touch, and what is next, from the rows that hang on it now."""
    if isinstance(row, Account):
        last = Activity.objects.filter(account=row).aggregate(at=Max("occurred_at"))["at"]
        following = Task.objects.open().filter(account=row).aggregate(on=Min("due_on"))["on"]
        Account.objects.filter(pk=row.pk).update(last_activity_at=last, next_step_on=following)
        row.last_activity_at, row.next_step_on = last, following


def _settle_pairs(subject: str, pks: list[int], by: User, now: datetime) -> None:
    """Pairs among the merged records are decided; those with others go on with the next search."""
    among = DuplicatePair.objects.filter(subject=subject, left_id__in=pks, right_id__in=pks)
    among.exclude(state=PairState.MERGED).update(state=PairState.MERGED, decided_by=by, decided_at=now)
    DuplicatePair.objects.touching(subject, pks).undecided().filter(left_id__in=_gone(subject, pks)).update(state=PairState.GONE)
    DuplicatePair.objects.touching(subject, pks).undecided().filter(right_id__in=_gone(subject, pks)).update(state=PairState.GONE)


def _gone(subject: str, pks: list[int]) -> list[int]:
    return list(SUBJECT_MODELS[subject].objects.filter(pk__in=pks, merged_into__isnull=False).values_list("pk", flat=True))
