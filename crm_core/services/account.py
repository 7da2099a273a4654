from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.kinds import kind_form
from crm_core.models import Account, OwnershipHow, Tag
from crm_core.pool_words import RefusedByRule, refusal
from crm_core.services.claiming import capacity_of
from crm_core.services.ledger import department_of, open_ownership
from crm_core.services.pools import pool_for
from crm_core.services.saving import completeness, find_again, save_changes, save_new
from crm_core.services.sharing import check_may_change
from foundation.integrity import Refused
from foundation.people.models import Department, User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotCreate(RefusedByRule):
    """The owner-to-be owns as many accounts as the capacity allows."""


class CannotDiscard(Refused):
    """There is open work on the row."""


class CannotTag(Refused):
    """No tag was named."""


def wanted_of(account: Account) -> tuple[str, ...]:
    """What one should know of a customer of its kind; the share of these that is filled is its completeness."""
    return kind_form(account.kind).wanted


@transaction.atomic
def create_account(*, data: dict[str, Any], by: User, now: datetime, owner: User | None = None, pool: Department | None = None) -> Account:
    """Make a customer known: owned by ``owner`` (the maker unless said), or lying in the pool of a department."""
    tags = data.pop("tags", [])
    account = Account(**data, created_by=by, created_at=now)
    account.owner = None if pool else (owner or by)
    account.department = pool or department_of(account.owner)  # type: ignore[arg-type]
    account.phone_key = phone_key(account.phone)
    if account.owner is None:
        account.pool, account.pooled_at = pool_for(account), now
    elif verdict := capacity_of(account.owner, department=account.department, kind=account.kind, level=account.level, now=now, asked_by=by, only_new=True):
        raise CannotCreate(refusal(verdict), verdict)
    save_new(account, by=by)
    account.tags.set(tags)
    if account.owner_id:
        open_ownership(account=account, how=OwnershipHow.CREATE, by=by, now=now)
    find_again(account)
    record(by=by, feature="crm.account.create", verb=Verb.CREATE, obj=account, now=now, **completeness(account, wanted_of(account)))
    return account


@transaction.atomic
def update_account(*, account: Account, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Change facts of an account; raises Stale when somebody else was faster. Gives the names of the fields that changed."""
    check_may_change(account, by)
    tags = changes.pop("tags", None)
    if "phone" in changes:
        account.phone_key = phone_key(changes["phone"])
    changed = save_changes(account, changes, version=version, by=by)
    if tags is not None:
        account.tags.set(tags)
    find_again(account)
    record(by=by, feature="crm.account.edit", verb=Verb.UPDATE, obj=account, now=now, **completeness(account, wanted_of(account)))
    return changed


@transaction.atomic
def tag_accounts(*, accounts: list[Account], name: str, by: User) -> int:
    """Stick a tag on accounts; gives how many."""
    name = name.strip()
    if not name:
        raise CannotTag(_("Say which tag."))
    tag, _made = Tag.objects.get_or_create(name=name[:40])
    for account in accounts:
        check_may_change(account, by)
        account.tags.add(tag)
        record(by=by, feature="crm.account.tag", verb=Verb.UPDATE, obj=account)
    return len(accounts)
