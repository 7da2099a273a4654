"""Text to tokens: overlapping pairs of hanzi, Latin words, and of names, codes and their pinyin every four letters.

A token holds only ``[a-z0-9]`` and starts with a letter that names its sort, so that SQLite and PostgreSQL cut and fold it
alike (neither knows the newest hanzi): ``h`` hanzi, four base-36 digits a character; ``w`` ASCII word, of a name or a code only how it
begins; ``o`` word of another script; ``u`` the person it belongs to; ``i`` four letters or digits in a row, one token for every place of a name, a code or its pinyin and
the last three for the end, so that three are found in the middle too and more stand one after the other. Names share most of these,
which keeps the index small: there are ten thousand of four digits, and as many numbers that end in any way as there are people.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from foundation.text import fold, syllables

# Hanzi with iteration marks, kana, bopomofo and hangul are written without spaces: pairs of characters serve them all.
_PAIRED = r"々-〇぀-ヿ㄀-ㄯ㐀-䶿一-鿿豈-﫿가-힣\U00020000-\U0003134f"
_RUN = re.compile(rf"(?P<paired>[{_PAIRED}]+)|(?P<word>[^\W_{_PAIRED}]+)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_QUERY_CHARACTERS = 200
_MAX_QUERY_RUNS = 24
_MAX_WORD = 60
_INSIDE = 3  # letters or digits from which a name is also found by its middle
_GRAM = 4  # letters or digits in a token of a place
_BEGIN = 2  # how much of a word of a name is kept as a word: what is longer is found by its places
_LONGEST_WORD = 24
_SEPARATORS = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^a-z]")
# PostgreSQL knows no position beyond 16,383: title and body together stay below it.
MAX_TITLE_TOKENS = 2_000
MAX_BODY_TOKENS = 13_000


@lru_cache(maxsize=40_000)
def _base36(character: str) -> str:
    number, digits = ord(character), ""
    for _ in range(4):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def _plain(word: str) -> str:
    """The word without accents, as one token; words of other scripts keep their letters as numbers."""
    bare = word[:_MAX_WORD] if word.isascii() else "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")[:_MAX_WORD]
    if bare.isascii():
        return f"w{bare}" if bare else ""
    return "o" + "".join(_base36(c) for c in bare)


def _runs(folded: str) -> Iterator[tuple[bool, str]]:
    for match in _RUN.finditer(folded):
        yield match.lastgroup == "paired", match.group()


def tokens(text: str) -> Iterator[str]:
    """Tokens of a text to be found: 合同管理 gives 合同 同管 管理 and the tail 理."""
    return _tokens(_runs(fold(text)))


def _tokens(runs: Iterable[tuple[bool, str]], *, begin: int = _MAX_WORD) -> Iterator[str]:
    """``begin`` says how many letters of a Latin word are kept."""
    for paired, run in runs:
        if paired:
            codes = [_base36(c) for c in run]
            for first, second in zip(codes, codes[1:], strict=False):
                yield f"h{first}{second}"
            yield f"h{codes[-1]}"
        elif word := _plain(run):
            yield word if word[0] == "o" else word[: begin + 1]


def _bare(word: str) -> str:
    """The word without accents when it is ASCII then; else nothing."""
    if word.isascii():
        return word
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    return plain if plain.isascii() else ""


def letters_of(text: str) -> str:
    """Only the letters and digits of a text, folded and without accents: what a part of it is looked for in."""
    if text.isascii():
        return _SEPARATORS.sub("", text.lower())
    folded = _SEPARATORS.sub("", fold(text))
    return folded if folded.isascii() else "".join(c for c in unicodedata.normalize("NFD", folded) if unicodedata.category(c) != "Mn")


def _grams(word: str) -> list[str]:
    """The places of a word one after the other, and its end; nothing of a word shorter than three."""
    return [f"i{word[place : place + _GRAM]}" for place in range(len(word) - _INSIDE + 1)]


@lru_cache(maxsize=20_000)
def _letters(syllable: str) -> str:
    return _LETTERS.sub("", syllable)


def _pinyin(run: str) -> tuple[str, str]:
    """Initials and full pinyin of a run of hanzi."""
    letters = [_letters(syllable) for syllable in syllables(run)]
    return "".join(syllable[:1] for syllable in letters), "".join(letters)


def title_tokens(title: str, codes: Iterable[str] = (), names: Iterable[str] = ()) -> str:
    """Tokens of the title and the other names, of their pinyin, and of codes, each by every place."""
    found: list[str] = []
    inside: dict[str, None] = {}
    for name in dict.fromkeys([title, *names]):
        runs = list(_runs(fold(name)))
        found += _tokens(runs, begin=_BEGIN)
        for paired, run in runs:
            if not paired:
                inside[_bare(run)] = None
            elif len(run) > 1:
                first, whole = _pinyin(run)
                inside |= {first: None, whole: None}
                if len(first) >= _BEGIN:
                    found.append(f"w{first[:_BEGIN]}")
    numbers: list[str] = []
    for code in dict.fromkeys(codes):
        folded = fold(code)
        runs, joined = list(_runs(folded)), _SEPARATORS.sub("", folded)
        found += _tokens(runs, begin=_BEGIN)
        if joined.isascii():
            found += [f"w{joined[:_BEGIN]}"] if joined else []
            numbers.append(joined)
        else:
            numbers += [_bare(run) for paired, run in runs if not paired]
    # A number within another, as a mobile number within the one with the country's code, has its places there.
    inside |= {number: None for number in numbers if not any(number != other and number in other for other in numbers)}
    kept = _once(found)
    for word in inside:
        kept += _grams(word)
    return " ".join(kept[:MAX_TITLE_TOKENS])


def _once(found: list[str]) -> list[str]:
    """Words and beginnings once; hanzi keep their order and their number, because they are asked for one after the other."""
    seen: set[str] = set()
    kept = []
    for token in found:
        if token[0] != "h":
            if token in seen:
                continue
            seen.add(token)
        kept.append(token)
    return kept


def owner_token(owner: int) -> str:
    """Stands among the tokens of all names that belong to a person, so that one's own are found among very many."""
    return f"u{owner}"


