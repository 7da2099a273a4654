"""Is this customer known already? Asked before saving, answered without telling what the asker may not see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.models import Account, Contact
from foundation.people.models import User
from foundation.text import fold

SHOWN = 5


@dataclass(frozen=True)
class Similar:
    """A row that may be the same customer; ``row`` is None when the asker may not see it."""

    row: Any
    because: str
    where: str


def similar_accounts(*, by: User, name: str = "", credit_code: str = "", phone: str = "", except_pk: int | None = None) -> list[Similar]:
    """Accounts with the same folded name, credit code or phone; of invisible ones only the owner's department."""
    key = phone_key(phone)
    wanted = {"name_fold": fold(name)[:160], "credit_code": credit_code.strip().upper(), "phone_key": key}
    rows = list(_matching(Account.objects.live().select_related("owner", "department"), wanted, except_pk))
    if not rows:
        return []
    visible = set(Account.objects.visible_to(by).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    found = []
    for row in rows:
        where = _("in the pool of %(department)s") if row.in_pool else _("owned in %(department)s")
        found.append(Similar(row if row.pk in visible else None, _because(row, wanted), where % {"department": row.department}))
    return found


def similar_contacts(*, by: User, name: str = "", phone: str = "", email: str = "", except_pk: int | None = None) -> list[Similar]:
    """Contacts with the same phone or e-mail, or the same folded name among those one sees."""
    wanted = {"phone_key": phone_key(phone), "email": email.strip().lower()}
    rows = list(_matching(Contact.objects.live().select_related("owner"), wanted, except_pk))
    named = Contact.objects.visible_to(by).filter(name_fold=fold(name)).exclude(pk__in=[row.pk for row in rows])[:SHOWN] if name.strip() else []
    visible = set(Contact.objects.visible_to(by).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    found = [Similar(row if row.pk in visible else None, _because(row, wanted), "") for row in rows]
    return found + [Similar(row, _("same name"), "") for row in named if row.pk != except_pk]


def _matching(rows: Any, wanted: dict[str, str], except_pk: int | None) -> Any:
    condition = Q(pk__in=[])
    for field, value in wanted.items():
        if value:
            condition |= Q(**{field: value})
    return rows.filter(condition).exclude(pk=except_pk)[:SHOWN]


def _because(row: Any, wanted: dict[str, str]) -> str:
    words = {"name_fold": _("same name"), "credit_code": _("same credit code"), "phone_key": _("same phone"), "email": _("same e-mail")}
    return _(", ").join(words[field] for field, value in wanted.items() if value and getattr(row, field) == value)
