"""The first pages of the guide, in both languages, from the texts in ``docs_site/data``."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from wagtail.models import Locale, Page, Site

from docs_site.markdown import inline
from docs_site.models import GuideIndexPage, GuidePage, GuidePageBase, HomePage
from docs_site.richtext import clean_html
from docs_site.services.guide import index_page

DATA = Path(__file__).resolve().parent.parent / "data"
TEXTS = (("en", "guide_en.txt"), ("zh-hans", "guide_zh.txt"))
KINDS: dict[int, type[GuidePageBase]] = {1: HomePage, 2: GuideIndexPage, 3: GuidePage}
HEAD = re.compile(r"^(={1,3}) (\S+) \| (.+?) \| (.+)$")


@dataclass
class Written:
    """One page as the text file has it; ``depth`` 1 is the home, 2 a chapter, 3 a page."""

    depth: int
    slug: str
    title: str
    summary: str
    lines: list[str] = field(default_factory=list)


def read_pages(text: str) -> list[Written]:
    """The pages of a text file in reading order."""
    pages: list[Written] = []
    for line in text.splitlines():
        head = HEAD.match(line)
        if head:
            pages.append(Written(len(head.group(1)), head.group(2), head.group(3), head.group(4)))
        elif pages:
            pages[-1].lines.append(line)
    return pages


def body_of(lines: list[str]) -> list[tuple[str, Any]]:
    """Lines as blocks of a guide page: headings, numbered steps, remarks, lists, paragraphs."""
    blocks: list[tuple[str, Any]] = []
    for line in lines:
        numbered, remark = re.match(r"^\d+\. (.+)$", line), re.match(r"^> \[(\w+)\] (.+)$", line)
        if line.startswith("## "):
            blocks.append(("heading", line[3:]))
        elif numbered:
            if not blocks or blocks[-1][0] != "steps":
                blocks.append(("steps", []))
            blocks[-1][1].append(f"<p>{_clean(numbered.group(1))}</p>")
        elif remark:
            blocks.append(("callout", {"tone": remark.group(1), "text": f"<p>{_clean(remark.group(2))}</p>"}))
        elif line.startswith("- "):
            if not blocks or blocks[-1][0] != "list":
                blocks.append(("list", []))
            blocks[-1][1].append(f"<li>{_clean(line[2:])}</li>")
        elif line.strip():
            blocks.append(("paragraph", f"<p>{_clean(line)}</p>"))
    return [("paragraph", f"<ul>{''.join(value)}</ul>") if kind == "list" else (kind, value) for kind, value in blocks]


def _clean(text: str) -> str:
    return clean_html(inline(text)).replace("<strong>", "<b>").replace("</strong>", "</b>")


@transaction.atomic
def seed_docs() -> int:
    """Write the pages that are missing and leave the others as people have made them; returns how many were written."""
    root = Page.get_first_root_node()
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(hostname="localhost", root_page=root, is_default_site=True)
    elif site.root_page_id != root.pk:
        welcome = site.root_page
        site.root_page = root
        site.save()
        if welcome.specific_class is Page and not welcome.get_children().exists():
            welcome.delete()
    written = 0
    keys: dict[str, Any] = {}
    for code, name in TEXTS:
        locale, _made = Locale.objects.get_or_create(language_code=code)
        written += _write_tree(locale, read_pages((DATA / name).read_text(encoding="utf-8")), keys)
    Site.clear_site_root_paths_cache()
    return written


def _write_tree(locale: Locale, pages: list[Written], keys: dict[str, Any]) -> int:
    parents: dict[int, Page] = {0: Page.objects.get(depth=1)}
    written = 0
    for text in pages:
        parent = Page.objects.get(pk=parents[text.depth - 1].pk)
        name = text.slug if text.depth > 1 else "home"
        page = parent.get_children().filter(slug=text.slug).first()
        if page is None:
            fields = {"title": text.title, "slug": text.slug, "summary": text.summary, "body": body_of(text.lines), "locale": locale, "show_in_menus": True}
            if name in keys:
                fields["translation_key"] = keys[name]
            page = parent.add_child(instance=KINDS[text.depth](**fields))
            index_page(page=page)
            written += 1
        keys.setdefault(name, page.translation_key)
        parents[text.depth] = page
    return written
