"""Which values of customers a person sees whole, masked or not at all; the one place where a value is masked.

Levels are kept by field and role (FieldRight, above what ships here); of several roles the most generous counts. Owners, their deputies
and collaborators see their own customers whole unless the policy says otherwise. Every outlet of a value asks ``shown`` or ``veil``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from crm_core.codes import mask_id_number, phone_key
from crm_core.models import Account, AccountContact, BillingProfile, Collaborator, Contact, FieldLevel, FieldNoun, FieldRight, Ownership, RevealPolicy
from crm_core.models.book import cached
from crm_core.models.field_right import STAMP
from crm_core.models.ownership_mode import owners_per_unit
from foundation.people.access import Access, access_of, roles
from foundation.visibility import ExistsEach

OWN = "veil_own"  # the annotation of ``with_own``
MODELS: dict[str, Any] = {FieldNoun.ACCOUNT: Account, FieldNoun.CONTACT: Contact, FieldNoun.BILLING: BillingProfile}


# --- how a mask looks -----------------------------------------------------------------------------
def mask_phone(text: str) -> str:
    """138****5678; of a number that is no Chinese mobile only the last four digits, of a short one the last two."""
    digits = "".join(sign for sign in text if sign.isdigit())
    key = phone_key(text)
    if key.startswith("+861") and len(key) == 14:
        digits = key[3:]
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) > 7 else f"****{digits[-2:]}"


def mask_email(text: str) -> str:
    """z***@example.com: the first letter and the domain."""
    name, at, domain = text.partition("@")
    return f"{name[:1]}***{at}{domain}"


def mask_word(text: str) -> str:
    """wx***: the first two characters, of a short word the first."""
    return f"{text[: 2 if len(text) > 4 else 1]}***"


def mask_tail(text: str) -> str:
    """**** 1234: the last four characters of a long number."""
    return f"**** {text[-4:]}" if len(text) > 8 else "****"


def mask_place(text: str) -> str:
    """The first three characters of an address."""
    return f"{text[:3]}***" if len(text) > 6 else "***"


MASKS: dict[str, dict[str, Callable[[str], str]]] = {
    FieldNoun.ACCOUNT: {"phone": mask_phone, "email": mask_email, "address": mask_place},
    FieldNoun.CONTACT: {"phone": mask_phone, "email": mask_email, "wechat": mask_word},
    FieldNoun.BILLING: {
        "bank_account": mask_tail,
        "registered_phone": mask_phone,
        "registered_address": mask_place,
        "email": mask_email,
        "receiver_phone": mask_phone,
        "receiver_address": mask_place,
    },
}


def mask(noun: str, field: str, value: Any) -> str:
    """The value as one reads it who sees the field masked; '' stays ''. An identity number is masked for everybody."""
    text = "" if value is None else str(value)
    if field == "id_number":
        return mask_id_number(text)
    return MASKS[noun][field](text) if text else ""


# --- who sees what --------------------------------------------------------------------------------
SHOWN, MASKED, HIDDEN = FieldLevel.SHOWN.value, FieldLevel.MASKED.value, FieldLevel.HIDDEN.value
_ORDER = (SHOWN, MASKED, HIDDEN)
_BILLING = {(FieldNoun.BILLING.value, field) for field in MASKS[FieldNoun.BILLING]}
_REACH = {(noun.value, field) for noun in (FieldNoun.ACCOUNT, FieldNoun.CONTACT) for field in ("phone", "email", "wechat") if field in MASKS[noun]}
# What ships: who leads sales or the move of data sees everything, service reaches customers, finance bills them; addresses are no secret.
DEFAULTS: dict[str, dict[tuple[str, str], str]] = {
    "sales_manager": dict.fromkeys(_REACH | _BILLING, SHOWN),
    "project_manager": dict.fromkeys(_REACH | _BILLING, SHOWN),
    "service_agent": {key: SHOWN for key in _REACH if key[1] != "wechat"},
    "finance": dict.fromkeys(_BILLING, SHOWN),
    "marketing": dict.fromkeys(_BILLING, HIDDEN),
}


@dataclass(frozen=True)
class Policy:
    """The settings as they are read."""

    rights: Mapping[tuple[str, str, str], str]
    per_day: int = 40
    notice_from: int = 20
    own_shown: bool = True
    version: int = 1


def _read() -> Policy:
    rights = {(row.noun, row.field, row.role): row.level for row in FieldRight.objects.all()}
    kept = RevealPolicy.objects.filter(pk=1).first() or RevealPolicy()
    return Policy(rights, kept.per_day, kept.notice_from, kept.own_shown, kept.version)


def policy() -> Policy:
    """The settings in force, read once per process and change."""
    found: Policy = cached(STAMP, _read)
    return found


def level_for(noun: str, field: str, role: str) -> str:
    """What a role sees of a field of customers that are not its own."""
    kept = policy().rights.get((noun, field, role))
    if kept in _ORDER:
        return kept
    return DEFAULTS.get(role, {}).get((noun, field), SHOWN if noun == FieldNoun.ACCOUNT and field == "address" else MASKED)


def levels_of(user: Any, noun: str) -> dict[str, str]:
    """The level of every such field for a person, by the most generous of the roles; who has none sees the masks."""
    access = access_of(user)
    kept: dict[str, dict[str, str]] | None = getattr(access, "_veils", None)
    if kept is None:
        access._veils = kept = {}  # type: ignore[attr-defined]
    if noun not in kept:
        kept[noun] = {field: _level(access, noun, field) for field in MASKS[noun]}
    return kept[noun]


def _level(access: Access, noun: str, field: str) -> str:
    if access.user.is_superuser and access.user.is_active:
        return SHOWN
    found = [level_for(noun, field, role) for role in access.role_keys]
    return min(found, key=_ORDER.index, default=MASKED)


def sees_all(user: Any, noun: str) -> bool:
    """Whether nothing of such records is veiled for the person."""
    return all(level == SHOWN for level in levels_of(user, noun).values())


# --- own customers --------------------------------------------------------------------------------
def _own_accounts(access: Access) -> Q:
    me = {access.user.pk, *access.principals}
    own = Q(owner__in=me) | Q(Exists(Collaborator.objects.on(access.day).filter(account=OuterRef("pk"), user__in=me)))
    return own | Q(Exists(Ownership.objects.live().filter(account=OuterRef("pk"), owner__in=me))) if owners_per_unit(access) else own


def own_condition(noun: str, user: Any) -> Q:
    """Records of customers that the person is responsible for: as owner, deputy of the owner or collaborator."""
    access = access_of(user)
    if not policy().own_shown or not user.pk:
        return Q(pk__in=[])
    if noun == FieldNoun.ACCOUNT:
        return _own_accounts(access)
    accounts = Account.objects.filter(_own_accounts(access)).order_by()
    if noun == FieldNoun.BILLING:
        return Q(Exists(accounts.filter(pk=OuterRef("account_id"))))
    links = AccountContact.objects.on(access.day).filter(contact=OuterRef(OuterRef("pk")))
    return Q(owner__in={user.pk, *access.principals}) | Q(ExistsEach(accounts.filter(pk__in=links.values("account"))))


def with_own(rows: QuerySet, user: Any) -> QuerySet:
    """The rows with the answer whether they are the person's own, where anything is veiled at all: one query for a whole page."""
    noun = str(rows.model._meta.model_name)
    if sees_all(user, noun):
        return rows
    return rows.annotate(**{OWN: ExpressionWrapper(own_condition(noun, user), output_field=BooleanField())})


