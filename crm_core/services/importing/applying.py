"""Write a checked batch, a chunk of 100 rows to a transaction; the cursor moves in the same transaction, so a kill costs at most a chunk."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, BatchState, Contact, ImportBatch, ImportKind, ImportRow, Ownership, OwnershipHow, RowAction
from crm_core.services.importing.checking import CHUNK
from crm_core.services.importing.planning import Plan, Planner
from crm_core.services.saving import note_history
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.search.services import Entry, bulk_index
from foundation.text import fold
from foundation.usage.models import Surface, Verb
from foundation.usage.services import record

WRITTEN = ["action", "problems", "target_id", "contact_id", "before", "after_version", "applied"]


class CannotApply(Refused):
    """The batch has not been checked, or was applied already."""


@transaction.atomic
def start_apply(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """Say that a checked batch is being applied; of two people who press the button one is refused."""
    if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.CHECKED).update(state=BatchState.APPLYING, cursor=0):
        raise CannotApply(_("Check the file first; an import is applied only once."))
    batch.refresh_from_db()


@transaction.atomic
def apply_chunk(*, batch: ImportBatch, by: User, now: datetime, planner: Planner | None = None) -> int:
    """Write the next rows that create or update; gives how many were read, 0 at the end.

    Rows are planned again against what is here now, because somebody may have entered the customer since the check.
    """
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != BatchState.APPLYING:
        raise CannotApply(_("This import is not being applied."))
    rows = list(
        ImportRow.objects.filter(batch=batch, row_no__gt=locked.cursor, applied=False, action__in=[RowAction.CREATE, RowAction.UPDATE]).order_by("row_no")[
            :CHUNK
        ]
    )
    if not rows:
        return 0
    plans = (planner or Planner(locked, by)).plan(rows)
    for plan in plans:
        plan.row.action, plan.row.problems = plan.action, plan.problems
    _Writer(locked, by, now).write(plans)
    ImportRow.objects.bulk_update(rows, WRITTEN)
    locked.cursor = rows[-1].row_no
    locked.save(update_fields=["cursor"])
    batch.cursor = locked.cursor
    return len(rows)


@transaction.atomic
def finish_apply(*, batch: ImportBatch, by: User, now: datetime) -> ImportBatch:
    """Count what was done, tell the person, and write one usage event for the whole import."""
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.APPLYING).update(state=BatchState.APPLIED, applied_at=now)
    batch.refresh_from_db()
    if changed:
        counts = Counter({action: 0 for action in RowAction.values})
        for action in ImportRow.objects.filter(batch=batch).values_list("action", flat=True).iterator():
            counts[action] += 1
        batch.counts = dict(counts)
        batch.save(update_fields=["counts"])
        record(by=by, feature="crm.account.import", verb=Verb.IMPORT, obj=batch, now=now, surface=Surface.IMPORT)
        notices.import_finished(batch=batch)
    return batch


class _Writer:
    """Writes the plans of one chunk with a handful of statements."""

    def __init__(self, batch: ImportBatch, by: User, now: datetime):
        self.batch, self.by, self.now = batch, by, now
        self.planner = Planner(batch, by)
        self.departments: dict[int, int] = {}

    def write(self, plans: list[Plan]) -> None:
        creates = [plan for plan in plans if plan.action == RowAction.CREATE]
        updates = [plan for plan in plans if plan.action == RowAction.UPDATE]
        if self.batch.kind == ImportKind.CONTACT:
            self._create_contacts([(plan, self._contact(plan, plan.facts()), plan.account, plan.values.get("title", "")) for plan in creates])
            for plan in creates:
                plan.row.target_id, plan.row.contact_id = plan.row.contact_id, None
        else:
            self._create_accounts(creates)
        for plan in updates:
            self._update(plan)
        for plan in plans:
            plan.row.applied = plan.action in (RowAction.CREATE, RowAction.UPDATE)

    # --- new rows ----------------------------------------------------------------------------------
    def _create_accounts(self, plans: list[Plan]) -> None:
        accounts = [self._account(plan) for plan in plans]
        Account.objects.bulk_create(accounts)
        note_history(accounts, by=self.by, reason="import", update=False)
        Ownership.objects.bulk_create(
            Ownership(account=account, owner=account.owner, department_id=account.department_id, how=OwnershipHow.IMPORT, starts_at=self.now, by=self.by)
            for account in accounts
            if account.owner_id
        )
        for plan, account in zip(plans, accounts, strict=True):
            plan.target, plan.row.target_id, plan.row.after_version = account, account.pk, account.version
        with_contact = [(plan, account) for plan, account in zip(plans, accounts, strict=True) if plan.contact_facts().get("name")]
        self._create_contacts(
            [(plan, self._contact(plan, plan.contact_facts(), account), account, plan.values.get("contact_title", "")) for plan, account in with_contact]
        )
        bulk_index((account, Entry(**account.search_entry())) for account in accounts)

    def _create_contacts(self, found: list[tuple[Plan, Contact, Account | None, str]]) -> None:
        contacts = [contact for _plan, contact, _account, _title in found]
        Contact.objects.bulk_create(contacts)
        note_history(contacts, by=self.by, reason="import", update=False)
        has_main = set(
            AccountContact.objects.filter(account__in=[account for _p, _c, account, _t in found if account], is_main=True, ends_on__isnull=True).values_list(
                "account_id", flat=True
            )
        )
        links = []
        for plan, contact, account, title in found:
            plan.row.contact_id, plan.row.after_version = contact.pk, plan.row.after_version or contact.version
            if account:
                is_main = account.pk not in has_main
                has_main.add(account.pk)
                links.append(AccountContact(account=account, contact=contact, title=title[:80], deal_role=plan.values.get("deal_role", ""), is_main=is_main))
        AccountContact.objects.bulk_create(links)
        note_history(links, by=self.by, reason="import", update=False)
        names = {id(contact): account.name for _plan, contact, account, _title in found if account}
        bulk_index((contact, self._contact_entry(contact, names.get(id(contact), ""))) for contact in contacts)

    @staticmethod
    def _contact_entry(contact: Contact, account_name: str) -> Entry:
        """As ``Contact.search_entry``, without a query per row."""
        body = "\n".join(filter(None, [contact.email, contact.wechat, contact.remark]))
        subtitle = " · ".join(filter(None, [contact.name_en, account_name]))
        return Entry(contact.name, body, subtitle, (contact.phone_key, contact.phone, contact.external_key), contact.owner_id, contact.department_id)

    def _account(self, plan: Plan) -> Account:
        account = Account(**self.planner.stored(plan.facts()))
        account.owner = plan.owner or self.batch.default_owner
        account.department_id = self._department_of(account.owner) if account.owner else self.batch.department_id
        return self._stamped(account, plan)

    def _contact(self, plan: Plan, facts: dict[str, Any], account: Account | None = None) -> Contact:
        contact = Contact(**self.planner.stored(facts))
        account = account or plan.account
        contact.owner = account.owner if account else (plan.owner or self.by)
        contact.department_id = account.department_id if account else self.batch.department_id
        return self._stamped(contact, plan)

    def _stamped(self, row: Any, plan: Plan) -> Any:
        """The original author and date where the file names them, else the importer's."""
        row.created_by, row.created_at, row.updated_at = plan.author or self.by, plan.values.get("created_at") or self.now, timezone.now()
        row.phone_key = phone_key(row.phone)
        row.set_keys()
        return row

    def _department_of(self, owner: User) -> int:
        if owner.pk not in self.departments:
            post = access_of(owner).main_post
            self.departments[owner.pk] = post.department_id if post else self.batch.department_id
        return self.departments[owner.pk]

    # --- rows that are here ---------------------------------------------------------------------------
    def _update(self, plan: Plan) -> None:
        row, target = plan.row, plan.target
        different = {key: value for key, value in self.planner.stored(plan.facts()).items() if getattr(target, key) != value}
        row.before = {key: getattr(target, key) for key in different}
        row.target_id = target.pk
        for key, value in different.items():
            setattr(target, key, value)
        target.phone_key, target.version, target._history_user, target._change_reason = phone_key(target.phone), target.version + 1, self.by, "import"
        target.save(update_fields=[*different, "phone_key", "version", "updated_at"])
        row.after_version = target.version
        self._update_contacts(plan)
        bulk_index([(target, Entry(**target.search_entry()))])

    def _update_contacts(self, plan: Plan) -> None:
        facts = plan.contact_facts()
        if self.batch.kind == ImportKind.ACCOUNT and facts.get("name") and not plan.target.contacts.live().filter(name_fold=fold(facts["name"])).exists():
            version = plan.row.after_version
            self._create_contacts([(plan, self._contact(plan, facts, plan.target), plan.target, plan.values.get("contact_title", ""))])
            plan.row.after_version = version
        if plan.account and not plan.target.account_links.filter(account=plan.account, ends_on__isnull=True).exists():
            main = plan.account.contact_links.filter(is_main=True, ends_on__isnull=True).exists()
            AccountContact.objects.create(account=plan.account, contact=plan.target, title=plan.values.get("title", "")[:80], is_main=not main)
