"""What changed between two texts, word by word; a hanzi is a word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

WORDS = re.compile(r"[A-Za-z0-9À-ɏ'’]+|\s+|.", re.DOTALL)
MOST_WORDS = 6_000  # above this the comparison is by line, so that a page never waits for it


def words(text: str) -> list[str]:
    """Latin words and numbers, runs of space, and every other character on its own."""
    return WORDS.findall(text)


def redline(old: str, new: str) -> list[tuple[str, str]]:
    """Parts of the joined text as ("equal" | "delete" | "insert", text)."""
    if old == new:
        return [("equal", new)] if new else []
    before, after = words(old), words(new)
    if len(before) + len(after) > MOST_WORDS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return list(_merged(before, after))


def _merged(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "equal", "".join(after[j1:j2])
        else:
            if i2 > i1:
                yield "delete", "".join(before[i1:i2])
            if j2 > j1:
                yield "insert", "".join(after[j1:j2])
