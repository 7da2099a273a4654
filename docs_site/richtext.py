"""The HTML that document sections may hold: cleaned on the way in and on the way out, and read back as plain blocks."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "textarea", "select", "title", "head"}
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto"}
RENAMED = (("b", "strong"), ("i", "em"), ("strike", "s"), ("del", "s"), ("h1", "h3"), ("h2", "h3"), ("h5", "h4"), ("h6", "h4"), ("div", "p"))
_RENAME = [(re.compile(rf"<(/?){old}(?=[\s>/])", re.IGNORECASE), rf"<\g<1>{new}") for old, new in RENAMED]
_CONTROL = re.compile(r"[\ue000-\ue005\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINK = re.compile(r"\s*(https?://|mailto:)[^\s\x00-\x1f]", re.IGNORECASE)
_BARE_LINK = re.compile(r'<a rel="noopener noreferrer">(.*?)</a>', re.DOTALL)
_EMPTY = re.compile(r"(?:<p>(?:\s|&nbsp;|<br>)*</p>\s*)+$")
BODY_LIMIT = 400_000
# Within blocks, private characters stand for the start and end of format and for the target of a link.
MARK = re.compile("[\ue000-\ue003]|\ue004[^\ue005]*\ue005")
SHOWN = {"\ue000": "**", "\ue001": "_", "\ue002": "~~", "\ue003": "`"}


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value.strip() if _LINK.match(value) else None
    if name in {"colspan", "rowspan"}:
        return value if value.isascii() and value.isdigit() and 1 <= int(value) <= 50 else None
    return value


def plain_line(text: str, limit: int) -> str:
    """One line without control characters, cut at ``limit`` characters."""
    return re.sub(r"\s+", " ", _CONTROL.sub("", text)).strip()[:limit]


def clean_html(html: str) -> str:
    """Only the allowed elements and links; cleaning twice changes nothing."""
    html = _CONTROL.sub("", html.replace("\r\n", "\n").replace("\r", "\n"))
    for pattern, new in _RENAME:
        html = pattern.sub(new, html)
    for _round in range(4):
        cleaned = nh3.clean(
            html,
            tags=TAGS,
            clean_content_tags=DROPPED_WITH_CONTENT,
            attributes=ATTRIBUTES,
            attribute_filter=_attribute,
            allowed_classes={"li": {"todo", "done"}},
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer",
        )
        cleaned = _EMPTY.sub("", _BARE_LINK.sub(r"\1", cleaned)).strip()
        if cleaned == html:
            break
        html = cleaned
    return html


def safe_html(html: str) -> SafeString:
    """Cleaned again for output, in case a row was written by another way."""
    return mark_safe(clean_html(html))  # noqa: S308  (cleaned on this line)  # nosec B308 B703: cleaned on this line


@dataclass(frozen=True)
class Block:
    """One paragraph, list item, table row or heading as a line of marked text."""

    kind: str
    text: str
    depth: int = 0


class _Reader(HTMLParser):
    """Turns cleaned HTML into blocks; bold, code and link targets stay visible as marks, so that comparison sees them."""

    MARKS = {"strong": "\ue000", "em": "\ue001", "s": "\ue002", "code": "\ue003"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.text: list[str] = []
        self.kind = "p"
        self.lists: list[tuple[str, int]] = []
        self.cells: list[str] | None = None
        self.href = ""

    def flush(self, kind: str = "p") -> None:
        text = "".join(self.text)
        self.text = []
        text = text.strip("\n") if self.kind == "pre" else re.sub(r"[ \t\n]+", " ", text).strip()
        if text and self.cells is None:
            self.blocks.append(Block(self.kind, text, max(len(self.lists) - 1, 0)))
        elif text and self.cells:
            self.cells[-1] = f"{self.cells[-1]} {text}".strip()
        self.kind = kind

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in self.MARKS and self.kind != "pre":
            self.text.append(self.MARKS[tag])
        elif tag == "a":
            self.href = values.get("href") or ""
        elif tag == "br":
            self.text.append(" ")
        elif tag == "hr":
            self.flush()
            self.blocks.append(Block("hr", "———"))
        else:
            self._open_block(tag, values)

    def _open_block(self, tag: str, values: dict[str, str | None]) -> None:
        if tag in {"ul", "ol"}:
            self.flush()
            self.lists.append((tag, 0))
        elif tag == "li":
            self.flush("li")
            mark = {"todo": "[ ] ", "done": "[x] "}.get(values.get("class") or "", "")
            if not mark and self.lists and self.lists[-1][0] == "ol":
                self.lists[-1] = ("ol", self.lists[-1][1] + 1)
                mark = f"{self.lists[-1][1]}. "
            self.text.append(mark)
        elif tag == "tr":
            self.flush("tr")
            self.cells = []
        elif tag in {"td", "th"} and self.cells is not None:
            self.flush("tr")
            self.cells.append("")
        elif tag in {"p", "h3", "h4", "pre", "blockquote"}:
            self.flush({"blockquote": "quote"}.get(tag, tag if self.kind != "li" or self.text == [] else "li"))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.MARKS and self.kind != "pre":
            self.text.append(self.MARKS[tag])
        elif tag == "a":
            self.text.append(f"\ue004{self.href}\ue005" if self.href else "")
            self.href = ""
        elif tag == "tr" and self.cells is not None:
            self.flush()
            if any(self.cells):
                self.blocks.append(Block("tr", " | ".join(self.cells)))
            self.cells = None
        elif tag in {"ul", "ol"}:
            self.flush()
            if self.lists:
                self.lists.pop()
        elif tag in {"p", "h3", "h4", "pre", "blockquote", "li", "td", "th", "table"}:
            self.flush()

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def blocks_of(html: str) -> list[Block]:
    """The blocks of a section's text, in reading order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.flush()
    return reader.blocks


def plain_text(html: str) -> str:
    """Words only, one block a line, for search and for excerpts."""
    return "\n".join(without_marks(block.text) for block in blocks_of(html))


def without_marks(text: str) -> str:
    """A block's words without the marks of format and links."""
    return MARK.sub("", text)


def shown_marks(text: str) -> str:
    """A block's words with the marks as people can read them, where format or a link is what differs."""
    return MARK.sub(lambda found: f" (→ {found.group()[1:-1]})" if found.group()[0] == "\ue004" else SHOWN[found.group()], text)
