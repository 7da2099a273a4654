"""The columns of a people spreadsheet: headings in two languages, and cells as comparable text."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.text import fold


@dataclass(frozen=True)
class SheetColumn:
    """A column that we understand, with the headings that people give it."""

    key: str
    label: Any
    headings: tuple[str, ...]
    longest: int


COLUMNS = (
    SheetColumn("name", pgettext_lazy("person", "Name"), ("name", "full name", "display name", "person", "姓名", "名字", "员工姓名", "人员姓名"), 80),
    SheetColumn("username", gettext_lazy("Username"), ("username", "user name", "login", "account", "用户名", "账号", "帐号", "登录名", "域账号"), 150),
    SheetColumn(
        "email", gettext_lazy("E-mail"), ("email", "e-mail", "mail", "e-mail address", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件", "邮箱地址"), 254
    ),
    SheetColumn(
        "employee_number",
        gettext_lazy("Employee number"),
        ("employee number", "employee no", "employee no.", "employee id", "staff number", "number", "工号", "员工编号", "员工号", "人员编号", "编号"),
        40,
    ),
    SheetColumn("phone", gettext_lazy("Phone"), ("phone", "mobile", "telephone", "phone number", "手机", "电话", "手机号", "手机号码", "联系电话"), 40),
    SheetColumn(
        "department",
        gettext_lazy("Department"),
        ("department", "department code", "department path", "dept", "部门", "部门编码", "部门代码", "部门路径", "所属部门", "组织"),
        400,
    ),
    SheetColumn("position", gettext_lazy("Position"), ("position", "title", "job title", "post", "岗位", "职位", "职务", "岗位名称"), 80),
    SheetColumn("role", gettext_lazy("Role"), ("role", "system role", "角色", "系统角色"), 80),
    SheetColumn(
        "manager",
        gettext_lazy("Manager's username"),
        ("manager", "manager's username", "manager username", "reports to", "supervisor", "上级", "直属上级", "上级用户名", "上级账号", "直接上级", "主管"),
        150,
    ),
    SheetColumn(
        "starts_on",
        gettext_lazy("Start date"),
        ("start date", "start", "from", "starts on", "since", "开始日期", "到岗日期", "入职日期", "生效日期", "任职日期"),
        40,
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
BY_HEADING = {fold(heading): column.key for column in COLUMNS for heading in column.headings}
NOISE = re.compile(r"[*＊:：]|[(（].*?[)）]")
DAY_PARTS = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
DAY_DIGITS = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


def column_of(heading: str) -> str:
    """The key of the column behind a heading; nothing when it is not one of ours."""
    return BY_HEADING.get(fold(NOISE.sub("", heading)), "")


def cell_text(value: Any) -> str:
    """A cell as text: days in ISO form, whole numbers without a decimal point, no controls, no outer spaces."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "".join(char for char in str(value) if unicodedata.category(char) not in {"Cc", "Cf", "Cs"} or char == " ")
    return text.replace("\u3000", " ").strip()


def day_of(text: str) -> date:
    """A day as people write it in either country; ValueError with a sentence when it is none."""
    found = DAY_PARTS.match(unicodedata.normalize("NFKC", text)) or DAY_DIGITS.match(text)
    try:
        if found is None:
            raise ValueError(text)
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise ValueError(_("This is not a day. Write it as 2026-03-01.")) from None
