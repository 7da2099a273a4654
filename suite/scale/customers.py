"""Accounts with their ledger, contacts, activities and opportunities, drawn from one seed and loaded in bulk."""

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import models

from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, Activity, ActivityKind, Contact, Industry, Opportunity, Outcome, Ownership, OwnershipHow, Stage
from foundation.people.models import User
from foundation.search.models import SearchDocument
from foundation.search.services import Entry, document_of
from suite.scale import SEED
from suite.scale.words import DEALS, SUBJECTS, company, credit_code, mobile, person, skewed
from suite.scale.world import Seller

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # always the same, so that two runs make the same rows
DAYS = 730
IN_POOL = 0.15
LEVELS = ("A", "B", "C", "C", "C", "D", "D", "")
SOURCES = ("展会", "转介绍", "官网", "电话开发", "")
INDUSTRIES = tuple(Industry.values)
KINDS = tuple(ActivityKind.values)
FULL_TIMELINES = 20  # the first accounts have exactly this many activities each
PER_TIMELINE = 50


def _at(random: Random) -> datetime:
    return NOW - timedelta(seconds=random.randrange(DAYS * 86_400))


class Base:
    """One seeded base; ids go on from what there is."""

    def __init__(
        self, *, loader: User, sellers: list[Seller], first: dict[type[models.Model], int], accounts: int, contacts: int, activities: int, opportunities: int
    ):
        self.loader, self.sellers, self.first = loader, sellers, first
        self.counts = {"accounts": accounts, "contacts": contacts, "activities": activities, "opportunities": opportunities}
        self.owner_of = array("i", bytes(4 * accounts))  # place of the seller, -1 in the pool
        self.last_of = array("q", bytes(8 * accounts))  # newest activity, seconds
        self.documents_from = first[SearchDocument]
        self.stages = list(Stage.objects.order_by("pipeline__order", "order").select_related("pipeline"))
        self.names: list[str] = []
        self._plan_activities()

    def _plan_activities(self) -> None:
        """Which account each activity belongs to: few have many, the first have a full timeline; and when the newest was."""
        random, accounts, count = Random(SEED + 1), self.counts["accounts"], self.counts["activities"]  # noqa: S311  # nosec B311
        full = min(FULL_TIMELINES, accounts)
        places = array("i", [place for place in range(full) for _time in range(PER_TIMELINE)][:count])
        rest = accounts - full
        places.extend(full + skewed(random, rest, 1.8) for _time in range(count - len(places)) if rest)
        random.shuffle(places)
        self.places = places
        for place in places:
            if not self.last_of[place]:
                self.last_of[place] = int(_at(random).timestamp())

    def document(self, row: Any) -> SearchDocument:
        """What search knows of a row, with its key."""
        place = self.names[row.pk - self.first[Contact]] if isinstance(row, Contact) and row.pk - self.first[Contact] < len(self.names) else ""
        found = document_of(row, Entry(**row.search_entry([place] if place else []) if isinstance(row, Contact) else row.search_entry()))
        found.pk = self.documents_from
        self.documents_from += 1
        return found

    def accounts(self) -> Iterator[Account]:
        random, sellers, first = Random(SEED), self.sellers, self.first[Account]  # noqa: S311  # nosec B311
        for place in range(self.counts["accounts"]):
            facts = company(random)
            pooled = random.random() < IN_POOL
            seller_at = skewed(random, len(sellers), 1.5)
            seller = sellers[seller_at]
            number, made = mobile(random), _at(random)
            self.owner_of[place] = -1 if pooled else seller_at
            last = self.last_of[place]
            row = Account(
                pk=first + place,
                **facts,
                credit_code=credit_code(random) if random.random() < 0.7 else "",
                industry=INDUSTRIES[skewed(random, len(INDUSTRIES))],
                level=random.choice(LEVELS),
                source=random.choice(SOURCES),
                phone=f"{number[:3]} {number[3:7]} {number[7:]}",
                phone_key=f"+86{number}",
                address=f"{random.choice('东南西北中')}{random.choice('山海江湖')}路{random.randrange(1, 2000)}号",
                owner_id=None if pooled else seller.user,
                department_id=seller.unit if pooled else seller.team,
                created_at=made,
                created_by_id=self.loader.pk,
                last_activity_at=datetime.fromtimestamp(last, UTC) if last else None,
            )
            row.set_keys()
            self.names.append(row.name)
            yield row

    def ledger(self) -> Iterator[Ownership]:
        pk, first = self.first[Ownership], self.first[Account]
        for place, seller_at in enumerate(self.owner_of):
            if seller_at >= 0:
                seller = self.sellers[seller_at]
                yield Ownership(
                    pk=pk,
                    account_id=first + place,
                    owner_id=seller.user,
                    department_id=seller.team,
                    how=OwnershipHow.IMPORT,
                    starts_at=NOW - timedelta(days=DAYS),
                    by_id=self.loader.pk,
                )
                pk += 1

    def contacts(self) -> Iterator[tuple[Contact, AccountContact]]:
        random, accounts = Random(SEED + 2), self.counts["accounts"]  # noqa: S311  # nosec B311
        first, link = self.first[Contact], self.first[AccountContact]
        for place in range(self.counts["contacts"]):
            account = place if place < accounts else skewed(random, accounts, 1.3)
            seller_at = self.owner_of[account]
            facts, number = person(random), mobile(random)
            row = Contact(
                pk=first + place,
                **facts,
                phone=f"{number[:3]} {number[3:7]} {number[7:]}",
                phone_key=phone_key(number) if place < 1000 else f"+86{number}",
                email=f"{facts['name_en'].split()[0].lower()}{place}@example.com" if random.random() < 0.6 else "",
                owner_id=self.sellers[seller_at].user if seller_at >= 0 else None,
                department_id=self.sellers[seller_at].team if seller_at >= 0 else None,
                created_at=_at(random),
                created_by_id=self.loader.pk,
            )
            row.set_keys()
            yield (
                row,
                AccountContact(
                    pk=link + place,
                    account_id=self.first[Account] + account,
                    contact_id=row.pk,
                    title=random.choice(("总经理", "采购经理", "财务", "工程师", "")),
                    is_main=place < accounts,
                ),
            )

    def activities(self) -> Iterator[Activity]:
        random, first, account_first = Random(SEED + 3), self.first[Activity], self.first[Account]  # noqa: S311  # nosec B311
        seen = bytearray(self.counts["accounts"])
        sellers = self.sellers
        for place, account in enumerate(self.places):
            newest = self.last_of[account]
            at = datetime.fromtimestamp(newest - (random.randrange(60, 400 * 86_400) if seen[account] else 0), UTC)
            seen[account] = 1
            seller_at = self.owner_of[account]
            seller = sellers[seller_at if seller_at >= 0 else skewed(random, len(sellers))]
            subject = random.choice(SUBJECTS)
            yield Activity(
                pk=first + place,
                account_id=account_first + account,
                kind=random.choice(KINDS),
                subject=subject,
                body=f"{subject}：客户表示下周答复，需要补充资料。" if random.random() < 0.3 else "",
                occurred_at=at,
                recorded_at=at + timedelta(minutes=random.randrange(1, 600)),
                author_id=seller.user,
            )

    def opportunities(self) -> Iterator[Opportunity]:
        random, accounts = Random(SEED + 4), self.counts["accounts"]  # noqa: S311  # nosec B311
        first, account_first = self.first[Opportunity], self.first[Account]
        for place in range(self.counts["opportunities"]):
            account = skewed(random, accounts, 1.6)
            seller = self.sellers[max(self.owner_of[account], 0)]
            stage = self.stages[skewed(random, len(self.stages), 1.2)]
            since = _at(random)
            yield Opportunity(
                pk=first + place,
                account=Account(pk=account_first + account, name=self.names[account]),
                name=f"{random.choice(DEALS)}{2024 + place % 3}-{place}",
                amount=Decimal(int(random.lognormvariate(11, 1.2))),
                pipeline_id=stage.pipeline_id,
                stage=stage,
                stage_since=since,
                owner_id=seller.user,
                department_id=seller.team,
                close_on=(since + timedelta(days=random.randrange(10, 200))).date(),
                closed_at=None if stage.outcome == Outcome.OPEN else since,
                created_at=since,
                created_by_id=self.loader.pk,
            )
