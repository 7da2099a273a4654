"""Run alone: ``python -m bench.importing plain|ours|file FILE [ROWS]``; prints seconds, rows and peak memory as JSON."""

import csv
import json
import resource
import sys
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import django

django.setup()

from django.urls import get_resolver  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm_core.models import Account, AccountContact, Contact  # noqa: E402
from crm_core.services.importing import Writer, apply_chunk, check_batch, finish_apply, stage_file, start_apply  # noqa: E402
from foundation.people.models import Assignment, Department, Position, User  # noqa: E402

FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "秀英", "霞", "平", "刚"]
PLACES = ["上海", "北京", "深圳", "广州", "杭州", "南京", "苏州", "成都", "武汉", "西安", "宁波", "青岛"]
WORDS = ["华", "东", "方", "正", "信", "达", "恒", "瑞", "天", "成", "德", "源", "盛", "通", "海", "金", "宏", "力", "新", "安"]
TRADES = ["科技", "贸易", "机械", "电子", "化工", "物流", "建材", "食品", "纺织", "医药"]
INDUSTRIES = ["制造业", "批发", "软件", "物流", "建筑业", "教育", "医疗", "零售"]
HEADINGS = ["客户编号", "客户名称", "英文名", "类型", "行业", "级别", "城市", "地址", "电话", "网站", "备注", "联系人", "手机", "邮箱", "创建时间"]


def lines(rows):
    """Rows as a Chinese sales sheet has them, every one another company."""
    for n in range(rows):
        word = "".join(WORDS[(n // 20**place) % 20] for place in range(4))
        place, trade = PLACES[n % 12], TRADES[n // 7 % 10]
        person = FAMILY[n % 20] + GIVEN[n // 20 % 20]
        yield [
            f"K{n:07d}", f"{place}{word}{n % 97 + 1}{trade}有限公司", f"{place and 'East'} {n} Trading Ltd", "企业", INDUSTRIES[n % 8], "ABCD"[n % 4], place,
            f"中山路{n % 900 + 1}号{n % 30 + 1}室", f"021-{60000000 + n}", f"www.k{n}.example.cn", "老客户，年底续约" if n % 3 else "", person,
            f"13{n % 10}{10000000 + n}", f"p{n}@k{n}.example.cn", f"20{10 + n % 14}-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
        ]  # fmt: skip


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(lines(rows))


def people():
    """A department and a manager who may import, made where the database is fresh."""
    user = User.objects.filter(username="bench").first()
    if user is None:
        department, _made = Department.objects.get_or_create(code="BENCH", defaults={"name": "测试部", "kind": "department"})
        user = User.objects.create_user(username="bench", password=None, display_name="Bench")
        position = Position.objects.create(department=department, role="sales_manager", title="经理", is_head=True)
        Assignment.objects.create(user=user, position=position, starts_on="2020-01-01")
    return user


def plain(path):
    """The same rows by bulk_create alone: accounts, their contacts and the roles, made beforehand."""
    by = people()
    department = Department.objects.get(code="BENCH")
    spent, count = 0.0, 0
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        while part := list(islice(reader, 500)):
            began = perf_counter()
            accounts = [
                Account(name=r[1], name_en=r[2], external_key=r[0], level=r[5], address=r[7], phone=r[8], phone_key=f"+86{r[8]}", website=r[9], remark=r[10], created_by=by, owner=by, department=department, name_fold=r[1], name_key=r[1], name_core=r[1])
                for r in part
            ]  # fmt: skip
            contacts = [
                Contact(
                    name=r[11],
                    phone=r[12],
                    phone_key=f"+86{r[12]}",
                    email=r[13],
                    created_by=by,
                    owner=by,
                    department=department,
                    name_fold=r[11],
                    name_key=r[11],
                )
                for r in part
            ]
            Account.objects.bulk_create(accounts)
            Contact.objects.bulk_create(contacts)
            AccountContact.objects.bulk_create([AccountContact(account=a, contact=c, is_main=True) for a, c in zip(accounts, contacts, strict=True)])
            spent += perf_counter() - began
            count += len(part)
    return spent, count


def ours(path):
    """The whole way: read, stage, check with duplicates, write with history, ledger and index."""
    by = people()
    steps, began = {}, perf_counter()
    with path.open("rb") as file:
        batch = stage_file(file=file, file_name=path.name, by=by, now=timezone.now(), source="bench", default_owner=by)
    steps["read"] = perf_counter() - began
    check_batch(batch=batch, by=by, now=timezone.now())
    steps["check"] = perf_counter() - began - steps["read"]
    start_apply(batch=batch, by=by, now=timezone.now(), leave_open=True)
    writer = Writer(batch, by)
    while apply_chunk(batch=batch, by=by, now=timezone.now(), writer=writer):
        pass
    finish_apply(batch=batch, by=by, now=timezone.now())
    spent = perf_counter() - began
    return (
        spent,
        batch.row_count,
        {
            "counts": batch.counts,
            "longest": writer.pace.longest,
            "longest_cpu": writer.pace.longest_cpu,
            **{key: round(value, 2) for key, value in steps.items()},
        },
    )


def main():
    get_resolver().url_patterns  # noqa: B018  (what a worker has long loaded is no part of an import)
    step, path = sys.argv[1], Path(sys.argv[2])
    if step == "file":
        write(path, int(sys.argv[3]))
        return
    cpu = process_time()
    spent, count, *more = {"plain": plain, "ours": ours}[step](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": spent, "cpu": process_time() - cpu, "rows": count, "peak": peak, **(more[0] if more else {})}))


if __name__ == "__main__":
    main()
