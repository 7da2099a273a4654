"""Rules of pools as sentences, so that nobody has to read a form to know what holds."""

from collections.abc import Sequence

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_core.models import AccountKind, FallKind, Pool, RecycleRule, Tag
from crm_core.services.dictionaries import label
from foundation.ui.templatetags.ui import listed


def _kinds(codes: Sequence[str]) -> str:
    return listed([AccountKind(code).label for code in codes if code in AccountKind.values])


def _levels(codes: Sequence[str]) -> str:
    return listed([label("level", code) for code in codes])


def pool_sentences(pool: Pool) -> list[str]:
    """What holds in the pool: who may draw, how often, and when not."""
    said = []
    if pool.members_only:
        said.append(_("Only the members named below may claim."))
    else:
        said.append(_("Sales people of %(department)s and below may claim.") % {"department": pool.department})
    if pool.kinds:
        said.append(_("Only these fall in here: %(kinds)s.") % {"kinds": _kinds(pool.kinds)})
    if pool.quota:
        words = {
            "day": ngettext("Each may claim %(count)d account per day.", "Each may claim %(count)d accounts per day.", pool.quota),
            "week": ngettext("Each may claim %(count)d account per week.", "Each may claim %(count)d accounts per week.", pool.quota),
            "month": ngettext("Each may claim %(count)d account per month.", "Each may claim %(count)d accounts per month.", pool.quota),
        }
        said.append(words[pool.quota_period] % {"count": pool.quota})
    if count := pool.cooldown_owner_days:
        said.append(ngettext("A former owner waits %(count)d day.", "A former owner waits %(count)d days.", count) % {"count": count})
    if count := pool.cooldown_team_days:
        said.append(ngettext("The former owner's team waits %(count)d day.", "The former owner's team waits %(count)d days.", count) % {"count": count})
    if count := pool.quiet_hours_after_fall:
        words_of_hours = ngettext("Nobody may claim in the first %(count)d hour.", "Nobody may claim in the first %(count)d hours.", count)
        said.append(words_of_hours % {"count": count})
    if pool.quiet_from and pool.quiet_to:
        clock = {"start": formats.time_format(pool.quiet_from, "H:i"), "end": formats.time_format(pool.quiet_to, "H:i")}
        said.append(_("Nobody may claim between %(start)s and %(end)s.") % clock)
    return said


def rule_sentence(rule: RecycleRule, *, tags: Sequence[Tag] | None = None) -> str:
    """A recycle rule in one or two sentences."""
    count, work = rule.days, rule.in_workdays
    days = (ngettext("%(count)d working day", "%(count)d working days", count) if work else ngettext("%(count)d day", "%(count)d days", count)) % {
        "count": count
    }
    texts = {
        FallKind.NO_ACTIVITY: _("Accounts without follow-up for %(days)s fall into %(pool)s."),
        FallKind.NO_OPPORTUNITY: _("Accounts without a new opportunity for %(days)s fall into %(pool)s."),
        FallKind.NO_CONTRACT: _("Accounts without a contract for %(days)s fall into %(pool)s."),
        FallKind.CONTRACT_ENDED: _("Accounts whose last contract ended %(days)s ago fall into %(pool)s."),
        FallKind.OWNER_LEFT: _("Accounts whose owner has left fall into %(pool)s."),
    }
    said = [texts[FallKind(rule.kind)] % {"days": days, "pool": rule.pool}]
    if rule.kinds:
        said.append(_("Only %(kinds)s.") % {"kinds": _kinds(rule.kinds)})
    if rule.levels:
        said.append(_("Only level %(levels)s.") % {"levels": _levels(rule.levels)})
    if rule.exempt_levels:
        said.append(_("Never level %(levels)s.") % {"levels": _levels(rule.exempt_levels)})
    if named := [tag.name for tag in (rule.exempt_tags.all() if tags is None else tags)]:
        said.append(_("Never with the tag %(tags)s.") % {"tags": listed(named)})
    if rule.remind_days:
        said.append(
            ngettext("The owner is reminded %(count)d day before.", "The owner is reminded %(count)d days before.", rule.remind_days)
            % {"count": rule.remind_days}
        )
    return " ".join(said)
