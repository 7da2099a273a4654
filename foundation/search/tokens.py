"""Text to tokens: overlapping pairs of hanzi, whole Latin words, pinyin initials, tails of numbers.

A token holds only ``[a-z0-9]`` and starts with a letter that names its sort, so that SQLite and PostgreSQL cut and fold it
alike (neither knows the newest hanzi): ``h`` hanzi, four base-36 digits a character; ``w`` ASCII word; ``o`` word of another script.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from foundation.text import fold, initials

# Hanzi with iteration marks, kana, bopomofo and hangul are written without spaces: pairs of characters serve them all.
_PAIRED = r"々-〇぀-ヿ㄀-ㄯ㐀-䶿一-鿿豈-﫿가-힣\U00020000-\U0003134f"
_RUN = re.compile(rf"(?P<paired>[{_PAIRED}]+)|(?P<word>[^\W_{_PAIRED}]+)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_QUERY_CHARACTERS = 200
_MAX_QUERY_RUNS = 24
_MAX_WORD = 60
# PostgreSQL knows no position beyond 16,383: title and body together stay below it.
MAX_TITLE_TOKENS = 2_000
MAX_BODY_TOKENS = 13_000


def _base36(character: str) -> str:
    number, digits = ord(character), ""
    for _ in range(4):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def _plain(word: str) -> str:
    """The word without accents, as one token; words of other scripts keep their letters as numbers."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")[:_MAX_WORD]
    if bare.isascii():
        return f"w{bare}" if bare else ""
    return "o" + "".join(_base36(c) for c in bare)


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    for match in _RUN.finditer(fold(text)):
        yield match.lastgroup == "paired", match.group()


def tokens(text: str) -> Iterator[str]:
    """Tokens of a text to be found: 合同管理 gives 合同 同管 管理 and the tail 理."""
    for paired, run in _runs(text):
        if paired:
            codes = [_base36(c) for c in run]
            for first, second in zip(codes, codes[1:], strict=False):
                yield f"h{first}{second}"
            yield f"h{codes[-1]}"
        elif word := _plain(run):
            yield word


def _number_tails(text: str) -> Iterator[str]:
    """Every tail of four or more of a long number: people look for a phone by its last digits."""
    for number in re.findall(r"\d{5,20}", re.sub(r"[\s()\-+.]", "", fold(text))):
        for start in range(1, len(number) - 3):
            yield f"w{number[start:]}"


def title_tokens(title: str, codes: Iterable[str] = ()) -> str:
    """Tokens of the title, of the codes whole and in parts, and of the title's pinyin initials."""
    found = list(tokens(title))
    for code in codes:
        if not code:
            continue
        found += tokens(code)
        joined = re.sub(r"[\W_]+", "", fold(code))
        if joined.isascii() and joined:
            found.append(f"w{joined[:_MAX_WORD]}")
        found += _number_tails(code)
    for run in re.findall(rf"[{_PAIRED}]{{2,}}", fold(title)):
        letters = re.sub(r"[^a-z]", "", initials(run))
        if len(letters) >= 2:
            found.append(f"w{letters[:_MAX_WORD]}")
    return " ".join(found[:MAX_TITLE_TOKENS])


def body_tokens(body: str) -> str:
    """Tokens of the body, cut where positions end; long manuals are indexed by section."""
    found: list[str] = []
    for token in tokens(body[: MAX_BODY_TOKENS * 2]):
        found.append(token)
        if len(found) == MAX_BODY_TOKENS:
            break
    return " ".join(found)


@dataclass(frozen=True)
class Phrase:
    """Tokens that stand one after the other; ``prefix`` says that the last one may go on."""

    tokens: tuple[str, ...]
    prefix: bool


def query_phrases(text: str) -> list[Phrase]:
    """What a person typed, as phrases that must all be there; only our own tokens reach the database."""
    phrases: list[Phrase] = []
    for paired, run in _runs(text[:_MAX_QUERY_CHARACTERS]):
        if paired:
            codes = [_base36(c) for c in run]
            if len(codes) == 1:
                phrases.append(Phrase((f"h{codes[0]}",), prefix=True))
            else:
                phrases.append(Phrase(tuple(f"h{a}{b}" for a, b in zip(codes, codes[1:], strict=False)), prefix=False))
        elif word := _plain(run):
            phrases.append(Phrase((word,), prefix=True))
        if len(phrases) == _MAX_QUERY_RUNS:
            break
    return phrases
