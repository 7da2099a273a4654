"""Writing, editing, dropping and restoring requirements; every change of covered text goes through here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.models import Department, User
from foundation.search.services import index
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt import notices
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, Confirmation, DataObject, Requirement, RequirementState, Verdict
from requirements_mgmt.models.requirement import STATEMENT_MAX, content_hash, covered_content

MARKS = ("is_origin", "is_final", "is_day_one")  # of the flow, covered by no confirmation
PLAIN_FIELDS = (*MARKS, "title", "statement", "scenario", "department", "source_kind", "source", "priority", "level", "owner", "roles", "parent", "is_heading")
SET_FIELDS = Requirement.COVERED_SETS
REQUIRED = 7


class CannotWrite(Refused):
    """The requirement cannot be written as asked."""


class CannotEdit(Refused):
    """The text is settled; it changes by change request only."""


class CannotDrop(Refused):
    """Something still hangs on the requirement."""


class CannotRestore(Refused):
    """The requirement is not dropped, or what it belongs to is."""


@dataclass
class BulkResult:
    """What a change of many did: the requirements changed, and those refused with the sentence why."""

    changed: list[Requirement] = field(default_factory=list)
    refused: list[tuple[Requirement, str]] = field(default_factory=list)


def next_number(rollout: Rollout, department: Department) -> int:
    """The next running number in a rollout and department; the caller holds the rollout's lock."""
    top = Requirement.objects.filter(rollout=rollout, department=department).aggregate(top=Max("number"))["top"]
    return (top or 0) + 1


def create_requirement(
    *, rollout: Rollout, department: Department, title: str, by: User | None, now: datetime, code: str = "", quiet: bool = False, **values: Any
) -> Requirement:
    """A new requirement, coded DEPARTMENT-NNN unless it brings a code; ``quiet`` leaves the usage event to the caller's batch."""
    with transaction.atomic():
        Rollout.objects.select_for_update().get(pk=rollout.pk)  # numbers are given one at a time
        requirement = Requirement(rollout=rollout, code=code.strip(), created_by=by, text_changed_at=now)
        requirement._history_user = by
        plain, sets = _split({"title": title, "department": department, **values})
        _check(requirement, plain)
        for name, value in plain.items():
            setattr(requirement, name, value)
        if not requirement.code:
            _give_code(requirement)
        requirement.content_hash = content_hash(_content_with(requirement, sets))
        try:
            with transaction.atomic():
                _save_new(requirement, {name: rows for name, rows in sets.items() if rows})
        except IntegrityError as error:
            raise CannotWrite(_("There is already a requirement with the code %(code)s in this rollout.") % {"code": requirement.code}) from error
        index(requirement)
        if by and not quiet:
            record(
                by=by,
                feature="requirements.requirement.create",
                verb=Verb.CREATE,
                obj=requirement,
                outcome=Outcome.OK,
                filled=_filled(requirement, sets),
                required=REQUIRED,
            )
    return requirement


def edit_requirement(
    *, requirement: Requirement, values: dict[str, Any], sent_version: int, by: User, now: datetime, reason: str = "", quiet: bool = False
) -> Requirement:
    """Save changed fields; a change of covered text reopens the requirement, and on a confirmed one needs an accepted change request."""
    with transaction.atomic():
        locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
        locked._history_user = by
        if locked.state == RequirementState.DROPPED:
            raise CannotEdit(_("%(code)s was dropped. Restore it first.") % {"code": locked.code})
        claim_version(locked, sent_version)
        plain, sets = _split(values)
        _check(locked, plain)
        old_hash = locked.content_hash
        for name, value in plain.items():
            setattr(locked, name, value)
        current = {name: list(getattr(locked, name).all()) for name in SET_FIELDS}
        locked.content_hash = content_hash(_content_with(locked, {**current, **sets}))
        text_changed = locked.content_hash != old_hash
        if text_changed:
            request = _request_for(locked)
            _reopen(locked, request=request, by=by, now=now)
            reason = reason or (request.code if request else "")
        locked._change_reason = reason[:100] or None
        with_sets = {name: rows for name, rows in sets.items() if set(rows) != set(current[name])}
        _save_with_sets(locked, with_sets)
        if text_changed:
            _tell_confirmers(locked, old_hash=old_hash, by=by)
        index(locked)
        if not quiet:
            record(by=by, feature="requirements.requirement.edit", verb=Verb.UPDATE, obj=locked, outcome=Outcome.OK)
    return locked


