"""Who owns an account is disputed: the evidence is collected by the system, both sides speak, a manager decides."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import (
    Account,
    Activity,
    Collaborator,
    DisputeState,
    DisputeVerdict,
    ImportRow,
    Opportunity,
    Ownership,
    OwnershipDispute,
    OwnershipHow,
)
from crm_core.services.heads import nearest_heads
from crm_core.services.ownership import transfer_account
from crm_core.services.saving import save_changes
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.text import fold
from foundation.usage.models import UsageEvent, Verb
from foundation.usage.services import record

FIRST = 10
LATE = timedelta(days=1)
DECIDING = "crm_core.decide_dispute"


class CannotDispute(Refused):
    """Nobody owns the account, it is one's own, or a dispute about it is open."""


class CannotAnswer(Refused):
    """Only the owner answers, and only while the dispute is open."""


class CannotDecide(Refused):
    """The dispute is closed, or the one who would decide is a side of it."""


def find_disputed(text: str) -> Account | None:
    """The one owned account with exactly this name or credit code, whoever may see it; the claimant learns no more of it than that."""
    wanted = fold(text)
    rows = Account.objects.live().filter(owner__isnull=False)
    found = list(rows.filter(models.Q(name_fold=wanted) | models.Q(credit_code__iexact=text.strip(), credit_code__gt=""))[:2]) if wanted else []
    return found[0] if len(found) == 1 else None


@transaction.atomic
def open_dispute(*, account: Account, claim: str, by: User, now: datetime) -> OwnershipDispute:
    """Open the file: the evidence is what the system knows at this moment, so that nothing is added afterwards."""
    account = Account.objects.live().select_for_update(of=("self",)).get(pk=account.pk)
    if account.owner_id is None:
        raise CannotDispute(_("Nobody owns this account; claim it instead."))
    if account.owner_id == by.pk:
        raise CannotDispute(_("This account is yours already."))
    dispute = OwnershipDispute(account=account, department=account.department, claimant=by, holder=account.owner, claim=claim, opened_at=now, evidence_at=now)
    dispute.evidence = collect_evidence(account, people=[by, account.owner])
    dispute._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            dispute.save(force_insert=True)
    except IntegrityError:
        raise CannotDispute(_("A dispute about this account is open already. Wait for its decision.")) from None
    record(by=by, feature="crm.account.dispute", verb=Verb.CREATE, obj=dispute, now=now)
    notices.dispute_opened(dispute=dispute, to=[account.owner, *deciders_of(dispute)], by=by)  # type: ignore[list-item]
    return dispute


def deciders_of(dispute: OwnershipDispute) -> list[User]:
    """Heads of the account's department and those above it who may decide disputes and are no side of this one; the nearest only."""
    sides = (dispute.claimant_id, dispute.holder_id)
    return nearest_heads(dispute.department, permission=DECIDING, day=dispute.opened_at.date(), without=sides)


@transaction.atomic
def answer_dispute(*, dispute: OwnershipDispute, answer: str, version: int, by: User, now: datetime) -> OwnershipDispute:
    """Put down the owner's words."""
    if by.pk != dispute.holder_id or dispute.state != DisputeState.OPEN:
        raise CannotAnswer(_("Only the owner at that time can answer, and only while the dispute is open."))
    save_changes(dispute, {"answer": answer, "answered_at": now}, version=version, by=by)
    record(by=by, feature="crm.dispute.answer", verb=Verb.ANSWER, obj=dispute, now=now)
    return dispute


@transaction.atomic
def withdraw_dispute(*, dispute: OwnershipDispute, by: User, now: datetime) -> OwnershipDispute:
    """Take a claim back; the file stays."""
    if by.pk != dispute.claimant_id or dispute.state != DisputeState.OPEN:
        raise CannotDecide(_("Only the claimant can withdraw, and only while the dispute is open."))
    save_changes(dispute, {"state": DisputeState.WITHDRAWN}, version=dispute.version, by=by)
    record(by=by, feature="crm.dispute.withdraw", verb=Verb.UPDATE, obj=dispute, now=now)
    return dispute


