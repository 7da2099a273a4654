from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from foundation.search.services import Hits, find, sources
from foundation.search.tokens import runs_of
from foundation.text import fold, initials, name_key
from suite.shell import Shell

TEXT_MAX = 100
PALETTE_PAGES = 8
PALETTE_RECORDS = 8
PAGE_RESULTS = 50


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_MAX]


def _words_of(label: Any) -> list[str]:
    """A name in every language of the suite: people look for a page by the word they know."""
    found = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.append(str(label))
    return found


def marked_words(text: str) -> list[str]:
    """What to mark in the rows, the longest first."""
    return sorted({run for _paired, run in runs_of(text)}, key=len, reverse=True)


def _fits(label: Any, asked: str) -> bool:
    """Whether a page's name in any language answers what was typed, also by pinyin or its first letters."""
    return any(asked in fold(word) or asked in name_key(word) or initials(word).startswith(asked) for word in _words_of(label))


def _pages(shell: Shell, asked: str) -> list[dict[str, Any]]:
    pages = [{"icon": item.icon, "label": item.label, "side": group.label, "url": item.url} for group in shell.groups for item in group.items]
    pages += [{"icon": link["icon"], "label": link["label"], "side": gettext_lazy("Me"), "url": link["url"]} for link in shell.me_links]
    return [page for page in pages if not asked or _fits(page["label"], asked) or _fits(page["side"], asked)][:PALETTE_PAGES]


def _actions(shell: Shell, asked: str) -> list[dict[str, Any]]:
    return [
        {"icon": "plus", "label": create["label"], "side": "", "url": create["url"]} for create in shell.creates if not asked or _fits(create["label"], asked)
    ]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    text = _text(request)
    known = sources()
    kind = request.GET.get("kind", "")
    everything = find(text, by=request.user, limit=PAGE_RESULTS, guess=True) if text else Hits()
    hits = find(text, by=request.user, kinds=[kind], limit=PAGE_RESULTS) if text and kind in known else everything
    counts = everything.counts
    kinds = [{"key": key, "label": known[key].label, "count": count, "on": key == kind} for key, count in counts.items()]
    context = {
        "text": text,
        "hits": hits,
        "similar": [] if kind else everything.similar,
        "did_you_mean": everything.did_you_mean,
        "words": marked_words(text),
        "kinds": kinds,
        "kind": kind,
        "total": sum(counts.values()),
        "is_capped": everything.is_capped,
        "limit": PAGE_RESULTS,
    }
    return render(request, "suite/search.html", context)


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    text = _text(request)
    shell = Shell(request)
    asked = fold(text)
    hits = find(text, by=request.user, limit=PALETTE_RECORDS) if text else []
    return render(request, "suite/_palette.html", {"text": text, "pages": _pages(shell, asked), "actions": _actions(shell, asked), "hits": hits})
