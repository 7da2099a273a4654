"""How accounts belong together: groups as a tree without circles, partners and dealers beside it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from crm_core.models import COUNTERPARTS, GROUP_KINDS, Account, AccountRelation, Opportunity, Outcome, RelationKind
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

MOST_LEVELS = 20
MOST_MEMBERS = 500


class CannotRelate(Refused):
    """The relation would close a circle, give a second parent, or is there already."""


def _parents_of(ids: Iterable[int]) -> dict[int, int]:
    rows = AccountRelation.objects.live().of_groups().filter(account__in=ids)
    return dict(rows.values_list("account_id", "other_id"))


def ancestors_of(pk: int) -> list[int]:
    """The accounts above one in its group, nearest first."""
    found: list[int] = []
    while (above := _parents_of([found[-1] if found else pk])) and len(found) < MOST_LEVELS:
        (parent,) = above.values()
        if parent in found or parent == pk:
            break
        found.append(parent)
    return found


def _lock_chain(*accounts: int) -> None:
    """Lock the accounts and everything above them; two changes that could close a circle together wait for each other."""
    known: set[int] = set()
    while True:
        chain = set(accounts).union(*(ancestors_of(pk) for pk in accounts))
        if chain <= known:
            return
        known |= chain
        list(Account.objects.select_for_update().filter(pk__in=sorted(known)).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def relate_accounts(
    *,
    account: Account,
    kind: str,
    other: Account,
    by: User,
    share: Decimal | None = None,
    starts_on: date | None = None,
    note: str = "",
) -> AccountRelation:
    """Say what an account is to another one; a group stays a tree."""
    if account.pk == other.pk:
        raise CannotRelate(_("An account cannot stand in a relation to itself."))
    if kind in GROUP_KINDS:
        _lock_chain(account.pk, other.pk)
        above = ancestors_of(other.pk)
        if account.pk in above:
            raise CannotRelate(_("%(other)s already stands below %(account)s: this would close a circle.") % {"other": other, "account": account})
        if len(above) + 1 >= MOST_LEVELS:
            raise CannotRelate(_("A group may have at most %(count)d levels.") % {"count": MOST_LEVELS})
        present = AccountRelation.objects.live().of_groups().filter(account=account).select_related("other").first()
        if present:
            raise CannotRelate(_("%(account)s already belongs to %(other)s. End that relation first.") % {"account": account, "other": present.other})
    try:
        with transaction.atomic():
            row = AccountRelation(account=account, kind=kind, other=other, share=share, starts_on=starts_on, note=note[:200], created_by=by)
            row._history_user = by  # type: ignore[attr-defined]
            row.save()
    except IntegrityError as error:
        raise CannotRelate(_("This relation is here already.")) from error
    record(by=by, feature="crm.relation.create", verb=Verb.CREATE, obj=account)
    return row


@transaction.atomic
def end_relation(*, relation: AccountRelation, by: User, today: date) -> AccountRelation:
    """End a relation; the dated row stays."""
    relation.ends_on = max(today, relation.starts_on) if relation.starts_on else today
    relation._history_user = by  # type: ignore[attr-defined]
    relation.save(update_fields=["ends_on"])
    record(by=by, feature="crm.relation.end", verb=Verb.UPDATE, obj=relation.account)
    return relation


@dataclass
class Member:
    """One account in the tree of its group, as a certain person sees it."""

    pk: int
    account: Account | None
    where: str
    kind: str = ""
    share: Decimal | None = None
    level: int = 0
    is_here: bool = False
    open_count: int = 0
    sums: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def steps(self) -> range:
        """One step of indentation per level below the head."""
        return range(self.level)


@dataclass
class Group:
    """A group of accounts from its head downwards, and what is open in all of it that the person sees."""

    members: list[Member]
    hidden: int
    open_count: int
    sums: list[tuple[str, Decimal]]
    is_cut: bool = False


def group_of(account: Account, *, by: User) -> Group:
    """The whole tree in which an account stands; of accounts that the person may not see only the department is told."""
    head = (ancestors_of(account.pk) or [account.pk])[-1]
    below: dict[int, list[AccountRelation]] = defaultdict(list)
    known, layer = [head], [head]
    while layer and len(known) < MOST_MEMBERS:
        rows = list(AccountRelation.objects.live().of_groups().filter(other__in=layer, account__deleted_at__isnull=True).exclude(account__in=known))
        for row in rows:
            below[row.other_id].append(row)
        layer = [row.account_id for row in rows]
        known += layer
    accounts = {row.pk: row for row in Account.objects.filter(pk__in=known).select_related("owner", "department")}
    visible = set(Account.objects.visible_to(by).filter(pk__in=known).values_list("pk", flat=True))
    deals = _open_deals(known, by)
    members: list[Member] = []

    def add(pk: int, relation: AccountRelation | None, level: int) -> None:
        row = accounts[pk]
        count, sums = deals.get(pk, (0, []))
        shown = row if pk in visible else None
        members.append(
            Member(
                pk,
                shown,
                str(row.department),
                relation.get_kind_display() if relation else "",
                relation.share if relation and shown else None,
                level,
                pk == account.pk,
                count,
                sums,
            )
        )
        for child in sorted(below.get(pk, []), key=lambda link: accounts[link.account_id].name_key):
            add(child.account_id, child, level + 1)

    add(head, None, 0)
    total: dict[str, Decimal] = defaultdict(Decimal)
    for member in members:
        for currency, amount in member.sums:
            total[currency] += amount
    return Group(
        members, len(members) - len(visible & set(known)), sum(member.open_count for member in members), sorted(total.items()), len(known) >= MOST_MEMBERS
    )


def _open_deals(accounts: list[int], by: User) -> dict[int, tuple[int, list[tuple[str, Decimal]]]]:
    rows = (
        Opportunity.objects.visible_to(by)
        .filter(account__in=accounts, stage__outcome=Outcome.OPEN)
        .order_by("account", "currency")
        .values("account", "currency")
        .annotate(count=Count("pk"), sum=Sum("amount"))
    )
    found: dict[int, tuple[int, list[tuple[str, Decimal]]]] = {}
    for row in rows:
        count, sums = found.get(row["account"], (0, []))
        found[row["account"]] = (count + row["count"], [*sums, (row["currency"], row["sum"] or Decimal(0))])
    return found


class RelationsReading:
    """The account's relations of a day from both ends; who else is asked for only where there is a relation."""

    def __init__(self, account: Account, *, by: User, day: date):
        self.account, self.by = account, by
        self.rows = AccountRelation.objects.on(day).filter(Q(account=account) | Q(other=account))
        self.parts = (self.rows,)

    def relations(self) -> list[dict[str, Any]]:
        """Those to accounts that the person sees; each with what the other account is."""
        ends = {row.other_id if row.account_id == self.account.pk else row.account_id for row in self.rows}
        seen = Account.objects.visible_to(self.by).only("name", "name_en").in_bulk(ends) if ends else {}
        here = [row for row in self.rows if row.account_id == self.account.pk and row.other_id in seen]
        back = [row for row in self.rows if row.other_id == self.account.pk and row.account_id in seen]
        found = [{"relation": row, "word": str(COUNTERPARTS[RelationKind(row.kind)]), "to": seen[row.other_id]} for row in here]
        return found + [{"relation": row, "word": row.get_kind_display(), "to": seen[row.account_id]} for row in back]


def relations_of(account: Account, *, by: User, day: date) -> list[dict[str, Any]]:
    """The account's relations of a day, those to accounts that the person sees."""
    return RelationsReading(account, by=by, day=day).relations()