def words_of(text: str) -> set[str]:
    """Latin words of a name, as a slip of the finger would be mended: four to twenty-four letters."""
    found = {_bare(run) for paired, run in _runs(fold(text)) if not paired}
    return {word for word in found if 4 <= len(word) <= _LONGEST_WORD and word.isalpha()}


def variants_of(word: str) -> set[str]:
    """The word, and the word without any one of its letters: two words one slip apart share one of these."""
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


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
    """Tokens that stand one after the other; ``prefix`` says that the last one may go on. ``in_text`` is what a text must have instead."""

    tokens: tuple[str, ...]
    prefix: bool
    in_text: str = ""


def hanzi_phrase(run: str) -> Phrase:
    """A run of hanzi that stands somewhere."""
    codes = [_base36(c) for c in run]
    if len(codes) == 1:
        return Phrase((f"h{codes[0]}",), prefix=True)
    return Phrase(tuple(f"h{a}{b}" for a, b in zip(codes, codes[1:], strict=False)), prefix=False)


def word_phrases(run: str) -> Iterator[Phrase]:
    """A word: from three characters on also inside a name or a code, in texts and other scripts by its beginning."""
    word, bare = _plain(run), _bare(run)
    if not word:
        return
    if len(bare) < _INSIDE:
        yield Phrase((word,), prefix=True)
        return
    yield inside_phrase(bare, in_text=word)


def inside_phrase(letters: str, *, in_text: str = "") -> Phrase:
    """Three letters or digits and more that stand one after the other in a name, a code or its pinyin."""
    if len(letters) == _INSIDE:
        return Phrase((f"i{letters}",), prefix=True, in_text=in_text)
    return Phrase(tuple(f"i{letters[place : place + _GRAM]}" for place in range(len(letters) - _GRAM + 1)), prefix=False, in_text=in_text)


def runs_of(text: str) -> list[tuple[bool, str]]:
    """What a person typed, cut into runs of hanzi (true) and words (false)."""
    return list(islice(_runs(fold(text[:_MAX_QUERY_CHARACTERS])), _MAX_QUERY_RUNS))


def query_phrases(text: str) -> list[Phrase]:
    """What a person typed, as phrases that must all be there; only our own tokens reach the database."""
    phrases: list[Phrase] = []
    for paired, run in runs_of(text):
        phrases += [hanzi_phrase(run)] if paired else word_phrases(run)
    return phrases[:_MAX_QUERY_RUNS]


def stands_in(text_tokens: str, phrase: Phrase) -> bool:
    """Whether a phrase stands in the tokens of a title."""
    wanted = " " + " ".join(phrase.tokens)
    return (wanted if phrase.prefix else wanted + " ") in f" {text_tokens} "
