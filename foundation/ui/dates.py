"""Dates, times and money as people say them, in the language in force."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, ngettext


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")


def _day(day: date, today: date) -> str:
    """12 Nov, with the year only when it is another one."""
    chinese = (get_language() or "").startswith("zh")
    if chinese:
        return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"
    return formats.date_format(day, "j M") if day.year == today.year else formats.date_format(day, "j M Y")


def say_day(day: date, today: date | None = None) -> str:
    """Yesterday, today, tomorrow, otherwise the day of the month; the year only when it is not this one."""
    today = today or timezone.localdate()
    days = (day - today).days
    if abs(days) > 1:
        return _day(day, today)
    return (gettext("today"), gettext("tomorrow"), gettext("yesterday"))[days]


def say_moment(moment: datetime, now: datetime | None = None) -> str:
    """Minutes and hours ago for the last hours, then the day with the clock, then the day alone."""
    zone = timezone.get_current_timezone()
    now = (now or timezone.now()).astimezone(zone)
    moment = moment.astimezone(zone) if timezone.is_aware(moment) else timezone.make_aware(moment)
    passed = now - moment
    if timedelta(0) <= passed < timedelta(minutes=1):
        return gettext("just now")
    if timedelta(0) < passed < timedelta(hours=1):
        minutes = int(passed.total_seconds() // 60)
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    days = (moment.date() - now.date()).days
    if abs(days) <= 1:
        return f"{say_day(moment.date(), now.date())} {_clock(moment)}"
    if abs(days) < 30:
        return f"{_day(moment.date(), now.date())} {_clock(moment)}"
    return _day(moment.date(), now.date())


def exact(value: date) -> str:
    """The full date, with the minute when there is one, for the hover."""
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.strftime("%Y-%m-%d %H:%M")
    return value.isoformat()


def say(value: date) -> str:
    """A day or a moment as people say it."""
    return say_moment(value) if isinstance(value, datetime) else say_day(value)


def say_money(amount: Any, currency: str = "CNY") -> str:
    """An amount with the currency's sign in the language in force; whole amounts without cents."""
    amount = Decimal(str(amount))
    locale = "zh_Hans_CN" if (get_language() or "").startswith("zh") else "en_GB"
    pattern = "¤#,##0" if amount == amount.to_integral_value() else None
    return format_currency(amount, currency or "CNY", pattern, locale=locale, currency_digits=pattern is None).replace("CN¥", "¥")
