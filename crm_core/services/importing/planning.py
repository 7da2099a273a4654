"""What is to happen with each row of a chunk: create, update, merge, skip or refuse, with the reason beside the cell."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.models import (
    Account,
    AccountContact,
    CollectionReturn,
    Contact,
    Decision,
    ImportBatch,
    ImportKind,
    ImportRow,
    RowAction,
    RowQuestion,
    WhenHere,
    possible_owners,
)
from crm_core.services.dictionaries import code_of
from crm_core.services.importing.cleaning import Cleaner
from crm_core.services.importing.following import brings_nobody_new, check_following, follow, names_of
from crm_core.services.importing.matching import Found, Matches, _links
from crm_core.services.importing.seen import SeenKeys
from crm_core.services.importing.swapping import TOGETHER
from crm_core.services.importing.unrepeated import Unrepeated
from foundation.people.models import User
from foundation.text import fold

# Values that are no facts of the record itself.
NOT_FACTS = frozenset(
    {"owner", "author", "created_at", "account", "title", "deal_role", "record_key", "record_pk", "record_version", "import_row", "owner_id", "author_id", "account_id", "target_version", "follows", TOGETHER}
)  # fmt: skip
# What a change shows besides facts of the record: a contact that comes along, a role at an account, a title.
BESIDE = frozenset({"contact_name", "account", "title"})
_RECORD_KEY = re.compile(r"^R(\d{1,15})-(\d{1,9})$")


@dataclass
class Plan:
    """One row's fate."""

    row: ImportRow
    values: dict[str, Any]
    problems: dict[str, str]
    action: str = RowAction.REFUSE
    target: Any = None
    question: str = ""
    candidates: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    has_new_contact: bool = False
    made: Any = None
    made_contact: Any = None
    documents: list[Any] = field(default_factory=list)
    new_pk: int | None = None
    leader: "Plan | None" = None

    @property
    def follows(self) -> int:
        """The earlier row that brings the customer, when this one only adds a contact."""
        return int(self.values.get("follows", 0))

    @property
    def key(self) -> int:
        """The record that the row makes or changes."""
        return int(self.target.pk if self.target is not None else self.new_pk or 0)

    def refuse(self) -> None:
        """Not to be loaded; the reasons are noted already."""
        self.action, self.changes, self.has_new_contact = RowAction.REFUSE, {}, False

    def skip(self, sentence: str) -> None:
        """Nothing to be done."""
        self.action, self.changes, self.has_new_contact, self.problems["name"] = RowAction.SKIP, {}, False, sentence

    def facts(self) -> dict[str, Any]:
        """Fields of the record itself, without people, dates and what belongs to the contact."""
        return {key: value for key, value in self.values.items() if key not in NOT_FACTS and not key.startswith("contact_")}

    def contact_facts(self) -> dict[str, Any]:
        """The contact that an account's row brings."""
        return {key.removeprefix("contact_"): value for key, value in self.values.items() if key.startswith("contact_") and key != "contact_title"}

    def settle(self) -> None:
        """Write the plan onto the row."""
        row = self.row
        row.action, row.problems, row.question, row.candidates = self.action, self.problems, self.question, self.candidates
        row.target_id = self.target.pk if self.target else None
        row.changes = self.changes or None
        if self.target:
            self.values["target_version"] = self.target.version
        row.values = self.values


def record_key(row: Any) -> str:
    """The key under which a record stands in a collection sheet: its number and version."""
    return f"R{row.pk}-{row.version}"


