"""Looking at a masked value for a reason: logged without the value, not too often in a day, and a manager hears of unusual numbers."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import FieldLevel, FieldRight, Reveal, RevealPolicy, RevealReason, Stamp
from crm_core.models.book import forget
from crm_core.models.field_right import STAMP
from crm_core.veils import MASKED, MASKS, level_for, policy, veiled_fields
from foundation.integrity import Refused, claim_version
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotReveal(Refused):
    """The field is hidden from the person, no reason was given, or the looks of the day are used up."""


class RevealedTooOften(CannotReveal):
    """The person has used up the looks of this day."""

    status = 429


@transaction.atomic
def reveal_value(*, row: Any, field: str, why: str, reason: str = "", by: User, now: datetime) -> str:
    """The whole value of a masked field, after the look is written into the log."""
    noun, reason = str(row._meta.model_name), reason.strip()[:200]
    if field not in MASKS.get(noun, {}) or veiled_fields(row, by).get(field) != MASKED:
        raise CannotReveal(_("This value is not masked for you, or it is not shown to you at all."))
    if why not in RevealReason.values or why == RevealReason.OTHER and not reason:
        raise CannotReveal(_("Say why you need this value."))
    User.objects.select_for_update().get(pk=by.pk)  # two looks at once must not both be the last one
    count = looks_of_day(by, now)
    if count >= policy().per_day:
        raise RevealedTooOften(_("You have looked at %(count)d masked values today, and that is all for a day. Ask your manager.") % {"count": count})
    post = access_of(by).main_post
    Reveal.objects.create(
        by=by,
        department_id=post.department_id if post else None,
        at=now,
        noun=noun,
        object_id=row.pk,
        record_name=str(getattr(row, "name", row))[:160],
        field=field,
        why=why,
        reason=reason,
    )
    record(by=by, feature="crm.field.reveal", verb=Verb.VIEW, obj=row, now=now)
    if count + 1 == policy().notice_from:
        notices.reveals_unusual(who=by, count=count + 1)
    return str(getattr(row, field))


def looks_of_day(by: User, now: datetime) -> int:
    """How often the person has looked at masked values on this day."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Reveal.objects.filter(by=by, at__gte=start, at__lte=now).count()


@transaction.atomic
def save_field_rights(*, role: str, levels: dict[tuple[str, str], str], version: int, by: User) -> int:
    """Say how much of each field a role sees; raises Stale when somebody was faster. Gives how many fields changed."""
    kept = _claim(version)
    changed = 0
    for (noun, field), level in levels.items():
        if field not in MASKS.get(noun, {}) or level not in FieldLevel.values or level == level_for(noun, field, role):
            continue
        row = FieldRight.objects.filter(noun=noun, field=field, role=role).first() or FieldRight(noun=noun, field=field, role=role)
        row.level = level
        row._history_user = by  # type: ignore[attr-defined]
        row.save()
        changed += 1
    _renew(kept, by, "crm.field.rights")
    return changed


@transaction.atomic
def save_reveal_policy(*, changes: dict[str, Any], version: int, by: User) -> None:
    """Say how often masked values may be looked at; raises Stale when somebody was faster."""
    kept = _claim(version)
    for name, value in changes.items():
        setattr(kept, name, value)
    kept._history_user = by  # type: ignore[attr-defined]
    kept.save(update_fields=[*changes])
    _renew(kept, by, "crm.field.policy")


def _claim(version: int) -> RevealPolicy:
    kept, _made = RevealPolicy.objects.get_or_create(pk=1)
    claim_version(kept, version)
    return kept


def _renew(kept: RevealPolicy, by: User, feature: str) -> None:
    Stamp.renew(STAMP)
    forget()
    record(by=by, feature=feature, verb=Verb.UPDATE, obj=kept)
