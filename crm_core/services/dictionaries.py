"""Values that the business keeps itself, and everything that may be done with them."""

from datetime import date

from django.utils import timezone

from crm_core.models.book import book_of
from foundation.text import fold


def choices(key: str, *, on: date | None = None) -> list[tuple[str, str]]:
    """Code and label, in the reader's language, of what can be chosen on the day (today unless said)."""
    return book_of(key).choices(on)


def label(key: str, code: str) -> str:
    """The name of a code, also of a retired one; text that is no code is its own name."""
    return book_of(key).label(code)


def code_of(key: str, text: str) -> str:
    """The code that a word stands for (code, either name, another name, traditional spelling); '' when unknown."""
    return book_of(key).code_of(text)


def within(key: str, code: str) -> list[str]:
    """The code and all below it."""
    return book_of(key).within(code)


def find_words(key: str, text: str, *, limit: int = 50) -> list[tuple[str, str]]:
    """Code and full label of what can be chosen and has the text in its name, code or pinyin; names that begin with it come first."""
    book, asked = book_of(key), fold(text)
    if not asked:
        return book.choices()[:limit]
    found: list[tuple[int, int, str]] = []
    exact = book.code_of(text)
    today = timezone.localdate()
    for place, word in enumerate(book):
        if not word.is_valid_on(today):
            continue
        rank = min((rank_of(asked, name) for name in book.spellings(word.code)), default=9)
        if word.code == exact:
            rank = -1
        if rank < 9:
            found.append((rank, place, word.code))
    return [(code, book.path(code)) for _rank, _place, code in sorted(found)[:limit]]


def rank_of(asked: str, name: str) -> int:
    """0 where the name begins with what was typed, 1 where it holds it, 9 where it does not."""
    return 0 if name.startswith(asked) else 1 if asked in name else 9
