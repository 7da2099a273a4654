from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, Contact
from crm_core.services.saving import completeness, find_again, save_changes, save_new
from crm_core.services.sharing import check_may_change, check_may_change_contact
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

WANTED = ("name", "phone", "email", "wechat")


class CannotLink(Refused):
    """The contact has a role at the account already."""


@transaction.atomic
def create_contact(
    *, data: dict[str, Any], by: User, now: datetime, account: Account | None = None, title: str = "", deal_role: str = "", is_main: bool = False
) -> Contact:
    """Make a person known, at an account from the start if one is named; the first contact of an account is its main one."""
    contact = Contact(**data, owner=by, created_by=by, created_at=now, department=account.department if account else None)
    contact.phone_key = phone_key(contact.phone)
    save_new(contact, by=by)
    if account:
        link_contact(contact=contact, account=account, title=title, deal_role=deal_role, is_main=is_main, by=by, starts_on=None)
    find_again(contact)
    record(by=by, feature="crm.contact.create", verb=Verb.CREATE, obj=contact, now=now, **completeness(contact, WANTED))
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Change facts of a contact; raises Stale when somebody else was faster."""
    check_may_change_contact(contact, by)
    if "phone" in changes:
        contact.phone_key = phone_key(changes["phone"])
    changed = save_changes(contact, changes, version=version, by=by)
    find_again(contact)
    record(by=by, feature="crm.contact.edit", verb=Verb.UPDATE, obj=contact, now=now, **completeness(contact, WANTED))
    return changed


@transaction.atomic
def link_contact(
    *, contact: Contact, account: Account, by: User, title: str = "", deal_role: str = "", is_main: bool = False, starts_on: date | None = None
) -> AccountContact:
    """Give a contact a role at one more account."""
    check_may_change(account, by)
    open_links = AccountContact.objects.filter(account=account, ends_on__isnull=True)
    if open_links.filter(contact=contact).exists():
        raise CannotLink(_("%(contact)s is a contact of %(account)s already.") % {"contact": contact, "account": account})
    main = open_links.filter(is_main=True).first()
    if is_main and main:
        main.is_main = False
        main.save()
    return AccountContact.objects.create(
        contact=contact, account=account, title=title, deal_role=deal_role, is_main=is_main or main is None, starts_on=starts_on
    )


@transaction.atomic
def change_link(*, link: AccountContact, data: dict[str, Any], by: User) -> AccountContact:
    """Change title, role or dates of a contact at an account; an ended role is no main one, and there is one main contact."""
    for name, value in data.items():
        setattr(link, name, value)
    if link.ends_on:
        link.is_main = False
    if link.is_main:
        for main in AccountContact.objects.select_for_update().filter(account=link.account, is_main=True, ends_on__isnull=True).exclude(pk=link.pk):
            main.is_main = False
            main._history_user = by  # type: ignore[attr-defined]
            main.save(update_fields=["is_main"])
    link._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError as error:
        raise CannotLink(_("%(contact)s is a contact of %(account)s already.") % {"contact": link.contact, "account": link.account}) from error
    find_again(link.contact)
    record(by=by, feature="crm.contact.role", verb=Verb.UPDATE, obj=link.contact)
    return link


@transaction.atomic
def end_link(*, link: AccountContact, by: User, today: date) -> AccountContact:
    """Say that a contact no longer works for the account; the dated row stays."""
    check_may_change(link.account, by)
    link.ends_on = max(today, link.starts_on) if link.starts_on else today
    link.is_main = False
    link._history_user = by  # type: ignore[attr-defined]
    link.save()
    record(by=by, feature="crm.contact.unlink", verb=Verb.UPDATE, obj=link.contact)
    return link
