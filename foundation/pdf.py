"""The one PDF renderer: a template, drawn by WeasyPrint in a limited child process that reaches neither network nor files.

Equal input gives equal bytes, so that hashes of documents can be compared. More than a few pages belong into a job.
"""

import base64
import io
import json
import logging
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from foundation.fonts import PDF_CHILD, font_environment
from foundation.integrity import Refused, sha256_of
from foundation.sandbox import MEBIBYTE, ChildFailed, Limits, run_child

log = logging.getLogger(__name__)
MAX_DEPTH = 60
MAX_ROWS = 1_500
MAX_HTML = 20 * MEBIBYTE
_LIMITS = Limits(memory=1024 * MEBIBYTE, cpu_seconds=20, wall_seconds=60, output=100 * MEBIBYTE)
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


class PdfRefused(Refused):
    """A document that cannot be drawn; the text says why."""

    status = 422


def render_pdf(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str = "zh-hans",
    assets: Mapping[str, bytes] | None = None,
    limits: Limits = _LIMITS,
) -> bytes:
    """Render a template that extends ``pdf/base.html``; ``assets`` are pictures that it names as ``asset:logo.png``."""
    with translation.override(language):
        html = render_to_string(template, {**context, "language": language, "suite_title": settings.SITE_TITLE})
    return html_to_pdf(html, assets=assets, limits=limits)


def html_to_pdf(html: str, *, assets: Mapping[str, bytes] | None = None, limits: Limits = _LIMITS) -> bytes:
    """Draw HTML of our own making; user text in it must have been escaped or cleaned before."""
    _check(html)
    given = {name: base64.b64encode(data).decode() for name, data in sorted((assets or {}).items())}
    work = {"html": html, "assets": given, "identifier": sha256_of([html, given])[:32]}
    try:
        with run_child(PDF_CHILD, stdin=io.BytesIO(json.dumps(work).encode()), limits=limits, env=font_environment()) as output:
            pdf = output.read()
    except ChildFailed as failure:
        log.warning("A PDF could not be drawn: %s", failure)
        if failure.reason in {"limit", "time"}:
            raise PdfRefused(_("The document is too large for one PDF. Split it, or choose fewer rows.")) from failure
        if "FatalURLFetchingError" in failure.details:
            raise PdfRefused(_("The document names a picture or file from outside, which is not fetched.")) from failure
        raise PdfRefused(_("The PDF could not be made.")) from failure
    if not pdf.startswith(b"%PDF-"):
        raise PdfRefused(_("The PDF could not be made."))
    return pdf


class _Measure(HTMLParser):
    """Counts nesting and table rows, which cost the renderer most."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.deepest = self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += tag == "tr"
        if tag not in _VOID:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.depth = max(0, self.depth - 1)


def _check(html: str) -> None:
    if len(html) > MAX_HTML:
        raise PdfRefused(_("The document is too large for one PDF. Split it, or choose fewer rows."))
    measure = _Measure()
    measure.feed(html)
    if measure.deepest > MAX_DEPTH:
        raise PdfRefused(_("The document is nested too deeply to be drawn."))
    if measure.rows > MAX_ROWS:
        raise PdfRefused(_("The document has more than %(most)s table rows. Choose fewer, or export a workbook.") % {"most": MAX_ROWS})