def note_own(row: Any, own: bool) -> None:
    """Say whether a record is the reader's own, where that is known from the record that it belongs to."""
    row.__dict__[OWN] = own


def is_own(row: Any, user: Any) -> bool:
    """Whether the record is of a customer that the person is responsible for."""
    if OWN in row.__dict__:  # read by ``with_own`` for the very person
        return bool(row.__dict__[OWN])
    asked: dict[int | None, bool] = row.__dict__.setdefault("_veil_asked", {})
    if user.pk not in asked:
        asked[user.pk] = bool(row.pk) and type(row)._base_manager.filter(own_condition(str(row._meta.model_name), user), pk=row.pk).exists()
    return asked[user.pk]


# --- values out -----------------------------------------------------------------------------------
def veiled_fields(row: Any, user: Any) -> dict[str, str]:
    """The fields of the record that the person does not see whole, with the level of each."""
    noun = str(row._meta.model_name)
    if noun not in MASKS:
        return {}
    found = {field: level for field, level in levels_of(user, noun).items() if level != SHOWN}
    return {} if not found or is_own(row, user) else found


def shown(row: Any, field: str, user: Any) -> Any:
    """The value of a field as this person may see it."""
    value = getattr(row, field)
    level = veiled_fields(row, user).get(field) if field in MASKS.get(str(row._meta.model_name), ()) else None
    return as_seen(str(row._meta.model_name), field, value, level)


