"""The dictionaries that ship."""

import csv
from pathlib import Path

from django.db import migrations
from django.utils import timezone

DICTIONARIES = [
    ("industry", "行业", "Industry", "按 GB/T 4754 门类，软件与互联网单列"),
    ("level", "客户级别", "Account level", ""),
    ("source", "客户来源", "Account source", ""),
    ("region", "地区", "Region", "国内按 GB/T 2260 省市区，国外按 ISO 3166"),
    ("title", "职务", "Title", ""),
    ("deal_role", "决策角色", "Role in the deal", ""),
]
ENTRIES = {
    "industry": [
        ("agriculture", "农、林、牧、渔业", "Agriculture, forestry and fishing", "农业"),
        ("mining", "采矿业", "Mining", "采矿"),
        ("manufacturing", "制造业", "Manufacturing", "制造|工业"),
        ("utilities", "电力、热力、燃气及水生产和供应业", "Power, gas and water", "电力|能源|公用事业"),
        ("construction", "建筑业", "Construction", "建筑"),
        ("trade", "批发和零售业", "Wholesale and retail", "批发|零售|贸易|商贸|Retail|Wholesale"),
        ("logistics", "交通运输、仓储和邮政业", "Transport and storage", "物流|交通运输|仓储|Logistics"),
        ("hospitality", "住宿和餐饮业", "Hotels and catering", "酒店|餐饮|住宿"),
        ("software", "软件和信息技术服务业", "Software and IT services", "软件|IT|信息技术|Software"),
        ("telecom", "电信和互联网", "Telecommunications and internet", "互联网|电信|通信|Internet|Telecommunications"),
        ("finance", "金融业", "Finance and insurance", "金融|银行|保险|Finance|Insurance"),
        ("real_estate", "房地产业", "Real estate", "房地产|地产"),
        ("business", "租赁和商务服务业", "Leasing and business services", "商务服务|租赁"),
        ("science", "科学研究和技术服务业", "Research and technical services", "科研|科学研究"),
        ("environment", "水利、环境和公共设施管理业", "Environment and public facilities", "环保|环境"),
        ("personal", "居民服务、修理和其他服务业", "Resident services and repair", "居民服务"),
        ("education", "教育", "Education", "教育业|教育培训"),
        ("health", "卫生和社会工作", "Health and social work", "医疗|卫生|健康|Healthcare"),
        ("culture", "文化、体育和娱乐业", "Culture, sport and entertainment", "文化|体育|娱乐|传媒"),
        ("public", "公共管理和社会组织", "Public administration", "政府|公共管理|机关|Government"),
        ("other", "其他", "Other", "其它"),
    ],
    "level": [
        ("A", "A · 重点", "A · key", "A级|重点|重点客户|Key"),
        ("B", "B · 重要", "B · important", "B级|重要|重要客户|Important"),
        ("C", "C · 普通", "C · regular", "C级|普通|一般|普通客户|Normal|Regular"),
        ("D", "D · 小型", "D · small", "D级|小型|Small"),
    ],
    "source": [
        ("website", "官网", "Website", "网站|公司官网|Web"),
        ("referral", "转介绍", "Referral", "老客户介绍|客户介绍|介绍|推荐|Word of mouth"),
        ("exhibition", "展会", "Exhibition", "展览会|博览会|Trade show|Fair"),
        ("cold_call", "陌生拜访", "Cold call", "电话营销|陌拜|电话开发"),
        ("advertising", "广告", "Advertising", "广告投放|Advertisement"),
        ("wechat", "微信", "WeChat", "公众号|微信公众号"),
        ("search", "搜索引擎", "Search engine", "网络搜索"),
        ("partner", "合作伙伴", "Partner", "渠道|代理商|Channel"),
        ("tender", "招投标", "Tender", "招标|投标"),
        ("event", "市场活动", "Event", "会议|沙龙|研讨会|Seminar"),
        ("walk_in", "上门", "Walk-in", "来访|主动上门"),
        ("old_system", "旧系统", "Former system", "历史数据|导入"),
        ("other", "其他", "Other", "其它"),
    ],
    "title": [
        ("chairman", "董事长", "Chairman", ""),
        ("legal_representative", "法定代表人", "Legal representative", ""),
        ("general_manager", "总经理", "General manager", ""),
        ("deputy_manager", "副总经理", "Deputy general manager", ""),
        ("director", "总监", "Director", ""),
        ("department_manager", "部门经理", "Department manager", ""),
        ("it_head", "信息部负责人", "Head of IT", ""),
        ("purchaser", "采购负责人", "Purchasing manager", ""),
        ("finance_head", "财务负责人", "Head of finance", ""),
        ("engineer", "工程师", "Engineer", ""),
        ("shop_owner", "店主", "Shop owner", ""),
        ("shop_manager", "店长", "Shop manager", ""),
        ("assistant", "助理", "Assistant", ""),
        ("specialist", "专员", "Specialist", ""),
    ],
    "deal_role": [
        ("decides", "决策者", "Decides", "决策人|Decision maker"),
        ("influences", "影响者", "Influences", "影响人|Influencer"),
        ("uses", "使用者", "Uses", "使用人|用户|User"),
        ("buys", "采购签约人", "Buys and signs", "采购|签约人|Buyer"),
        ("guards", "把关人", "Guards the door", "守门人|Gatekeeper"),
    ],
}
FIRST = "first wording"


def _region_rows():
    with (Path(__file__).parents[1] / "data" / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["name"], row["name_en"], row["aliases"], row["parent"]) for row in csv.DictReader(file)]


def load(apps, schema_editor):
    Dictionary, Entry, Stamp = (apps.get_model("crm_core", name) for name in ("Dictionary", "DictionaryEntry", "Stamp"))
    now = timezone.now()
    for key, name, name_en, purpose in DICTIONARIES:
        dictionary, made = Dictionary.objects.get_or_create(key=key, defaults={"name": name, "name_en": name_en, "purpose": purpose, "is_builtin": True})
        rows = _region_rows() if key == "region" else [(*row, "") for row in ENTRIES[key]]
        if not made or dictionary.entries.exists():
            continue
        Entry.objects.bulk_create(
            [
                Entry(dictionary=dictionary, code=code, name=name, name_en=name_en, aliases=[part for part in others.split("|") if part], order=place * 10)
                for place, (code, name, name_en, others, _parent) in enumerate(rows, start=1)
            ],
            batch_size=500,
        )
        entries = {entry.code: entry for entry in dictionary.entries.all()}
        below = [entry for code, *_words, parent in rows if parent and (entry := entries[code]) and _set_parent(entry, entries[parent])]
        Entry.objects.bulk_update(below, ["parent"], batch_size=500)
        _remember(apps, dictionary, entries.values(), now)
        Stamp.objects.get_or_create(key=f"dictionary:{key}", defaults={"value": "first"})
    Stamp.objects.get_or_create(key="custom_fields", defaults={"value": "first"})


def _set_parent(entry, parent):
    entry.parent = parent
    return True


def _remember(apps, dictionary, entries, now):
    """The first row of each entry's history, so that a later wording can be told from this one."""
    History = apps.get_model("crm_core", "HistoricalDictionaryEntry")
    names = [field.attname for field in dictionary.entries.model._meta.concrete_fields]
    more = {"history_date": now, "history_type": "+", "history_change_reason": FIRST}
    History.objects.bulk_create([History(**{name: getattr(entry, name) for name in names}, **more) for entry in entries], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0002_pipelines")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
