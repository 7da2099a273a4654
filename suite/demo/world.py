"""The group: business units, departments, posts and forty-eight people."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from foundation.people.models import Assignment, Department, Position, User
from suite.demo import PASSWORD

# code, parent, kind, name, English name
DEPARTMENTS = (
    ("YF", "", "group", "云帆集团", "Yunfan Group"),
    ("HQ", "YF", "department", "集团总部", "Headquarters"),
    ("PMO", "HQ", "department", "上线项目办公室", "Rollout office"),
    ("IT", "HQ", "department", "信息技术部", "Information technology"),
    ("FIN", "HQ", "department", "财务部", "Finance"),
    ("MKT", "HQ", "department", "市场部", "Marketing"),
    ("EAST", "YF", "business_unit", "华东事业部", "East business unit"),
    ("E-SALES", "EAST", "department", "华东销售部", "East sales"),
    ("E-S1", "E-SALES", "team", "上海销售组", "Shanghai sales team"),
    ("E-S2", "E-SALES", "team", "杭州销售组", "Hangzhou sales team"),
    ("E-SERV", "EAST", "department", "华东客服部", "East service"),
    ("SOUTH", "YF", "business_unit", "华南事业部", "South business unit"),
    ("S-SALES", "SOUTH", "department", "华南销售部", "South sales"),
    ("S-SERV", "SOUTH", "department", "华南客服部", "South service"),
    ("CLOUD", "YF", "business_unit", "云服务事业部", "Cloud business unit"),
    ("C-SALES", "CLOUD", "department", "云服务销售部", "Cloud sales"),
)

# username, name, department, role, title, English title, head
NAMED = (
    ("sponsor", "林建国", "HQ", "sponsor", "常务副总裁", "Executive vice president", True),
    ("executive", "周敏", "HQ", "executive", "总裁", "President", False),
    ("pm", "陈思远", "PMO", "project_manager", "上线项目经理", "Rollout project manager", True),
    ("consultant", "王珂", "PMO", "consultant", "实施顾问", "Implementation consultant", False),
    ("consultant2", "吴越", "PMO", "consultant", "数据顾问", "Data consultant", False),
    ("trainer", "赵雅婷", "PMO", "trainer", "培训师", "Trainer", False),
    ("developer", "孙浩", "IT", "developer", "开发工程师", "Software developer", False),
    ("admin", "郑晓", "IT", "administrator", "系统管理员", "System administrator", True),
    ("auditor", "冯立", "HQ", "auditor", "内审专员", "Internal auditor", False),
    ("finance", "何静", "FIN", "finance", "应收会计", "Receivables accountant", True),
    ("marketing", "许诺", "MKT", "marketing", "市场专员", "Marketing specialist", True),
    ("manager", "沈涛", "E-SALES", "sales_manager", "华东销售总监", "East sales director", True),
    ("manager_south", "梁海燕", "S-SALES", "sales_manager", "华南销售总监", "South sales director", True),
    ("manager_cloud", "罗毅", "C-SALES", "sales_manager", "云服务销售总监", "Cloud sales director", True),
    ("liaison", "蒋雪", "E-SALES", "liaison", "华东业务接口人", "East business liaison", False),
    ("liaison_deputy", "韩冰", "E-SALES", "liaison", "华东业务接口人（代理）", "East deputy liaison", False),
    ("liaison_south", "曹阳", "S-SALES", "liaison", "华南业务接口人", "South business liaison", False),
    ("liaison_cloud", "邓丽", "C-SALES", "liaison", "云服务业务接口人", "Cloud business liaison", False),
    ("keyuser", "彭宇", "E-SALES", "key_user", "关键用户", "Key user", False),
    ("keyuser_south", "袁芳", "S-SALES", "key_user", "关键用户", "Key user", False),
    ("service", "谢婷", "E-SERV", "service_agent", "客服专员", "Service agent", True),
    ("service_south", "董洁", "S-SERV", "service_agent", "客服专员", "Service agent", True),
    ("rep", "李想", "E-S1", "sales_rep", "客户经理", "Account manager", False),
)
FAMILY = "张刘杨黄高马朱胡郭宋唐程傅曾魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊"
GIVEN = (
    "子轩",
    "雨桐",
    "浩然",
    "欣怡",
    "志强",
    "婉清",
    "俊杰",
    "思琪",
    "文博",
    "晓彤",
    "家豪",
    "梦洁",
    "天宇",
    "若曦",
    "建平",
    "海霞",
    "永康",
    "佳宁",
    "世杰",
    "雪莹",
    "明哲",
    "诗涵",
    "国栋",
    "丽华",
    "振宇",
)
# department -> how many further sales representatives
REPS = {"E-S1": 5, "E-S2": 6, "S-SALES": 8, "C-SALES": 6}


@dataclass
class World:
    """Departments by code and people by user name."""

    departments: dict[str, Department] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    reps: list[User] = field(default_factory=list)
    department_of: dict[int, Department] = field(default_factory=dict)
    role_of: dict[int, str] = field(default_factory=dict)


def build_world(*, random: Random, since: date) -> World:
    """Departments, positions with their lines of report, people and their assignments."""
    world = World()
    for code, parent, kind, name, name_en in DEPARTMENTS:
        world.departments[code] = Department.objects.create(code=code, parent=world.departments.get(parent), kind=kind, name=name, name_en=name_en)
    # One hash for all: the password is public, and forty slow hashes would cost a quarter of a minute.
    secret = PBKDF2PasswordHasher().encode(PASSWORD, "demosuite", iterations=1000)
    heads: dict[str, Position] = {}
    for username, name, code, role, title, title_en, head in NAMED:
        _person(world, username, name, code, role, title, title_en, head, heads, secret, since)
    taken: set[str] = {name for _u, name, *_rest in NAMED}
    number = 0
    for code, count in REPS.items():
        for _each in range(count):
            number += 1
            name = next(n for n in iter(lambda: random.choice(FAMILY) + random.choice(GIVEN), "") if n not in taken)
            taken.add(name)
            _person(world, f"rep{number:02d}", name, code, "sales_rep", f"客户经理 {number:02d}", f"Account manager {number:02d}", False, heads, secret, since)
    world.reps = [person for person in world.people.values() if world.role_of[person.pk] == "sales_rep"]
    return world


def _person(
    world: World,
    username: str,
    name: str,
    code: str,
    role: str,
    title: str,
    title_en: str,
    head: bool,
    heads: dict[str, Position],
    secret: str,
    since: date,
) -> None:
    department = world.departments[code]
    user = User(
        username=username,
        display_name=name,
        email=f"{username}@yunfan.example",
        employee_number=f"YF{1000 + len(world.people)}",
        language="zh-hans",
        is_demo=True,
    )
    user.password = secret
    user.save()
    boss = heads.get(code) or (heads.get(department.parent.code) if department.parent else None)
    position = Position.objects.create(department=department, title=title, title_en=title_en, role=role, is_head=head, reports_to=None if head else boss)
    if head:
        heads[code] = position
    Assignment.objects.create(user=user, position=position, starts_on=since)
    world.people[username] = user
    world.department_of[user.pk] = department
    world.role_of[user.pk] = role
