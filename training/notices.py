"""What learners are told, one function per message."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation.notices.kinds import NoticeKind
from foundation.notices.models import Channel
from foundation.notices.services import notify
from foundation.people.models import User
from training.models import Completion, Procedure

KINDS = [
    NoticeKind("procedure_assigned", _("I am asked to learn a procedure")),
    NoticeKind("procedure_changed", _("A procedure that I completed has changed")),
    NoticeKind("procedure_completed", _("I have completed a procedure"), channel=Channel.INBOX),
]


def _url(procedure: Procedure) -> str:
    return reverse("training:procedure_detail", args=[procedure.pk])


def procedure_assigned(procedure: Procedure, users: list[User], due_on: date, *, by: User) -> None:
    """To each learner: what to learn and by when."""
    notify(
        to=users,
        kind="procedure_assigned",
        by=by,
        include_self=True,
        url=_url(procedure),
        subject=lambda: gettext("Please learn “%(title)s” by %(day)s") % {"title": procedure, "day": due_on.isoformat()},
        body=lambda: gettext("You complete it by doing it: start the procedure, then do its steps in the CRM. The system sees when you are done."),
    )


def procedure_changed(procedure: Procedure, users: list[User], *, by: User) -> None:
    """To those whose completed steps are not the steps of today."""
    if users:
        notify(
            to=users,
            kind="procedure_changed",
            by=by,
            include_self=True,
            url=_url(procedure),
            subject=lambda: gettext("“%(title)s” has changed; please do it once again") % {"title": procedure},
        )


def procedure_completed(completion: Completion) -> None:
    """To the learner: the system has seen every step."""
    notify(
        to=[completion.user],
        kind="procedure_completed",
        url=_url(completion.procedure),
        subject=lambda: gettext("Completed: “%(title)s”") % {"title": completion.procedure},
    )
