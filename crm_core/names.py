"""Names of companies and people, taken apart for comparison; nothing from here is shown.

A Chinese company name is place + word of its own + trade + legal form (深圳市 + 华为 + 技术 + 有限公司, GB/T and the register's rules
want it so). Two spellings of one company differ in the place, the brackets, the legal form, the script or the trade, hardly ever in the
word of its own. ``name_core`` is place-free and form-free (华为技术), ``brand`` is the word of its own (华为).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from foundation.hanzi import near_syllable, simplified, syllable
from foundation.text import fold

SOURCE = Path(__file__).parent / "data" / "name_words.txt"
CORE_MAX, SOUND_MAX, BRAND_MAX = 160, 160, 80
HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f"
_JUNK = re.compile(r"[\W_]+")
_HAN_RUN = re.compile(rf"[{HAN}]")
_BRACKETS = re.compile(r"[(\[{<〈《「『【〔](.*?)[)\]}>〉》」』】〕]")


def _words() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    section = ""
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = set()
        elif line and not line.startswith("#"):
            found[section] |= set(line.split(" "))
    return {name: frozenset(words) for name, words in found.items()}


_WORDS = _words()
# --- places ------------------------------------------------------------------------------------------
PROVINCES = _WORDS["provinces"]
CITIES = _WORDS["cities"]
DOUBTFUL = _WORDS["doubtful"]
_BARE = PROVINCES | CITIES
_KIND = re.compile(r"省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区|(?:[一-龥]{1,9}族)?自治州|地区|盟|州")
_DISTRICT = re.compile(r"^(?!.{0,2}(?:社区|小区|园区|景区|校区))[一-龥]{1,3}?(?:新区|区|县|旗)")
_LATIN_PLACES = {"china", "prc", "hong kong", "hongkong", "hk", "taiwan", "macau", "asia", "apac"} | {
    word for place in _BARE if len(word := "".join(syllable(character) for character in place)) > 5
}

# --- legal forms and trades ------------------------------------------------------------------------------
_FORMS = _WORDS["forms"]
_FORM_INSIDE = re.compile(r"(?:股份有限公司|有限责任公司|有限公司|股份公司|总公司|公司)")
_BRANCHES = ("分公司", "分店", "分厂", "分行", "分院", "分部", "支行", "办事处", "代表处", "营业部", "经营部")
_LATIN_FORM = re.compile(
    r"(?:\s|^)(?:co\s?,?\s?\.?\s?ltd|company limited|co limited|corporation limited|limited|ltd|incorporated|inc|corporation|corp|company|co|llc|l l c|llp|lp|plc|"
    r"gmbh co kg|gmbh und co kg|gmbh|ag|kg|ohg|se|sa|s a|sas|sarl|srl|s r l|spa|s p a|bv|b v|nv|n v|ab|oy|oyj|aps|as|a s|kk|k k|pte|pty|pvt|private|sdn bhd|bhd|"
    r"holdings?|group)$"
)
_TRADES = _WORDS["trades"]
_LATIN_TRADES = _WORDS["latin trades"]
_HOLLOW = frozenset({"中国", "中华", "国际", "全国", "华东", "华南", "华北", "华中", "东北", "西南", "西北", "第一", "第二", "大", "新", "中"})
# Stands between brackets and says nothing of who the company is.
_NOT_ALONE = frozenset({"银行", "大学", "政府", "机场", "地铁"})
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
_OPENERS = frozenset("([{<〈《「『【〔")
_ASIDE = re.compile(r"^(?:中国|中國|集团|控股|有限合伙|普通合伙|特殊普通合伙|个体工商户|境内|境外|亚太|大中华区?|china|group|holdings?|hk|prc|asia|apac)$")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """What of a company's name tells it from others; ``branch`` names an office that is not the company itself."""

    core: str
    brand: str
    places: frozenset[str]
    branch: str


