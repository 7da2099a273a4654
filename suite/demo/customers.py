"""Two thousand accounts, their contacts, six hundred opportunities and their history, written in bulk with their histories and search entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from crm_core.models import Account, AccountContact, Contact, Opportunity, Ownership, Pipeline, Stage, StageMove, Task
from foundation.people.models import User
from foundation.search.services import Entry, bulk_index
from suite.demo.register import enter_in_register, tell_of_looks
from suite.demo.world import World

CITIES = (  # code of the place, its name, English
    ("310000", "上海", "Shanghai"),
    ("330100", "杭州", "Hangzhou"),
    ("320500", "苏州", "Suzhou"),
    ("320100", "南京", "Nanjing"),
    ("440300", "深圳", "Shenzhen"),
    ("440100", "广州", "Guangzhou"),
    ("350200", "厦门", "Xiamen"),
    ("420100", "武汉", "Wuhan"),
    ("510100", "成都", "Chengdu"),
    ("110000", "北京", "Beijing"),
)
FIRST = (
    ("青", "Qing"),
    ("华", "Hua"),
    ("瑞", "Rui"),
    ("恒", "Heng"),
    ("博", "Bo"),
    ("盛", "Sheng"),
    ("宏", "Hong"),
    ("天", "Tian"),
    ("联", "Lian"),
    ("中", "Zhong"),
    ("远", "Yuan"),
    ("明", "Ming"),
    ("正", "Zheng"),
    ("安", "An"),
    ("嘉", "Jia"),
    ("金", "Jin"),
    ("东", "Dong"),
    ("新", "Xin"),
)
SECOND = (
    ("山", "shan"),
    ("达", "da"),
    ("通", "tong"),
    ("源", "yuan"),
    ("创", "chuang"),
    ("和", "he"),
    ("泰", "tai"),
    ("峰", "feng"),
    ("宇", "yu"),
    ("海", "hai"),
    ("星", "xing"),
    ("康", "kang"),
    ("信", "xin"),
    ("科", "ke"),
    ("诚", "cheng"),
    ("业", "ye"),
)
TRADES = (
    ("软件", "Software", "software"),
    ("医疗器械", "Medical Devices", "health"),
    ("物流", "Logistics", "logistics"),
    ("贸易", "Trading", "trade"),
    ("精密制造", "Precision", "manufacturing"),
    ("建筑工程", "Construction", "construction"),
    ("教育科技", "Education", "education"),
    ("餐饮管理", "Catering", "hospitality"),
    ("新能源", "New Energy", "utilities"),
    ("生物科技", "Biotech", "science"),
    ("电子", "Electronics", "manufacturing"),
    ("传媒", "Media", "culture"),
)
TITLES = ("总经理", "采购经理", "信息部主任", "财务总监", "行政主管", "市场总监", "运营经理")
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "刚",
    "桂英",
    "文静",
    "思源",
    "一鸣",
    "晨曦",
)
DEALS = (
    ("年度会员采购", 80_000),
    ("员工福利方案", 150_000),
    ("系统集成项目", 480_000),
    ("门店数字化", 260_000),
    ("云资源扩容", 120_000),
    ("售后维保", 60_000),
    ("培训服务包", 40_000),
)


@dataclass
class Base:
    """What was written, for those who tell the days on it."""

    accounts_of: dict[int, list[Account]]
    opportunities_of: dict[int, list[Opportunity]]
    accounts: int
    opportunities: int


def build_customers(*, world: World, random: Random, now: datetime, accounts: int = 2000, opportunities: int = 600) -> Base:
    """Accounts with one owner each (some in the pools), contacts, and opportunities that moved through their stages."""
    owners = list(world.reps)
    made = _accounts(world, random, now, accounts, owners)
    _contacts(random, now, made)
    deals = _opportunities(world, random, now, [account for account in made if account.owner_id], opportunities)
    accounts_of: dict[int, list[Account]] = {}
    for account in made:
        if account.owner_id:
            accounts_of.setdefault(account.owner_id, []).append(account)
    opportunities_of: dict[int, list[Opportunity]] = {}
    for deal in deals:
        opportunities_of.setdefault(deal.owner_id, []).append(deal)
    return Base(accounts_of, opportunities_of, len(made), len(deals))


def _accounts(world: World, random: Random, now: datetime, count: int, owners: list[User]) -> list[Account]:
    rows: list[Account] = []
    seen: set[str] = set()
    while len(rows) < count:
        (region, place, city_en), (one, one_en), (two, two_en), (trade, trade_en, industry) = (
            random.choice(CITIES),
            random.choice(FIRST),
            random.choice(SECOND),
            random.choice(TRADES),
        )
        name = f"{place}{one}{two}{trade}有限公司"
        if name in seen:
            continue
        seen.add(name)
        owner = None if random.random() < 0.06 else random.choice(owners)
        department = (
            world.department_of[owner.pk]
            if owner
            else random.choice([world.departments["E-SALES"], world.departments["S-SALES"], world.departments["C-SALES"]])
        )
        account = Account(
            kind="merchant" if random.random() < 0.15 else "company",
            name=name,
            name_en=f"{city_en} {one_en}{two_en} {trade_en} Co., Ltd.",
            short_name=f"{one}{two}{trade}",
            industry=industry if random.random() < 0.92 else "",
            level=random.choices(["A", "B", "C", "D"], [8, 22, 45, 25])[0] if random.random() < 0.9 else "",
            region=region,
            phone=f"+86{random.choice(['21', '571', '755', '20'])}{random.randint(50000000, 89999999)}" if random.random() < 0.8 else "",
            owner=owner,
            department=department,
            created_by=owner,
            created_at=now - timedelta(days=random.randint(40, 400)),
        )
        account.set_keys()  # bulk writes do not pass save()
        rows.append(account)
    enter_in_register(rows, now=now)
    Account.objects.bulk_create(rows, batch_size=500)
    tell_of_looks(rows, world=world, now=now)
    Ownership.objects.bulk_create(
        [
            Ownership(account=row, owner=row.owner, department=row.department, how="import", starts_at=row.created_at, by=world.people["consultant2"])
            for row in rows
            if row.owner_id
        ],
        batch_size=500,
    )
    _begins_when_made(rows)
    Account.history.bulk_history_create(rows, batch_size=500, default_user=world.people["consultant2"], default_change_reason="import")
    bulk_index((row, Entry(**row.search_entry())) for row in rows)
    return rows


def _begins_when_made(rows: Iterable[Any]) -> None:
    """The history of a record begins on the day on which the story has it made, so that one can look back."""
    for row in rows:
        row._history_date = row.created_at


def _contacts(random: Random, now: datetime, accounts: list[Account]) -> None:
    people: list[Contact] = []
    links: list[tuple[Account, Contact, str, bool]] = []
    for account in accounts:
        for place in range(random.choices([0, 1, 2], [15, 60, 25])[0]):
            contact = Contact(
                name=random.choice(FAMILY) + random.choice(GIVEN),
                phone=f"+861{random.choice(['38', '39', '50', '86', '77'])}{random.randint(10000000, 99999999)}",
                email=f"contact{len(people)}@customer.example" if random.random() < 0.6 else "",
                owner=account.owner,
                department=account.department,
                created_at=account.created_at,
                created_by=account.owner,
            )
            contact.set_keys()
            people.append(contact)
            links.append((account, contact, random.choice(TITLES), place == 0))
    Contact.objects.bulk_create(people, batch_size=500)
    AccountContact.objects.bulk_create(
        [AccountContact(account=account, contact=contact, title=title, is_main=main) for account, contact, title, main in links], batch_size=500
    )
    _begins_when_made(people)
    Contact.history.bulk_history_create(people, batch_size=500)
    bulk_index((row, Entry(row.name, "", account.name, (row.phone,), row.owner, row.department)) for (account, row, _title, _main) in links)


def _opportunities(world: World, random: Random, now: datetime, accounts: list[Account], count: int) -> list[Opportunity]:
    pipeline = Pipeline.objects.order_by("order").first()
    stages = list(Stage.objects.filter(pipeline=pipeline).order_by("order"))
    running = [stage for stage in stages if stage.outcome == "open"]
    won, lost = next(stage for stage in stages if stage.outcome == "won"), next(stage for stage in stages if stage.outcome == "lost")
    rows: list[Opportunity] = []
    moves: list[StageMove] = []
    for account in random.sample(accounts, count):
        name, price = random.choice(DEALS)
        end = random.choices([*running, won, lost], [26, 20, 14, 8, 18, 14])[0]
        passed = running[: running.index(end) + 1] if end in running else [*running, end] if end is won else [*running[: random.randint(1, 3)], end]
        moment = now - timedelta(days=random.randint(5, 85), hours=random.randint(0, 8))
        began = moment
        deal = Opportunity(
            account=account,
            name=f"{account.short_name} {name}",
            amount=Decimal(round(price * random.uniform(0.5, 2.2), -3)),
            pipeline=pipeline,
            stage=end,
            owner=account.owner,
            department=account.department,
            close_on=(now + timedelta(days=random.randint(-6, 70))).date(),
            created_at=began,
            created_by=account.owner,
            close_reason=random.choice(["price", "fit", "relation", "competitor", "budget"]) if end.outcome != "open" else "",
        )
        rows.append(deal)
        before = None
        for stage in passed:
            moves.append(
                StageMove(
                    opportunity=deal,
                    from_stage=before,
                    to_stage=stage,
                    moved_by=account.owner,
                    moved_at=moment,
                    amount=deal.amount,
                    seconds_before=int((moment - began).total_seconds()) if before else 0,
                )
            )
            deal.stage_since, before = moment, stage
            moment = min(now - timedelta(minutes=30), moment + timedelta(days=random.uniform(1, 14)))
        if end.outcome != "open":
            deal.closed_at = deal.stage_since
            deal.close_on = deal.stage_since.date()
    Opportunity.objects.bulk_create(rows, batch_size=500)
    StageMove.objects.bulk_create(moves, batch_size=500)
    _begins_when_made(rows)
    Opportunity.history.bulk_history_create(rows, batch_size=500)
    bulk_index((row, Entry(row.name, "", row.account.name, (), row.owner, row.department)) for row in rows)
    today = now.date()
    tasks = [
        Task(
            title=random.choice(["电话回访", "发送报价单", "准备方案演示", "确认合同条款", "催办验收"]) + f"：{deal.account.short_name}",
            due_on=today + timedelta(days=random.choice([-3, -1, 0, 0, 1, 2, 4, 7])),
            owner=deal.owner,
            department=deal.department,
            account=deal.account,
            opportunity=deal,
            created_by=deal.owner,
            created_at=now - timedelta(days=2),
        )
        for deal in rows
        if deal.stage.outcome == "open" and random.random() < 0.55
    ]
    Task.objects.bulk_create(tasks, batch_size=500)
    promised = [(task.opportunity, task.account, task.due_on) for task in tasks if task.opportunity and task.account]
    for deal, account, due_on in promised:
        deal.next_step_on = account.next_step_on = due_on
    Opportunity.objects.bulk_update([deal for deal, _account, _due in promised], ["next_step_on"], batch_size=500)
    Account.objects.bulk_update([account for _deal, account, _due in promised], ["next_step_on"], batch_size=500)
    return rows
