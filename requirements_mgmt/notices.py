"""Messages of this app: who gets each, its subject and where it leads."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.models import User
from requirements_mgmt.models import ChangeRequest, Confirmation, Requirement, Verdict

KINDS = [
    NoticeKind("confirmation_asked", _("A requirement waits for my confirmation")),
    NoticeKind("confirmation_answered", _("Somebody objected or asked about a requirement")),
    NoticeKind("confirmation_replied", _("My question or objection was answered")),
    NoticeKind("requirement_text_changed", _("A requirement that I confirmed has changed")),
    NoticeKind("requirement_dropped", _("A requirement that I was asked about was dropped")),
    NoticeKind("requirement_comment", _("Somebody commented on my requirement")),
    NoticeKind("change_request_opened", _("A change request waits for a decision")),
    NoticeKind("change_request_decided", _("My change request was decided")),
    NoticeKind("change_request_done", _("The change that I asked for is written")),
]


def confirmation_asked(person: User, *, rows: Sequence[Confirmation], by: User) -> None:
    """One message per person, however many requirements; it leads to the list of what waits."""
    first = rows[0].requirement
    if len(rows) == 1:
        notify(
            to=[person],
            kind="confirmation_asked",
            subject=lambda: _("Please confirm %(code)s: %(title)s") % {"code": first.code, "title": first.title},
            body=first.statement[:300],
            url=reverse("requirements_mgmt:requirement_confirm", args=[first.pk]),
            by=by,
        )
        return
    notify(
        to=[person],
        kind="confirmation_asked",
        subject=lambda: ngettext_lazy("Please confirm %(count)s requirement", "Please confirm %(count)s requirements", len(rows)) % {"count": len(rows)},
        body=", ".join(row.requirement.code for row in rows[:12]),
        url=reverse("requirements_mgmt:confirmation_list"),
        by=by,
    )


def confirmation_answered(row: Confirmation) -> None:
    """Whoever asked, the owner and the project manager hear of an objection or a question."""
    requirement = row.requirement
    words = _("%(person)s objects to %(code)s: %(title)s") if row.verdict == Verdict.OBJECT else _("%(person)s has a question about %(code)s: %(title)s")
    notify(
        to=_keepers(requirement, row.asked_by, leave_out=row.answered_by),
        kind="confirmation_answered",
        subject=lambda: words % {"person": row.person, "code": requirement.code, "title": requirement.title},
        body=row.note,
        url=_page(requirement),
        by=row.answered_by,
    )


def confirmation_replied(row: Confirmation) -> None:
    """The person who objected or asked reads the reply."""
    requirement = row.requirement
    notify(
        to=[row.person],
        kind="confirmation_replied",
        subject=lambda: _("Reply to you about %(code)s: %(title)s") % {"code": requirement.code, "title": requirement.title},
        body=row.reply,
        url=reverse("requirements_mgmt:requirement_confirm", args=[requirement.pk]),
        by=row.replied_by,
    )


def text_changed(requirement: Requirement, *, people: Sequence[User], by: User) -> None:
    """Everybody who had confirmed the old text is told and sees only what changed."""
    notify(
        to=[person for person in people if person.pk != by.pk] or list(people),
        kind="requirement_text_changed",
        subject=lambda: _("%(code)s has changed since you confirmed it") % {"code": requirement.code},
        body=lambda: _("Your confirmation covered the text before. Look at what changed and answer again: %(title)s") % {"title": requirement.title},
        url=reverse("requirements_mgmt:requirement_confirm", args=[requirement.pk]),
        by=by,
    )


def requirement_dropped(requirement: Requirement, *, by: User) -> None:
    """Whoever was asked about it, and the owner, learn why it is gone."""
    people = {row.person for row in requirement.confirmations.exclude(verdict="withdrawn").select_related("person")}
    people |= {requirement.owner} if requirement.owner else set()
    people.discard(by)
    if people:
        notify(
            to=sorted(people, key=lambda person: person.pk),
            kind="requirement_dropped",
            subject=lambda: _("%(code)s was dropped: %(title)s") % {"code": requirement.code, "title": requirement.title},
            body=requirement.state_reason,
            url=_page(requirement),
            by=by,
        )


def requirement_commented(requirement: Requirement, *, body: str, by: User) -> None:
    """The owner hears of a comment."""
    if requirement.owner and requirement.owner != by:
        notify(
            to=[requirement.owner],
            kind="requirement_comment",
            subject=lambda: _("%(person)s on %(code)s: %(title)s") % {"person": by, "code": requirement.code, "title": requirement.title},
            body=body[:500],
            url=_page(requirement),
            by=by,
        )


def change_request_opened(change: ChangeRequest) -> None:
    """The project manager decides; the owner knows."""
    notify(
        to=_keepers(change.requirement, None, leave_out=change.opened_by),
        kind="change_request_opened",
        subject=lambda: (
            _("%(code)s asks to change %(requirement)s: %(title)s") % {"code": change.code, "requirement": change.requirement.code, "title": change.title}
        ),
        body=change.reason[:500],
        url=_change_page(change),
        by=change.opened_by,
    )


def change_request_decided(change: ChangeRequest) -> None:
    """Whoever opened it and the requirement's owner read the decision and its reason."""
    people = [person for person in {change.opened_by, change.requirement.owner} if person and person != change.decided_by]
    if people:
        notify(
            to=people,
            kind="change_request_decided",
            subject=lambda: _("%(code)s: %(state)s") % {"code": f"{change.code} {change.title}", "state": change.get_state_display()},
            body=change.decision_reason,
            url=_change_page(change),
            by=change.decided_by,
        )


def change_request_done(change: ChangeRequest) -> None:
    """Whoever asked for the change can read it."""
    notify(
        to=[change.opened_by],
        kind="change_request_done",
        subject=lambda: _("The change you asked for in %(code)s is written: %(title)s") % {"code": change.code, "title": change.title},
        body="",
        url=_page(change.requirement),
        by=None,
    )


def _keepers(requirement: Requirement, also: User | None, *, leave_out: User | None) -> list[User]:
    people = {requirement.owner, also, requirement.rollout.project_manager} - {None, leave_out}
    return sorted((person for person in people if person is not None), key=lambda person: person.pk)


def _page(requirement: Requirement) -> str:
    return reverse("requirements_mgmt:requirement_detail", args=[requirement.pk])


def _change_page(change: ChangeRequest) -> str:
    return reverse("requirements_mgmt:change_request_detail", args=[change.pk])
