"""Writes the plans of one chunk with a handful of statements: records, history, ledger, roles and index in the same transaction."""

import gc
from datetime import datetime
from functools import cached_property
from time import monotonic, thread_time
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, Contact, ImportBatch, ImportKind, OwnershipHow, RowAction
from crm_core.services.importing.checking import CHUNK
from crm_core.services.importing.planning import BESIDE, Plan, Planner
from crm_core.services.ledger import open_ownerships
from crm_core.services.saving import note_history
from foundation.loading import add_all, append, append_values, prepared, reserve
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.search.models import SearchDocument
from foundation.search.services import Entry, bulk_index, document_of, note_words

WRITTEN = ["action", "problems", "question", "decision", "target_id", "contact_id", "before", "after_version", "applied"]
LINK_TITLE = "link_title"  # before an update: the role whose title it changed, and that title
WANTED = 0.25  # seconds that a transaction may hold the lock of SQLite: half of what the pages are promised, for the next may have to wait for a processor
LEAST = 10
# Derived columns that follow the name and the phone, wherever the model has them.
KEYS = ["name_fold", "name_key", "name_core", "name_brand", "name_sound", "phone_key", "version", "updated_at"]


def keys_of(model: type[models.Model]) -> set[str]:
    """The derived columns of a model."""
    return set(KEYS) & {field.name for field in model._meta.concrete_fields}


class Pace:
    """How many rows go into one transaction: 100, fewer where a transaction would keep others waiting, as on a busy machine.

    ``longest`` is what the longest transaction took in seconds, ``longest_cpu`` what the one that worked longest needed of a processor.
    """

    def __init__(self) -> None:
        self.rows, self.longest, self.longest_cpu, self.began, self.began_cpu = CHUNK, 0.0, 0.0, 0.0, 0.0
        self.collects = False

    def __enter__(self) -> "Pace":
        self.collects = gc.isenabled()
        gc.disable()  # looking through everything that the process holds takes as long as writing the rows: not while others wait
        self.began, self.began_cpu = monotonic(), thread_time()
        return self

    def __exit__(self, *failure: object) -> None:
        spent = monotonic() - self.began
        if self.collects:
            gc.enable()
        self.longest, self.longest_cpu = max(self.longest, spent), max(self.longest_cpu, thread_time() - self.began_cpu)
        if spent > WANTED:
            self.rows = max(LEAST, int(self.rows * WANTED / spent))
        elif self.rows < CHUNK:
            self.rows = min(CHUNK, self.rows + LEAST)


