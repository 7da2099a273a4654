"""A customer as it was at the end of a day: facts from history, the owner from the ledger, stages from their moves. What one sees is ruled by the rights of today."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from crm_core.models import (
    Account,
    AccountContact,
    AccountRelation,
    BillingProfile,
    Collaborator,
    Contact,
    Merge,
    Opportunity,
    Outcome,
    Ownership,
    Stage,
    StageMove,
    Subject,
)
from crm_core.veils import veil, with_own
from foundation.people.models import Department, User

COUNT_CAP = 10_000  # accounts of which the state on a day is worked out


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to the day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def state_of(model: Any, pk: int, end: datetime) -> Any:
    """The row as its history had it before ``end``; None when it was not there then."""
    row = model.history.filter(id=pk, history_date__lt=end).order_by("-history_date", "-history_id").first()
    return row.instance if row is not None and row.history_type != "-" else None


def states_of(model: Any, end: datetime, **where: Any) -> list[Any]:
    """The rows that fitted ``where`` at that moment, as they were; two queries."""
    ids = model.history.filter(history_date__lt=end, **where).order_by().values("id")
    found: dict[int, Any] = {}
    for row in model.history.filter(id__in=ids, history_date__lt=end).order_by("history_date", "history_id"):
        found[row.id] = row
    return [row.instance for row in found.values() if row.history_type != "-" and all(getattr(row, name) == value for name, value in where.items())]


@dataclass
class Snapshot:
    """What the account page shows of a past day."""

    day: date
    account: Any  # None when nothing was known of it then
    first_on: date | None = None
    owners: list[Ownership] = field(default_factory=list)
    links: list[Any] = field(default_factory=list)
    deals: list[Any] = field(default_factory=list)
    relations: list[Any] = field(default_factory=list)
    profiles: list[Any] = field(default_factory=list)
    collaborators: list[Any] = field(default_factory=list)
    merged_later: list[str] = field(default_factory=list)


def snapshot_of(account: Account, *, day: date, by: User) -> Snapshot:
    """The account at the end of the day, as far as the person may see it today."""
    end = end_of(day)
    then = state_of(Account, account.pk, end)
    if then is None:
        first = Account.history.filter(id=account.pk).order_by("history_date", "history_id").values_list("history_date", flat=True).first()
        return Snapshot(day, None, timezone.localdate(first) if first else timezone.localdate(account.created_at))
    return Snapshot(
        day,
        then,
        owners=list(_owners(Ownership.objects.filter(account=account), end).select_related("owner", "department", "business_unit").order_by("starts_at", "pk")),
        links=_links(account, day, end, by),
        deals=_deals(account, end, by),
        relations=_relations(account, day, end, by),
        profiles=[row for row in states_of(BillingProfile, end, account_id=account.pk) if row.retired_at is None or row.retired_at >= end],
        collaborators=_collaborators(account, day, end),
        merged_later=_merged_later(account, end),
    )


def _owners(rows: QuerySet, end: datetime) -> QuerySet:
    return rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gte=end), starts_at__lt=end)


def _links(account: Account, day: date, end: datetime, by: User) -> list[Any]:
    links = [link for link in states_of(AccountContact, end, account_id=account.pk) if link.ends_on is None or link.ends_on >= day]
    links = [link for link in links if link.starts_on is None or link.starts_on <= day]
    people = with_own(Contact.objects.visible_to(by).filter(pk__in=[link.contact_id for link in links]), by)
    known = {row.pk: veil(row, by) for row in people}
    for link in links:
        link.person = known.get(link.contact_id)
    return sorted((link for link in links if link.person), key=lambda link: (not link.is_main, link.pk))


def _deals(account: Account, end: datetime, by: User) -> list[Any]:
    """Deals that were open then, with the stage that they were in."""
    states = [row for row in states_of(Opportunity, end, account_id=account.pk) if row.deleted_at is None or row.deleted_at >= end]
    visible = set(Opportunity.objects.visible_to(by).filter(pk__in=[row.pk for row in states]).values_list("pk", flat=True))
    stages = dict(StageMove.objects.filter(opportunity__in=visible, moved_at__lt=end).order_by("moved_at", "pk").values_list("opportunity_id", "to_stage_id"))
    known = Stage.objects.select_related("pipeline").in_bulk({*stages.values(), *(row.stage_id for row in states)})
    owners = User.objects.in_bulk({row.owner_id for row in states})
    found = []
    for row in states:
        row.stage_then = known.get(stages.get(row.pk, row.stage_id))
        row.owner_then = owners.get(row.owner_id)
        if row.pk in visible and row.stage_then is not None and row.stage_then.outcome == Outcome.OPEN:
            found.append(row)
    return sorted(found, key=lambda row: row.pk)


def _relations(account: Account, day: date, end: datetime, by: User) -> list[Any]:
    rows = [*states_of(AccountRelation, end, account_id=account.pk), *states_of(AccountRelation, end, other_id=account.pk)]
    rows = [row for row in rows if (row.starts_on is None or row.starts_on <= day) and (row.ends_on is None or row.ends_on >= day)]
    others = Account.objects.visible_to(by).in_bulk({row.other_id if row.account_id == account.pk else row.account_id for row in rows})
    for row in rows:
        row.to = others.get(row.other_id if row.account_id == account.pk else row.account_id)
        row.is_back = row.account_id != account.pk
    return [row for row in rows if row.to is not None]


def _collaborators(account: Account, day: date, end: datetime) -> list[Any]:
    rows = [row for row in states_of(Collaborator, end, account_id=account.pk) if row.expires_on is None or row.expires_on >= day]
    people = User.objects.in_bulk({row.user_id for row in rows})
    for row in rows:
        row.person = people.get(row.user_id)
    return [row for row in rows if row.person is not None]


def _merged_later(account: Account, end: datetime) -> list[str]:
    """Names of records that stood beside this one then and went into it since."""
    merges = Merge.objects.standing().filter(subject=Subject.ACCOUNT, survivor_id=account.pk, at__gte=end).order_by("at", "pk")
    return [name for merge in merges for pk, name in merge.names.items() if pk != str(account.pk)]


@dataclass(frozen=True)
class Tally:
    """How many customers somebody or something had on a day."""

    label: str
    count: int
    key: str = ""


def held_below(department: Department, day: date) -> Any:
    """The numbers of the accounts that somebody of the department, or of one below it, owned at the end of the day."""
    units = Department.objects.below(department).order_by().values("pk")
    return _owners(Ownership.objects.filter(department__in=units), end_of(day)).order_by().values("account")


def tallies(rows: QuerySet, *, day: date, level_name: Any) -> dict[str, Any]:
    """The accounts that were known at the end of the day, by owner, department and level; rows are those visible today.

    Six queries whatever their number. Of each account its history is asked, so beyond ``COUNT_CAP`` accounts nothing is counted: the answer says ``is_crowded``.
    """
    if rows.order_by()[: COUNT_CAP + 1].count() > COUNT_CAP:
        return {"is_crowded": True, "total": COUNT_CAP}
    end = end_of(day)
    history: Any = Account.history.model
    past = history.objects.filter(id=OuterRef("pk"), history_date__lt=end).order_by("-history_date", "-history_id")
    then = rows.order_by().annotate(state=Subquery(past.values("history_type")[:1]), gone=Subquery(past.values("deleted_at")[:1]))
    then = then.filter(state__in=["+", "~"]).filter(gone__isnull=True)
    levels = then.annotate(level_then=Subquery(past.values("level")[:1])).values("level_then").annotate(count=Count("pk")).order_by("level_then")
    ledger = _owners(Ownership.objects.filter(account__in=then.values("pk")), end)
    owners = {row["owner"]: row["count"] for row in ledger.order_by().values("owner").annotate(count=Count("account", distinct=True))}
    places = {row["department"]: row["count"] for row in ledger.order_by().values("department").annotate(count=Count("account", distinct=True))}
    people, departments = User.objects.in_bulk(owners), Department.objects.in_bulk(places)
    by_level = [Tally(level_name(row["level_then"] or ""), row["count"], row["level_then"] or "") for row in levels]
    total = sum(row.count for row in by_level)
    owned = ledger.order_by().aggregate(count=Count("account", distinct=True))["count"] or 0
    return {
        "total": total,
        "pooled": total - owned,
        "levels": by_level,
        "owners": sorted((Tally(str(people[pk]), count, str(pk)) for pk, count in owners.items()), key=lambda row: (-row.count, row.label)),
        "departments": sorted((Tally(str(departments[pk]), count) for pk, count in places.items()), key=lambda row: (-row.count, row.label)),
    }


def first_day() -> date | None:
    """The first day of which anything is known."""
    first = Account.history.order_by("history_date").values_list(F("history_date"), flat=True).first()
    return timezone.localdate(first) if first else None
