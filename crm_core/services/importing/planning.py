"""What is to happen with each row of a chunk: create, update, skip or refuse, with the reason beside the cell."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.models import Account, AccountContact, Contact, ImportBatch, ImportKind, ImportRow, RowAction, WhenHere, possible_owners
from crm_core.services.importing.fields import clean_row
from foundation.people.models import User
from foundation.text import fold

NOT_FACTS = {"owner", "author", "created_at", "account", "title", "deal_role"}


@dataclass
class Plan:
    """One row's fate."""

    row: ImportRow
    action: str
    values: dict[str, Any]
    problems: dict[str, str]
    target: Any = None
    owner: User | None = None
    author: User | None = None
    account: Account | None = None

    def facts(self) -> dict[str, Any]:
        """Fields of the record itself, without people, dates and what belongs to the contact."""
        return {key: value for key, value in self.values.items() if key not in NOT_FACTS and not key.startswith("contact_")}

    def contact_facts(self) -> dict[str, Any]:
        """The contact that an account's row brings."""
        return {key.removeprefix("contact_"): value for key, value in self.values.items() if key.startswith("contact_") and key != "contact_title"}


@dataclass
class Planner:
    """Plans chunk after chunk; ``seen`` remembers names and codes of earlier rows of the same file."""

    batch: ImportBatch
    by: User
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    @cached_property
    def model(self) -> Any:
        return Contact if self.batch.kind == ImportKind.CONTACT else Account

    @cached_property
    def owner_ids(self) -> set[int]:
        return set(possible_owners(self.by).values_list("pk", flat=True))

    @cached_property
    def people(self) -> dict[str, list[User]]:
        """Active people by every name a file may use for them."""
        found: dict[str, list[User]] = defaultdict(list)
        for user in User.objects.filter(is_active=True).only("pk", "username", "display_name", "employee_number", "email", "is_active"):
            for name in {fold(user.username), fold(user.display_name), fold(user.employee_number), fold(user.email)} - {""}:
                found[name].append(user)
        return found

    def plan(self, rows: Iterable[ImportRow]) -> list[Plan]:
        """Plans for a chunk of rows; three queries at most, however many rows."""
        cleaned = [(row, *clean_row(self.batch.kind, self.batch.mapping, row.raw)) for row in rows]
        matches = self._matches([values for _row, values, _problems in cleaned])
        accounts = self._accounts([values.get("account", "") for _row, values, _problems in cleaned])
        return [self._one(row, values, problems, matches, accounts) for row, values, problems in cleaned]

    # --- one row ---------------------------------------------------------------------------------
    def _one(self, row: ImportRow, values: dict[str, Any], problems: dict[str, str], matches: "Matches", accounts: dict[str, list[Account]]) -> Plan:
        plan = Plan(row, RowAction.REFUSE, values, problems)
        self._people_of(plan)
        if self.batch.kind == ImportKind.CONTACT:
            self._account_of(plan, accounts)
        if problems:
            return plan
        if earlier := self._seen_before(plan):
            problems["name"] = _("The same as in row %(row)d.") % {"row": earlier}
            plan.action = RowAction.SKIP
            return plan
        plan.target, reason = matches.of(values, plan.account)
        if reason:
            problems["name"] = reason
        elif plan.target is None:
            plan.action = RowAction.CREATE
        elif self.batch.when_here == WhenHere.SKIP:
            plan.action = RowAction.SKIP
            problems["name"] = _("Here already.")
        elif not self._differs(plan):
            plan.action = RowAction.SKIP
            problems["name"] = _("Here already, with the same facts.")
        else:
            plan.action = RowAction.UPDATE
        return plan

    def _people_of(self, plan: Plan) -> None:
        for key in ("owner", "author"):
            name = plan.values.get(key)
            if not name:
                continue
            found = self.people.get(fold(name), [])
            if len(found) != 1:
                plan.problems[key] = (_("Several people are called “%(name)s”; write the user name.") if found else _("Nobody here is called “%(name)s”.")) % {
                    "name": name
                }
            elif key == "owner" and found[0].pk not in self.owner_ids:
                plan.problems[key] = _("You cannot give accounts to %(person)s: not a sales person within your reach.") % {"person": found[0]}
            else:
                setattr(plan, key, found[0])

    def _account_of(self, plan: Plan, accounts: dict[str, list[Account]]) -> None:
        name = plan.values.get("account", "")
        found = accounts.get(fold(name), []) if name else []
        if name and len(found) == 1:
            plan.account = found[0]
        elif name:
            sentence = _("Several accounts are called “%(name)s”.") if found else _("No account that you see is called “%(name)s”.")
            plan.problems["account"] = sentence % {"name": name}

    def _seen_before(self, plan: Plan) -> int:
        if self.model is Contact:
            keys = [("contact", f"{fold(plan.values['name'])}|{plan.account.pk if plan.account else ''}|{plan.values.get('phone', '')}")]
        else:
            keys = [(key, fold(plan.values[key])) for key in ("external_key", "credit_code", "name") if plan.values.get(key)]
        if plan.values.get("external_key"):
            keys = [("external_key", fold(plan.values["external_key"]))]
        earlier = next((self.seen[key] for key in keys if key in self.seen and self.seen[key] != plan.row.row_no), 0)
        for key in keys:
            self.seen.setdefault(key, plan.row.row_no)
        return earlier

    def _differs(self, plan: Plan) -> bool:
        if self.model is Account and (plan.contact_facts().get("name") and not _has_contact(plan.target, plan.contact_facts()["name"])):
            return True
        if plan.account and not plan.target.account_links.filter(account=plan.account, ends_on__isnull=True).exists():
            return True
        return any(getattr(plan.target, key) != value for key, value in self.stored(plan.facts()).items())

    def stored(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Facts as they are kept: the key of another system stands behind its source, so that two systems do not collide."""
        if facts.get("external_key"):
            facts = facts | {"external_key": f"{self.batch.source or self.batch.kind}:{facts['external_key']}"[:120]}
        return facts

    # --- chunk-wide look-ups ------------------------------------------------------------------------
    def _matches(self, rows: list[dict[str, Any]]) -> "Matches":
        keys = {self.stored(values)["external_key"] for values in rows if values.get("external_key")}
        names = {fold(values["name"])[:160] for values in rows if values.get("name")}
        condition = Q(name_fold__in=names)
        if keys:
            condition |= Q(external_key__in=keys)
        if self.model is Account and (codes := {values["credit_code"] for values in rows if values.get("credit_code")}):
            condition |= Q(credit_code__in=codes)
        found = list(self.model.objects.live().filter(condition).select_related("department"))
        visible = set(self.model.objects.visible_to(self.by).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
        return Matches(self, found, visible)

    def _accounts(self, names: list[str]) -> dict[str, list[Account]]:
        wanted = {fold(name) for name in names if name}
        if not wanted:
            return {}
        found: dict[str, list[Account]] = defaultdict(list)
        condition = Q(name_fold__in=wanted) | Q(external_key__in=[f"{self.batch.source or ImportKind.ACCOUNT}:{name}" for name in names if name])
        for account in Account.objects.visible_to(self.by).filter(condition):
            for key in {account.name_fold, fold(account.external_key.partition(":")[2])} - {""}:
                found[key].append(account)
        return found


class Matches:
    """The records that are here already, by key of another system, by credit code and by folded name."""

    def __init__(self, planner: Planner, found: list[Any], visible: set[int]):
        self.planner, self.visible = planner, visible
        self.by_key = {row.external_key: row for row in found if row.external_key}
        self.by_code = {row.credit_code: row for row in found if getattr(row, "credit_code", "")}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        for row in found:
            self.by_name[row.name_fold].append(row)
        self.linked = _links(found) if planner.model is Contact else {}

    def of(self, values: dict[str, Any], account: Account | None) -> tuple[Any, str]:
        """The record meant by a row, or none; and a reason when the row cannot be decided or may not be touched."""
        key = self.planner.stored(values).get("external_key")
        named = self.by_name.get(fold(values["name"])[:160], [])
        if self.planner.model is Contact:
            named = [row for row in named if (account and account.pk in self.linked.get(row.pk, ())) or (values.get("email") and row.email == values["email"])]
        if key:  # another key of the same source is another record, whatever its name
            prefix = key.partition(":")[0] + ":"
            named = [row for row in named if not row.external_key.startswith(prefix) or row.external_key == key]
        target = self.by_key.get(key) or self.by_code.get(values.get("credit_code")) if key or values.get("credit_code") else None
        if target is None and len(named) > 1:
            return None, _("%(count)d records have this name; give the credit code or the key.") % {"count": len(named)}
        target = target or (named[0] if named else None)
        if target is not None and target.pk not in self.visible:
            return None, _("Here already, in %(department)s, where you do not see it.") % {"department": target.department or "-"}
        return target, ""


def _links(found: list[Any]) -> dict[int, set[int]]:
    linked: dict[int, set[int]] = defaultdict(set)
    rows = AccountContact.objects.filter(contact__in=[row.pk for row in found]).values_list("contact_id", "account_id")
    for contact, account in rows:
        linked[contact].add(account)
    return linked


def _has_contact(account: Account, name: str) -> bool:
    return account.contacts.live().filter(name_fold=fold(name)).exists()
