from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation.search.services import find, sources
from foundation.text import fold, initials, name_key
from suite.shell import Shell

TEXT_MAX = 100
PALETTE_PAGES = 8
PALETTE_RECORDS = 8
PAGE_RESULTS = 50


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_MAX]


def _fits(label: str, asked: str) -> bool:
    """Whether a page's name answers what was typed, also by pinyin or its first letters."""
    return asked in fold(label) or asked in name_key(label) or initials(label).startswith(asked)


def _pages(shell: Shell, asked: str) -> list[dict[str, Any]]:
    pages = [{"icon": item.icon, "label": str(item.label), "side": str(group.label), "url": item.url} for group in shell.groups for item in group.items]
    pages += [{"icon": link["icon"], "label": str(link["label"]), "side": _("Me"), "url": link["url"]} for link in shell.me_links]
    return [page for page in pages if not asked or _fits(page["label"], asked) or _fits(page["side"], asked)][:PALETTE_PAGES]


def _actions(shell: Shell, asked: str) -> list[dict[str, Any]]:
    return [
        {"icon": "plus", "label": str(create["label"]), "side": "", "url": create["url"]}
        for create in shell.creates
        if not asked or _fits(str(create["label"]), asked)
    ]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    text = _text(request)
    known = sources()
    kind = request.GET.get("kind", "")
    everything = find(text, by=request.user, limit=PAGE_RESULTS) if text else None
    hits = find(text, by=request.user, kinds=[kind], limit=PAGE_RESULTS) if text and kind in known else everything
    counts = everything.counts if everything else {}
    kinds = [{"key": key, "label": known[key].label, "count": count, "on": key == kind} for key, count in counts.items()]
    context = {
        "text": text,
        "hits": hits,
        "kinds": kinds,
        "kind": kind,
        "total": sum(counts.values()),
        "is_capped": bool(everything and everything.is_capped),
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
