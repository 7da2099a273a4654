"""What people say about possible duplicates: not the same (for ever), later, somebody else's to decide; and how the heap shrinks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import UNDECIDED, DuplicatePair, PairState
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

DECISIONS = {"distinct": PairState.DISTINCT, "later": PairState.LATER, "open": PairState.OPEN}


class CannotDecide(Refused):
    """Somebody has decided the pair already."""


class CannotAssignPair(Refused):
    """The person sees none of these records."""


@transaction.atomic
def decide_pair(*, pair: DuplicatePair, decision: str, by: User, now: datetime) -> DuplicatePair:
    """Write what a person decided; only one of two who decide at once is heard. "open" takes a "not a duplicate" back."""
    state = DECISIONS[decision]
    allowed = (PairState.DISTINCT, PairState.LATER) if state == PairState.OPEN else UNDECIDED
    decided = state == PairState.DISTINCT
    changed = DuplicatePair.objects.filter(pk=pair.pk, state__in=allowed).update(
        state=state,
        decided_at=now if decided else None,
        decided_by=by if decided else None,
        put_off_at=now if state == PairState.LATER else None,
    )
    pair.refresh_from_db()
    if not changed and pair.state != state:
        raise CannotDecide(_("This pair has been decided already: %(state)s.") % {"state": pair.get_state_display()})
    record(by=by, feature="crm.duplicate.decide", verb=Verb.UPDATE, obj=pair, now=now)
    return pair


@transaction.atomic
def assign_pairs(*, pairs: Sequence[DuplicatePair], to: User, by: User, now: datetime) -> int:
    """Give pairs to somebody who sees both records of each; gives how many."""
    seen = set(DuplicatePair.objects.visible_to(to).undecided().filter(pk__in=[pair.pk for pair in pairs]).values_list("pk", flat=True))
    if not seen:
        raise CannotAssignPair(_("%(person)s does not see both records of any of these pairs.") % {"person": to})
    count = DuplicatePair.objects.filter(pk__in=seen).update(assigned_to=to)
    if to != by:
        notices.duplicates_assigned(to=to, count=count, by=by)
    record(by=by, feature="crm.duplicate.assign", verb=Verb.UPDATE, obj=pairs[0], now=now)
    return count


def burn_down(rows: Any, *, today: date, days: int = 60) -> list[dict[str, Any]]:
    """How many pairs were open at the end of each day, and how many were found and decided on it."""
    rows = rows.exclude(state=PairState.GONE)
    found = _per_day(rows.values_list(TruncDate("found_at")).order_by().annotate(Count("pk")))
    decided = _per_day(rows.filter(decided_at__isnull=False).values_list(TruncDate("decided_at")).order_by().annotate(Count("pk")))
    first = today - timedelta(days=days - 1)
    standing = sum(count for day, count in found.items() if day < first) - sum(count for day, count in decided.items() if day < first)
    lines = []
    for place in range(days):
        day = first + timedelta(days=place)
        standing += found[day] - decided[day]
        lines.append({"day": day, "open": standing, "found": found[day], "decided": decided[day]})
    return lines


def _per_day(rows: Iterable[tuple[Any, int]]) -> Counter[date]:
    return Counter({day: count for day, count in rows if day})
