"""Which encoding a text file is in: marks first, then strict UTF-8, then a vote between the Chinese ones on the whole file."""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import IO

from django.utils.translation import gettext as _

from foundation.integrity import Refused

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "cp1252")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_WIDE = re.compile(r"[^\x00-\x7f]")
_WRITTEN = re.compile(r"[\u00a0-\u017f\u0386-\u03ce\u0401\u0410-\u0451\u05d0-\u05ea\u0621-\u064a]")
_SAMPLE = 512 * 1024
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


class TextRefused(Refused):
    """Bytes that are no text in any encoding we know."""

    status = 400


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and the name of its encoding; the person's own choice is taken when it fits."""
    for name in [encoding] if encoding else []:
        text = _strict(data, name)
        if text is None:
            raise TextRefused(_("The file is not in the encoding %(name)s.") % {"name": name})
        return text.lstrip("\ufeff"), name
    for mark, name in _MARKS:
        if data.startswith(mark):
            text = _strict(data, name)
            if text is None:
                raise TextRefused(_("The file is damaged: its text is not what its first bytes announce."))
            return _checked(text), name
    if wide := _unmarked_utf16(data):
        return _checked(data.decode(wide)), wide
    if (text := _strict(data, "utf-8")) is not None and not _is_chinese_by_chance(text, data):
        return _checked(text), "utf-8"
    return _vote(data)


def detect(file: IO[bytes], encoding: str = "") -> str:
    """The encoding of a long file, read piece by piece: whole for what it may not be, its beginning for the vote."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    if encoding:
        candidates, refusal = [encoding], _("The file is not in the encoding %(name)s.") % {"name": encoding}
    elif marked := next((name for mark, name in _MARKS if sample.startswith(mark)), "") or _unmarked_utf16(sample[: len(sample) // 2 * 2]):
        candidates, refusal = [marked], _("The file is damaged: its text is not what its first bytes announce.")
    else:
        votes = {"utf-8": 9.0} | {name: share(text) + (0.1 if name == "gb18030" else 0) for name, share, text in _shares(sample)}
        candidates, refusal = sorted(votes, key=lambda name: -votes[name]), _("The encoding of the file is unknown. Save it as UTF-8.")
    for name in candidates:
        if all(text is not None and not _CONTROLS.search(text) for text in _pieces(file, name)):
            return name
    raise TextRefused(refusal)


def _shares(sample: bytes) -> Iterator[tuple[str, Callable[[str], float], str]]:
    for name, share in (("gb18030", _common_simplified), ("big5", _common_traditional), ("cp1252", _western)):
        try:
            yield name, share, codecs.getincrementaldecoder(name)().decode(sample)
        except UnicodeError:
            continue


def _pieces(file: IO[bytes], name: str) -> Iterator[str | None]:
    """The text of a file piece by piece; None and the end where it is not in this encoding."""
    file.seek(0)
    try:
        decoder = codecs.getincrementaldecoder(name)()
        while piece := file.read(_SAMPLE):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except (UnicodeError, LookupError):
        yield None


def previews(file: IO[bytes], lines: int = 3) -> list[tuple[str, str]]:
    """The first lines of a file in every encoding in which they can be read at all, for a person to choose by eye."""
    file.seek(0)
    sample = file.read(4096)
    marked = [name for mark, name in _MARKS if sample.startswith(mark)]
    found: dict[str, str] = {}
    for name in [*marked[:1], *ENCODINGS]:
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample)
        except (UnicodeError, LookupError):
            continue
        if not _CONTROLS.search(text) and text not in found.values():
            found[name] = "\n".join(text.lstrip("\ufeff").splitlines()[:lines])[:300]
    return list(found.items())


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _is_chinese_by_chance(text: str, data: bytes) -> bool:
    """Short GB text may be valid UTF-8: then it holds two-byte characters only, and hardly any that people write."""
    wide = _WIDE.findall(text)
    if len(wide) < 6 or max(wide) > "\u07ff":
        return False
    likely = sum(1 for c in wide if _WRITTEN.match(c)) / len(wide)
    return likely < 0.5 and (simplified := _strict(data, "gb18030")) is not None and _common_simplified(simplified) > 0.9


def _checked(text: str) -> str:
    if _CONTROLS.search(text):
        raise TextRefused(_("The file holds binary data and is no text."))
    return text.lstrip("\ufeff")


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without a mark shows by NULs that stand on one side only."""
    sample = data[:4000]
    if len(data) % 2 or len(sample) < 4 or b"\x00" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""
    return name if name and _strict(data, name) is not None else ""


def _vote(data: bytes) -> tuple[str, str]:
    """GB18030 or Big5, by the share of characters that are common in the one or the other; Western when neither fits."""
    scores: dict[str, tuple[float, str]] = {}
    for name, share in (("gb18030", _common_simplified), ("big5", _common_traditional), ("cp1252", _western)):
        if (text := _strict(data, name)) is not None and not _CONTROLS.search(text):
            scores[name] = (share(text), text)
    if not scores:
        raise TextRefused(_("The encoding of the file is unknown. Save it as UTF-8."))
    # A simplified text now and then looks traditional by chance, hardly ever the other way round.
    best = max(scores, key=lambda name: scores[name][0] + (0.1 if name == "gb18030" else 0))
    return _checked(scores[best][1]), best


def _common_simplified(text: str) -> float:
    """Share of first-level characters of GB 2312 and of its punctuation among all that are not ASCII."""
    wide = _WIDE.findall(text)
    encoded = "".join(wide).encode("gb2312", "replace")
    good = sum(1 for lead, trail in _pairs(encoded) if 0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3))
    return good / max(len(wide), 1)


def _common_traditional(text: str) -> float:
    """Share of frequently used characters of Big5 and of its punctuation among all that are not ASCII."""
    wide = _WIDE.findall(text)
    encoded = "".join(wide).encode("big5", "replace")
    good = sum(1 for lead, trail in _pairs(encoded) if 0xA1 <= lead <= 0xC6)
    return good / max(len(wide), 1)


def _western(text: str) -> float:
    """Share of accented letters that stand beside ASCII letters; a Chinese text has long runs without any."""
    wide = _WIDE.findall(text)
    beside = len(re.findall(r"(?<=[A-Za-z])[À-ÿ](?![À-ÿ])|(?<![À-ÿ])[À-ÿ](?=[a-z])|[‘’“”€–—](?=[\s\w])", text))
    return 0.95 * beside / max(len(wide), 1)


def _pairs(encoded: bytes) -> list[tuple[int, int]]:
    found, place = [], 0
    while place < len(encoded):
        if encoded[place] < 0x80:
            place += 1
        else:
            found.append((encoded[place], encoded[place + 1] if place + 1 < len(encoded) else 0))
            place += 2
    return found
