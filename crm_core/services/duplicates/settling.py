"""The settings of the search for duplicates: which rules are in use, how much each weighs, from where a pair counts."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import DuplicatePolicy, DuplicateRule
from crm_core.services.duplicates.scoring import RULES
from foundation.integrity import Refused, Stale
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

POLICY = ("probable_from", "certain_from", "is_checked", "checks_per_hour", "probing_after")


class CannotSettle(Refused):
    """The settings contradict each other."""


@transaction.atomic
def save_rules(*, subject: str, rules: dict[str, tuple[bool, int]], policy: dict[str, Any], version: int, by: User) -> DuplicatePolicy:
    """Write weights and thresholds of one kind of row; raises Stale when somebody else changed them since ``version``."""
    if policy["certain_from"] < policy["probable_from"]:
        raise CannotSettle(_("What counts as certain cannot need fewer points than what counts as probable."))
    DuplicatePolicy.objects.get_or_create(subject=subject)
    row = DuplicatePolicy.objects.select_for_update().get(subject=subject)
    if row.version != version:
        raise Stale(_("Somebody else changed this in the meantime. Look at both versions, then save again."))
    for name in POLICY:
        setattr(row, name, policy[name])
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    for rule in RULES[subject]:
        is_on, weight = rules.get(rule.key, (True, rule.weight))
        kept = DuplicateRule.objects.filter(subject=subject, key=rule.key).first() or DuplicateRule(subject=subject, key=rule.key, weight=rule.weight)
        if kept.pk is None and is_on and weight == rule.weight or (kept.pk and (kept.is_on, kept.weight) == (is_on, weight)):
            continue
        kept.is_on, kept.weight, kept.version = is_on, weight, kept.version + (1 if kept.pk else 0)
        kept._history_user = by  # type: ignore[attr-defined]
        kept.save()
    record(by=by, feature="crm.duplicate.rules", verb=Verb.UPDATE, obj=row)
    return row
