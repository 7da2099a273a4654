"""The index while very many rows come in: its full-text side rests and is made anew from the whole at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from foundation.search.models import SearchDocument


@contextmanager
def fulltext_resting() -> Iterator[None]:
    """SQLite: the triggers that feed FTS5 are taken away and put back. PostgreSQL has an ordinary index, see foundation.loading."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [SearchDocument._meta.db_table])
        triggers = cursor.fetchall()
        for name, _make in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")
        for _name, make in triggers:
            cursor.execute(make)
