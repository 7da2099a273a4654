"""Reads a Markdown file as a document: headings become sections, lists, tables, tick boxes and links are kept, raw HTML is cleaned."""

import html
import re
from dataclasses import dataclass, field

from docs_site.richtext import clean_html, plain_line

HEADING = re.compile(r"^ {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
RULE = re.compile(r"^ {0,3}([-*_])(?:\s*\1){2,}\s*$")
ITEM = re.compile(r"^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$")
TICK = re.compile(r"^\[([ xX])\]\s+(.*)$", re.DOTALL)
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
FRONT = re.compile(r"\A---\s*\n.*?\n(?:---|\.\.\.)\s*\n", re.DOTALL)
DIRECTIVE = re.compile(r"^:::.*$")
NOTE = re.compile(r"^\[!(\w+)\]\s*")
_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\[\]]+)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)")
_AUTO = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\w*])", re.DOTALL)
_STRIKE = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~<])")
_LONE_AMP = re.compile(r"&(?!#?\w{1,31};)")
_LONE_LT = re.compile(r"<(?![a-zA-Z/!])")


@dataclass
class ReadSection:
    heading: str
    body: str


@dataclass
class ReadDocument:
    """What a Markdown file holds; ``warnings`` count what could not be kept."""

    title: str = ""
    sections: list[ReadSection] = field(default_factory=list)
    images: int = 0


def inline(text: str) -> str:
    """Bold, italics, code, links; HTML in the text stays for the cleaner."""
    kept: list[str] = []

    def keep(fragment: str) -> str:
        kept.append(fragment)
        return f"\x02{len(kept) - 1}\x03"

    text = text.replace("\x02", "").replace("\x03", "")
    text = _CODE.sub(lambda m: keep(f"<code>{html.escape(m.group(2).strip(), quote=False)}</code>"), text)
    text = _ESCAPE.sub(lambda m: keep(html.escape(m.group(1), quote=False)), text)
    text = _AUTO.sub(lambda m: keep(f'<a href="{html.escape(m.group(1))}">{html.escape(m.group(1))}</a>'), text)
    text = _IMAGE.sub(lambda m: m.group(1), text)
    text = _LONE_LT.sub("&lt;", _LONE_AMP.sub("&amp;", text))
    text = _LINK.sub(lambda m: keep(f'<a href="{html.escape(html.unescape(m.group(2)))}">') + m.group(1) + "</a>", text)
    text = _BOLD.sub(r"<strong>\2</strong>", text)
    text = _ITALIC.sub(r"<em>\2</em>", text)
    text = _STRIKE.sub(r"<s>\1</s>", text)
    for _round in range(3):
        text = re.sub(r"\x02(\d+)\x03", lambda m: kept[int(m.group(1))], text)
    return text


def split_row(line: str) -> list[str]:
    """Cells of a table row; an escaped bar or one within code does not divide."""
    line = line.strip()
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    cells, start, code = [], 0, False
    for at, char in enumerate(line):
        if char == "`":
            code = not code
        elif char == "|" and not code and (at == 0 or line[at - 1] != "\\"):
            cells.append(line[start:at])
            start = at + 1
    return [cell.strip() for cell in [*cells, line[start:]]]