@lru_cache(maxsize=20_000)
def company_name(text: str) -> CompanyName:
    """A company's name taken apart; of text without any letter the core is what is left of it."""
    plain = _plain(text)
    places: set[str] = set()
    branch = ""
    while True:  # each round only shortens, so it ends; until nothing changes, so that the core of a core is itself
        before = plain
        plain = _without_asides(plain, places)
        plain, office = _without_branch(plain)
        branch = branch or office
        plain = _without_place(_without_form(plain), places)
        if plain == before:
            break
    core = plain.replace(" ", "")
    if core != plain and (deeper := company_name(core)).core != core:  # joining may have brought a form or a place to light
        return CompanyName(deeper.core, deeper.brand, frozenset(places) | deeper.places, branch or deeper.branch)
    return CompanyName(core[:CORE_MAX], _brand(plain)[:BRAND_MAX], frozenset(places), branch)


def name_core(text: str) -> str:
    """What of a company's name is compared: no place, no legal form, no brackets and spaces, one script and one width (深圳市華為技術（中国）有限公司 gives 华为技术)."""
    return company_name(text).core


def brand_of(text: str) -> str:
    """The word of a company's own (华为技术有限公司 gives 华为)."""
    return company_name(text).brand


def sound_of(core: str) -> str:
    """How a core sounds: pinyin without tones for hanzi, the bones of Latin words (consonants without doubles), figures as they are."""
    parts: list[str] = []
    latin: list[str] = []
    for character in core:
        if sound := (near_syllable(character) if character > "\u2e7f" else ""):
            parts += [_bones("".join(latin)), sound]
            latin = []
        else:
            latin.append(character)
    parts.append(_bones("".join(latin)))
    return "".join(parts)[:SOUND_MAX]


def _bones(word: str) -> str:
    if len(word) < 4:
        return word
    kept = word[0] + "".join(character for character in word[1:] if character not in "aeiouy")
    return re.sub(r"(.)\1+", r"\1", kept) if len(kept) > 2 else word


def _plain(text: str) -> str:
    """Folded until nothing changes (folding some letters makes new ones to fold), simplified, without controls and accents."""
    for _round in range(4):
        folded = fold(simplified(text))
        if folded == text:
            break
        text = folded
    if not text.isascii():
        if _ACCENTED.search(text):
            bare = (character for character in unicodedata.normalize("NFD", text) if unicodedata.category(character) != "Mn")
            text = unicodedata.normalize("NFKC", "".join(bare))
        if not text.replace(" ", "").isalnum():
            text = "".join(character for character in text if character == " " or character.isprintable()).strip()
    return text.replace("\x00", "")


def _without_asides(text: str, places: set[str]) -> str:
    def keep(found: re.Match[str]) -> str:
        inside = found.group(1).strip()
        if _ASIDE.match(inside):
            return " "
        if inside in _LATIN_PLACES or _is_place(inside):
            places.add(_place_key(inside))
            return " "
        return f" {inside} "

    if not _OPENERS.isdisjoint(text):
        text = _BRACKETS.sub(keep, text)
    return text if text.isalnum() else " ".join(_JUNK.sub(" ", text).split()) or text


def _without_branch(text: str) -> tuple[str, str]:
    if text.endswith(_BRANCHES) and (form := _FORM_INSIDE.search(text)) and form.start() and form.end() < len(text):
        return text[: form.start()], text[form.end() :].strip()
    return text, ""


def _without_form(text: str) -> str:
    while text:
        if text[-1].isascii():
            cut = _LATIN_FORM.sub("", text).strip()
        else:
            size = next((size for size in (6, 5, 4, 3, 2) if len(text) > size and text[-size:] in _FORMS), 0)
            cut = text[: len(text) - size].strip()
        if cut == text or not cut:
            break
        text = cut
    return text


def _place_at_start(text: str) -> tuple[int, bool]:
    """How many characters at the start name a place, and whether 省, 市 or 州 is among them; 0 when none do."""
    for size in (4, 3, 2):
        word = text[:size]
        if len(word) == size and (word in _BARE or word in DOUBTFUL):
            kind = _KIND.match(text, size)
            if kind or word in _BARE:
                return (kind.end() if kind else size), bool(kind) and kind.group()[-1] in "省市州"  # type: ignore[union-attr]
    return 0, False


