"""The draft of a project document: written by many, one version at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from docs_site.kinds import skeleton
from docs_site.markdown import read_markdown
from docs_site.models import (
    DocumentAttachment,
    DocumentKind,
    DocumentReader,
    DocumentSection,
    DocumentState,
    ProjectDocument,
)
from docs_site.models.document import new_key
from docs_site.richtext import BODY_LIMIT, clean_html, plain_line
from foundation.integrity import Refused, claim_version
from foundation.people.access import access_of
from foundation.people.models import Department
from foundation.search.services import index
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record

MAX_SECTIONS = 200


class CannotSaveDocument(Refused):
    """The document cannot be written now, or not like this."""


class CannotCreateDocument(Refused):
    """No document can be made of what was given."""


@dataclass(frozen=True)
class SectionText:
    """A section as a person sent it; an empty key stands for a new one."""

    heading: str
    body: str
    key: str = ""


def next_code(kind: str, now: datetime) -> str:
    """The next free code of a kind in a year, such as CHA-2026-003."""
    prefix = f"{PREFIXES.get(DocumentKind(kind), 'DOC') if kind in DocumentKind else 'DOC'}-{now.year}-"
    last = ProjectDocument.objects.filter(code__startswith=prefix).order_by("-code").values_list("code", flat=True)
    numbers = [int(code[len(prefix) :]) for code in last[:50] if code[len(prefix) :].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


PREFIXES = {
    DocumentKind.CHARTER: "CHA",
    DocumentKind.MINUTES: "MIN",
    DocumentKind.RESEARCH: "RES",
    DocumentKind.REQUIREMENTS: "REQ",
    DocumentKind.BLUEPRINT: "BLU",
    DocumentKind.TEST_REPORT: "TST",
    DocumentKind.TRAINING_PLAN: "TRN",
    DocumentKind.GO_LIVE_PLAN: "GOL",
    DocumentKind.CONTINGENCY: "CON",
    DocumentKind.CHECKLIST: "CHK",
    DocumentKind.ACCEPTANCE: "ACC",
}


@transaction.atomic
def create_document(
    *,
    title: str,
    kind: str,
    language: str,
    by: Any,
    now: datetime,
    department: Department | None = None,
    owner: Any = None,
    code: str = "",
    summary: str = "",
    sections: Sequence[SectionText] | None = None,
    imported: bool = False,
) -> ProjectDocument:
    """A new document; without sections it starts with the skeleton of its kind in its language."""
    title = plain_line(title, 200)
    post = access_of(by).main_post
    if not title:
        raise CannotCreateDocument(_("Give the document a title."))
    if department is None:
        if post is None:
            raise CannotCreateDocument(_("Say which department the document belongs to."))
        department = Department.objects.get(pk=post.department_id)
    given = plain_line(code, 40)
    document = ProjectDocument(
        code=given or next_code(kind, now),
        title=title,
        kind=kind,
        language=language,
        summary=plain_line(summary, 300),
        owner=owner or by,
        department=department,
        updated_by=by,
    )
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        raise CannotCreateDocument(_("The code %(code)s is taken. Choose another.") % {"code": document.code}) from error
    texts = sections if sections is not None else [SectionText(heading, body) for heading, body in skeleton(kind, language)]
    _write_sections(document, texts)
    index(document)
    feature, verb = ("docs.document.import", Verb.IMPORT) if imported else ("docs.document.create", Verb.CREATE)
    record(by=by, feature=feature, verb=verb, obj=document, outcome=Outcome.OK)
    return document


def _checked(sections: Sequence[SectionText]) -> list[SectionText]:
    """Cleaned sections; an empty one is left out, a text without heading is refused."""
    kept = []
    if len(sections) > MAX_SECTIONS:
        raise CannotSaveDocument(_("A document has at most %(count)s sections. Split it.") % {"count": MAX_SECTIONS})
    for section in sections:
        if len(section.body) > BODY_LIMIT:
            raise CannotSaveDocument(_("The section “%(heading)s” is too long. Split it into several.") % {"heading": section.heading[:80]})
        heading, body = plain_line(section.heading, 200), clean_html(section.body)
        if not heading and not body:
            continue
        if not heading:
            raise CannotSaveDocument(_("Every section needs a heading. One has text but no heading."))
        kept.append(SectionText(heading, body, section.key))
    return kept


def _write_sections(document: ProjectDocument, sections: Sequence[SectionText]) -> None:
    existing = {section.key: section for section in document.sections.all()}
    used: set[str] = set()
    for order, text in enumerate(_checked(sections), start=1):
        section = existing.get(text.key)
        if section is None or text.key in used:
            section = DocumentSection(document=document, key=new_key())
        used.add(section.key)
        if section.pk and (section.order, section.heading, section.body) == (order, text.heading, text.body):
            continue
        section.order, section.heading, section.body = order, text.heading, text.body
        section.save()
    for key, section in existing.items():
        if key not in used:
            section.delete()


@transaction.atomic
def save_draft(
    *, document: ProjectDocument, sections: Sequence[SectionText], sent: int, by: Any, now: datetime, title: str | None = None, summary: str | None = None
) -> ProjectDocument:
    """Write the whole draft if nobody else did since version ``sent``; raises Stale otherwise, and nothing is written.

    A signed document gets a new draft this way; its signed version stays as it is.
    """
    document = ProjectDocument.objects.select_for_update().get(pk=document.pk)
    if document.archived_at:
        raise CannotSaveDocument(_("This document was put away. Bring it back before you change it."))
    if document.state == DocumentState.IN_REVIEW:
        raise CannotSaveDocument(_("This document is being signed. Withdraw it, or wait until it is signed or rejected, then change it."))
    checked = _checked(sections)
    claim_version(document, sent)
    if title is not None:
        document.title = plain_line(title, 200) or document.title
    if summary is not None:
        document.summary = plain_line(summary, 300)
    document.state = DocumentState.DRAFT
    document.updated_by = by
    document.save()
    _write_sections(document, checked)
    index(document)
    record(by=by, feature="docs.document.edit", verb=Verb.UPDATE, obj=document, outcome=Outcome.OK)
    return document


@transaction.atomic
def import_markdown(*, text: str, name: str, kind: str, language: str, by: Any, now: datetime, department: Department | None = None) -> ProjectDocument:
    """A document from a Markdown file: its first heading is the title, the others its sections."""
    opening = "概述" if language == "zh-hans" else "Introduction"
    read = read_markdown(text, opening=opening)
    if not read.sections:
        raise CannotCreateDocument(_("The file has no headings and no text."))
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    sections = [SectionText(section.heading, section.body) for section in read.sections]
    return create_document(
        title=read.title or stem or _("Imported document"),
        kind=kind,
        language=language,
        by=by,
        now=now,
        department=department,
        sections=sections,
        imported=True,
    )


@transaction.atomic
def set_readers(*, document: ProjectDocument, readers: Sequence[Any], by: Any) -> None:
    """Exactly these people may read the document beyond those whom the scopes let in."""
    document.readers.exclude(user__in=readers).delete()
    for user in readers:
        DocumentReader.objects.get_or_create(document=document, user=user, defaults={"added_by": by})


@transaction.atomic
def attach_file(*, document: ProjectDocument, accepted: Any, by: Any) -> DocumentAttachment:
    """Keep an accepted upload with the document."""
    document = ProjectDocument.objects.select_for_update().get(pk=document.pk)
    if document.state == DocumentState.IN_REVIEW:
        raise CannotSaveDocument(_("This document is being signed. Its attachments cannot change now."))
    attachment = DocumentAttachment(
        document=document, name=plain_line(accepted.name, 200), size=accepted.size, content_type=accepted.content_type, sha256=accepted.sha256, uploaded_by=by
    )
    attachment.file.save(accepted.name, accepted.file, save=False)
    attachment.save()
    claim_version(document, document.version)
    _reopen(document, by)
    return attachment


@transaction.atomic
def remove_attachment(*, attachment: DocumentAttachment, by: Any, now: datetime) -> None:
    """Take a file off the draft; its bytes stay, because versions name them."""
    document = ProjectDocument.objects.select_for_update().get(pk=attachment.document_id)
    if document.state == DocumentState.IN_REVIEW:
        raise CannotSaveDocument(_("This document is being signed. Its attachments cannot change now."))
    attachment.removed_at, attachment.removed_by = now, by
    attachment.save(update_fields=["removed_at", "removed_by"])
    claim_version(document, document.version)
    _reopen(document, by)


def _reopen(document: ProjectDocument, by: Any) -> None:
    document.state = DocumentState.DRAFT
    document.updated_by = by
    document.save()


@transaction.atomic
def archive_document(*, document: ProjectDocument, by: Any, now: datetime) -> None:
    """Put a document away, or bring it back; nothing is deleted."""
    document = ProjectDocument.objects.select_for_update().get(pk=document.pk)
    if document.state == DocumentState.IN_REVIEW:
        raise CannotSaveDocument(_("This document is being signed. Withdraw it before you put it away."))
    document.archived_at = None if document.archived_at else now
    document.updated_by = by
    document.save()