def as_seen(noun: str, field: str, value: Any, level: str | None) -> Any:
    """A value at a level: whole, masked, or nothing."""
    if level is None or level == SHOWN or value in (None, ""):
        return value
    return mask(noun, field, value) if level == MASKED else ""


def veil(row: Any, user: Any) -> Any:
    """The record, with ``seen`` (each such field as the person may see it) and ``veiled`` for templates."""
    row.veiled = veiled_fields(row, user)
    noun = str(row._meta.model_name)
    row.seen = {field: as_seen(noun, field, getattr(row, field), row.veiled.get(field)) for field in MASKS[noun]}
    return row


def veil_all(rows: Iterable[Any], user: Any) -> list[Any]:
    """Several records, as ``veil``; read them with ``with_own`` and it costs no query."""
    return [veil(row, user) for row in rows]


def veiled_text(text: str, values: Iterable[tuple[str, str]]) -> str:
    """Free words in which somebody wrote a veiled value down: the value stands masked there too. ``values`` are (value, mask)."""
    for value, masked in values:
        for form in {value, value.replace(" ", "")}:
            if len(form) > 4:
                text = text.replace(form, masked)
        digits = re.sub(r"[ -]", "", value)
        if len(digits) > 6 and digits.isdecimal():  # however somebody has grouped them
            text = re.sub(rf"(?<!\d){'[ -]?'.join(digits)}(?!\d)", lambda _found, masked=masked: masked, text)  # type: ignore[misc]
    return text


def import_level(noun: str, key: str, user: Any) -> tuple[str, str, str]:
    """Of a field of an import (``phone``, ``contact_phone``): record, field and level for the person; '' where nothing is veiled."""
    name = key.removeprefix("contact_")
    whose = FieldNoun.CONTACT.value if name != key else noun
    level = levels_of(user, whose).get(name, SHOWN) if whose in MASKS else SHOWN
    return whose, name, "" if level == SHOWN else level


MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)  # hanzi that stand before it without a space are no part of it


def veiled_words(text: str, user: Any, *, own: bool) -> str:
    """Free words about a customer in a list: mobile numbers and addresses of mail stand masked for whom these fields are not shown."""
    if own or not text:
        return text
    levels = levels_of(user, FieldNoun.CONTACT)
    if levels["phone"] != SHOWN:
        text = MOBILE.sub(lambda found: mask_phone(found.group()), text)
    return MAIL.sub(lambda found: mask_email(found.group()), text) if levels["email"] != SHOWN else text


def reads_words(user: Any, *, author: int | None, owner: int | None) -> bool:
    """Whether the person reads free words about a customer whole: the author always, the customer's owner unless the policy says otherwise."""
    return user.pk == author or (policy().own_shown and user.pk == owner)


def reads_task(row: Any, user: Any) -> bool:
    """Whether the person reads the words of a task whole: who wrote it always, who is to do it unless the policy says otherwise."""
    return user.pk == row.created_by_id or (policy().own_shown and user.pk == row.owner_id)


def reads_all_words(user: Any) -> bool:
    """Whether nothing in free words is masked for the person: no number, address or account of a customer, its people or its billing."""
    return all(sees_all(user, noun) for noun in MASKS)


def veiled_values(rows: Iterable[Any], user: Any) -> list[tuple[str, str]]:
    """The veiled values of records with what stands for them, longest first, for ``veiled_text``."""
    found = []
    for row in rows:
        noun = str(row._meta.model_name)
        for field, level in veiled_fields(row, user).items():
            if value := getattr(row, field):
                found.append((str(value), as_seen(noun, field, value, level) or _("(hidden)")))
    return sorted(found, key=lambda pair: -len(pair[0]))


def field_label(noun: str, field: str) -> str:
    """What a field is called."""
    return str(MODELS[noun]._meta.get_field(field).verbose_name)


def roles_asked() -> list[Any]:
    """The roles that see customers at all, for which the settings ask."""
    return [role for role in roles().values() if "crm_core.view_account" in role.permissions]
