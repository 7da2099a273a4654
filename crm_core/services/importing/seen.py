"""Names and codes of earlier rows of the same file, kept in a temporary file so that long files need no more memory than short ones."""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b


class SeenKeys:
    """Remembers by which row a key came first; a key is kept as eight bytes of its hash."""

    def __init__(self) -> None:
        self.store = sqlite3.connect("", isolation_level=None)  # "" is a database of its own on disk that ends with its connection
        self.store.execute("PRAGMA cache_size = -4000")
        self.store.execute("PRAGMA journal_mode = OFF")
        self.store.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, row_no INTEGER)")

    def first(self, keys: Iterable[str], row_no: int) -> int:
        """The row that had one of the keys before this one, or 0; the keys are this row's from now on where they are new."""
        numbers = [_number(key) for key in keys]
        for number in numbers:
            row = self.store.execute("SELECT row_no FROM seen WHERE key = ?", (number,)).fetchone()
            if row and row[0] != row_no:
                return int(row[0])
        self.store.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(number, row_no) for number in numbers])
        return 0

    def met(self, key: str) -> int:
        """The row that had the key first, or 0; nothing is remembered."""
        row = self.store.execute("SELECT row_no FROM seen WHERE key = ?", (_number(key),)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Give the file back."""
        self.store.close()


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
