"""Business cards, vCard 2.1, 3.0 and 4.0, as rows: one card a row, whatever phone wrote it."""

import quopri
import re
from collections.abc import Iterable, Iterator

HEADINGS = ("Full name", "Company", "Department", "Job title", "Mobile", "Phone", "Home phone", "E-mail", "WeChat", "Website", "Address", "Note", "UID")
MAX_LINE = 200_000
_PLACE = {heading: place for place, heading in enumerate(HEADINGS)}
_ESCAPED = re.compile(r"\\([\\,;:nN])")
_PART = re.compile(r"(?<!\\);")


def read_cards(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Number of the line where each card begins, and its cells; a card without an end counts to the end of the file."""
    card: list[str] | None = None
    began = 0
    for number, line in _unfolded(lines):
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            if card is not None and any(card):
                yield began, card
            card, began = [""] * len(HEADINGS), number
        elif upper == "END:VCARD":
            if card is not None:
                yield began, card
            card = None
        elif card is not None:
            _take(card, line)
    if card is not None and any(card):
        yield began, card


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Whole lines: a line that begins with a space goes on the one before, and so does a quoted-printable one after ``=``."""
    held, began = "", 0
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        if number == 1:
            line = line.lstrip("\ufeff")
        is_quoted = held.endswith("=") and "QUOTED-PRINTABLE" in held.partition(":")[0].upper()
        if is_quoted:
            held = held[:-1] + line
        elif line[:1] in {" ", "\t"} and held:
            held += line[1:]
        else:
            if held:
                yield began, held[:MAX_LINE]
            held, began = line, number
        held = held[:MAX_LINE]
    if held:
        yield began, held


def _take(card: list[str], line: str) -> None:
    head, colon, value = line.partition(":")
    if not colon:
        return
    name, *settings = head.split(";")
    name = name.rpartition(".")[2].upper()
    marks = {mark.upper() for setting in settings for mark in setting.partition("=")[2].strip('"').split(",")} | {setting.upper() for setting in settings}
    if "QUOTED-PRINTABLE" in marks:
        value = _quoted(value, settings)
    _PROPERTIES.get(name, _nothing)(card, value, marks)


def _quoted(value: str, settings: list[str]) -> str:
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    named = next((setting.partition("=")[2] for setting in settings if setting.upper().startswith("CHARSET=")), "utf-8")
    for encoding in (named, "utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).replace("\x00", "").strip()


def _parts(value: str) -> list[str]:
    return [_plain(part) for part in _PART.split(value)]


def _put(card: list[str], heading: str, text: str) -> None:
    """The first value counts; numbers and notes that follow are kept behind it in the note."""
    place = _PLACE[heading]
    if not text or card[place] == text:
        return
    if not card[place]:
        card[place] = text
    else:
        note = _PLACE["Note"]
        card[note] = "\n".join(filter(None, [card[note], f"{heading}: {text}"]))


def _formatted_name(card: list[str], value: str, marks: set[str]) -> None:
    card[_PLACE["Full name"]] = _plain(value) or card[_PLACE["Full name"]]


def _name(card: list[str], value: str, marks: set[str]) -> None:
    if card[_PLACE["Full name"]]:
        return
    family, given, *_rest = [*_parts(value), "", ""]
    is_latin = (family + given).isascii()
    card[_PLACE["Full name"]] = f"{given} {family}".strip() if is_latin else f"{family}{given}"


def _organisation(card: list[str], value: str, marks: set[str]) -> None:
    company, *units = _parts(value)
    _put(card, "Company", company)
    _put(card, "Department", " ".join(filter(None, units)))


def _telephone(card: list[str], value: str, marks: set[str]) -> None:
    number = _plain(value).removeprefix("tel:")
    is_mobile = bool(marks & {"CELL", "MOBILE"})
    if marks & {"FAX", "PAGER"} and not is_mobile:
        _put(card, "Note", f"Fax: {number}" if number else "")
        return
    _put(card, "Mobile" if is_mobile else "Home phone" if "HOME" in marks and "WORK" not in marks else "Phone", number)


def _address(card: list[str], value: str, marks: set[str]) -> None:
    box, extra, street, city, region, code, country = [*_parts(value), *[""] * 7][:7]
    _put(card, "Address", " ".join(filter(None, [country, region, city, street, extra, box, code])))


def _chat(card: list[str], value: str, marks: set[str]) -> None:
    scheme, _colon, name = _plain(value).rpartition(":")
    if "WECHAT" in marks or "wechat" in scheme.lower() or "weixin" in scheme.lower():
        _put(card, "WeChat", name.strip("/"))


def _nothing(card: list[str], value: str, marks: set[str]) -> None:
    """A property that says nothing about a customer: pictures, keys, birthdays."""


def _simple(heading: str):  # type: ignore[no-untyped-def]
    return lambda card, value, marks: _put(card, heading, _plain(value))


_PROPERTIES = {
    "FN": _formatted_name,
    "N": _name,
    "ORG": _organisation,
    "TITLE": _simple("Job title"),
    "TEL": _telephone,
    "EMAIL": _simple("E-mail"),
    "X-WECHAT": _simple("WeChat"),
    "X-WEIXIN": _simple("WeChat"),
    "IMPP": _chat,
    "URL": _simple("Website"),
    "ADR": _address,
    "NOTE": _simple("Note"),
    "UID": _simple("UID"),
}
