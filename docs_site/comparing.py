"""Two versions side by side: sections found again by key or heading, blocks aligned, differences word by word."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from docs_site.richtext import MARK, Block, blocks_of, shown_marks, without_marks
from foundation.text import HAN

TOKEN = re.compile(rf"{MARK.pattern}|{HAN.pattern}|[^\W_]+(?:['’.-][^\W_]+)*|\s+|.", re.DOTALL)
LONGEST = 4000  # tokens of one block compared word by word; beyond it the block counts as replaced


def tokens(text: str) -> list[str]:
    """Single hanzi, whole Latin words and numbers, spaces and marks."""
    found: list[str] = []
    for token in TOKEN.findall(text):
        found.extend(token if HAN.search(token) else [token])
    return found


def word_difference(old: str, new: str) -> tuple[SafeString, SafeString]:
    """The old text with what went in <del>, the new text with what came in <ins>."""
    left, right = tokens(old), tokens(new)
    if len(left) > LONGEST or len(right) > LONGEST:
        return format_html("<del>{}</del>", shown_marks(old)), format_html("<ins>{}</ins>", shown_marks(new))
    out_left: list[str] = []
    out_right: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        show = without_marks if tag == "equal" else shown_marks
        gone, come = escape(show("".join(left[a:b]))), escape(show("".join(right[c:d])))
        if tag == "equal":
            out_left.append(gone)
            out_right.append(come)
        else:
            out_left.append(f"<del>{gone}</del>" if gone else "")
            out_right.append(f"<ins>{come}</ins>" if come else "")
    return mark_safe("".join(out_left)), mark_safe("".join(out_right))  # noqa: S308  # nosec B308 B703: every part is escaped above


@dataclass(frozen=True)
class Row:
    """One block beside its counterpart; ``status`` is same, changed, added or removed."""

    status: str
    kind: str
    left: SafeString | str
    right: SafeString | str
    depth: int = 0


@dataclass
class SectionDifference:
    """One section of both versions."""

    status: str  # same, changed, added, removed
    moved: bool
    key: str
    left_heading: SafeString | str
    right_heading: SafeString | str
    rows: list[Row] = field(default_factory=list)


@dataclass
class Comparison:
    """Everything that differs between two contents."""

    sections: list[SectionDifference]
    facts: list[tuple[str, SafeString, SafeString]]

    @property
    def counts(self) -> dict[str, int]:
        found = {"changed": 0, "added": 0, "removed": 0, "moved": 0}
        for section in self.sections:
            if section.status != "same":
                found[section.status] += 1
            found["moved"] += section.moved
        return found

    @property
    def is_same(self) -> bool:
        return not any(self.counts.values()) and not self.facts


def _rows(old: list[Block], new: list[Block]) -> list[Row]:
    rows: list[Row] = []
    left, right = [(b.kind, b.text) for b in old], [(b.kind, b.text) for b in new]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [Row("same", block.kind, without_marks(block.text), without_marks(block.text), block.depth) for block in old[a:b]]
        else:
            rows += _pair(old[a:b], new[c:d])
    return rows


def _pair(old: list[Block], new: list[Block]) -> list[Row]:
    """Within a replaced stretch, each new block goes beside the most alike old one that keeps the order."""
    rows: list[Row] = []
    at = 0
    for block in new:
        best, score = -1, 0.45
        for place in range(at, min(len(old), at + 12)):
            likeness = SequenceMatcher(None, tokens(old[place].text)[:400], tokens(block.text)[:400], autojunk=False).quick_ratio()
            if likeness > score:
                best, score = place, likeness
        if best < 0:
            rows.append(Row("added", block.kind, "", format_html("<ins>{}</ins>", shown_marks(block.text)), block.depth))
            continue
        rows += [_removed(gone) for gone in old[at:best]]
        left, right = word_difference(old[best].text, block.text)
        rows.append(Row("changed", block.kind, left, right, block.depth))
        at = best + 1
    return rows + [_removed(gone) for gone in old[at:]]


def _removed(block: Block) -> Row:
    return Row("removed", block.kind, format_html("<del>{}</del>", shown_marks(block.text)), "", block.depth)


def _match(old: list[dict[str, str]], new: list[dict[str, str]]) -> dict[int, int]:
    """Place in the new list to place in the old one: by key, then by heading."""
    by_key = {section["key"]: place for place, section in enumerate(old)}
    found = {place: by_key[section["key"]] for place, section in enumerate(new) if section["key"] in by_key}
    taken = set(found.values())
    headings: dict[str, int] = {}
    for place, section in enumerate(old):
        if place not in taken:
            headings.setdefault(section["heading"], place)
    for place, section in enumerate(new):
        if place not in found and section["heading"] in headings:
            found[place] = headings.pop(section["heading"])
    return found


def _moved(pairs: dict[int, int]) -> set[int]:
    """New places of the sections that changed their order: all but the longest run that kept it."""
    order = [pairs[place] for place in sorted(pairs)]
    kept = {
        order[block.a + offset] for block in SequenceMatcher(None, order, sorted(order), autojunk=False).get_matching_blocks() for offset in range(block.size)
    }
    return {place for place, old in pairs.items() if old not in kept}


def compare_contents(old: dict[str, Any], new: dict[str, Any], names: dict[str, str]) -> Comparison:
    """Compare two canonical contents; ``names`` are the words for the facts title, summary and attachments."""
    pairs = _match(old["sections"], new["sections"])
    moved = _moved(pairs)
    gone = [place for place in range(len(old["sections"])) if place not in set(pairs.values())]
    sections: list[SectionDifference] = []
    for place, section in enumerate(new["sections"]):
        if place not in pairs:
            rows = _rows([], blocks_of(section["body"]))
            sections.append(SectionDifference("added", False, section["key"], "", format_html("<ins>{}</ins>", section["heading"]), rows))
            continue
        sections += [_gone(old["sections"][lost]) for lost in gone if lost < pairs[place] and place not in moved]
        gone = [lost for lost in gone if lost >= pairs[place] or place in moved]
        before = old["sections"][pairs[place]]
        rows = _rows(blocks_of(before["body"]), blocks_of(section["body"]))
        same = before["heading"] == section["heading"] and all(row.status == "same" for row in rows)
        left, right = word_difference(before["heading"], section["heading"])
        sections.append(SectionDifference("same" if same else "changed", place in moved, section["key"], left, right, rows))
    sections += [_gone(old["sections"][lost]) for lost in gone]
    return Comparison(sections, _facts(old, new, names))


def _gone(section: dict[str, str]) -> SectionDifference:
    return SectionDifference("removed", False, section["key"], format_html("<del>{}</del>", section["heading"]), "", _rows(blocks_of(section["body"]), []))


def _facts(old: dict[str, Any], new: dict[str, Any], names: dict[str, str]) -> list[tuple[str, SafeString, SafeString]]:
    facts = [(names[key], *word_difference(old.get(key, ""), new.get(key, ""))) for key in ("title", "summary") if old.get(key, "") != new.get(key, "")]
    files = [" · ".join(f"{row['name']} ({row['sha256'][:8]})" for row in content.get("attachments", [])) for content in (old, new)]
    if files[0] != files[1]:
        facts.append((names["attachments"], *word_difference(*files)))
    return facts
