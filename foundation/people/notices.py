"""Who is told what about people: a deputy, that there is somebody to stand in for."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.models import Delegation, User

KINDS = [NoticeKind("people_deputy_named", gettext_lazy("I became or ceased to be somebody's deputy"))]


def deputy_named(*, delegation: Delegation, by: User) -> None:
    """Tell the deputy from when to when, and for whom."""
    _tell(
        delegation,
        by,
        lambda: (
            _("You stand in for %(name)s from %(start)s to %(end)s")
            % {"name": delegation.principal, "start": date_format(delegation.starts_on), "end": date_format(delegation.ends_on)}
        ),
    )


def deputy_released(*, delegation: Delegation, by: User) -> None:
    """Tell the deputy that the rights are gone."""
    _tell(delegation, by, lambda: _("You no longer stand in for %(name)s") % {"name": delegation.principal})


def _tell(delegation: Delegation, by: User, subject: Callable[[], str]) -> None:
    notify(to=[delegation.deputy], kind="people_deputy_named", subject=subject, body=delegation.reason, url=reverse("people:delegation_list"), by=by)