def _without_place(text: str, places: set[str]) -> str:
    end, is_named = _place_at_start(text)
    if end:
        rest = text[end:].strip()
        if is_named and (district := _DISTRICT.match(rest)) and len(rest) - district.end() > 1:
            rest = rest[district.end() :]
        if _can_stand(rest):
            places.add(_place_key(text[:end]))
            return rest
    if " " in text:
        words = text.split(" ")
        if words[0] in _LATIN_PLACES and not set(words[1:]) <= _LATIN_TRADES:
            places.add(words[0])
            return " ".join(words[1:])
        if words[-1] in _LATIN_PLACES:
            places.add(words[-1])
            return " ".join(words[:-1])
    return text


def _can_stand(rest: str) -> bool:
    """Whether what is left without its place still names somebody: 上海电气 is not 电气, 北京银行 not 银行."""
    return len(rest) > 1 and rest not in _FORMS and rest not in _NOT_ALONE and bool(_without_trades(rest, least=0))


def _is_place(text: str) -> bool:
    end, _named = _place_at_start(text)
    return bool(end) and (len(text) == end or bool(_DISTRICT.fullmatch(text[end:])))


def _place_key(text: str) -> str:
    end = next((size for size in (4, 3, 2) if text[:size] in _BARE or text[:size] in DOUBTFUL), len(text))
    return text[:end]


def _without_trades(text: str, *, least: int) -> str:
    """The text without the words of trade at its end, as long as ``least`` characters and a word of its own are left."""
    while text:
        size = next((size for size in (4, 3, 2, 1) if len(text) >= size and text[-size:] in _TRADES), 0)
        cut = text[: len(text) - size]
        if not size or len(cut) < least or (least and (cut in _HOLLOW or cut in _BARE)):
            break
        text = cut
    return text


def _brand(text: str) -> str:
    """The core without the words of its trade, unless nothing of its own would be left."""
    if " " in text and text.isascii():
        words = text.split(" ")
        while len(words) > 1 and words[-1] in _LATIN_TRADES:
            words.pop()
        return "".join(words)
    return _without_trades(text.replace(" ", ""), least=2)


# --- people ------------------------------------------------------------------------------------------------
_TITLES = re.compile(
    r"(?:先生|女士|小姐|太太|老师|教授|博士|总经理|副总经理|副总裁|总裁|董事长|经理|主任|总监|工程师|主管|处长|科长|部长|院长|校长|医生|律师)$"
)
_LATIN_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "herr", "frau"})


@lru_cache(maxsize=20_000)
def person_words(text: str) -> tuple[str, ...]:
    """The words of a person's name, sorted, without titles: the family name stands first for some and last for others."""
    plain = " ".join(_JUNK.sub(" ", _plain(text)).split()) or _plain(text)
    if _HAN_RUN.search(plain) and not re.search(r"[a-z]", plain):
        joined = plain.replace(" ", "")
        bare = _TITLES.sub("", joined)
        return (bare if len(bare) > 1 else joined,) if joined else ()
    words = [word for word in plain.split(" ") if word]
    return tuple(sorted([word for word in words if word not in _LATIN_TITLES] or words))


def person_core(text: str) -> str:
    """What of a person's name is compared, as one word."""
    return "".join(person_words(text))[:CORE_MAX]


def person_sound(text: str) -> str:
    """How a person's name sounds, whatever the order of its words and the script: 李雷, Li Lei and Lei Li sound alike."""
    parts: list[str] = []
    for word in person_words(text):
        if _HAN_RUN.match(word):
            parts += [near_syllable(character) or character for character in word]
        else:
            parts.append(_bones(word) if syllable_like(word) is None else syllable_like(word) or word)
    return "".join(sorted(parts))[:SOUND_MAX]


_PINYIN = re.compile(r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:[iu]?[aeo](?:i|o|u|ng?|r)?|i(?:ng?|u)?|u(?:i|n|o)?|v)")


def syllable_like(word: str) -> str | None:
    """A word that may be one pinyin syllable, with the sounds that are often confused brought together; None when it cannot be one."""
    if len(word) > 6 or not _PINYIN.fullmatch(word):
        return None
    return re.sub(r"([aei])ng$", r"\1n", re.sub(r"^([zcs])h", r"\1", word))
