"""Text in two scripts: sort keys, folding, one-line logs."""

import logging
import re
import unicodedata
from functools import lru_cache
from html import escape

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.simpleseg import seg

_MARKED = re.compile("[&<>\"']")
HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f]")
SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Comparable form: NFKC (full-width becomes half-width), case folded, inner spaces single."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split()).casefold()


@lru_cache(maxsize=30_000)
def _word_syllables(word: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors="default"))


@lru_cache(maxsize=4096)
def syllables(text: str) -> tuple[str, ...]:
    """Pinyin syllable by syllable; what is no hanzi stays as it is, in one piece.

    Cut into words as pypinyin cuts, but with the words remembered: names are new every time, the words in them are not.
    """
    return tuple(syllable for word in seg(text) for syllable in _word_syllables(word))


def name_key(text: str) -> str:
    """Sort key of a name: pinyin syllables for hanzi, folded Latin otherwise, at most 200 characters."""
    return "".join(syllables(fold(text)))[:200]


def initials(text: str) -> str:
    """First letters of the pinyin syllables (合同管理 gives htgl); Latin words stay whole."""
    return "".join(lazy_pinyin(fold(text), style=Style.FIRST_LETTER, errors="default"))[:200]


class OneLineFormatter(logging.Formatter):
    """Log lines cannot be forged: line breaks in values are shown as escapes."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (name of the standard library)
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


def written(text: str) -> str:
    """The text as it stands in HTML; hardly any text of a list has a character that must be replaced, so that one look is enough."""
    return escape(text) if _MARKED.search(text) else text
