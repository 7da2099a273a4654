"""Chinese characters for comparison: one spelling for traditional and simplified ones, and how they sound."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

SOURCE = Path(__file__).parent / "data" / "simplified.txt"
# Sounds that many speakers do not tell apart: zh/z, ch/c, sh/s, -ng/-n, and ü.
_NEAR = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"([aei])ng$"), r"\1n"), (re.compile(r"v"), "u"))


@cache
def _table() -> dict[int, str]:
    pairs: dict[int, str] = {}
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            traditional, _tab, plain = line.partition("\t")
            pairs |= {ord(old): new for old, new in zip(traditional, plain, strict=True)}
    return pairs


def simplified(text: str) -> str:
    """The text with every traditional character replaced by the simplified one (華為 gives 华为); for comparing, not for showing."""
    return text if text.isascii() else text.translate(_table())


@cache
def syllable(character: str) -> str:
    """How a character most often sounds, in pinyin without tones; '' when it is no hanzi."""
    readings = pinyin_dict.get(ord(character), "")
    plain = unicodedata.normalize("NFD", readings.partition(",")[0].replace("ü", "v"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


@cache
def near_syllable(character: str) -> str:
    """As ``syllable``, with the sounds that are often confused brought together (zhang, zhan and zan are one)."""
    found = syllable(character)
    for pattern, put in _NEAR:
        found = pattern.sub(put, found)
    return found
