"""What of a row is compared, brought into comparable form; and the keys under which rows that may be the same are brought together."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, Contact, Subject
from crm_core.names import company_name, name_core, person_core, person_sound, person_words, sound_of
from foundation.hanzi import simplified
from foundation.text import fold

_WORDS = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be known already, as typed or imported."""

    name: str = ""
    short_name: str = ""
    credit_code: str = ""
    phone: str = ""
    email: str = ""
    region: str = ""
    wechat: str = ""
    website: str = ""
    account_id: int | None = None
    birth_date: str = ""
    id_number: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """An account in comparable form; ``pk`` is 0 for one that is not here yet."""

    pk: int
    name: str
    core: str
    brand: str
    sound: str
    is_short: bool
    places: frozenset[str]
    branch: str
    credit_code: str
    phone: str
    email: str
    site: str
    region: str


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person in comparable form."""

    pk: int
    words: tuple[str, ...]
    core: str
    sound: str
    phone: str
    email: str
    wechat: str
    accounts: frozenset[int]
    birth_date: str
    id_number: str
    address: tuple[str, ...]


def site_of(website: str) -> str:
    """The host of a website without www."""
    return re.sub(r"^[a-z]+://", "", website.strip().lower()).split("/")[0].split(":")[0].removeprefix("www.")


def company_facts(found: Candidate, *, pk: int = 0, phone: str | None = None) -> CompanyFacts:
    """The facts of a company; ``phone`` is its key where that is known already."""
    parts = company_name(found.name)
    brand = name_core(found.short_name) if found.short_name else parts.brand
    return CompanyFacts(
        pk,
        simplified(fold(found.name)).replace(" ", ""),
        parts.core,
        brand,
        sound_of(parts.core),
        parts.core == parts.brand,
        parts.places,
        parts.branch,
        found.credit_code.strip().upper(),
        phone_key(found.phone) if phone is None and found.phone else phone or "",
        found.email.strip().lower(),
        site_of(found.website) if found.website else "",
        found.region,
    )


def person_facts(found: Candidate, *, pk: int = 0, phone: str | None = None, accounts: Iterable[int] = ()) -> PersonFacts:
    """The facts of a person."""
    known = frozenset([*accounts, found.account_id]) if found.account_id else frozenset(accounts)
    return PersonFacts(
        pk,
        person_words(found.name),
        person_core(found.name),
        person_sound(found.name),
        phone_key(found.phone) if phone is None and found.phone else phone or "",
        found.email.strip().lower(),
        found.wechat.strip().lower(),
        known,
        "".join(_DIGITS.findall(found.birth_date)),
        re.sub(r"[\W_]+", "", found.id_number).upper(),
        tuple(sorted(_WORDS.findall(simplified(fold(found.address))))),
    )


# --- rows of the base ---------------------------------------------------------------------------------
ACCOUNT_FIELDS = ("pk", "name", "short_name", "credit_code", "phone_key", "email", "region", "website")
CONTACT_FIELDS = ("pk", "name", "phone_key", "email", "wechat", "custom")
# Facts of people for which the base has no column: custom fields under these keys are compared as well.
CUSTOM_FACTS = {
    "birth_date": ("birth_date", "birthday", "date_of_birth"),
    "id_number": ("id_number", "id_card", "identity_number"),
    "address": ("address", "home_address"),
}


def account_facts(row: tuple[Any, ...]) -> CompanyFacts:
    """From a row of ``ACCOUNT_FIELDS``."""
    pk, name, short_name, code, phone, email, region, website = row
    return company_facts(Candidate(name, short_name, code, "", email, region, "", website), pk=pk, phone=phone)


def contact_facts(row: tuple[Any, ...], accounts: Iterable[int] = ()) -> PersonFacts:
    """From a row of ``CONTACT_FIELDS`` and the accounts at which the person stands."""
    pk, name, phone, email, wechat, custom = row
    more: dict[str, Any] = {fact: next((str(custom[key]) for key in keys if custom.get(key)), "") for fact, keys in CUSTOM_FACTS.items()} if custom else {}
    return person_facts(Candidate(name, email=email, wechat=wechat, **more), pk=pk, phone=phone, accounts=accounts)


def accounts_of(contacts: Iterable[int]) -> dict[int, set[int]]:
    """At which accounts contacts stand or stood."""
    found: dict[int, set[int]] = {}
    for contact, account in AccountContact.objects.filter(contact__in=list(contacts)).values_list("contact_id", "account_id"):
        found.setdefault(contact, set()).add(account)
    return found


def load(subject: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Facts of rows read with the fields of their subject; one more query for the accounts of contacts."""
    if subject == Subject.ACCOUNT:
        yield from map(account_facts, rows)
        return
    listed = list(rows)
    where = accounts_of(row[0] for row in listed)
    for row in listed:
        yield contact_facts(row, where.get(row[0], ()))


@dataclass(frozen=True)
class Kind:
    """How one kind of row is compared: a third kind is one entry more in ``KINDS``."""

    subject: str
    model: Any
    fields: tuple[str, ...]
    facts: Any  # callable(Candidate) -> facts
    columns: tuple[str, ...]  # indexed columns whose equal values bring rows together
    near: tuple[str, ...]  # indexed columns in whose order neighbours are compared


KINDS: tuple[Kind, ...] = (
    Kind(Subject.ACCOUNT, Account, ACCOUNT_FIELDS, company_facts, ("credit_code", "phone_key", "email", "name_sound", "name_brand"), ("name_core",)),
    Kind(Subject.CONTACT, Contact, CONTACT_FIELDS, person_facts, ("phone_key", "email", "wechat", "name_sound"), ()),
)


def kind_of(subject: str) -> Kind:
    """The kind by its key."""
    return next(kind for kind in KINDS if kind.subject == subject)


def person_keys(facts: PersonFacts) -> Iterator[str]:
    """Keys under which people are brought together by facts that no column holds: number, birthday, the address with one word of the name."""
    if facts.id_number:
        yield f"i{facts.id_number}"
    if facts.birth_date:
        yield f"b{facts.birth_date}"
    if facts.address:
        numbers = [word for word in facts.address if word.isdecimal()]
        names = [word for word in facts.address if len(word) > 3 and not word.isdecimal()]
        for number in numbers[:3]:
            for name in names[:4]:
                yield f"a{number} {name[:5]}"
        for word in facts.words:
            for name in names[:4]:
                yield f"n{word[:3]} {name[:4]}"
