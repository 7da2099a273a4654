"""What the walk watches while an address answers: the tables that are written, and keys that are grouped like numbers (4,321,001)."""

import re

from django.db import connection

# Written by any request, and why.
EVERYWHERE = {
    "django_session": "the sign-in goes on",
    "usage_usageevent": "that a screen was looked at",
    "suite_cache": "a cache kept in the database: what is lost there is computed again",
}
# Written by these addresses, and why.
HERE: dict[tuple[str, str], str] = {}
WRITE = re.compile(r'^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+"?(\w+)"?', re.IGNORECASE)

START = 4_321_000
# Attributes that programs read; a shown number field may be grouped, a key never.
KEYS = re.compile(
    r"""\b(?:id|name|for|href|action|src|headers|(?:hx|data|aria)-[a-z-]+|value)=(?P<quote>["'])[^"'<>]*?\b4[,.\u00a0\u202f ]?321[,.\u00a0\u202f ]\d{3}\b"""
)


class Writes:
    """Records which tables are written; handed to the connection as a wrapper of every statement."""

    def __init__(self):
        self.all = set()

    def __call__(self, execute, sql, params, many, context):
        found = WRITE.match(sql)
        if found:
            self.all.add(found[1].lower())
        return execute(sql, params, many, context)

    @property
    def tables(self):
        """The tables that were written, apart from those that every request may."""
        return self.all - set(EVERYWHERE)


def start_high():
    """The next row of every table gets a key beyond four million."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            tables = connection.introspection.table_names(cursor)
            cursor.execute("DELETE FROM sqlite_sequence")
            cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [(table, START) for table in tables])
        else:
            cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH {START}')


def grouped(text):
    """The keys in a page's attributes that stand there like numbers for reading."""
    return [found[0][:160] for found in KEYS.finditer(text)]
