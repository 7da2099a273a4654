"""The 34 province-level regions of China as a grid of equal tiles, each near where it lies; and how many customers lie in each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt

from django.utils.translation import get_language

from crm_core.models.book import HOME, REGION, book_of
from crm_core.regions import short_name

STEPS = 5
MUNICIPALITIES = {"11", "12", "31", "50"}
# First two digits of GB/T 2260: its letters, column and row of the tile.
TILES: dict[str, tuple[str, int, int]] = {
    "23": ("HL", 8, 1),
    "15": ("NM", 5, 2),
    "22": ("JL", 8, 2),
    "65": ("XJ", 1, 3),
    "62": ("GS", 2, 3),
    "64": ("NX", 3, 3),
    "14": ("SX", 4, 3),
    "13": ("HE", 5, 3),
    "11": ("BJ", 6, 3),
    "12": ("TJ", 7, 3),
    "21": ("LN", 8, 3),
    "63": ("QH", 2, 4),
    "61": ("SN", 3, 4),
    "41": ("HA", 4, 4),
    "37": ("SD", 5, 4),
    "54": ("XZ", 1, 5),
    "51": ("SC", 2, 5),
    "50": ("CQ", 3, 5),
    "42": ("HB", 4, 5),
    "34": ("AH", 5, 5),
    "32": ("JS", 6, 5),
    "31": ("SH", 7, 5),
    "53": ("YN", 2, 6),
    "52": ("GZ", 3, 6),
    "43": ("HN", 4, 6),
    "36": ("JX", 5, 6),
    "33": ("ZJ", 6, 6),
    "45": ("GX", 3, 7),
    "44": ("GD", 4, 7),
    "35": ("FJ", 5, 7),
    "71": ("TW", 7, 7),
    "46": ("HI", 3, 8),
    "82": ("MO", 4, 8),
    "81": ("HK", 5, 8),
}


@dataclass(frozen=True)
class Place:
    """A region with its customers; a province has a place in the grid and a step of the colour scale."""

    code: str
    name: str
    count: int
    short: str = ""
    column: int = 0
    row: int = 0
    step: int = 0


def step_of(count: int, most: int) -> int:
    """0 without customers, else 1 to 5; by the square root, so that one great province does not pale all others."""
    return min(1 + int((STEPS - 1) * sqrt(count / most)), STEPS) if count and most else 0


def bounds(most: int) -> list[tuple[int, int]]:
    """The least count of each step that can occur, for the legend."""
    found = [(step, max(ceil(most * ((step - 1) / (STEPS - 1)) ** 2), 1)) for step in range(1, STEPS + 1)] if most else []
    return [(step, least) for step, least in found if step_of(least, most) == step]


def _is_home(code: str) -> bool:
    return len(code) == 6 and code.isdecimal() and code[:2] in TILES


def provinces(counts: Mapping[str, int]) -> list[Place]:
    """Every province with its customers, in the order of the codes; ``counts`` are by code of the place."""
    sums: dict[str, int] = defaultdict(int)
    for code, count in counts.items():
        if _is_home(code):
            sums[code[:2]] += count
    book, most = book_of(REGION), max(sums.values(), default=0)
    english = (get_language() or "").startswith("en")
    found = []
    for key, (letters, column, row) in sorted(TILES.items()):
        name = book.label(f"{key}0000")
        found.append(Place(f"{key}0000", name, sums[key], letters if english else short_name(name), column, row, step_of(sums[key], most)))
    return found


def cities(counts: Mapping[str, int], province: str) -> list[Place]:
    """The cities of a province with customers, of a municipality its districts; most first. What names only the province stands last."""
    sums: dict[str, int] = defaultdict(int)
    for code, count in counts.items():
        if _is_home(code) and code[:2] == province[:2]:
            whole = code.endswith("0000") or province[:2] in MUNICIPALITIES
            sums[code if whole else f"{code[:4]}00"] += count
    book = book_of(REGION)
    rows = [Place(code, book.label(code), count) for code, count in sums.items()]
    return sorted(rows, key=lambda row: (row.code == province, -row.count, row.code))


def elsewhere(counts: Mapping[str, int]) -> dict[str, int]:
    """Customers that no tile shows: in China without a province, abroad, in a place that the dictionary does not know, without any."""
    book = book_of(REGION)
    found = {"home": 0, "abroad": 0, "unknown": 0, "none": 0}
    for code, count in counts.items():
        if not _is_home(code):
            found["none" if not code else "home" if code == HOME else "abroad" if code in book.words else "unknown"] += count
    return found
