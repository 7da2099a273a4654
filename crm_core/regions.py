"""Places in words: finds the code of a Chinese province, city or district, or of a country, in what people write."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from foundation.hanzi import simplified
from foundation.text import fold

SUFFIXES = re.compile(
    r"(?:壮族自治区|回族自治区|维吾尔自治区|特别行政区|自治区|自治州|自治县|自治旗|地区|林区|矿区|新区|[省市县区盟旗]|[都府州]|province|city|district|county|prefecture)$"
)
PEOPLES = re.compile(
    r"(?:土家|蒙古|布依|朝鲜|哈尼|哈萨克|傈僳|拉祜|柯尔克孜|达斡尔|纳西|景颇|仡佬|毛南|仫佬|撒拉|东乡|保安|裕固|塔吉克|锡伯|普米|鄂温克|鄂伦春|各|[汉满回藏苗彝壮侗瑶白傣黎佤畲水土羌怒])族?$"
)
CUTS = re.compile(r"[,，、/·|>;；()（）]+")
GB = re.compile(r"\d{6}")


def short_name(name: str) -> str:
    """A place without what it is: 广东省 gives 广东, 湘西土家族苗族自治州 gives 湘西; as it was when little would be left."""
    folded = fold(name)
    bare = SUFFIXES.sub("", folded).strip()
    if folded.endswith(("自治州", "自治县", "自治旗")):
        while (cut := PEOPLES.sub("", bare)) != bare and len(cut) > 1:
            bare = cut
    return bare if len(bare) > 1 else folded


class Places:
    """The places of a dictionary, to be found by their names; ``rows`` are (code, names, code of the parent)."""

    def __init__(self, rows: Iterable[tuple[str, Sequence[str], str]]):
        self.parents: dict[str, str] = {}
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for code, names, parent in rows:
            self.parents[code] = parent
            spellings = {simplified(fold(name)) for name in names if name}
            spellings |= {short_name(name) for name in spellings} | {f"{short_name(name)}州" for name in spellings if name.endswith("自治州")} | {fold(code)}
            for spelling in spellings | {spelling.replace(" ", "") for spelling in spellings}:
                self.by_name[spelling].append(code)
        self.longest = max(map(len, self.by_name), default=0)

    def depth(self, code: str) -> int:
        """How high a place ranks: in China by its code, for a municipality's districts rank with all others; elsewhere by what stands above."""
        if GB.fullmatch(code):
            return 1 if code.endswith("0000") else 2 if code.endswith("00") else 3
        found = 0
        while code := self.parents.get(code, ""):
            found += 1
        return found

    def above(self, code: str) -> set[str]:
        """Every place that the place lies in."""
        found: set[str] = set()
        while code := self.parents.get(code, ""):
            found.add(code)
        return found

    def code_of(self, text: str) -> str:
        """The code of the innermost place in the text when all of it is understood and it is only one; '' otherwise."""
        folded = simplified(fold(text))
        if not folded:
            return ""
        whole = self._best(self.by_name.get(folded, []), set())
        if whole:
            return whole
        parts = [part.strip() for part in CUTS.split(folded) if part.strip()]
        # abroad the smaller place stands first
        return self._walk(parts) or self._walk(parts[::-1]) or self._walk(folded.split()[::-1])

    def _best(self, codes: list[str], inside: set[str]) -> str:
        """The one meant: inside what was named before, else the highest, when there is only one of those."""
        codes = [code for code in codes if not inside or inside & self.above(code)]
        if not codes:
            return ""
        top = min(self.depth(code) for code in codes)
        highest = [code for code in codes if self.depth(code) == top]
        return highest[0] if len(highest) == 1 else ""

    def _walk(self, parts: list[str]) -> str:
        here = ""
        for part in parts:
            rest = part
            while rest:
                step = self._step(rest, here)
                if step is None:
                    return ""
                here, rest = step
        return here

    def _step(self, rest: str, here: str) -> tuple[str, str] | None:
        """The longest name at the beginning of the text that lies in ``here`` (or is it again), and what is left."""
        for length in range(min(len(rest), self.longest), 0, -1):
            codes = self.by_name.get(rest[:length].strip(), [])
            if not codes or (rest[:1].isascii() and length < len(rest) and rest[length - 1 : length + 1].isalnum() and rest[length].isascii()):
                continue
            if here in codes:
                return here, rest[length:].strip()
            found = self._best(codes, {here} if here else set())
            if found:
                return found, rest[length:].strip()
        return None
