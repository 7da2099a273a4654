"""The cast is made once per run by its factories; each test receives the same rows by plain INSERT, which takes a tenth of the time."""

import pickle
import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

_WRITE = re.compile(r'^(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
ROOM = 500


class Kept:
    """What a function makes in the database, remembered as rows and objects; calling it makes the same again with the same keys."""

    def __init__(self, make: Callable[[], Any]):
        self.tables: list[str] = []
        with transaction.atomic():
            self._leave_room()
            with connection.execute_wrapper(self._watch):
                made = make()
            self.inserts = [self._insert(table) for table in self.tables]
            self.objects = pickle.dumps(made)
            transaction.set_rollback(True)

    def __call__(self) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            for sql, values in self.inserts:
                cursor.execute(sql, values)
        return pickle.loads(self.objects)

    @staticmethod
    def _leave_room() -> None:
        """On SQLite keys begin beyond those of rows that a test makes before it asks for the cast; sequences of PostgreSQL go on behind it."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                tables = connection.introspection.table_names(cursor)
                cursor.execute("DELETE FROM sqlite_sequence WHERE seq < %s", [ROOM])
                taken = cursor.execute("SELECT name FROM sqlite_sequence").fetchall()
                cursor.executemany(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [(name, ROOM) for name in set(tables) - {name for (name,) in taken}]
                )

    def _watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        found = _WRITE.match(sql)
        if found and found[2] not in self.tables:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT 1 FROM "{found[2]}" LIMIT 1')
                assert cursor.fetchone() is None, f"{found[2]} held rows before: which are new and which were changed cannot be told"
            self.tables.append(found[2])
        return execute(sql, params, many, context)

    @staticmethod
    def _insert(table: str) -> tuple[str, list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = ", ".join(f'"{column[0]}"' for column in cursor.description)
            rows = cursor.fetchall()
        one = f"({', '.join(['%s'] * len(rows[0]))})"
        return f'INSERT INTO "{table}" ({names}) VALUES {", ".join([one] * len(rows))}', [value for row in rows for value in row]
