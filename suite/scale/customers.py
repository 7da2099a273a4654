"""Accounts with their ledger, contacts, activities and opportunities, drawn from one seed and loaded in bulk."""

from array import array
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import models

from crm_core.models import Account, AccountContact, Activity, ActivityKind, Contact, Industry, Opportunity, Outcome, Ownership, OwnershipHow, Stage
from foundation.loading import Blank, Lines, values_of
from foundation.people.models import User
from foundation.search.models import SearchDocument
from foundation.search.services import Entry, document_fields
from suite.scale import SEED
from suite.scale.words import DEALS, SUBJECTS, company, credit_code, mobile, person, skewed
from suite.scale.world import Seller

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # always the same, so that two runs make the same rows
DAYS = 730
BEGAN = NOW - timedelta(days=DAYS)
IN_POOL = 0.15
LEVELS = ("A", "B", "C", "C", "C", "D", "D", "")
SOURCES = ("展会", "转介绍", "官网", "电话开发", "")
INDUSTRIES = tuple(Industry.values)
KINDS = tuple(ActivityKind.values)
FULL_TIMELINES = 20  # the first accounts have exactly this many activities each
PER_TIMELINE = 50

Made = dict[type[models.Model], list[list[Any]]]  # values of rows, ready for the driver


def _at(luck: Random) -> datetime:
    return NOW - timedelta(seconds=luck.randrange(DAYS * 86_400))


def _random(noun: int, place: int) -> Random:
    """A row's own luck: any process may make any row, and makes the same."""
    return Random(SEED + noun * 1_000_000_007 + place)  # noqa: S311  # nosec B311


