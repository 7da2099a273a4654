"""Why a person can or cannot see and change a row: the same conditions that the lists use, asked one by one."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import Account, Contact, Opportunity
from foundation.people.access import Access, access_of
from foundation.people.models import Department, User
from foundation.people.roles import Scope
from foundation.usage.models import Verb
from foundation.usage.services import record

Explained = Account | Contact | Opportunity
VERBS: dict[str, tuple[tuple[Any, str], ...]] = {
    "account": (
        (gettext_lazy("see"), "view_account"),
        (gettext_lazy("change"), "change_account"),
        (gettext_lazy("claim from the pool"), "claim_account"),
        (gettext_lazy("return to the pool"), "return_account"),
        (gettext_lazy("hand to somebody else"), "transfer_account"),
        (gettext_lazy("share"), "share_account"),
        (gettext_lazy("throw away"), "delete_account"),
        (gettext_lazy("export"), "export_account"),
    ),
    "contact": ((gettext_lazy("see"), "view_contact"), (gettext_lazy("change"), "change_contact"), (gettext_lazy("throw away"), "delete_contact")),
    "opportunity": (
        (gettext_lazy("see"), "view_opportunity"),
        (gettext_lazy("change"), "change_opportunity"),
        (gettext_lazy("throw away"), "delete_opportunity"),
    ),
}


@dataclass(frozen=True)
class Reason:
    """One rule that could show the row to the person, and whether it does."""

    holds: bool
    rule: str
    because: str


@dataclass(frozen=True)
class MayDo:
    """One verb: allowed when a role grants it and the row is within reach."""

    verb: str
    granted_by: tuple[str, ...]
    allowed: bool


@dataclass
class Explanation:
    """What a person may do with a row on a day, and by which rules."""

    person: User
    day: date
    sees: bool
    summary: str
    reasons: list[Reason] = field(default_factory=list)
    verbs: list[MayDo] = field(default_factory=list)


def explain_rights(*, row: Explained, person: User, by: User, day: date) -> Explanation:
    """Why ``person`` can or cannot see ``row`` on ``day``; asks the very conditions of ``visible_to``, each by itself. The question is recorded."""
    model: Any = type(row)
    access = access_of(person, day)
    rows = model.objects.filter(pk=row.pk)
    sees = bool(person.is_active and row.deleted_at is None and model.objects.visible_to(person, access).filter(pk=row.pk).exists())
    found = Explanation(person, day, sees, _summary(row, person, sees))
    if person.is_active:
        found.reasons = [*_by_posts(rows, row, access), *_beyond(rows, row, access)]
        found.verbs = [_verb(row, access, sees, str(words), verb) for words, verb in VERBS[str(model._meta.model_name)]]
    record(by=by, feature="crm.rights.explain", verb=Verb.VIEW, obj=row)
    return found


def _summary(row: Explained, person: User, sees: bool) -> str:
    if not person.is_active:
        return _("%(person)s has left or is deactivated and sees nothing.") % {"person": person}
    if row.deleted_at:
        return _("“%(row)s” lies in the recycle bin, where %(person)s does not see it in lists.") % {"row": row, "person": person}
    words = _("%(person)s can see “%(row)s”.") if sees else _("%(person)s cannot see “%(row)s”.")
    return words % {"person": person, "row": row}


def _by_posts(rows: Any, row: Explained, access: Access) -> list[Reason]:
    label = row._meta.label_lower
    departments = Department.objects.in_bulk([post.department_id for post in access.posts])
    if not access.posts:
        return [Reason(False, _("Position"), _("%(person)s holds no position on this day, so no role applies.") % {"person": access.user})]
    found = []
    for post in access.posts:
        scope = post.role.scope_for(label)
        name = _("%(role)s in %(department)s") % {"role": post.role.name, "department": departments[post.department_id]}
        if post.acts_for:
            name = _("%(post)s, as deputy") % {"post": name}
        holds = scope == Scope.ALL or (scope != Scope.NONE and rows.filter(rows._condition(scope, post, access)).exists())
        found.append(Reason(holds, name, _reach(scope, holds, row)))
    return found


def _reach(scope: Scope, holds: bool, row: Explained) -> str:
    where = {"owner": getattr(row, "owner", None) or _("nobody"), "department": getattr(row, "department", None) or "—"}
    if scope == Scope.NONE:
        return _("This role sees no rows of this kind.")
    if scope == Scope.ALL:
        return _("This role sees all of them.")
    words = _("Sees “%(scope)s”: it belongs to %(owner)s in %(department)s, which is within reach.")
    if not holds:
        words = _("Sees “%(scope)s”: it belongs to %(owner)s in %(department)s, which is out of reach.")
    return words % {"scope": scope.label, **where}


def _beyond(rows: Any, row: Explained, access: Access) -> list[Reason]:
    """Rules beside the roles: collaborations and pools for accounts; contacts and deals follow their accounts."""
    holds = rows.filter(rows.extra_visibility(access)).exists()
    if isinstance(row, Account):
        shares = row.collaborators.filter(user=access.user)
        shared = shares.on(access.day).first()
        if shared and shared.expires_on:
            words = _("Collaborator with the right “%(right)s” until %(day)s.") % {"right": shared.get_right_display(), "day": shared.expires_on}
        elif shared:
            words = _("Collaborator with the right “%(right)s”.") % {"right": shared.get_right_display()}
        else:
            words = _("The collaboration has expired.") if shares.exists() else _("Not a collaborator of this account.")
        pool = _("It has an owner, so no pool shows it.") if row.owner_id else _("It lies in a pool from which this person may not claim.")
        if holds and not shared:
            pool = _("It lies in a pool from which this person may claim, or is owned for another business unit within reach.")
        return [Reason(shared is not None, _("Collaboration"), words), Reason(holds and shared is None, _("Pool"), pool)]
    words = _("It belongs to an account that this person sees.") if holds else _("None of its accounts is visible to this person.")
    return [Reason(holds, _("Through the account"), words)]


def _verb(row: Explained, access: Access, sees: bool, words: str, verb: str) -> MayDo:
    permission = f"crm_core.{verb}"
    granted = tuple(dict.fromkeys(str(post.role.name) for post in access.posts if permission in post.role.permissions))
    allowed = bool(granted) and sees
    if allowed and verb.startswith("change_") and isinstance(row, Account) and access.day == access_of(access.user).day:
        allowed = Account.objects.changeable_by(access.user).filter(pk=row.pk).exists()
    return MayDo(words, granted, allowed)
