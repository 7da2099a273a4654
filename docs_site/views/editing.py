from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from docs_site.comparing import word_difference
from docs_site.models import DocumentState, ProjectDocument
from docs_site.richtext import clean_html, plain_text, safe_html
from docs_site.services import CannotSaveDocument, SectionText, save_draft
from docs_site.views.common import fetch_document
from foundation.integrity import Stale, sha256_of
from foundation.ui.responses import redirect_with
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record


def _mark(heading: str, body: str) -> str:
    """Says whether a section is still what it was when the page was opened."""
    return sha256_of([heading, body])[:16]


def _row(key: str, heading: str, body: str, base: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "heading": heading, "body": body, "html": safe_html(body), "base": base, **more}


def _sent(request: HttpRequest) -> list[dict[str, str]]:
    """The sections as they came, in the order of the page."""
    names = ("key", "heading", "body", "base")
    return [dict(zip(names, values, strict=True)) for values in zip(*(request.POST.getlist(name) for name in names), strict=False)]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.change_document", raise_exception=True)
def document_edit(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    if request.method == "POST":
        return _save(request, document)
    rows = [_row(section.key, section.heading, section.body, _mark(section.heading, section.body)) for section in document.sections.all()]
    return _page(request, document, rows, title=document.title, summary=document.summary)


def _page(
    request: HttpRequest, document: ProjectDocument, rows: list[dict[str, Any]], *, title: str, summary: str, error: str = "", status: int = 200
) -> HttpResponse:
    locked = document.state == DocumentState.IN_REVIEW
    context = {"document": document, "rows": rows, "title": title, "summary": summary, "error": error, "locked": locked, "sent": document.version}
    return render(request, "docs_site/document_edit.html", context, status=status)


def _save(request: HttpRequest, document: ProjectDocument) -> HttpResponse:
    sent = _sent(request)
    title, summary = request.POST.get("title", ""), request.POST.get("summary", "")
    try:
        save_draft(
            document=document,
            sections=[SectionText(row["heading"], row["body"], row["key"]) for row in sent],
            sent=_number(request.POST.get("sent", "")),
            title=title,
            summary=summary,
            by=request.user,
            now=timezone.now(),
        )
    except Stale:
        return _conflict(request, document, sent)
    except CannotSaveDocument as error:
        record(by=request.user, feature="docs.document.edit", verb=Verb.UPDATE, obj=document, outcome=Outcome.INVALID)
        rows = [_row(row["key"], row["heading"], clean_html(row["body"]), row["base"]) for row in sent]
        return _page(request, document, rows, title=title, summary=summary, error=str(error), status=409)
    return redirect_with(request, document.get_absolute_url(), _("Saved."))


def _conflict(request: HttpRequest, document: ProjectDocument, sent: list[dict[str, str]]) -> HttpResponse:
    """Both texts side by side; each section starts with the text of whoever changed it, with one's own where both did."""
    document.refresh_from_db()
    theirs = {section.key: section for section in document.sections.all()}
    rows = [_conflict_row(row, theirs.pop(row["key"], None)) for row in sent]
    for section in theirs.values():
        mark = _mark(section.heading, section.body)
        rows.append(
            _row(section.key, section.heading, section.body, mark, conflict="theirs_only", theirs_html=safe_html(section.body), theirs_heading=section.heading)
        )
    context = {
        "document": document,
        "rows": rows,
        "title": request.POST.get("title", ""),
        "summary": request.POST.get("summary", ""),
        "sent": document.version,
        "both": sum(row["conflict"] == "both" for row in rows),
    }
    return render(request, "docs_site/document_conflict.html", context, status=409)


def _conflict_row(mine: dict[str, str], section: Any) -> dict[str, Any]:
    body = clean_html(mine["body"])
    if section is None:
        return _row(mine["key"], mine["heading"], body, "", conflict="mine_only", theirs_html="", theirs_heading="")
    current = _mark(section.heading, section.body)
    i_changed, they_changed = _mark(mine["heading"], body) != mine["base"], current != mine["base"]
    shown = {"theirs_html": safe_html(section.body), "theirs_heading": section.heading}
    if (section.heading, section.body) == (mine["heading"], body):
        return _row(section.key, section.heading, section.body, current, conflict="same", **shown)
    if they_changed and not i_changed:
        return _row(section.key, section.heading, section.body, current, conflict="theirs", **shown)
    if not they_changed:
        return _row(section.key, mine["heading"], body, current, conflict="mine", **shown)
    left, right = word_difference(plain_text(section.body), plain_text(body))
    return _row(section.key, mine["heading"], body, current, conflict="both", left=left, right=right, **shown)