class Writer:
    """One import being written; knows its people and remembers the departments of owners."""

    def __init__(self, batch: ImportBatch, by: User):
        self.batch, self.by, self.now = batch, by, timezone.now()
        self.planner = Planner(batch, by)
        self.departments: dict[int, int] = {}
        self.indexed: list[tuple[models.Model, Entry]] = []
        self.fresh: list[tuple[models.Model, Entry]] = []
        self.documents: list[SearchDocument] = []
        self.pace = Pace()

    @cached_property
    def default_owner(self) -> User | None:
        return self.batch.default_owner

    def prepare(self, plans: list[Plan], now: datetime) -> None:
        """Make the accounts and contacts of rows that create, with all that is derived from their names, and what search is to know of them."""
        self.now = now
        for plan in plans:
            if plan.action == RowAction.CREATE and self.batch.kind == ImportKind.ACCOUNT:
                account = plan.made = self._account(plan)
                plan.documents = [document_of(account, Entry(**account.search_entry()))]
                if (facts := plan.contact_facts()).get("name"):
                    contact = plan.made_contact = self._contact(plan, facts, account)
                    plan.documents.append(document_of(contact, _contact_entry(contact, account.name)))

    def hold(self, plans: list[Plan]) -> None:
        """Keep unrepeatable values for the records to be written; rows that lost theirs to somebody else are refused."""
        if not self.planner.unrepeated.brings_any(plans):
            return
        creates = [plan for plan in plans if plan.action == RowAction.CREATE]
        for plan, key in zip(creates, reserve(self.planner.model, len(creates)), strict=True):
            plan.target, plan.new_pk = None, key
        self.planner.unrepeated.hold(plans)

    def write(self, plans: list[Plan], now: datetime) -> None:
        """Write the rows that create, update or merge; the others are only noted."""
        self.now, self.indexed, self.fresh, self.documents = now, [], [], []
        creates = [plan for plan in plans if plan.action == RowAction.CREATE]
        following = [plan for plan in plans if plan.follows and plan.action == RowAction.MERGE]
        changes = [plan for plan in plans if plan.action in (RowAction.UPDATE, RowAction.MERGE) and not plan.follows]
        self._load_accounts([*creates, *changes])
        if self.batch.kind == ImportKind.CONTACT:
            self._create_contacts([(plan, self._contact(plan, plan.facts(), self._account_of(plan)), plan.values.get("title", "")) for plan in creates])
            for plan in creates:
                plan.row.target_id, plan.row.contact_id = plan.row.contact_id, None
        else:
            self._create_accounts(creates)
        self._update(changes)
        self._follow(following)
        bulk_index(self.indexed)
        index_new([*self.documents, *(document_of(row, entry) for row, entry in self.fresh)])
        for plan in plans:
            plan.row.applied = plan.action in (RowAction.CREATE, RowAction.UPDATE, RowAction.MERGE)

    def _load_accounts(self, plans: list[Plan]) -> None:
        pks = {plan.values["account_id"] for plan in plans if plan.values.get("account_id")}
        self.accounts: dict[int, Account] = Account.objects.in_bulk(pks) if pks else {}

    def _account_of(self, plan: Plan) -> Account | None:
        return self.accounts.get(plan.values.get("account_id", 0))

    # --- new rows ----------------------------------------------------------------------------------
    def _create_accounts(self, plans: list[Plan]) -> None:
        if not plans:
            return
        accounts = [plan.made for plan in plans]
        for plan in plans:
            plan.made.pk = plan.new_pk
        add_all(Account, accounts)
        append_history(accounts, by=self.by, now=self.now)
        open_ownerships(accounts, how=OwnershipHow.IMPORT, by=self.by, now=self.now)
        for plan, account in zip(plans, accounts, strict=True):
            plan.target, plan.row.target_id, plan.row.after_version = account, account.pk, account.version
        with_contact = [plan for plan in plans if plan.made_contact is not None]
        self._create_contacts(
            [(plan, plan.made_contact, plan.values.get("contact_title", "")) for plan in with_contact],
            accounts={id(plan): plan.made for plan in with_contact},
            is_new=True,
        )
        for plan in plans:
            for document, row in zip(plan.documents, (plan.made, plan.made_contact), strict=False):
                document.object_id = row.pk
            self.documents += plan.documents

    def _create_contacts(self, found: list[tuple[Plan, Contact, str]], accounts: dict[int, Account] | None = None, *, is_new: bool = False) -> None:
        if not found:
            return
        add_all(Contact, [contact for _plan, contact, _title in found])
        append_history([contact for _plan, contact, _title in found], by=self.by, now=self.now)
        placed = [(plan, contact, title, (accounts or {}).get(id(plan)) or self._account_of(plan)) for plan, contact, title in found]
        has_main = set() if is_new else _with_main([account for _plan, _contact, _title, account in placed if account])
        links = []
        for plan, contact, title, account in placed:
            plan.row.contact_id, plan.row.after_version = contact.pk, plan.row.after_version or contact.version
            if account:
                is_main = account.pk not in has_main
                has_main.add(account.pk)
                links.append(AccountContact(account=account, contact=contact, title=title[:80], deal_role=plan.values.get("deal_role", ""), is_main=is_main))
            if contact is not plan.made_contact:
                self.fresh.append((contact, _contact_entry(contact, account.name if account else "")))
        self._create_links(links)

    def _create_links(self, links: list[AccountContact]) -> None:
        if links:
            add_all(AccountContact, links)
            append_history(links, by=self.by, now=self.now)

    def _account(self, plan: Plan) -> Account:
        account = Account(**plan.facts())
        account.owner_id = plan.values.get("owner_id") or (self.default_owner.pk if self.default_owner else None)
        account.department_id = self._department_of(account.owner_id) if account.owner_id else self.batch.department_id
        if account.registered_status:
            account.registered_status_on = timezone.localdate(self.now)
        return self._stamped(account, plan)

    def _date_status(self, target: Account, before: dict[str, Any]) -> None:
        """A status is as of the day on which the file says it; what was there before stays for undo."""
        before["registered_status_on"] = target.registered_status_on.isoformat() if target.registered_status_on else None
        target.registered_status_on = timezone.localdate(self.now)

    def _contact(self, plan: Plan, facts: dict[str, Any], account: Account | None = None) -> Contact:
        contact = Contact(**facts)
        contact.pk = plan.new_pk if self.batch.kind == ImportKind.CONTACT else None
        contact.owner_id = account.owner_id if account else (plan.values.get("owner_id") or self.by.pk)
        contact.department_id = account.department_id if account else self.batch.department_id
        return self._stamped(contact, plan)

    def _stamped(self, row: Any, plan: Plan) -> Any:
        """The original author and date where the file names them, else the importer's."""
        made = plan.values.get("created_at")
        row.created_by_id = plan.values.get("author_id") or self.by.pk
        row.created_at, row.updated_at = (parse_datetime(made) if made else None) or self.now, timezone.now()
        row.phone_key = phone_key(row.phone) if row.phone else ""
        row.set_keys()
        return row

    def _department_of(self, owner_id: int) -> int:
        if owner_id not in self.departments:
            post = access_of(User.objects.get(pk=owner_id)).main_post
            self.departments[owner_id] = post.department_id if post else self.batch.department_id
        return self.departments[owner_id]

    # --- rows that are here ---------------------------------------------------------------------------
    def _update(self, plans: list[Plan]) -> None:
        """Change what was shown to change, all rows in one statement; what was there before stays with the row."""
        if not plans:
            return
        fields: set[str] = set()
        raised: set[int] = set()
        for plan in plans:
            target = plan.target
            facts = {key: value for key, (_before, value) in plan.changes.items() if key not in BESIDE}
            plan.row.before, plan.row.target_id = {key: getattr(target, key) for key in facts}, target.pk
            if "registered_status" in facts:
                self._date_status(target, plan.row.before)
                fields.add("registered_status_on")
            for key, value in facts.items():
                setattr(target, key, value)
            if target.pk not in raised:  # two rows of a chunk may be about one record
                target.version += 1
            raised.add(target.pk)
            target.phone_key, target.updated_at = phone_key(target.phone) if target.phone else "", timezone.now()
            target.set_keys()
            plan.row.after_version = target.version
            fields |= facts.keys()
        targets = list({plan.target.pk: plan.target for plan in plans}.values())
        type(targets[0]).objects.bulk_create(targets, update_conflicts=True, unique_fields=["id"], update_fields=sorted(fields | keys_of(type(targets[0]))))
        note_history(targets, by=self.by, reason="import")
        self._add_contacts([plan for plan in plans if plan.has_new_contact])
        self._add_roles(plans)
        self._retitle([plan for plan in plans if "title" in plan.changes])
        self.indexed += [(target, Entry(**target.search_entry())) for target in targets]

    def _add_contacts(self, plans: list[Plan]) -> None:
        versions = {id(plan): plan.row.after_version for plan in plans}
        self._create_contacts(
            [(plan, self._contact(plan, plan.contact_facts(), plan.target), plan.values.get("contact_title", "")) for plan in plans],
            accounts={id(plan): plan.target for plan in plans},
        )
        for plan in plans:
            plan.row.after_version = versions[id(plan)]

    def _follow(self, plans: list[Plan]) -> None:
        """Give customers that earlier rows brought the contacts of these; the customers themselves stay as they are."""
        for plan in plans:
            plan.target = plan.leader.target if plan.leader is not None else plan.target
        self._create_contacts(
            [(plan, self._contact(plan, plan.contact_facts(), plan.target), plan.values.get("contact_title", "")) for plan in plans],
            accounts={id(plan): plan.target for plan in plans},
        )
        for plan in plans:
            plan.row.target_id, plan.row.after_version = plan.target.pk, plan.target.version

    def _retitle(self, plans: list[Plan]) -> None:
        """Give roles that stand the title that their row says."""
        links = _with_titles(plans) if plans else {}
        changed = []
        for plan in plans:
            if link := links.get((plan.target.pk, plan.values["account_id"])):
                plan.row.before = {**(plan.row.before or {}), LINK_TITLE: [link.pk, link.title]}
                link.title = plan.changes["title"][1][:80]
                changed.append(link)
        if changed:
            AccountContact.objects.bulk_update(changed, ["title"])
            note_history(changed, by=self.by, reason="import")

    def _add_roles(self, plans: list[Plan]) -> None:
        """Give contacts that are here the role at the account that their row names."""
        wanted = [(plan, account) for plan in plans if self.batch.kind == ImportKind.CONTACT and (account := self._account_of(plan))]
        if not wanted:
            return
        standing = AccountContact.objects.filter(contact__in=[plan.target for plan, _account in wanted], ends_on__isnull=True)
        here = set(standing.values_list("account_id", "contact_id"))
        has_main = _with_main([account for _plan, account in wanted])
        links = []
        for plan, account in wanted:
            if (account.pk, plan.target.pk) not in here:
                here.add((account.pk, plan.target.pk))
                links.append(AccountContact(account=account, contact=plan.target, title=plan.values.get("title", "")[:80], is_main=account.pk not in has_main))
                has_main.add(account.pk)
        self._create_links(links)


