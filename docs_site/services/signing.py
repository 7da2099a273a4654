"""Submitting a version, signing, rejecting and withdrawing it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from docs_site import notices
from docs_site.models import DocumentState, DocumentVersion, Meaning, ProjectDocument, Signature, SignatureRequest, VersionState
from foundation.integrity import Refused, claim_version, sha256_of
from foundation.jobs.services import enqueue
from foundation.people.access import access_of
from foundation.people.models import Department
from foundation.reading import Asking, counted
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record

TRIES, TRY_SECONDS = 5, 300


class CannotSubmitVersion(Refused):
    """The draft is not ready for signature, or the signers are not right."""


class CannotSignVersion(Refused):
    """This person cannot sign this version, or not now."""


class CannotRejectVersion(Refused):
    """This person cannot send this version back."""


class CannotWithdrawVersion(Refused):
    """The version is no longer under review."""


def content_of(document: ProjectDocument, number: int) -> dict[str, Any]:
    """The canonical content of a draft: what a signature stands for, and nothing else."""
    return {
        "schema": 1,
        "code": document.code,
        "title": document.title,
        "summary": document.summary,
        "kind": document.kind,
        "language": document.language,
        "number": number,
        "sections": [{"key": section.key, "heading": section.heading, "body": section.body} for section in document.sections.all()],
        "attachments": [
            {"name": row.name, "size": row.size, "sha256": row.sha256} for row in document.attachments.filter(removed_at__isnull=True).order_by("pk")
        ],
    }


def same_text(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two contents differ in nothing but the version number."""
    return {**one, "number": 0} == {**other, "number": 0}


