"""What each row of a people spreadsheet would do, worked out from the rows and from what stands, before anything is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from foundation.people.access import roles
from foundation.people.forms import USERNAME, clean_phone_text
from foundation.people.import_columns import BY_KEY, day_of
from foundation.people.models import Assignment, Department, Position, RowAction, User
from foundation.text import fold

PERSON_FIELDS = {"name": "display_name", "email": "email", "employee_number": "employee_number", "phone": "phone"}
FAR = timedelta(days=366)


@dataclass
class RowPlan:
    """One row: cells as typed, reasons by column, and what it would do."""

    number: int
    cells: dict[str, str]
    action: str = RowAction.REFUSE
    reasons: dict[str, str] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    person: User | None = None
    department: Department | None = None
    position: Position | None = None
    title: str = ""
    role: str = ""
    starts_on: date | None = None
    manager: str = ""

    @property
    def username(self) -> str:
        return self.cells.get("username", "").casefold()


class Planner:
    """Knows what stands, in a handful of queries, and judges row after row."""

    def __init__(self, *, today: date):
        self.today = today
        people = list(User.objects.all())
        self.by_username = {person.username.casefold(): person for person in people}
        self.by_number = {person.employee_number: person for person in people if person.employee_number}
        self.by_email = {person.email.casefold(): person for person in people if person.email}
        departments = list(Department.objects.select_related(None))
        self.by_code = {department.code.casefold(): department for department in departments}
        self.by_name = _names(departments)
        self.posts: dict[tuple[int, str], Position] = {}
        for position in Position.objects.all():
            for title in (position.title, position.title_en):
                if title:
                    self.posts[(position.department_id, fold(title))] = position
        self.held: dict[int, list[Assignment]] = {}
        for assignment in Assignment.objects.exclude(ends_on__lt=today).select_related("position"):
            self.held.setdefault(assignment.user_id, []).append(assignment)
        self.role_keys = _role_names()
        self.seen: dict[str, dict[str, int]] = {"username": {}, "employee_number": {}, "email": {}}
        self.opened: dict[tuple[int, str], str] = {}

    def plan(self, rows: Iterable[tuple[int, dict[str, str]]]) -> list[RowPlan]:
        """Judge all rows; managers last, because they may stand further down."""
        plans = [self._judge(RowPlan(number, cells)) for number, cells in rows]
        known = set(self.by_username) | {plan.username for plan in plans if not plan.reasons}
        above = {plan.username: plan.cells.get("manager", "").casefold() for plan in plans}
        heads: dict[tuple[int, str], str] = {}
        for plan in plans:
            self._judge_manager(plan, known, above, heads)
        for plan in plans:
            self._decide(plan)
        return plans

    # --- one row ---------------------------------------------------------------------------------

    def _judge(self, plan: RowPlan) -> RowPlan:
        for key, text in plan.cells.items():
            if len(text) > BY_KEY[key].longest:
                plan.reasons[key] = _("Longer than %(most)s characters.") % {"most": BY_KEY[key].longest}
        self._who(plan)
        self._unique(plan)
        self._details(plan)
        self._post(plan)
        return plan

    def _who(self, plan: RowPlan) -> None:
        username, number = plan.username, plan.cells.get("employee_number", "")
        if username and not USERNAME.match(username):
            plan.reasons.setdefault("username", _("Letters, digits and . _ @ + - only."))
        by_name, by_number = self.by_username.get(username), self.by_number.get(number)
        if by_name and by_number and by_name.pk != by_number.pk:
            plan.reasons.setdefault("employee_number", _("This number belongs to %(person)s.") % {"person": by_number})
        plan.person = by_name or by_number
        if plan.person is not None and username and plan.person.username.casefold() != username:
            plan.reasons.setdefault(
                "username", _("The employee number belongs to %(person)s, who signs in as “%(name)s”.") % {"person": plan.person, "name": plan.person.username}
            )
        if plan.person is None:
            for key in ("username", "name"):
                if not plan.cells.get(key):
                    plan.reasons.setdefault(key, _("Needed for a new person."))

    def _unique(self, plan: RowPlan) -> None:
        for key, seen in self.seen.items():
            text = plan.cells.get(key, "").casefold()
            if not text:
                continue
            if text in seen:
                plan.reasons.setdefault(key, _("Already in row %(row)s of this file.") % {"row": seen[text]})
            else:
                seen[text] = plan.number

    def _details(self, plan: RowPlan) -> None:
        for key, name in PERSON_FIELDS.items():
            if text := plan.cells.get(key, ""):
                plan.values[name] = text
        self._email(plan)
        if "phone" in plan.values:
            try:
                plan.values["phone"] = clean_phone_text(plan.values["phone"])
            except ValidationError as error:
                plan.reasons.setdefault("phone", str(error.messages[0]))
        self._start(plan)

    def _email(self, plan: RowPlan) -> None:
        email = plan.values.get("email", "")
        if not email:
            return
        try:
            validate_email(email)
        except ValidationError:
            plan.reasons.setdefault("email", _("This is not an e-mail address."))
        owner = self.by_email.get(email.casefold())
        if owner and (plan.person is None or owner.pk != plan.person.pk):
            plan.reasons.setdefault("email", _("This e-mail address belongs to somebody else here."))

    def _start(self, plan: RowPlan) -> None:
        plan.starts_on = self.today
        text = plan.cells.get("starts_on", "")
        if not text:
            return
        try:
            plan.starts_on = day_of(text)
        except ValueError as error:
            plan.reasons.setdefault("starts_on", str(error))
        if not date(1970, 1, 1) <= plan.starts_on <= self.today + FAR:
            plan.reasons.setdefault("starts_on", _("This day lies too far away."))

    # --- the post --------------------------------------------------------------------------------

    def _post(self, plan: RowPlan) -> None:
        department, title, role = (plan.cells.get(key, "") for key in ("department", "position", "role"))
        if role:
            plan.role = self.role_keys.get(fold(role), "")
            if not plan.role:
                plan.reasons.setdefault("role", _("There is no role “%(role)s”.") % {"role": role})
        if not department:
            if title or role:
                plan.reasons.setdefault("department", _("A position needs a department."))
            return
        found = self.by_code.get(department.casefold()) or self.by_name.get(_path_key(department))
        if found is None:
            ambiguous = _path_key(department) in self.by_name
            plan.reasons.setdefault(
                "department",
                _("Several departments have this name. Use the code.") if ambiguous else _("There is no department “%(name)s”.") % {"name": department},
            )
            return
        if found.closed_on:
            plan.reasons.setdefault("department", _("This department is closed."))
        plan.department = found
        plan.title = title or (str(roles()[plan.role].name) if plan.role else "")
        if not plan.title:
            plan.reasons.setdefault("position", _("Which position in the department?"))
            return
        self._position(plan, found)

    def _position(self, plan: RowPlan, department: Department) -> None:
        key = (department.pk, fold(plan.title))
        plan.position = self.posts.get(key)
        if plan.position is not None:
            if plan.position.closed_on:
                plan.reasons.setdefault("position", _("This position is closed."))
            if plan.role and plan.role != plan.position.role:
                plan.reasons.setdefault(
                    "role", _("This position has the role “%(role)s”. Change it there, or name another position.") % {"role": _role_name(plan.position.role)}
                )
            return
        if not plan.role and "role" not in plan.reasons:
            plan.role = self.opened.get(key, "")
            if not plan.role:
                plan.reasons.setdefault("role", _("This position is new: which role does it have?"))
        elif plan.role and self.opened.setdefault(key, plan.role) != plan.role:
            plan.reasons.setdefault("role", _("Another row gives the same position another role."))

    # --- the manager -----------------------------------------------------------------------------

    def _judge_manager(self, plan: RowPlan, known: set[str], above: dict[str, str], heads: dict[tuple[int, str], str]) -> None:
        manager = plan.cells.get("manager", "").casefold()
        if not manager:
            return
        if manager == plan.username:
            plan.reasons.setdefault("manager", _("Nobody reports to oneself."))
        elif manager not in known:
            plan.reasons.setdefault("manager", _("“%(name)s” is neither here nor in a sound row of this file.") % {"name": plan.cells["manager"]})
        elif _in_circle(plan.username, above):
            plan.reasons.setdefault("manager", _("These managers report to each other in a circle."))
        elif plan.department is not None and heads.setdefault((plan.department.pk, fold(plan.title)), manager) != manager:
            plan.reasons.setdefault("manager", _("Another row with the same position names another manager. Use two positions."))
        plan.manager = manager

    # --- the verdict -----------------------------------------------------------------------------

    def _decide(self, plan: RowPlan) -> None:
        if plan.person is not None:
            labels = {name: key for key, name in PERSON_FIELDS.items()}
            plan.changes = [labels[name] for name, value in plan.values.items() if getattr(plan.person, name) != value]
            held = self.held.get(plan.person.pk, [])
            if plan.department is not None and (plan.position is None or all(row.position_id != plan.position.pk for row in held)):
                plan.changes.append("position")
                main = next((row for row in held if row.is_main), None)
                if main is not None and plan.starts_on is not None and plan.starts_on <= main.starts_on:
                    plan.reasons.setdefault("starts_on", _("The present position began on %(day)s. Give a later day.") % {"day": main.starts_on})
            if plan.manager and self._manager_differs(plan):
                plan.changes.append("manager")
        if plan.reasons:
            plan.action = RowAction.REFUSE
        elif plan.person is None:
            plan.action = RowAction.CREATE
        else:
            plan.action = RowAction.UPDATE if plan.changes else RowAction.SKIP

    def _manager_differs(self, plan: RowPlan) -> bool:
        manager = self.by_username.get(plan.manager)
        if plan.position is None or manager is None:
            return plan.department is not None
        return plan.position.reports_to_id not in {row.position_id for row in self.held.get(manager.pk, [])}


def _path_key(text: str) -> str:
    return "/".join(fold(part) for part in text.replace("\\", "/").replace(">", "/").replace("／", "/").split("/") if part.strip())


def _names(departments: list[Department]) -> dict[str, Department | None]:
    """Departments by name and by path of names from any ancestor down; None where a name is not unique."""
    by_pk = {department.pk: department for department in departments}
    found: dict[str, Department | None] = {}
    for department in departments:
        if department.closed_on:
            continue
        chain = [by_pk[int(pk)] for pk in department.path.split(".") if pk and int(pk) in by_pk]
        keys = set()
        for names in ([row.name for row in chain], [row.name_en or row.name for row in chain]):
            keys |= {_path_key("/".join(names[start:])) for start in range(len(names))}
        for key in keys:
            found[key] = None if key in found and found[key] is not department else department
    return found


def _role_names() -> dict[str, str]:
    """Roles by key and by their names in every language."""
    found: dict[str, str] = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            found |= {fold(str(role.name)): role.key for role in roles().values()}
    return found | {fold(key): key for key in roles()}


def _role_name(key: str) -> str:
    return str(roles()[key].name) if key in roles() else key


def _in_circle(username: str, above: dict[str, str]) -> bool:
    seen: set[str] = set()
    step = username
    while step and step not in seen:
        seen.add(step)
        step = above.get(step, "")
    return bool(step) and step == username
