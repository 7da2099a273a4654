"""The seeded base into the database, in bounded memory: a chunk of rows, then what search knows of them."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

from crm_core.models import Account, AccountContact, Activity, Contact, Opportunity, Ownership
from foundation.integrity import Refused
from foundation.loading import analyze, load, next_id, reset_sequences, without_indexes
from foundation.search.loading import fulltext_resting
from foundation.search.models import SearchDocument, SearchWord
from foundation.search.services import note_words
from suite.scale import MARK
from suite.scale.customers import Base
from suite.scale.words import CHARACTERS, CITIES, FORMS, LATIN, TRADES, latin
from suite.scale.world import build_world

TABLES: tuple[type[models.Model], ...] = (Account, Ownership, Contact, AccountContact, Activity, Opportunity, SearchDocument)
CHUNK = 20_000


class CannotSeed(Refused):
    """There are customers of somebody in the database."""


def has_real_rows() -> bool:
    """Whether the database holds customers that no seed made."""
    return Account.objects.exclude(created_by__username=MARK).exists() or Contact.objects.exclude(created_by__username=MARK).exists()


def seed(*, accounts: int, contacts: int, activities: int, opportunities: int, force: bool = False) -> dict[str, Any]:
    """Add a fictional base of these sizes; gives what was made and how long it took. Without history rows: nobody changed anything."""
    if not force and has_real_rows():
        raise CannotSeed("This database holds customers. Seed an empty one, or insist with --force.")
    if not accounts and (contacts or activities or opportunities):
        raise CannotSeed("Contacts, activities and opportunities need accounts: give --accounts.")
    began = time.monotonic()
    with transaction.atomic():
        loader, sellers = build_world()
    base = Base(
        loader=loader,
        sellers=sellers,
        first={model: next_id(model) for model in TABLES},
        accounts=accounts,
        contacts=contacts,
        activities=activities,
        opportunities=opportunities,
    )
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        stack.enter_context(fulltext_resting())
        stack.enter_context(without_indexes(*TABLES))
        _searchable(base, Account, base.accounts())
        load(Ownership, base.ledger())
        for pairs in _chunks(base.contacts()):
            _searchable(base, Contact, (contact for contact, _link in pairs))
            load(AccountContact, (link for _contact, link in pairs))
        load(Activity, base.activities())
        _searchable(base, Opportunity, base.opportunities())
        note_words(
            " ".join((*LATIN, *(words for _zh, words in (*TRADES, *FORMS)), *(latin(city) for _code, city in CITIES), *(latin(one) for one in CHARACTERS)))
        )
        reset_sequences(*TABLES, SearchWord)
    analyze()
    return {
        **base.counts,
        "documents": base.documents_from - base.first[SearchDocument],
        "database": connection.vendor,
        "seconds": round(time.monotonic() - began, 1),
    }


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _searchable(base: Base, model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Load rows and their search documents side by side."""
    for chunk in _chunks(rows):
        load(model, chunk)
        load(SearchDocument, (base.document(row) for row in chunk))