class Base:
    """One seeded base; ids go on from what there is. Every row can be made by itself."""

    def __init__(
        self, *, loader: User, sellers: list[Seller], first: dict[type[models.Model], int], accounts: int, contacts: int, activities: int, opportunities: int
    ):
        self.loader, self.sellers, self.first = loader.pk, sellers, first
        self.counts = {"accounts": accounts, "contacts": contacts, "activities": activities, "opportunities": opportunities}
        luck = _random(9, 0)
        self.owner_of = array("h", [-1 if luck.random() < IN_POOL else skewed(luck, len(sellers), 1.5) for _account in range(accounts)])
        self.last_of = array("q", bytes(8 * accounts))  # newest activity, seconds
        self.lines = {model: Lines(model) for model in (Ownership, AccountContact, Activity, SearchDocument)}
        self.blank_account, self.blank_contact, self.blank_opportunity = Blank(Account), Blank(Contact), Blank(Opportunity)
        self.stages = list(Stage.objects.order_by("pipeline__order", "order").select_related("pipeline"))
        self._plan_activities()

    def _plan_activities(self) -> None:
        """Which account each activity belongs to: few have many, the first have a full timeline; and when the newest was."""
        luck, accounts, count = _random(8, 0), self.counts["accounts"], self.counts["activities"]
        full = min(FULL_TIMELINES, accounts)
        places = array("i", [place for place in range(full) for _time in range(PER_TIMELINE)][:count])
        rest = accounts - full
        places.extend(full + skewed(luck, rest, 1.8) for _time in range(count - len(places)) if rest)
        luck.shuffle(places)
        self.places, self.is_newest = places, bytearray(len(places))
        for at, place in enumerate(places):
            if not self.last_of[place]:
                self.last_of[place] = int(_at(luck).timestamp())
                self.is_newest[at] = 1

    def _documents(self, rows: list[Any], first: int) -> list[list[Any]]:
        found, line = [], self.lines[SearchDocument].line
        for pk, row in enumerate(rows, start=first):
            entry = row.search_entry([row.seeded_at]) if isinstance(row, Contact) else row.search_entry()  # type: ignore[attr-defined]
            found.append(line(id=pk, **document_fields(row, Entry(**entry))))
        return found

    def accounts(self, start: int, end: int) -> Made:
        """Accounts, their ledger and their documents."""
        rows, ledger, line = [], [], self.lines[Ownership].line
        for place in range(start, end):
            rows.append(self._account(place))
            if (seller_at := self.owner_of[place]) >= 0:
                seller = self.sellers[seller_at]
                ledger.append(
                    line(
                        id=self.first[Ownership] + place,
                        account_id=rows[-1].pk,
                        owner_id=seller.user,
                        department_id=seller.team,
                        how=OwnershipHow.IMPORT,
                        business_unit_id=seller.unit,
                        starts_at=BEGAN,
                        by_id=self.loader,
                    )
                )
        return {Account: list(values_of(Account, rows)), Ownership: ledger, SearchDocument: self._documents(rows, self.first[SearchDocument] + start)}

    def _account(self, place: int) -> Account:
        facts, luck = company(_random(1, place)), _random(2, place)
        seller_at = self.owner_of[place]
        seller = self.sellers[seller_at if seller_at >= 0 else place % len(self.sellers)]
        number, last = mobile(luck), self.last_of[place]
        row = self.blank_account.row(
            id=self.first[Account] + place,
            **facts,
            credit_code=credit_code(luck) if luck.random() < 0.7 else "",
            industry=INDUSTRIES[skewed(luck, len(INDUSTRIES))],
            level=luck.choice(LEVELS),
            source=luck.choice(SOURCES),
            phone=f"{number[:3]} {number[3:7]} {number[7:]}",
            phone_key=f"+86{number}",
            address=f"{luck.choice('东南西北中')}{luck.choice('山海江湖')}路{luck.randrange(1, 2000)}号",
            owner_id=None if seller_at < 0 else seller.user,
            department_id=seller.unit if seller_at < 0 else seller.team,
            created_at=_at(luck),
            created_by_id=self.loader,
            last_activity_at=datetime.fromtimestamp(last, UTC) if last else None,
        )
        row.set_keys()
        return row

    def contacts(self, start: int, end: int) -> Made:
        """Contacts, their links to accounts and their documents."""
        rows, links, accounts, line = [], [], self.counts["accounts"], self.lines[AccountContact].line
        for place in range(start, end):
            luck = _random(3, place)
            account = place if place < accounts else skewed(luck, accounts, 1.3)
            seller_at = self.owner_of[account]
            facts, number = person(luck), mobile(luck)
            row = self.blank_contact.row(
                id=self.first[Contact] + place,
                **facts,
                phone=f"{number[:3]} {number[3:7]} {number[7:]}",
                phone_key=f"+86{number}",
                email=f"{facts['name_en'].split()[0].lower()}{place}@example.com" if luck.random() < 0.6 else "",
                owner_id=self.sellers[seller_at].user if seller_at >= 0 else None,
                department_id=self.sellers[seller_at].team if seller_at >= 0 else None,
                created_at=_at(luck),
                created_by_id=self.loader,
            )
            row.set_keys()
            row.seeded_at = company(_random(1, account))["name"]  # type: ignore[attr-defined]
            rows.append(row)
            title = luck.choice(("总经理", "采购经理", "财务", "工程师", ""))
            links.append(
                line(
                    id=self.first[AccountContact] + place,
                    account_id=self.first[Account] + account,
                    contact_id=row.pk,
                    title=title,
                    is_main=place < accounts,
                )
            )
        return {
            Contact: list(values_of(Contact, rows)),
            AccountContact: links,
            SearchDocument: self._documents(rows, self.first[SearchDocument] + accounts + start),
        }

    def activities(self, start: int, end: int) -> Made:
        """What happened, mostly with few accounts."""
        rows, line = [], self.lines[Activity].line
        for place in range(start, end):
            luck, account = _random(4, place), self.places[place]
            at = datetime.fromtimestamp(self.last_of[account] - (0 if self.is_newest[place] else luck.randrange(60, 400 * 86_400)), UTC)
            seller_at = self.owner_of[account]
            seller = self.sellers[seller_at if seller_at >= 0 else skewed(luck, len(self.sellers))]
            subject = luck.choice(SUBJECTS)
            rows.append(
                line(
                    id=self.first[Activity] + place,
                    account_id=self.first[Account] + account,
                    kind=luck.choice(KINDS),
                    subject=subject,
                    author_id=seller.user,
                    body=f"{subject}：客户表示下周答复，需要补充资料。" if luck.random() < 0.3 else "",
                    occurred_at=at,
                    recorded_at=at + timedelta(minutes=luck.randrange(1, 600)),
                )
            )
        return {Activity: rows}

    def opportunities(self, start: int, end: int) -> Made:
        """Deals and their documents."""
        rows, accounts = [], self.counts["accounts"]
        for place in range(start, end):
            luck = _random(5, place)
            account = skewed(luck, accounts, 1.6)
            seller = self.sellers[max(self.owner_of[account], 0)]
            stage = self.stages[skewed(luck, len(self.stages), 1.2)]
            since = _at(luck)
            row = self.blank_opportunity.row(
                {"account": self.blank_account.row(id=self.first[Account] + account, name=company(_random(1, account))["name"])},
                id=self.first[Opportunity] + place,
                account_id=self.first[Account] + account,
                name=f"{luck.choice(DEALS)}{2024 + place % 3}-{place}",
                amount=Decimal(int(luck.lognormvariate(11, 1.2))),
                pipeline_id=stage.pipeline_id,
                stage_id=stage.pk,
                stage_since=since,
                owner_id=seller.user,
                department_id=seller.team,
                close_on=(since + timedelta(days=luck.randrange(10, 200))).date(),
                closed_at=None if stage.outcome == Outcome.OPEN else since,
                created_at=since,
                created_by_id=self.loader,
            )
            rows.append(row)
        return {
            Opportunity: list(values_of(Opportunity, rows)),
            SearchDocument: self._documents(rows, self.first[SearchDocument] + accounts + self.counts["contacts"] + start),
        }
