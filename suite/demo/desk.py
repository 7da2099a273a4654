"""What has been done to the customer base: fields of one's own, groups, billing, files that were brought in, duplicates, a round of collection sheets."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.core.files.base import ContentFile

from crm_core.field_values import clean_value
from crm_core.models import (
    Account,
    CustomField,
    FieldTarget,
    FieldType,
    ImportBatch,
    InvoiceKind,
    RelationKind,
    SourceKind,
    Subject,
)
from crm_core.services.account import create_account
from crm_core.services.billing import create_billing_profile
from crm_core.services.collecting import confirm_sheet, sheet_workbook, start_round
from crm_core.services.custom_field_editing import define_field
from crm_core.services.duplicates.finding import search, start_search
from crm_core.services.importing import Writer, apply_chunk, check_batch, finish_apply, stage_file, start_apply
from crm_core.services.merging import merge_records
from crm_core.services.relations import relate_accounts
from crm_core.services.saving import find_again, save_changes
from foundation.people.models import User
from suite.demo import SEED
from suite.demo.register import credit_code_of
from suite.demo.world import World

# type, key, Chinese label, English label, choices, more
FIELDS: tuple[tuple[str, str, str, str, tuple[str, ...], dict[str, Any]], ...] = (
    (FieldType.MONEY, "yearly_spend", "年采购额", "Yearly spend", (), {}),
    (FieldType.NUMBER, "employees", "员工人数", "Employees", (), {"in_filter": False}),
    (FieldType.DATE, "first_deal_on", "首次合作日期", "First deal on", (), {"in_filter": False}),
    (FieldType.CHOICE, "way_of_trade", "合作方式", "Way of trade", ("直销|Direct", "经销|Through a dealer", "代理|Through an agent"), {}),
    (
        FieldType.MULTI,
        "products",
        "关注产品",
        "Products of interest",
        ("协同办公|Collaboration", "云主机|Cloud servers", "数据服务|Data services", "安全服务|Security"),
        {},
    ),
    (FieldType.RELATION, "introduced_by", "介绍客户", "Introduced by", (), {"target": FieldTarget.ACCOUNT, "in_filter": False}),
    (FieldType.BOOLEAN, "framework_contract", "已签框架协议", "Framework contract signed", (), {}),
    (FieldType.TEXT, "invoice_wishes", "开票要求", "Invoice wishes", (), {"in_filter": False}),
)
SECTION = {"section": "经营情况", "section_en": "Business"}


def build_desk(*, world: World, now: datetime) -> None:
    """The state in which the data steward's desk is found."""
    random = Random(SEED + 2)  # noqa: S311  # nosec B311  (of its own, so that the rest of the story stays as it was)
    mine = list(Account.objects.live().owned_by(world.people["rep"]).select_related("owner", "department").order_by("pk"))
    _fields(world, random, mine)
    _groups(world, now, mine)
    _billed(world, now, mine)
    _same_again(world, now, mine)
    _files(world, now, mine)
    _collected(world, now)


def _fields(world: World, random: Random, accounts: list[Account]) -> None:
    admin = world.people["admin"]
    made: dict[str, CustomField] = {}
    for kind, key, label, label_en, options, more in FIELDS:
        data = {"model": "account", "type": kind, "key": key, "label": label, "label_en": label_en, **SECTION, **more}
        made[key] = define_field(data=data, options=list(options), by=admin)
    contact = {"model": "contact", "type": FieldType.BOOLEAN, "key": "holiday_card", "label": "节日问候", "label_en": "Holiday greetings"}
    define_field(data=contact, options=[], by=admin)
    rival = {"model": "opportunity", "type": FieldType.TEXT, "key": "rival", "label": "主要竞争对手", "label_en": "Main competitor"}
    define_field(data=rival, options=[], by=admin)
    for account in accounts[:24]:
        said = {
            "yearly_spend": str(random.randint(8, 260) * 10_000),
            "employees": str(random.randint(12, 1800)),
            "first_deal_on": f"20{random.randint(18, 25)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
            "way_of_trade": random.choice(["直销", "经销", "代理"]),
            "products": random.sample(["协同办公", "云主机", "数据服务", "安全服务"], 2),
            "framework_contract": random.choice(["是", "否"]),
        }
        values = {key: clean_value(made[key], text) for key, text in said.items() if random.random() < 0.9}
        save_changes(account, {"custom": values}, version=account.version, by=account.owner)
        find_again(account)