@transaction.atomic
def submit_version(
    *,
    document: ProjectDocument,
    signers: Sequence[tuple[Any, str]],
    by: Any,
    now: datetime,
    due_on: date | None = None,
    note: str = "",
    sent: int | None = None,
) -> DocumentVersion:
    """Freeze the draft as the next version and ask the named people to sign it, each in a meaning.

    Four eyes: somebody other than the person who submits must sign. ``sent`` is the draft's version that was looked at.
    """
    document = ProjectDocument.objects.select_for_update().get(pk=document.pk)
    if document.state == DocumentState.IN_REVIEW:
        raise CannotSubmitVersion(_("This document is already waiting for signatures."))
    if document.archived_at:
        raise CannotSubmitVersion(_("This document was put away. Bring it back before you submit it."))
    claim_version(document, document.version if sent is None else sent)
    _check_signers(document, signers, by)
    if due_on and due_on < now.astimezone().date():
        raise CannotSubmitVersion(_("The day to sign by has passed. Choose a later one."))
    number = (document.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    content = content_of(document, number)
    if not any(section["body"].strip() for section in content["sections"]):
        raise CannotSubmitVersion(_("The document is empty. Write at least one section before you submit it."))
    signed = document.current_version
    if signed and same_text(signed.content, content):
        raise CannotSubmitVersion(_("Nothing changed since version %(number)s was signed.") % {"number": signed.number})
    version = DocumentVersion.objects.create(
        document=document,
        number=number,
        content=content,
        content_sha256=sha256_of(content),
        note=note.strip()[:500],
        due_on=due_on,
        created_by=by,
        created_at=now,
    )
    SignatureRequest.objects.bulk_create(SignatureRequest(version=version, signer=signer, meaning=meaning, asked_at=now) for signer, meaning in signers)
    document.state = DocumentState.IN_REVIEW
    document.updated_by = by
    document.save()
    notices.asked_to_sign(version, to=[signer for signer, _meaning in signers if signer.pk != by.pk], by=by)
    record(by=by, feature="docs.version.submit", verb=Verb.ADVANCE, obj=document, outcome=Outcome.OK)
    return version


def _check_signers(document: ProjectDocument, signers: Sequence[tuple[Any, str]], by: Any) -> None:
    people = [signer for signer, _meaning in signers]
    if not people:
        raise CannotSubmitVersion(_("Name at least one person who signs."))
    if len({person.pk for person in people}) != len(people):
        raise CannotSubmitVersion(_("Each person signs once. One is named twice."))
    if any(meaning not in Meaning.values for _signer, meaning in signers):
        raise CannotSubmitVersion(_("Say for each person what the signature means."))
    if all(person.pk == by.pk for person in people):
        raise CannotSubmitVersion(_("Four eyes: somebody other than you must sign too."))
    for person in people:
        if not person.is_active or not person.has_perm("docs_site.sign_document"):
            raise CannotSubmitVersion(_("%(name)s cannot sign documents. Name somebody else.") % {"name": person})


def check_password_again(*, by: Any, password: str, now: datetime) -> None:
    """The person proves again who signs; five tries in five minutes, counted before the password is looked at."""
    if not by.has_usable_password():
        raise CannotSignVersion(_("You sign in through single sign-on and have no password here. Set one in your settings, then sign."))
    keys = [f"sign-try:{by.pk}:{slot}" for slot in range(TRIES)]
    if not any(cache.add(key, now.isoformat(), TRY_SECONDS) for key in keys):
        raise CannotSignVersion(_("Too many wrong passwords. Wait five minutes, then try again."))
    if not by.check_password(password):
        raise CannotSignVersion(_("That is not your password. Nothing was signed."))
    cache.delete_many(keys)


def open_request_for(version: DocumentVersion, person: Any) -> SignatureRequest | None:
    """The open request that the person may answer: the own one first, then one held as deputy."""
    if version.state != VersionState.IN_REVIEW or Signature.objects.filter(version=version, signed_by=person).exists():
        return None
    principals = access_of(person).principals
    requests = list(version.requests.filter(signature__isnull=True, signer__in=[person.pk, *principals]).select_related("signer"))
    own = [request for request in requests if request.signer_id == person.pk]
    return own[0] if own else next((request for request in requests if person.pk != version.created_by_id), None)


def count_waiting(user: Any) -> Asking[int]:
    """How many documents wait for the person's signature, the own or one held as deputy."""
    people = [user.pk, *access_of(user).principals]
    rows = counted(ProjectDocument.objects.kept().waiting_for(people), "state")
    yield [rows]
    return sum(rows)


def sign_version(*, version: DocumentVersion, content_sha256: str, password: str, by: Any, now: datetime) -> Signature:
    """Sign the text whose hash the person saw; the last signature freezes the version and starts the rendering of its PDF."""
    check_password_again(by=by, password=password, now=now)
    return _sign(version=version, content_sha256=content_sha256, by=by, now=now)


@transaction.atomic
def _sign(*, version: DocumentVersion, content_sha256: str, by: Any, now: datetime) -> Signature:
    document = ProjectDocument.objects.select_for_update().get(pk=version.document_id)
    version = DocumentVersion.objects.select_for_update().get(pk=version.pk)
    version.document = document
    if version.state != VersionState.IN_REVIEW:
        raise CannotSignVersion(_("This version is no longer waiting for signatures: %(state)s.") % {"state": version.get_state_display()})
    if content_sha256 != version.content_sha256 or sha256_of(version.content) != version.content_sha256:
        raise CannotSignVersion(_("The text you looked at is not the text of this version. Open it again and read it before you sign."))
    request = open_request_for(version, by)
    if request is None:
        raise CannotSignVersion(_("You are not asked to sign this version, or you have signed it already."))
    post = access_of(by).main_post
    with override(document.language):
        statement = _statement(version, request, by)
        role = str(post.role.name) if post else ""
    signature = Signature.objects.create(
        request=request,
        version=version,
        signer=request.signer,
        signed_by=by,
        signer_name=str(request.signer),
        role=role,
        department=Department.objects.filter(pk=post.department_id).first() if post else None,
        meaning=request.meaning,
        statement=statement,
        signed_at=now,
        content_sha256=version.content_sha256,
    )
    record(by=by, feature="docs.version.sign", verb=Verb.SIGN, obj=document, outcome=Outcome.OK)
    if not version.requests.filter(signature__isnull=True).exists():
        _complete(version, document, by=by, now=now)
    return signature


def _statement(version: DocumentVersion, request: SignatureRequest, by: Any) -> str:
    words = {
        Meaning.AUTHOR: _("I wrote version %(number)s of %(code)s and stand by it."),
        Meaning.REVIEWED: _("I reviewed version %(number)s of %(code)s."),
        Meaning.APPROVED: _("I approve version %(number)s of %(code)s."),
        Meaning.ACCEPTED: _("I accept version %(number)s of %(code)s."),
    }[Meaning(request.meaning)] % {"number": version.number, "code": version.content["code"]}
    if request.signer_id != by.pk:
        words = _("%(statement)s Signed by %(deputy)s as deputy of %(principal)s.") % {"statement": words, "deputy": by, "principal": request.signer}
    return words


def _complete(version: DocumentVersion, document: ProjectDocument, *, by: Any, now: datetime) -> None:
    version.state = VersionState.SIGNED
    version.signed_at = now
    version.save(update_fields=["state", "signed_at"])
    document.state = DocumentState.SIGNED
    document.current_version = version
    document.version += 1
    document.save()
    with override(document.language):
        title = _("PDF of %(code)s version %(number)s") % {"code": document.code, "number": version.number}
    enqueue(task="docs_site.tasks.render_version", by=by, title=title, payload={"version": version.pk}, key=f"version-pdf-{version.pk}")
    notices.version_signed(version, by=by)


@transaction.atomic
def reject_version(*, version: DocumentVersion, reason: str, by: Any, now: datetime) -> None:
    """Send a version back with a reason; the draft opens again and can be submitted as the next version."""
    document, version = _locked(version)
    reason = reason.strip()[:1000]
    if version.state != VersionState.IN_REVIEW:
        raise CannotRejectVersion(_("This version is no longer waiting for signatures: %(state)s.") % {"state": version.get_state_display()})
    if open_request_for(version, by) is None:
        raise CannotRejectVersion(_("Only somebody who is asked to sign, and has not signed yet, can reject."))
    if not reason:
        raise CannotRejectVersion(_("Say what must change, so that the author can act on it."))
    _close(version, document, VersionState.REJECTED, reason, by=by, now=now)
    notices.version_rejected(version, by=by)
    record(by=by, feature="docs.version.reject", verb=Verb.ANSWER, obj=document, outcome=Outcome.OK)


@transaction.atomic
def withdraw_version(*, version: DocumentVersion, reason: str, by: Any, now: datetime) -> None:
    """Take a version back before it is signed; only who submitted it or owns the document can."""
    document, version = _locked(version)
    if version.state != VersionState.IN_REVIEW:
        raise CannotWithdrawVersion(_("This version is no longer waiting for signatures: %(state)s.") % {"state": version.get_state_display()})
    if by.pk not in {version.created_by_id, document.owner_id}:
        raise CannotWithdrawVersion(_("Only the owner, or the person who submitted this version, can withdraw it."))
    _close(version, document, VersionState.WITHDRAWN, reason.strip()[:1000], by=by, now=now)
    notices.version_withdrawn(version, by=by)
    record(by=by, feature="docs.version.withdraw", verb=Verb.UPDATE, obj=document, outcome=Outcome.OK)


def _locked(version: DocumentVersion) -> tuple[ProjectDocument, DocumentVersion]:
    document = ProjectDocument.objects.select_for_update().get(pk=version.document_id)
    version = DocumentVersion.objects.select_for_update().get(pk=version.pk)
    version.document = document
    return document, version


def _close(version: DocumentVersion, document: ProjectDocument, state: str, reason: str, *, by: Any, now: datetime) -> None:
    version.state, version.close_reason, version.closed_by, version.closed_at = state, reason, by, now
    version.save(update_fields=["state", "close_reason", "closed_by", "closed_at"])
    document.state = DocumentState.DRAFT
    document.version += 1
    document.save()


@transaction.atomic
def remind_signers(*, today: date, ahead: int = 1) -> int:
    """Remind everybody who has not signed what is due tomorrow or overdue, at most once a day; returns the number of versions."""
    waiting = DocumentVersion.objects.select_for_update().filter(state=VersionState.IN_REVIEW, due_on__isnull=False).exclude(reminded_on=today)
    count = 0
    for version in waiting:
        if version.due_on is None or (version.due_on - today).days > ahead:
            continue
        people = [request.signer for request in version.requests.filter(signature__isnull=True).select_related("signer")]
        notices.reminder(version, to=people)
        version.reminded_on = today
        version.save(update_fields=["reminded_on"])
        count += 1
    return count
