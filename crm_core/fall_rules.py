"""The arithmetic of falling: since when something is missing, and the day on which an account therefore falls into a pool.

No database here. "N days without" means that N whole days have passed after the day of the last event: an account with a follow-up on
1 October and a limit of 30 days has the days up to 31 October and falls in the night to 1 November. In working days the same is
counted on the working calendar.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from foundation.periods import WorkingCalendar

ONE_DAY = timedelta(days=1)
FAR = 20 * 366


class Rule(Protocol):
    """What a recycle rule says, saved or still being typed."""

    kind: str
    days: int
    in_workdays: bool
    remind_days: int
    kinds: list[str]
    levels: list[str]
    exempt_levels: list[str]
    exempt_open_deals: bool


@dataclass(frozen=True)
class Facts:
    """What is known of an account on the day of the run; ``contract`` is a last day, None for an open end, absent when there is none."""

    kind: str
    level: str
    owned_since: date
    last_activity: date | None = None
    last_opportunity: date | None = None
    open_deals: int = 0
    owner_left: bool = False
    owner: str = ""
    tags: frozenset[int] = frozenset()
    has_contract: bool = False
    contract_end: date | None = None


def falls_on(since: date, days: int, *, calendar: WorkingCalendar | None) -> date:
    """The day after so many (working) days have passed since a day; ``calendar`` only where working days count."""
    if calendar is None:
        return since + timedelta(days=days + 1)
    day, left = since, days
    for _n in range(FAR):
        if left == 0:
            return day + ONE_DAY
        day += ONE_DAY
        left -= calendar.is_workday(day)
    raise ValueError("The working calendar has too few workdays.")


def latest_since(day: date, days: int, *, calendar: WorkingCalendar | None) -> date:
    """The latest day since which something may be missing so that the account falls on ``day`` at the latest."""
    if calendar is None:
        return day - timedelta(days=days + 1)
    since, left = day - ONE_DAY, days
    for _n in range(FAR):
        if left == 0:
            return since
        left -= calendar.is_workday(since)
        since -= ONE_DAY
    raise ValueError("The working calendar has too few workdays.")


def since_of(rule: Rule, facts: Facts) -> date | None:
    """Since when the rule's condition holds; None when it does not hold. An owner's time never begins before the owner's first day."""
    own = facts.owned_since
    if rule.kind == "no_activity":
        return max(own, facts.last_activity or own)
    if rule.kind == "no_opportunity":
        return None if facts.open_deals else max(own, facts.last_opportunity or own)
    if rule.kind == "no_contract":
        return None if facts.has_contract else own
    if rule.kind == "contract_ended":
        return max(own, facts.contract_end) if facts.has_contract and facts.contract_end else None
    return None


def applies(rule: Rule, facts: Facts, exempt_tags: frozenset[int]) -> bool:
    """Whether the rule looks at such an account at all: kinds and levels chosen, levels and tags left out, open deals left out quietly."""
    if rule.kinds and facts.kind not in rule.kinds or rule.levels and facts.level not in rule.levels:
        return False
    if facts.level and facts.level in rule.exempt_levels or facts.tags & exempt_tags:
        return False
    return not (facts.open_deals and rule.exempt_open_deals)


def due(rule: Rule, facts: Facts, *, today: date, calendar: WorkingCalendar) -> tuple[date, dict[str, Any]] | None:
    """The day on which the account falls by the rule, and the values that say why; None when the rule does not touch it."""
    if rule.kind == "owner_left":
        return (today, {"person": facts.owner}) if facts.owner_left else None
    since = since_of(rule, facts)
    if since is None:
        return None
    day = falls_on(since, rule.days, calendar=calendar if rule.in_workdays else None)
    return day, {"since": since.isoformat(), "days": rule.days, "in_workdays": rule.in_workdays, "falls_on": day.isoformat()}
