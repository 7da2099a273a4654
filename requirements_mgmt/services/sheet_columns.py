"""How the columns of a sheet are told apart, and how one cell becomes a value; English and Chinese side by side."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from foundation.people.access import roles
from foundation.people.models import Department, User
from foundation.text import fold
from foundation.usage.models import Feature
from requirements_mgmt.models import Level, Priority, SourceKind
from requirements_mgmt.models.requirement import STATEMENT_MAX

HEADINGS: dict[str, tuple[str, ...]] = {
    "code": ("code", "id", "no", "no.", "number", "requirement id", "req_id", "req id", "编号", "需求编号", "编码", "序号"),
    "parent": ("parent", "part of", "parent code", "上级", "上级编号", "父需求", "所属"),
    "title": ("title", "name", "summary", "requirement", "标题", "名称", "需求名称", "需求", "需求标题"),
    "statement": ("statement", "description", "text", "req_description", "details", "描述", "需求描述", "内容", "说明", "详细描述"),
    "scenario": ("scenario", "story", "user story", "use case", "场景", "业务场景", "使用场景"),
    "department": ("department", "dept", "部门", "提出部门", "所属部门", "需求部门"),
    "source_kind": ("kind of source", "source kind", "source type", "来源类型", "来源类别"),
    "source": ("source", "said by", "raised by", "来源", "需求来源", "提出人"),
    "priority": ("priority", "moscow", "优先级", "重要性"),
    "level": ("level", "need level", "层级", "需求层级", "级别"),
    "owner": ("owner", "responsible", "负责人", "责任人"),
    "roles": ("roles", "meant for", "role", "适用岗位", "适用角色", "角色"),
    "inputs": ("inputs", "input", "data in", "输入", "输入数据"),
    "outputs": ("outputs", "output", "data out", "输出", "输出数据"),
    "is_origin": ("origin", "is origin", "is_origin", "flow begins here", "起点", "流程起点"),
    "is_final": ("final", "is final", "is_final", "flow ends here", "终点", "流程终点"),
    "is_day_one": ("needed on day one", "day one", "is_day_one", "首日必需", "上线当天必需"),
    "features": ("features", "feature", "feature keys", "功能点", "功能"),
}
ASVS_HEADINGS = {"chapter_id", "chapter_name", "section_id", "section_name", "req_id", "req_description", "l"}
ASVS_PRIORITY = {"1": Priority.MUST, "2": Priority.SHOULD, "3": Priority.COULD}
SPLIT = re.compile(r"[;；、,，\n]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

WORDS: dict[str, dict[str, str]] = {
    "priority": {
        **{word: Priority.MUST for word in ("must", "m", "1", "p0", "p1", "high", "必须", "必要", "高", "必须有")},
        **{word: Priority.SHOULD for word in ("should", "s", "2", "p2", "medium", "应该", "应有", "中", "应该有")},
        **{word: Priority.COULD for word in ("could", "c", "3", "p3", "low", "可以", "可有", "低", "可以有")},
        **{word: Priority.WONT for word in ("wont", "won't", "won’t", "w", "4", "p4", "不做", "暂不", "不会有")},
    },
    "level": {
        **{word: Level.DEPARTMENT for word in ("department", "部门", "部门级")},
        **{word: Level.COLLABORATION for word in ("collaboration", "协同", "协作", "跨部门", "协同级")},
        **{word: Level.ENTERPRISE for word in ("enterprise", "company", "企业", "企业级", "公司")},
    },
    "source_kind": {
        **{kind.value: kind for kind in SourceKind},
        "访谈": SourceKind.INTERVIEW,
        "观察": SourceKind.OBSERVATION,
        "现场观察": SourceKind.OBSERVATION,
        "文档": SourceKind.DOCUMENT,
        "文件": SourceKind.DOCUMENT,
        "反馈单": SourceKind.TICKET,
        "工单": SourceKind.TICKET,
        "标准": SourceKind.STANDARD,
        "法规": SourceKind.LAW,
        "法律": SourceKind.LAW,
        "使用数据": SourceKind.USAGE,
        "其他": SourceKind.OTHER,
    },
}


YES = {"yes", "y", "true", "1", "x", "✓", "√", "是", "有"}
NO = {"no", "n", "false", "0", "-", "否", "无"}


class CellRefused(ValueError):
    """One cell cannot be taken; the text says why and what would do."""


def map_headings(headings: Iterable[str]) -> dict[str, int]:
    """Field to column, by what the headings say; the first of two columns with the same meaning counts."""
    meanings = {fold(word): name for name, words in HEADINGS.items() for word in words}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = meanings.get(fold(heading))
        if name and name not in found:
            found[name] = place
    return found


def is_asvs(headings: Iterable[str]) -> bool:
    """Whether the sheet is a flat list of chapters, sections and requirements, as OWASP writes its standards."""
    return {fold(heading) for heading in headings} >= ASVS_HEADINGS


def short_title(text: str, most: int = 120) -> str:
    """A title from a long sentence: its first clause, cut at a word."""
    first = re.split(r"(?<=[.;。；])\s|\n", text.strip(), maxsplit=1)[0].rstrip(".")
    if len(first) <= most:
        return first
    cut = first[:most]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut).rstrip(",;: ") + "…"


@dataclass
class Reader:
    """Turns cells into values; names are looked up in tables that are read once per sheet."""

    departments: dict[str, Department] = field(default_factory=dict)
    people: dict[str, User | None] = field(default_factory=dict)
    role_keys: dict[str, str] = field(default_factory=dict)
    features: dict[str, Feature] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "Reader":
        """Everything a sheet may name: departments, people, roles and features; a name that two people share is nobody's."""
        reader = cls()
        for department in Department.objects.open():
            for word in (department.name_en, department.name, department.code):
                if word:
                    reader.departments[fold(word)] = department
        for person in User.objects.filter(is_active=True):
            name = fold(person.display_name)
            reader.people[name] = None if name in reader.people else person
        for person in User.objects.filter(is_active=True):
            for word in (person.email, person.username, person.employee_number):
                if word:
                    reader.people[fold(word)] = person
        for key, role in roles().items():
            reader.role_keys[fold(key)] = key
            reader.role_keys[fold(str(role.name))] = key
        reader.features = {fold(row.key): row for row in Feature.objects.current()}
        return reader

    def value(self, name: str, cell: str) -> Any:
        """The value of a cell as kept in a staged row (JSON); raises CellRefused."""
        makers: dict[str, Callable[[str], Any]] = {
            "department": self._department,
            "owner": self._owner,
            "roles": self._roles,
            "features": self._features,
            "inputs": self._names,
            "outputs": self._names,
            **dict.fromkeys(("is_origin", "is_final", "is_day_one"), self._mark),
        }
        if CONTROL.search(cell):
            raise CellRefused(_("The cell holds control characters. Type the text again."))
        if name in WORDS:
            return self._word(name, cell)
        if name in makers:
            return makers[name](cell)
        return self._text(name, cell)

    @staticmethod
    def _text(name: str, cell: str) -> str:
        most = {"code": 40, "parent": 40, "title": 200, "source": 200}.get(name, STATEMENT_MAX)
        if len(cell) > most:
            raise CellRefused(_("%(count)s characters; at most %(most)s fit.") % {"count": len(cell), "most": most})
        return cell

    @staticmethod
    def _word(name: str, cell: str) -> str:
        found = WORDS[name].get(fold(cell))
        if found is None:
            raise CellRefused(_("Not a known word. Possible: %(words)s.") % {"words": ", ".join(dict.fromkeys(str(value) for value in WORDS[name].values()))})
        return str(found)

    def _department(self, cell: str) -> int:
        found = self.departments.get(fold(cell))
        if found is None:
            raise CellRefused(_("No open department has this code or name."))
        return found.pk

    def _owner(self, cell: str) -> int:
        found = self.people.get(fold(cell))
        if found is None:
            raise CellRefused(_("Nobody has this name, or more than one person. Use the e-mail address or the employee number."))
        return found.pk

    def _roles(self, cell: str) -> list[str]:
        return [self._known(self.role_keys, word, _("There is no role “%(word)s”.")) for word in _parts(cell)]

    def _features(self, cell: str) -> list[str]:
        return [self._known(self.features, word, _("There is no feature “%(word)s”.")).key for word in _parts(cell)]

    @staticmethod
    def _known(table: dict[str, Any], word: str, sentence: str) -> Any:
        if fold(word) not in table:
            raise CellRefused(sentence % {"word": word[:60]})
        return table[fold(word)]

    @staticmethod
    def _mark(cell: str) -> bool:
        word = fold(cell)
        if word not in YES | NO:
            raise CellRefused(_("Write yes or no."))
        return word in YES

    @staticmethod
    def _names(cell: str) -> list[str]:
        names = _parts(cell)
        if any(len(name) > 80 for name in names):
            raise CellRefused(_("A data object has a name of at most 80 characters. Separate names with a semicolon."))
        return sorted(set(names))


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in SPLIT.split(cell) if part.strip()]
