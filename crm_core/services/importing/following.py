"""Several rows about one customer, each with another contact: the first row brings the customer, the others only their contact."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm_core.models import Account, AccountContact, ImportBatch, ImportRow, RowAction
from crm_core.services.importing.seen import SeenKeys
from foundation.text import fold

if TYPE_CHECKING:
    from crm_core.services.importing.planning import Plan

KEPT = frozenset({"created_at", "author", "author_id"})  # of what a following row says besides its contact


def brings_nobody_new(seen: SeenKeys, values: dict[str, Any], first: int, row_no: int) -> bool:
    """Whether the contact of a row came with an earlier row of the same customer, or there is none."""
    name = fold(values.get("contact_name", ""))
    return not name or bool(seen.first([f"with|{first}|{name}"], row_no))


def follow(plan: "Plan", earlier: int) -> None:
    """Take the contact alone: what else the row says of the customer, the first row has said."""
    plan.values = {key: value for key, value in plan.values.items() if key.startswith("contact_") or key in KEPT} | {"follows": earlier}
    plan.action, plan.changes = RowAction.MERGE, {"contact_name": ["", plan.values["contact_name"]]}


def names_of(accounts: list[int]) -> dict[int, set[str]]:
    """Folded names of the contacts at accounts."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = AccountContact.objects.filter(account__in=accounts, contact__deleted_at__isnull=True)
    for account, name in rows.values_list("account_id", "contact__name_fold"):
        found[account].add(name)
    return found


def check_following(plans: list["Plan"], batch: ImportBatch) -> None:
    """In the dry run: a row whose customer cannot be taken is refused with it, and a contact that is here already is skipped."""
    following = [plan for plan in plans if plan.follows]
    if not following:
        return
    leaders: dict[int, tuple[str, str, int | None]] = {
        plan.row.row_no: (plan.action, plan.question, plan.target.pk if plan.target is not None else None) for plan in plans if not plan.follows
    }
    before = {plan.follows for plan in following} - leaders.keys()
    rows = ImportRow.objects.filter(batch=batch, row_no__in=before).values_list("row_no", "action", "question", "target_id") if before else ()
    leaders |= {row_no: (action, question, target) for row_no, action, question, target in rows}
    names = names_of([target for _action, _question, target in leaders.values() if target])
    for plan in following:
        action, question, target = leaders.get(plan.follows, (RowAction.REFUSE, "", None))
        if target and fold(plan.values["contact_name"]) in names.get(target, ()):
            plan.skip(_("Here already, with the same facts."))
        elif action == RowAction.REFUSE and not question:
            plan.problems["name"] = _not_taken(plan.follows)
            plan.refuse()


def find_leaders(plans: list["Plan"], batch: ImportBatch) -> None:
    """In the load, after it is known which rows of the chunk are written: the customer of each following row, or why there is none."""
    following = [plan for plan in plans if plan.follows]
    if not following:
        return
    here = {plan.row.row_no: plan for plan in plans if not plan.follows and plan.action != RowAction.REFUSE}
    rows = ImportRow.objects.filter(batch=batch, row_no__in={plan.follows for plan in following} - here.keys(), target_id__isnull=False)
    targets = dict(rows.values_list("row_no", "target_id"))
    accounts = Account.objects.live().in_bulk([pk for pk in targets.values() if pk])
    names = names_of([*accounts, *(plan.target.pk for plan in here.values() if plan.target is not None)])
    for plan in following:
        plan.leader = here.get(plan.follows)
        plan.target = plan.leader.target if plan.leader else accounts.get(targets.get(plan.follows) or 0)
        if plan.leader is None and plan.target is None:
            plan.problems["name"] = _not_taken(plan.follows)
            plan.refuse()
        elif plan.target is not None and fold(plan.values["contact_name"]) in names.get(plan.target.pk, ()):
            plan.skip(_("Here already, with the same facts."))


def _not_taken(row_no: int) -> str:
    return _("Row %(row)d, which brings this customer, is not taken.") % {"row": row_no}