class Planner:
    """Plans chunk after chunk; ``seen`` remembers names and codes of earlier rows of the same file."""

    def __init__(self, batch: ImportBatch, by: User, *, seen: SeenKeys | None = None):
        self.batch, self.by, self.seen = batch, by, seen
        self.sees = batch.handed_in_by or by
        self.is_sheet = batch.handed_in_by_id is not None
        self.model: Any = Contact if batch.kind == ImportKind.CONTACT else Account
        self.cleaner = Cleaner(batch)
        self.unrepeated = Unrepeated(batch, self.cleaner.custom, seen)

    @cached_property
    def owner_ids(self) -> set[int]:
        return set(possible_owners(self.by).values_list("pk", flat=True))

    @cached_property
    def people(self) -> dict[str, set[tuple[int, str]]]:
        """Active people by every name a file may use for them."""
        found: dict[str, set[tuple[int, str]]] = defaultdict(set)
        for user in User.objects.filter(is_active=True).only("pk", "username", "display_name", "employee_number", "email", "is_active"):
            for name in {fold(user.username), fold(user.display_name), fold(user.employee_number), fold(user.email)} - {""}:
                found[name].add((user.pk, str(user)))
        return found

    def plan(self, rows: Iterable[ImportRow]) -> list[Plan]:
        """Plans for a chunk of rows; a handful of queries, however many rows."""
        return self.replan(self._read(rows), with_similar=True)

    def recall(self, rows: Iterable[ImportRow]) -> None:
        """Know again what rows that were planned before a kill bring: their keys and the words that nobody knows."""
        for plan in self._read(rows):
            if self.seen is not None and not plan.problems:
                self._met(plan)
            self.unrepeated.recall(plan.row)

    def _read(self, rows: Iterable[ImportRow]) -> list[Plan]:
        plans = [Plan(row, *self.cleaner.clean(row.raw)) for row in rows]
        accounts = self._accounts([plan.values["account"] for plan in plans if plan.values.get("account")])
        for plan in plans:
            self._prepare(plan, accounts)
        return plans

    def replan(self, plans: list[Plan], *, with_similar: bool) -> list[Plan]:
        """Fates of rows whose values are known, against what is here now."""
        matches = Matches(model=self.model, sees=self.sees, rows=[plan.values for plan in plans], with_similar=with_similar, owned_only=self.is_sheet)
        for place, plan in enumerate(plans):
            if not plan.problems:
                self._one(plan, matches, place)
        self._show_changes([plan for plan in plans if plan.target is not None and plan.action in (RowAction.UPDATE, RowAction.MERGE)])
        self.unrepeated.check(plans)
        check_following(plans, self.batch)
        return plans

    def already_here(self, plans: list[Plan]) -> set[int]:
        """Which rows that were to create something have met a record of the same key, code or name since; by the rows' keys."""
        if not plans:
            return set()
        matches = Matches(model=self.model, sees=self.sees, rows=[plan.values for plan in plans], with_similar=False, owned_only=self.is_sheet)
        if not matches.by_pk:
            return set()
        found = [(plan, matches.of(plan.values, place, plan.values.get("account_id"))) for place, plan in enumerate(plans)]
        return {plan.row.pk for plan, one in found if one.target is not None or one.hidden or one.candidates}

    # --- one row ---------------------------------------------------------------------------------
    def _prepare(self, plan: Plan, accounts: dict[str, list[tuple[int, str]]]) -> None:
        values = plan.values
        if values.get("external_key"):  # behind its source, so that two systems do not collide
            values["external_key"] = f"{self.batch.source or self.batch.kind}:{values['external_key']}"[:120]
        if key := values.pop("record_key", ""):
            self._own_key(plan, key)
        self._people_of(plan)
        if self.batch.kind == ImportKind.CONTACT and values.get("account"):
            found = accounts.get(fold(values["account"]), [])
            if len(found) == 1:
                values["account_id"] = found[0][0]
            else:
                sentence = _("Several accounts are called “%(name)s”.") if found else _("No account that you see is called “%(name)s”.")
                plan.problems["account"] = sentence % {"name": values["account"]}

    def _own_key(self, plan: Plan, key: str) -> None:
        if found := _RECORD_KEY.match(key):
            plan.values["record_pk"], plan.values["record_version"] = int(found[1]), int(found[2])
        else:
            plan.problems["record_key"] = _("“%(key)s” is no key of ours. Leave this column as it was sent out.") % {"key": key[:40]}

    def _one(self, plan: Plan, matches: Matches, place: int) -> None:
        earlier, is_same = self._met(plan)
        if earlier and is_same:
            plan.problems["name"], plan.action = _("The same as in row %(row)d.") % {"row": earlier}, RowAction.SKIP
            return
        if earlier:
            follow(plan, earlier)
            return
        found = matches.of(plan.values, place, plan.values.get("account_id"))
        if found.hidden:
            plan.problems["name"] = found.hidden
            return
        if plan.values.get("record_pk") and found.target is None:
            plan.problems["record_key"] = _("The record of this row is not here any more, or not yours.")
            return
        plan.target = found.target
        self._ask(plan, found)
        if plan.row.decision:
            self._decided(plan, matches)
        elif plan.question:
            plan.problems["name"] = self._sentence(plan)
        elif plan.target is None:
            plan.action = RowAction.CREATE
        else:
            plan.action = {WhenHere.UPDATE: RowAction.UPDATE, WhenHere.MERGE: RowAction.MERGE}.get(WhenHere(self.batch.when_here), RowAction.SKIP)
            if plan.action == RowAction.SKIP:
                plan.problems["name"] = _("Here already.")

    def _met(self, plan: Plan) -> tuple[int, bool]:
        """The earlier row about the same record, 0 for none, and whether it says all that this one does."""
        if self.seen is None:
            return 0, False
        values, row_no = plan.values, plan.row.row_no
        earlier = self.seen.first(self._keys(values), row_no)
        if self.model is not Account or values.get("record_pk"):
            return earlier, True
        return earlier, brings_nobody_new(self.seen, values, earlier or row_no, row_no)

    def _ask(self, plan: Plan, found: Found) -> None:
        """Whether somebody has to decide first, and about which records."""
        target, owner_id = found.target, plan.values.get("owner_id")
        if target is None:
            plan.question, plan.candidates = (RowQuestion.DUPLICATE if found.candidates else ""), found.candidates
            return
        version = plan.values.get("record_version")
        if version is not None and version != target.version and changes_of(plan):
            plan.question = RowQuestion.CHANGED
        elif self.model is Account and owner_id and target.owner_id and owner_id != target.owner_id:
            plan.question = RowQuestion.OWNER
        if plan.question:
            plan.candidates = [
                {"pk": target.pk, "name": target.name, "where": str(target.department or ""), "owner": str(target.owner or ""), "score": 100, "rules": []}
            ]

    def _sentence(self, plan: Plan) -> str:
        if plan.question == RowQuestion.OWNER:
            return _("It belongs to %(owner)s, not to %(named)s: decide.") % {"owner": plan.candidates[0]["owner"], "named": plan.values.get("owner", "")}
        if plan.question == RowQuestion.CHANGED:
            return _("It was changed here after the sheet was sent out: decide.")
        names = _(", ").join(one["name"] or _("one in %(department)s") % {"department": one["where"] or "-"} for one in plan.candidates[:3])
        return _("It may be here already as %(names)s: decide.") % {"names": names}

    def _decided(self, plan: Plan, matches: Matches) -> None:
        decision, wanted = plan.row.decision, plan.row.target_id
        if decision == Decision.SKIP:
            plan.action, plan.problems["name"] = RowAction.SKIP, _("Skipped by decision.")
            return
        if decision == Decision.CREATE:
            key = plan.values.get("external_key")
            if key and key in matches.by_key:
                plan.problems["external_key"] = _("This key belongs to %(name)s already.") % {"name": matches.by_key[key].name}
                return
            plan.action, plan.target = RowAction.CREATE, None
            return
        offered = {one["pk"] for one in plan.candidates if one["pk"]} | ({plan.target.pk} if plan.target else set())
        chosen = wanted if wanted in offered else next(iter([one["pk"] for one in plan.candidates if one["pk"]] or [plan.target.pk if plan.target else None]))
        if chosen is None or chosen not in matches.by_pk:
            plan.problems["name"] = _("The record that was chosen is not here any more: decide again.")
            return
        plan.target = matches.by_pk[chosen]
        plan.action = RowAction.UPDATE if decision == Decision.UPDATE else RowAction.MERGE

    def _people_of(self, plan: Plan) -> None:
        for key in ("owner", "author"):
            name = plan.values.get(key)
            if not name:
                continue
            said = self.cleaner.words.said(key, name)
            if said == "":
                del plan.values[key]
                continue
            found = [(int(said), name)] if said else list(self.people.get(fold(name), ()))
            if len(found) != 1:
                self.cleaner.note_unknown(key, name)
                sentence = _("Several people are called “%(name)s”; write the user name.") if found else _("Nobody here is called “%(name)s”.")
                plan.problems[key] = sentence % {"name": name}
            elif key == "owner" and found[0][0] not in self.owner_ids:
                plan.problems[key] = _("You cannot give accounts to %(person)s: not a sales person within your reach.") % {"person": found[0][1]}
            else:
                plan.values[f"{key}_id"] = found[0][0]

    def _keys(self, values: dict[str, Any]) -> list[str]:
        if values.get("record_pk"):
            return [f"record|{values['record_pk']}|{fold(values.get('contact_name', ''))}"]
        if values.get("external_key"):
            return [f"key|{fold(values['external_key'])}"]
        if self.model is Contact:
            return [f"contact|{fold(values['name'])}|{values.get('account_id', '')}|{values.get('phone', '')}"]
        return [f"{key}|{fold(values[key])}" for key in ("credit_code", "name") if values.get(key)]

    # --- before and after -----------------------------------------------------------------------------
    def _show_changes(self, plans: list[Plan]) -> None:
        """What an update or a merge would change, by field; a row that would change nothing is skipped."""
        targets = [plan.target.pk for plan in plans]
        names = names_of(targets) if self.model is Account else {}
        linked = _links([plan.target for plan in plans]) if self.model is Contact else {}
        titles = _titles(targets) if self.model is Contact else {}
        for plan in plans:
            plan.changes = changes_of(plan)
            contact = fold(plan.contact_facts().get("name", ""))
            plan.has_new_contact = bool(contact) and self.model is Account and contact not in names.get(plan.target.pk, ())
            account_id = plan.values.get("account_id")
            if plan.has_new_contact:
                plan.changes["contact_name"] = ["", plan.contact_facts()["name"]]
            if account_id and account_id not in linked.get(plan.target.pk, ()):
                plan.changes["account"] = ["", plan.values["account"]]
            elif plan.action == RowAction.UPDATE and (title := plan.values.get("title")) and account_id:
                standing = titles.get((plan.target.pk, account_id), title)
                if standing != title and code_of("title", standing) != title:  # the same word, as text there and as a choice here
                    plan.changes["title"] = [standing, title]
            if not plan.changes:
                plan.action = RowAction.SKIP
                plan.problems["name"] = _("Here already, with the same facts.") if plan.action != RowAction.MERGE else _("Here already, no blank to fill.")

    def _accounts(self, names: list[str]) -> dict[str, list[tuple[int, str]]]:
        wanted = {fold(name) for name in names}
        if not wanted:
            return {}
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        condition = Q(name_fold__in=wanted) | Q(external_key__in=[f"{self.batch.source or ImportKind.ACCOUNT}:{name}" for name in names])
        rows = Account.objects.visible_to(self.sees).filter(condition)
        for pk, name_fold, key in rows.values_list("pk", "name_fold", "external_key"):
            for known in {name_fold, fold(key.partition(":")[2])} - {""}:
                found[known].append((pk, name_fold))
        for old, account in self._renamed([name for name in names if fold(name) not in found]):
            if account not in found[fold(old)]:
                found[fold(old)].append(account)
        return found

    def _renamed(self, names: list[str]) -> list[tuple[str, tuple[int, str]]]:
        """Accounts that stand under another name in the same sheet than here: its contacts say the one of the sheet."""
        if not names or not self.is_sheet:
            return []
        beside = CollectionReturn.objects.filter(contacts=self.batch).values("accounts")
        rows = ImportRow.objects.filter(batch__in=beside, target_id__isnull=False).filter(Q(applied=True) | Q(action=RowAction.SKIP))
        pairs = [(before["name"], pk) for before, pk in rows.filter(before__has_key="name").values_list("before", "target_id") if before]
        # Somebody decided that a new customer of the sheet is one that was here, under another name.
        decided = rows.exclude(question="").values_list("values", "target_id")
        pairs += [(values["name"], pk) for values, pk in decided if values and values.get("name")]
        wanted = {fold(name) for name in names}
        return [(name, (pk, fold(name))) for name, pk in pairs if pk and fold(name) in wanted]


def _titles(contacts: list[int]) -> dict[tuple[int, int], str]:
    rows = AccountContact.objects.filter(contact__in=contacts, ends_on__isnull=True)
    return {(contact, account): title for contact, account, title in rows.values_list("contact_id", "account_id", "title")}


def _is_same(key: str, now: Any, value: Any) -> bool:
    """Whether it is the same number or address in another spelling, which is no change."""
    if not now or not value:
        return False
    if key == "phone":
        return phone_key(now) == phone_key(value) != ""
    return key == "email" and str(now).casefold() == str(value).casefold()


def changes_of(plan: Plan) -> dict[str, list[Any]]:
    """Before and after of every field that the row would change; a merge touches blanks only, and a key of another system stays."""
    target = plan.target
    found: dict[str, list[Any]] = {}
    for key, value in plan.facts().items():
        now = getattr(target, key)
        if key == "custom":
            value = {**now, **value} if plan.action != RowAction.MERGE else {**value, **{name: old for name, old in now.items() if old not in ("", None, [])}}
            if value != now:
                found[key] = [now, value]
            continue
        if now == value or _is_same(key, now, value) or (now and (plan.action == RowAction.MERGE or key == "external_key")):
            continue
        found[key] = [now, value]
    return found