def _with_titles(plans: list[Plan]) -> dict[tuple[int, int], AccountContact]:
    rows = AccountContact.objects.filter(contact__in=[plan.target.pk for plan in plans], ends_on__isnull=True)
    return {(link.contact_id, link.account_id): link for link in rows}


def append_history(rows: list[Any], *, by: User, now: datetime) -> None:
    """The first history rows of records just written, as django-simple-history writes them."""
    if not rows:
        return
    table = type(rows[0]).history.model
    own = {"history_date": now, "history_change_reason": "import", "history_type": "+", "history_user_id": by.pk}
    readers = prepared(type(rows[0]))
    columns = [field.column for field in table._meta.concrete_fields if not field.primary_key]
    head = table(**{key: value for key, value in own.items() if key != "history_user_id"})
    fixed = {column: read(head) for column, read in prepared(table).items() if column in own} | {"history_user_id": by.pk}
    append_values(table, columns, [[fixed[column] if column in fixed else readers[column](row) for column in columns] for row in rows])


def index_new(documents: list[SearchDocument]) -> None:
    """Make records findable that were not there before, so that no document of theirs can be in the way."""
    if documents:
        note_words(" ".join(f"{document.title} {document.subtitle}" for document in documents))
        append(SearchDocument, documents)


def _with_main(accounts: list[Account]) -> set[int]:
    rows = AccountContact.objects.filter(account__in={account.pk for account in accounts}, is_main=True, ends_on__isnull=True)
    return set(rows.values_list("account_id", flat=True))


def _contact_entry(contact: Contact, account_name: str) -> Entry:
    """As ``Contact.search_entry``, without a query per row."""
    return Entry(**contact.search_entry([account_name] if account_name else []))