def _groups(world: World, now: datetime, accounts: list[Account]) -> None:
    """A group of three levels, and a partner beside it."""
    rep, since = world.people["rep"], now.date() - timedelta(days=200)
    for below, kind, above, share in ((1, RelationKind.SUBSIDIARY, 0, "80"), (2, RelationKind.SUBSIDIARY, 0, "51"), (3, RelationKind.BRANCH, 1, None)):
        if below < len(accounts):
            percent = Decimal(share) if share else None
            relate_accounts(account=accounts[below], kind=kind, other=accounts[above], by=rep, share=percent, starts_on=since)
    if len(accounts) > 4:
        relate_accounts(account=accounts[4], kind=RelationKind.PARTNER, other=accounts[0], by=rep, starts_on=since, note="联合投标")


def _billed(world: World, now: datetime, accounts: list[Account]) -> None:
    for number, account in enumerate(accounts[:12]):
        data = {
            "title": account.name,
            "invoice_kind": InvoiceKind.SPECIAL if number % 2 else InvoiceKind.GENERAL,
            "tax_number": account.credit_code,
            "bank": "中国工商银行上海静安支行",
            "bank_account": f"10012345{number:04d}6789{number:03d}",
            "registered_phone": account.phone,
        }
        create_billing_profile(account=account, data=data, by=world.people["rep"], now=now - timedelta(days=90))
    for account in accounts[:1]:
        data = {"title": f"{account.name}上海分公司", "bank": "招商银行上海分行", "bank_account": "6225880112345678901"}
        create_billing_profile(account=account, data=data, by=world.people["rep"], now=now - timedelta(days=40))


def _same_again(world: World, now: datetime, accounts: list[Account]) -> None:
    """Customers that colleagues entered once more under another writing, found by a search over the whole base; one pair is merged already."""
    steward, rep, colleague = world.people["consultant2"], world.people["rep"], world.people["rep05"]
    twins = []
    for number, account in enumerate(accounts[5:11]):
        name = (f"{account.short_name}公司", account.name.replace("有限公司", "有限责任公司"), account.name.replace("有限公司", "（集团）有限公司"))[number % 3]
        data = {"kind": account.kind, "name": name, "region": account.region, "phone": account.phone, "industry": account.industry}
        owner = colleague if number % 2 else rep
        twins.append((account, create_account(data=data, by=owner, owner=owner, now=now - timedelta(days=12 - number))))
    for subject in (Subject.ACCOUNT, Subject.CONTACT):
        search(run=start_search(subject=subject, by=steward, now=now - timedelta(hours=3)))
    for account, twin in twins[:1]:
        account.refresh_from_db()
        twin.refresh_from_db()
        versions = {row.pk: row.version for row in (account, twin)}
        merge_records(
            rows=[account, twin],
            survivor=account,
            by=world.people["manager"],
            now=now - timedelta(hours=2),
            versions=versions,
            reason="同一家公司，名称写法不同",
        )


HEADINGS = ("客户名称", "统一社会信用代码", "行业", "地区", "电话", "联系人", "手机", "年采购额", "建档日期", "负责人")
NEW = ("海澜仪表", "东吴精工", "锡山轴承", "太湖水务", "昆仑智造", "金鸡湖数据", "虎丘光电", "阳澄食品", "沧浪文化", "平江医药", "石湖环保")