def drop_requirement(*, requirement: Requirement, reason: str, sent_version: int, by: User, now: datetime) -> Requirement:
    """Take a requirement out of the count, with the reason; nothing is deleted and open asks are withdrawn."""
    reason = reason.strip()
    if not reason:
        raise CannotDrop(_("Say why the requirement is dropped. Whoever asked for it will read the reason."))
    with transaction.atomic():
        locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
        locked._history_user = by
        if locked.state == RequirementState.DROPPED:
            raise CannotDrop(_("%(code)s is already dropped.") % {"code": locked.code})
        below = locked.children.live().count()  # type: ignore[attr-defined]
        if below:
            raise CannotDrop(_("%(count)s requirements hang below %(code)s. Drop or move them first.") % {"count": below, "code": locked.code})
        claim_version(locked, sent_version)
        locked.state, locked.state_reason = RequirementState.DROPPED, reason[:300]
        locked._change_reason = reason[:100]
        locked.save()
        withdrawn = list(Confirmation.objects.filter(requirement=locked, verdict=Verdict.ASKED))
        for row in withdrawn:
            row.verdict = Verdict.WITHDRAWN
            row.save(update_fields=["verdict"])
        notices.requirement_dropped(locked, by=by)
        index(locked)
        record(by=by, feature="requirements.requirement.drop", verb=Verb.DELETE, obj=locked, outcome=Outcome.OK)
    return locked


def restore_requirement(*, requirement: Requirement, reason: str, sent_version: int, by: User, now: datetime) -> Requirement:
    """Bring a dropped requirement back as a draft, or as open when people have answered to it."""
    reason = reason.strip()
    if not reason:
        raise CannotRestore(_("Say why the requirement comes back."))
    with transaction.atomic():
        locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
        locked._history_user = by
        if locked.state != RequirementState.DROPPED:
            raise CannotRestore(_("%(code)s is not dropped.") % {"code": locked.code})
        if locked.parent and locked.parent.state == RequirementState.DROPPED:
            raise CannotRestore(_("%(code)s belongs to a dropped requirement. Restore that one first.") % {"code": locked.code})
        claim_version(locked, sent_version)
        answered = Confirmation.objects.filter(requirement=locked).exists()
        locked.state, locked.state_reason = (RequirementState.OPEN if answered else RequirementState.DRAFT), reason[:300]
        locked._change_reason = reason[:100]
        locked.save()
        index(locked)
        record(by=by, feature="requirements.requirement.restore", verb=Verb.UPDATE, obj=locked, outcome=Outcome.OK)
    return locked


def move_requirement(*, requirement: Requirement, state: str, sent_version: int, by: User, now: datetime) -> Requirement:
    """Move a card of the board between draft and open; the other states follow from confirmations and decisions."""
    allowed = {RequirementState.DRAFT, RequirementState.OPEN}
    with transaction.atomic():
        locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
        locked._history_user = by
        if state == locked.state:
            return locked
        if state not in allowed or locked.state not in allowed:
            raise CannotEdit(_("A requirement becomes confirmed when people confirm it, and dropped with a reason. Only draft and open are set by hand."))
        claim_version(locked, sent_version)
        locked.state = state
        locked.save()
        record(by=by, feature="requirements.requirement.edit", verb=Verb.UPDATE, obj=locked, outcome=Outcome.OK)
    return locked


def change_many(*, requirements: Iterable[Requirement], values: dict[str, Any], by: User, now: datetime) -> BulkResult:
    """The same change on many requirements; each stands alone, so that one refusal does not undo the others."""
    result = BulkResult()
    for requirement in requirements:
        try:
            result.changed.append(edit_requirement(requirement=requirement, values=values, sent_version=requirement.version, by=by, now=now, quiet=True))
        except Refused as refusal:
            result.refused.append((requirement, str(refusal)))
    if result.changed:
        record(by=by, feature="requirements.requirement.bulk", verb=Verb.UPDATE, obj=None, outcome=Outcome.OK)
    return result


def data_objects(rollout: Rollout, names: Iterable[str]) -> list[DataObject]:
    """Data objects of the rollout by name, made where they are new."""
    wanted = [name.strip()[:80] for name in names if name.strip()]
    return [DataObject.objects.get_or_create(rollout=rollout, name=name)[0] for name in dict.fromkeys(wanted)]


