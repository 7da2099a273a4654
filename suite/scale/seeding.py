"""The seeded base into the database, in bounded memory: a chunk of rows, then what search knows of them."""

import gc
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult
from typing import Any

from django.db import connection, models, transaction

from crm_core.models import Account, AccountContact, Activity, Contact, Opportunity, Ownership
from foundation.integrity import Refused
from foundation.loading import analyze, load_values, next_id, reset_sequences, without_indexes
from foundation.search.loading import fulltext_resting
from foundation.search.models import SearchDocument, SearchWord
from foundation.search.services import note_words
from suite.scale import MARK
from suite.scale.customers import Base, Made
from suite.scale.words import CHARACTERS, CITIES, FORMS, LATIN, TRADES, latin
from suite.scale.world import build_world

TABLES: tuple[type[models.Model], ...] = (Account, Ownership, Contact, AccountContact, Activity, Opportunity, SearchDocument)
CHUNK = 10_000


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
        documents = 0
        for made in _made(base):
            for model, values in made.items():
                done = load_values(model, values)
                documents += done if model is SearchDocument else 0
        note_words(
            " ".join((*LATIN, *(words for _zh, words in (*TRADES, *FORMS)), *(latin(city) for _code, city in CITIES), *(latin(one) for one in CHARACTERS)))
        )
        reset_sequences(*TABLES, SearchWord)
    analyze()
    return {**base.counts, "documents": documents, "database": connection.vendor, "seconds": round(time.monotonic() - began, 1)}


_base: Base | None = None  # what a forked process works on


_inherited: list[Any] = []


def _begin_process() -> None:
    """A forked process must not speak through its parent's connection, nor close it: it opens one of its own when it reads a dictionary.

    Rows of a chunk hold no cycles and go when they are handed over; looking for cycles among ten thousand of them took a fifth of the time.
    """
    _inherited.append(connection.connection)
    connection.connection = None
    gc.disable()


def _chunk(noun: str, start: int, end: int) -> Made:
    made: Made = getattr(_base, noun)(start, end)
    return made


def _made(base: Base) -> Iterator[Made]:
    """Every chunk in order, made ahead by as many processes as the machine has cores; never many in memory at once."""
    global _base  # noqa: PLW0603  (forked processes see it without copying)
    _base = base
    chunks = [(noun, start, min(start + CHUNK, count)) for noun, count in base.counts.items() for start in range(0, count, CHUNK)]
    cores = len(os.sched_getaffinity(0))
    if len(chunks) < 2 * cores or cores == 1:
        yield from (_chunk(*chunk) for chunk in chunks)
        return
    with get_context("fork").Pool(cores, initializer=_begin_process) as pool:
        ahead: deque[AsyncResult[Made]] = deque()
        for chunk in chunks:
            ahead.append(pool.apply_async(_chunk, chunk))
            if len(ahead) > 2 * cores:
                yield ahead.popleft().get()
        while ahead:
            yield ahead.popleft().get()
