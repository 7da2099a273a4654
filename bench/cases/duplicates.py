"""The search for duplicates over a whole base of companies, of which one in twenty is there twice under another spelling."""

import random
import resource
from itertools import islice
from time import perf_counter

from django.db import connection

from bench.frame import Figure
from bench.serving import cpu_seconds
from crm_core.models import Account
from crm_core.services.duplicates import Candidate, matches_for
from foundation.people.models import Department

PLACES = tuple(
    [
        "北京市",
        "上海市",
        "深圳市",
        "广州市",
        "杭州市",
        "成都市",
        "武汉市",
        "南京市",
        "苏州市",
        "西安市",
        "天津市",
        "重庆市",
        "青岛市",
        "长沙市",
        "宁波市",
        "郑州市",
    ]
)
TRADES = [
    "科技",
    "信息技术",
    "网络科技",
    "贸易",
    "商贸",
    "实业",
    "机械",
    "电子",
    "建材",
    "食品",
    "物流",
    "环保科技",
    "文化传媒",
    "医疗器械",
    "汽车配件",
    "软件",
    "化工",
    "纺织",
    "智能科技",
    "新材料",
]
FORMS = ["有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司"]
SIGNS = "安邦博昌诚驰达德鼎东丰福富高冠光广海浩恒弘宏鸿华辉汇吉佳嘉建杰金锦晶景康科乐利联龙隆茂美名明铭诺鹏奇启乾青庆荣锐瑞润三森升盛世泰天通万维文祥新鑫兴星雄旭迅雅亚扬业益银永优宇远悦云泽展正志智中众卓子"
EVERY = 20
LOAD = 1000
SEED = 20260101
GROWTH = 13.0  # ten times the rows may take so many times as long
SECONDS, MEGABYTES = 600, 2048


def spoilt(name: str, chance: random.Random) -> str:
    """The same company as another person would write it."""
    place = next((place for place in PLACES if name.startswith(place)), "")
    bare = name.removeprefix(place)
    kind = chance.randrange(5)
    if kind == 0:
        return bare.removesuffix("有限公司") + "公司"
    if kind == 1:
        return f"{bare[:4]}（{place.removesuffix('市')}）{bare[4:]}"
    if kind == 2:
        return place.removesuffix("市") + " " + bare
    if kind == 3:
        return name.replace("有限公司", "有限责任公司").replace("责任有限责任", "有限责任")
    return bare


def names(rows: int):
    """Names of companies, each own word three or four signs, and after every twentieth the same company spelt otherwise."""
    chance = random.Random(SEED)
    for number in range(rows):
        own = "".join(chance.choices(SIGNS, k=chance.choice((3, 3, 4))))
        name = chance.choice(PLACES) + own + chance.choice(TRADES) + chance.choice(FORMS)
        yield name, False
        if number % EVERY == 0:
            yield spoilt(name, chance), True


def fill(rows: int) -> int:
    """That many accounts; gives how many are there twice."""
    department, _made = Department.objects.get_or_create(code="BENCH", defaults={"name": "销售部", "kind": "department"})
    Account.objects.all().delete()
    chance, twice, waiting, before = random.Random(SEED), 0, [], None
    for name, is_second in islice(names(rows), rows):
        account = Account(name=name, department=department, phone_key=f"+8613{chance.randrange(10**9):09}")
        if is_second and before is not None:
            twice += 1
            if chance.random() < 0.5:
                account.phone_key = before.phone_key
        account.phone = account.phone_key
        account.set_keys()
        waiting.append(account)
        before = account
        if len(waiting) == LOAD:
            Account.objects.bulk_create(waiting)
            waiting = []
    Account.objects.bulk_create(waiting)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE crm_core_account")
    return twice


def searched(stand):
    """One search over the base: what it says of itself, and the CPU that it and the database used, its start included."""
    pids = stand.database.pids() if stand.database else []
    before, mine = cpu_seconds(pids), resource.getrusage(resource.RUSAGE_CHILDREN)
    told = stand.manage(stand.url, "find_duplicates", "--model", "account")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told | {"cpu": cpu_seconds(pids) - before + after.ru_utime + after.ru_stime - mine.ru_utime - mine.ru_stime}


def whole_base(stand):
    fill(stand.rows // 10)
    small = searched(stand)
    twice = fill(stand.rows)
    large = searched(stand)
    yield Figure(f"find duplicates, {stand.rows:,} : {stand.rows // 10:,} accounts, seconds", large["seconds"] / max(small["seconds"], 0.1), GROWTH)
    yield Figure(f"find duplicates, {stand.rows:,} accounts, seconds : {SECONDS} for 1,000,000", large["seconds"] / SECONDS * 1_000_000 / stand.rows, 1.0)
    yield Figure(f"find duplicates, {stand.rows:,} accounts, seconds of CPU : {SECONDS} for 1,000,000", large["cpu"] / SECONDS * 1_000_000 / stand.rows)
    yield Figure(f"find duplicates, {stand.rows:,} accounts, megabytes : {MEGABYTES}", large["peak_memory_mb"] / MEGABYTES, 1.0)
    yield Figure("find duplicates, found : there twice", large["pairs"] / twice, 0.9, at_least=True)
    yield from _on_entry(stand.rows)


def _on_entry(rows: int):
    """What an import asks: candidates a second against the base just filled, beside the 5,000 that an import needs."""
    asked = [Candidate(name, phone=f"139{place:08}") for place, (name, _second) in enumerate(islice(names(rows), 5000))]
    began = perf_counter()
    found = matches_for(asked, limit=1)
    speed = len(asked) / (perf_counter() - began)
    yield Figure("known on import, candidates a second : 5,000", speed / 5000, 1.0, at_least=True)
    yield Figure("known on import, found : asked", sum(1 for matches in found if matches) / len(asked), 0.99, at_least=True)


CASES = [whole_base]