def _files(world: World, now: datetime, accounts: list[Account]) -> None:
    """A salesperson's sheet that was loaded with two rows refused, one of the old CRM with rows in question, one of finance whose days can be read in two ways."""
    manager, rep = world.people["manager"], world.people["rep"]
    loaded = [_line(number, name, f"2025-03-0{number + 1}", rep.username) for number, name in enumerate(NEW[:5])]
    loaded += [["", "", "制造业", "苏州", "0512-62881234", "", "", "", "2025-03-09", rep.username]]
    loaded += [["吴江纺织有限公司", "913205091234567891", "制造业", "苏州", "", "沈悦", "13812345678", "560000", "2025-03-10", rep.username]]
    batch = _staged(loaded, "李想客户表.csv", "utf-8-sig", manager, now - timedelta(days=9), source="李想", source_kind=SourceKind.SALESPERSON)
    _load(batch, manager, now - timedelta(days=9))
    again = [
        [account.name.replace("有限公司", "公司"), "", "制造业", "苏州", account.phone, "", "", "320000", "2024-11-20", "rep05"] for account in accounts[12:15]
    ]
    old = [_line(number, name, f"2024-1{number - 5}-15", "rep05", "软件外包开发") for number, name in enumerate(NEW[5:8], 5)]
    asked = _staged([*old, *again], "旧系统客户导出.csv", "gb18030", manager, now - timedelta(days=1), source="旧 CRM", source_kind=SourceKind.LEGACY_CRM)
    check_batch(batch=asked, by=manager, now=now - timedelta(days=1))
    open_days = [_line(number, name, f"0{number - 6}/0{number - 5}/2025", "") for number, name in enumerate(NEW[8:], 8)]
    _staged(open_days, "财务开票客户.csv", "gb18030", manager, now - timedelta(hours=20), source="财务", source_kind=SourceKind.FINANCE)


def _line(number: int, name: str, day: str, owner: str, industry: str = "制造业") -> list[str]:
    return [
        f"苏州{name}有限公司",
        credit_code_of(5_000 + number + len(name), "320500"),
        industry,
        "苏州",
        f"0512-6288{number:04d}",
        "沈悦",
        f"1381234{number:04d}",
        str(180_000 + 1_000 * number),
        day,
        owner,
    ]


def _staged(rows: Iterable[list[str]], name: str, encoding: str, by: User, at: datetime, **facts: Any) -> ImportBatch:
    text = "".join(",".join(row) + "\r\n" for row in (HEADINGS, *rows))
    return stage_file(file=ContentFile(text.encode(encoding)), file_name=name, by=by, now=at, **facts)


def _load(batch: ImportBatch, by: User, at: datetime) -> None:
    check_batch(batch=batch, by=by, now=at)
    start_apply(batch=batch, by=by, now=at, leave_open=True)
    writer = Writer(batch, by)
    while apply_chunk(batch=batch, by=by, now=at, writer=writer):
        pass
    finish_apply(batch=batch, by=by, now=at)


def _collected(world: World, now: datetime) -> None:
    """A round of the East, half of it back."""
    manager, today = world.people["manager"], now.date()
    due: date = today + timedelta(days=6)
    row = start_round(
        department=world.departments["E-SALES"],
        name="上线前客户资料核对",
        due_on=due,
        by=manager,
        now=now - timedelta(days=5),
        today=today,
        message="请补全联系人手机与客户级别，缺失的行业请从下拉列表中选择。",
    )
    for number, sheet in enumerate(row.sheets.select_related("person", "round").order_by("pk")):
        if sheet.person.username == "rep":
            continue
        if number % 3 == 0:
            confirm_sheet(sheet=sheet, by=sheet.person, now=now - timedelta(days=4 - number % 4))
        elif number % 3 == 1:
            sheet_workbook(sheet=sheet, by=sheet.person, now=now - timedelta(days=3))  # looked at, not yet handed back
