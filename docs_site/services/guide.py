"""The guide: found by search, walked by its tree, judged by its readers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from wagtail.models import Page

from docs_site.models import GuidePage, GuidePageBase, GuideVote, HomePage
from foundation.search.services import find, index, unindex


def home_for(language: str) -> HomePage | None:
    """The first page of the guide in a language, in English where there is none."""
    for code in (language, "en", "zh-hans"):
        home = HomePage.objects.live().filter(locale__language_code=code).first()
        if home:
            return home
    return None


@dataclass
class Node:
    """A page in the tree of the sidebar."""

    page: Page
    is_current: bool = False
    is_open: bool = False
    children: list["Node"] = field(default_factory=list)


def tree_of(*, page: Page) -> list[Node]:
    """The published pages of the page's own tree, in one query; branches on the way to the page are open."""
    home = _root_of(page)
    pages = Page.objects.live().descendant_of(home).order_by("path")
    nodes: dict[str, Node] = {}
    top: list[Node] = []
    for entry in pages:
        node = Node(entry, is_current=entry.pk == page.pk, is_open=page.path.startswith(entry.path))
        nodes[entry.path] = node
        parent = nodes.get(entry.path[: -Page.steplen])
        if parent:
            parent.children.append(node)
        elif entry.depth == home.depth + 1:
            top.append(node)
    return top


def _root_of(page: Page) -> Page:
    return page.get_ancestors(inclusive=True).type(HomePage).last() or page


def neighbours(*, page: Page) -> tuple[Page | None, Page | None]:
    """The pages before and after in reading order, home and chapters included."""
    home = _root_of(page)
    order = list(Page.objects.live().descendant_of(home, inclusive=True).order_by("path"))
    places = {entry.pk: place for place, entry in enumerate(order)}
    at = places.get(page.pk)
    if at is None:
        return None, None
    return (order[at - 1] if at else None), (order[at + 1] if at + 1 < len(order) else None)


def sibling_in(*, page: Page, language: str) -> Page | None:
    """The same page in another language, if it is published."""
    found: Page | None = page.get_translations().live().filter(locale__language_code=language).first()
    return found


def search_guide(*, text: str, language: str, by: Any) -> list[GuidePage]:
    """Pages in a language in which everything typed stands; two hanzi are enough."""
    hits = find(text, by=by, kinds=["docs_site.guidepage"], limit=100)
    pages = GuidePage.objects.live().filter(locale__language_code=language).in_bulk([hit.object_id for hit in hits])
    return [pages[hit.object_id] for hit in hits if hit.object_id in pages]


def index_page(*, page: Page) -> None:
    """Make a published page findable; one that is not published is taken out."""
    specific = page.specific
    if not isinstance(specific, GuidePage):
        return
    if specific.live:
        index(specific)
    else:
        unindex(specific)


def forget_pages(*, page: Page) -> None:
    """Take a page and all below it out of search, before they are deleted."""
    for entry in GuidePage.objects.descendant_of(page, inclusive=True):
        unindex(entry)


@transaction.atomic
def vote_on_page(*, page: GuidePageBase | Page, helpful: bool, by: Any, now: datetime) -> GuideVote:
    """Keep whether the page helped; a second answer replaces the first."""
    vote, _created = GuideVote.objects.update_or_create(page_id=page.pk, user=by, defaults={"helpful": helpful, "voted_at": now})
    return vote