class _Blocks:
    """One pass over the lines of a section."""

    def __init__(self, lines: list[str], depth: int = 0) -> None:
        self.lines = lines
        self.at = 0
        self.depth = depth
        self.out: list[str] = []
        self.paragraph: list[str] = []

    def render(self) -> str:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not (self._fence(line) or self._table(line) or self._list(line) or self._quote(line) or self._single(line)):
                self.paragraph.append(line.strip() + ("<br>" if line.endswith("  ") else ""))
                self.at += 1
        self._close()
        return "\n".join(self.out)

    def _close(self) -> None:
        if self.paragraph:
            text = inline("\n".join(self.paragraph))
            self.out.append(text if re.match(r"\s*<(?:p|div|ul|ol|table|pre|blockquote|h\d)\b", text, re.IGNORECASE) else f"<p>{text}</p>")
            self.paragraph = []

    def _single(self, line: str) -> bool:
        if heading := HEADING.match(line):
            self._close()
            level = "h3" if len(heading.group(1)) <= 3 else "h4"
            self.out.append(f"<{level}>{inline(heading.group(2) or '')}</{level}>")
        elif not line.strip():
            self._close()
        elif RULE.match(line):
            self._close()
            self.out.append("<hr>")
        elif DIRECTIVE.match(line):
            self._close()
        else:
            return False
        self.at += 1
        return True

    def _fence(self, line: str) -> bool:
        opened = FENCE.match(line)
        if not opened:
            return False
        self._close()
        fence, body = opened.group(1), []
        self.at += 1
        while self.at < len(self.lines) and not self.lines[self.at].strip().startswith(fence):
            body.append(self.lines[self.at])
            self.at += 1
        self.at += 1
        self.out.append(f"<pre>{html.escape(chr(10).join(body), quote=False)}</pre>")
        return True

    def _table(self, line: str) -> bool:
        if "|" not in line or self.at + 1 >= len(self.lines) or not TABLE_RULE.match(self.lines[self.at + 1]) or "-" not in self.lines[self.at + 1]:
            return False
        self._close()
        head = split_row(line)
        rows = []
        self.at += 2
        while self.at < len(self.lines) and "|" in self.lines[self.at] and self.lines[self.at].strip():
            cells = split_row(self.lines[self.at])
            rows.append([*cells, *[""] * (len(head) - len(cells))][: max(len(head), 1)])
            self.at += 1
        top = "".join(f"<th>{inline(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        self.out.append(f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>")
        return True

    def _quote(self, line: str) -> bool:
        if not line.lstrip().startswith(">"):
            return False
        self._close()
        inner = []
        while self.at < len(self.lines) and self.lines[self.at].lstrip().startswith(">"):
            inner.append(NOTE.sub("", self.lines[self.at].lstrip()[1:].removeprefix(" ")))
            self.at += 1
        self.out.append(f"<blockquote>{_Blocks(inner, self.depth + 1).render() if self.depth < 8 else html.escape(' '.join(inner))}</blockquote>")
        return True

    def _list(self, line: str) -> bool:
        first = ITEM.match(line)
        if not first or RULE.match(line) or (self.paragraph and first.group(2)[0].isdigit() and first.group(2)[:-1] != "1"):
            return False
        self._close()
        base = len(first.group(1).expandtabs(4))
        ordered = first.group(2)[0].isdigit()
        items: list[list[str]] = []
        indent = base
        while self.at < len(self.lines):
            line = self.lines[self.at].expandtabs(4)
            item = ITEM.match(line)
            lead = len(line) - len(line.lstrip())
            if item and lead < base + 2 and lead >= base and item.group(2)[0].isdigit() == ordered and not RULE.match(line):
                items.append([item.group(3)])
                indent = len(line) - len(item.group(3))
            elif line.strip() and lead > base and items:
                items[-1].append(line[min(lead, indent) :])
            elif not line.strip() and self._continues(base):
                items[-1].append("")
            else:
                break
            self.at += 1
        tag = "ol" if ordered else "ul"
        self.out.append(f"<{tag}>{''.join(self._item(item) for item in items)}</{tag}>")
        return True

    def _continues(self, base: int) -> bool:
        following = next((line for line in self.lines[self.at + 1 :] if line.strip()), "")
        lead = len(following.expandtabs(4)) - len(following.expandtabs(4).lstrip())
        return bool(following) and (lead > base or (lead == base and bool(ITEM.match(following))))

    def _item(self, lines: list[str]) -> str:
        tick = TICK.match(lines[0])
        mark = ""
        if tick:
            mark = f' class="{"todo" if tick.group(1) == " " else "done"}"'
            lines = [tick.group(2), *lines[1:]]
        if self.depth >= 8:
            return f"<li{mark}>{html.escape(' '.join(lines))}</li>"
        body = _Blocks(lines, self.depth + 1).render()
        if body.count("<p>") == 1 and body.startswith("<p>"):
            body = body.replace("<p>", "", 1).replace("</p>", "", 1)
        return f"<li{mark}>{body}</li>"


def _underlined(lines: list[str]) -> list[str]:
    """Headings underlined with = or - become # headings, outside fences and tables."""
    out: list[str] = []
    fenced = False
    for line in lines:
        fenced ^= bool(FENCE.match(line))
        previous = out[-1].strip() if out else ""
        if not fenced and previous and re.match(r"^ {0,3}(=+|-{2,})\s*$", line) and not re.match(r"[|#>*+-]|\d+[.)]", previous):
            out[-1] = f"{'#' if line.strip()[0] == '=' else '##'} {previous}"
        else:
            out.append(line)
    return out


def read_markdown(text: str, *, opening: str = "") -> ReadDocument:
    """Sections by the top headings; ``opening`` is the heading for text that stands before the first one."""
    text = FRONT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
    result = ReadDocument(images=len(_IMAGE.findall(text)) + len(re.findall(r"^:::image", text, re.MULTILINE)))
    lines = _underlined(text.split("\n"))
    chunks: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in lines:
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else HEADING.match(line)
        level = len(heading.group(1)) if heading else 0
        words = plain_line(html.unescape(re.sub(r"<[^>]*>", "", inline(heading.group(2) or ""))), 200) if heading else ""
        if level == 1 and not result.title and len(chunks) == 1:
            result.title = words
        elif level in (1, 2) and words:
            chunks.append((words, []))
        else:
            chunks[-1][1].append(line)
    for words, body in chunks:
        cleaned = clean_html(_Blocks(body).render())
        if words or cleaned:
            result.sections.append(ReadSection(words or opening or result.title, cleaned))
    return result
