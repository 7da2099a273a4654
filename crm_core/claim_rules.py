"""The arithmetic of claiming: quota per period, cool-down, quiet time. No database here; what is counted and asked comes in.

A verdict names the rule, the values it was decided by, and the moment from which it no longer stands in the way. Values are plain
JSON, so that the ledger keeps them and every reader is told in the own language (crm_core.pool_words).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Verdict:
    """Why something is refused: the rule, its values, and until when."""

    rule: str
    values: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None


def midnight(day: date) -> datetime:
    """The first moment of a day in local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def period_start(period: str, day: date) -> date:
    """The first day of the day, week (from Monday) or month that the day lies in."""
    if period == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period == "week" else day


def next_period(period: str, day: date) -> date:
    """The first day of the following day, week or month."""
    start = period_start(period, day)
    if period == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if period == "week" else 1)


def quota_verdict(*, used: int, quota: int | None, period: str, today: date) -> Verdict | None:
    """Refused once as many accounts were claimed in the period as the quota allows, whatever became of them."""
    if quota is None or used < quota:
        return None
    again = next_period(period, today)
    return Verdict("quota", {"used": used, "quota": quota, "period": period, "day": again.isoformat()}, midnight(again))


def cooldown_verdict(*, rule: str, ended_at: datetime, days: int, now: datetime, person: str = "") -> Verdict | None:
    """Refused to the former owner (or the owner's team) until so many days of 24 hours have passed since the account was given up."""
    until = ended_at + timedelta(days=days)
    if days == 0 or now >= until:
        return None
    return Verdict(rule, {"ended": ended_at.isoformat(), "days": days, "moment": until.isoformat(), "person": person}, until)


def quiet_after_fall_verdict(*, fell_at: datetime | None, hours: int, now: datetime) -> Verdict | None:
    """Refused to everybody in the first hours after an account fell into the pool, so that all have the same chance."""
    if fell_at is None or hours == 0:
        return None
    until = fell_at + timedelta(hours=hours)
    return None if now >= until else Verdict("quiet_after_fall", {"fell": fell_at.isoformat(), "hours": hours, "moment": until.isoformat()}, until)


def quiet_hours_verdict(*, quiet_from: time | None, quiet_to: time | None, now: datetime) -> Verdict | None:
    """Refused between two times of the day; a span that ends before it starts goes over midnight. The end does not belong to it."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return None
    local = timezone.localtime(now)
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet_from > quiet_to
    if not (clock >= quiet_from or clock < quiet_to if over_midnight else quiet_from <= clock < quiet_to):
        return None
    day = local.date() + (ONE_DAY if over_midnight and clock >= quiet_from else timedelta())
    until = timezone.make_aware(datetime.combine(day, quiet_to))
    return Verdict("quiet_hours", {"from": f"{quiet_from:%H:%M}", "to": f"{quiet_to:%H:%M}", "moment": until.isoformat()}, until)


def capacity_verdict(*, owned: int, limit: int | None, name: str, name_en: str, person: str = "") -> Verdict | None:
    """Refused once a person owns as many accounts as the rule (or the person's exemption) allows."""
    if limit is None or owned < limit:
        return None
    return Verdict("capacity", {"owned": owned, "limit": limit, "name": name, "name_en": name_en, "person": person})