@transaction.atomic
def decide_dispute(*, dispute: OwnershipDispute, verdict: str, reason: str, version: int, by: User, now: datetime) -> OwnershipDispute:
    """Decide for the owner or the claimant; the account changes hands through the same door as ever, in the same transaction."""
    if by.pk in (dispute.claimant_id, dispute.holder_id):
        raise CannotDecide(_("You are a side of this dispute. Somebody else decides it."))
    if dispute.state != DisputeState.OPEN:
        raise CannotDecide(_("This dispute is closed."))
    changes = {"state": DisputeState.DECIDED, "verdict": DisputeVerdict(verdict), "verdict_reason": reason, "decided_by": by, "decided_at": now}
    save_changes(dispute, changes, version=version, by=by)
    if verdict == DisputeVerdict.CHANGE and dispute.account.owner_id != dispute.claimant_id:
        transfer_account(account=dispute.account, owner=dispute.claimant, by=by, now=now, reason=reason, how=OwnershipHow.DISPUTE)
    record(by=by, feature="crm.dispute.decide", verb=Verb.UPDATE, obj=dispute, now=now)
    notices.dispute_decided(dispute=dispute, to=[person for person in (dispute.claimant, dispute.holder) if person], by=by)
    return dispute


# --- evidence of first touch -----------------------------------------------------------------------------


def collect_evidence(account: Account, *, people: list[Any]) -> list[dict[str, Any]]:
    """What the system knows of the first touches, the earliest first: dates, people, kinds; never what was said to the customer."""
    items = [*_made_known(account), *_owners(account), *_activities(account), *_deals(account), *_helpers(account)]
    involved = {item["person_id"] for item in items if item["person_id"]} | {person.pk for person in people if person}
    items += _used(account, involved)
    return sorted(items, key=lambda item: (item["at"], item["kind"]))


def _item(kind: str, at: datetime, person: User | None, recorded: datetime | None = None, **detail: Any) -> dict[str, Any]:
    found = {"kind": kind, "at": at.isoformat(), "person_id": person.pk if person else None, "person": str(person) if person else "", "detail": detail}
    if recorded is not None and abs(recorded - at) > LATE:
        found["recorded"] = recorded.isoformat()  # written down on another day than it is said to have happened
    return found


def _made_known(account: Account) -> Iterator[dict[str, Any]]:
    yield _item("created", account.created_at, account.created_by)
    rows = ImportRow.objects.filter(target_id=account.pk, applied=True, batch__kind="account").select_related("batch__created_by")
    for row in rows.order_by("pk")[:FIRST]:
        yield _item("import", row.batch.applied_at or row.batch.created_at, row.batch.created_by, file=row.batch.file_name, row=row.row_no)


def _owners(account: Account) -> Iterator[dict[str, Any]]:
    for row in Ownership.objects.filter(account=account).select_related("owner").order_by("starts_at", "pk"):
        yield _item("owner", row.starts_at, row.owner, how=row.how, until=row.ends_at.isoformat() if row.ends_at else "")


def _activities(account: Account) -> Iterator[dict[str, Any]]:
    rows = Activity.objects.filter(account=account)
    firsts = rows.order_by().values("author").annotate(first=Min("occurred_at")).values_list("author", "first")
    shown: set[int] = set()
    for row in rows.select_related("author").order_by("occurred_at", "pk")[:FIRST]:
        shown.add(row.author_id)
        yield _item("activity", row.occurred_at, row.author, row.recorded_at, what=row.kind)
    for author, first in firsts:
        if author not in shown and (earliest := rows.filter(author=author, occurred_at=first).select_related("author").first()):
            yield _item("activity", earliest.occurred_at, earliest.author, earliest.recorded_at, what=earliest.kind)


def _deals(account: Account) -> Iterator[dict[str, Any]]:
    for row in Opportunity.objects.filter(account=account).select_related("created_by", "owner").order_by("created_at", "pk")[:FIRST]:
        yield _item("deal", row.created_at, row.created_by or row.owner)


def _helpers(account: Account) -> Iterator[dict[str, Any]]:
    for row in Collaborator.objects.filter(account=account).select_related("user").order_by("added_at", "pk")[:FIRST]:
        yield _item("share", row.added_at, row.user, right=row.right)


def _used(account: Account, involved: set[int]) -> list[dict[str, Any]]:
    """When each person concerned first used the account's pages and actions."""
    events = UsageEvent.objects.filter(user__in=involved, object_type=account._meta.label_lower, object_id=str(account.pk))
    firsts = events.order_by().values("user").annotate(first=Min("recorded_at")).values_list("user", "first")
    people = User.objects.in_bulk([user for user, _first in firsts])
    return [_item("use", first, people[user]) for user, first in firsts]