def _split(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    unknown = set(values) - set(PLAIN_FIELDS) - set(SET_FIELDS)
    if unknown:
        raise TypeError(f"A requirement has no field {sorted(unknown)}")
    return {name: value for name, value in values.items() if name in PLAIN_FIELDS}, {
        name: list(values[name]) for name in SET_FIELDS if values.get(name) is not None and name in values
    }


def _check(requirement: Requirement, plain: dict[str, Any]) -> None:
    title = plain.get("title", requirement.title)
    if not title.strip():
        raise CannotWrite(_("A requirement needs a title."))
    if any("\x00" in str(plain.get(name) or "") for name in ("title", "statement", "scenario", "source")):
        raise CannotWrite(_("The text holds a null character. Remove it and save again."))
    if len(title) > 200:
        raise CannotWrite(_("The title has %(count)s characters; at most 200 fit. Put the rest into the statement.") % {"count": len(title)})
    for name in ("statement", "scenario"):
        if len(plain.get(name) or "") > STATEMENT_MAX:
            raise CannotWrite(_("The text has more than %(count)s characters. Split the requirement, or attach a document.") % {"count": STATEMENT_MAX})
    parent = plain.get("parent")
    seen = {requirement.pk} if requirement.pk else set()
    while parent is not None:
        if parent.pk in seen:
            raise CannotWrite(_("A requirement cannot be part of itself or of one below it."))
        if parent.rollout_id != requirement.rollout_id:
            raise CannotWrite(_("A requirement and what it is part of belong to the same rollout."))
        seen.add(parent.pk)
        parent = parent.parent


def _give_code(requirement: Requirement) -> None:
    number = next_number(requirement.rollout, requirement.department)
    taken = Requirement.objects.filter(rollout=requirement.rollout)
    while taken.filter(code=f"{requirement.department.code}-{number:03d}").exists():
        number += 1
    requirement.number = number
    requirement.code = f"{requirement.department.code}-{number:03d}"


def _content_with(requirement: Requirement, sets: dict[str, list[Any]]) -> dict[str, Any]:
    """The covered content as it will be once ``sets`` are saved."""
    return covered_content(
        {name: getattr(requirement, name) for name in Requirement.COVERED_TEXT},
        inputs=[row.name for row in sets.get("inputs", [])],
        outputs=[row.name for row in sets.get("outputs", [])],
        features=[row.key for row in sets.get("features", [])],
    )


def _save_with_sets(requirement: Requirement, sets: dict[str, list[Any]]) -> None:
    """Links first, unrecorded; then the row, so that one edit is one line of history."""
    if sets:
        requirement.skip_history_when_saving = True  # type: ignore[attr-defined]
        for name, rows in sets.items():
            getattr(requirement, name).set(rows)
        del requirement.skip_history_when_saving  # type: ignore[attr-defined]
    requirement.save()


def _save_new(requirement: Requirement, sets: dict[str, list[Any]]) -> None:
    """A new row with its links as one line of history."""
    if not sets:
        requirement.save()
        return
    requirement.skip_history_when_saving = True  # type: ignore[attr-defined]
    requirement.save()
    _save_with_sets(requirement, sets)
    requirement.history.update(history_type="+")  # type: ignore[attr-defined]


def _request_for(requirement: Requirement) -> ChangeRequest | None:
    """The accepted change request that this edit answers; refuses when the text is settled and nobody accepted a change."""
    request = ChangeRequest.objects.filter(requirement=requirement, state=ChangeRequestState.ACCEPTED).order_by("decided_at").first()
    if request is None and requirement.state == RequirementState.CONFIRMED:
        raise CannotEdit(
            _("The text of %(code)s is confirmed. Open a change request; once it is accepted the text can be edited.") % {"code": requirement.code}
        )
    return request


def _reopen(requirement: Requirement, *, request: ChangeRequest | None, by: User, now: datetime) -> None:
    requirement.text_changed_at = now
    if requirement.state == RequirementState.CONFIRMED:
        requirement.state = RequirementState.OPEN
    if request is not None:
        request.state, request.done_at = ChangeRequestState.DONE, now
        request.save(update_fields=["state", "done_at"])
        notices.change_request_done(request)
        for dotted in settings.CHANGE_DONE:
            import_string(dotted)(change=request, by=by, now=now)


def _tell_confirmers(requirement: Requirement, *, old_hash: str, by: User) -> None:
    """Tell those whose confirmation of the old text no longer counts."""
    rows = Confirmation.objects.filter(requirement=requirement, is_latest=True, verdict=Verdict.CONFIRM, content_hash=old_hash).select_related("person")
    people = [row.person for row in rows]
    if people:
        notices.text_changed(requirement, people=people, by=by)


def _filled(requirement: Requirement, sets: dict[str, list[Any]]) -> int:
    values: list[Any] = [requirement.title, requirement.statement, requirement.scenario, requirement.source, requirement.owner_id, requirement.roles]
    return sum(1 for value in values if value) + (1 if sets.get("features") else 0)
