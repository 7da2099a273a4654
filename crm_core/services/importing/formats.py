"""In which order a column writes days and in which form it writes amounts: told by the whole column, or asked, never guessed."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

EXAMPLES = 4
EACH = "each"  # what a person says of a column that mixes orders: take the cells that leave no doubt, refuse the others


class DateOrder(models.TextChoices):
    YMD = "ymd", _("Year, month, day: 2024-04-03")
    DMY = "dmy", _("Day, month, year: 3/4/2024 is 3 April")
    MDY = "mdy", _("Month, day, year: 4/3/2024 is 3 April")
    SERIAL = "serial", _("Days counted by a spreadsheet: 45385")


class MoneyForm(models.TextChoices):
    POINT = "point", _("1,234.50: the point divides")
    COMMA = "comma", _("1.234,50: the comma divides")


_YMD = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*(?:[ T]?\s*(\d{1,2})[:时](\d{2})(?:[:分](\d{2}))?)?")
_COMPACT = re.compile(r"^(19|20)(\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_XXY = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?$")
_SERIAL = re.compile(r"^[23456]\d{4}(\.\d+)?$")
_NUMBER = re.compile(r"^[-+(]?\s*(?:[¥￥$€£]|rmb|cny|usd|eur|hkd)?\s*[-+]?[\d.,' ]*\d[\d.,' ]*\s*(?:[kKmM]|[十百千万萬亿億]+)?\s*(?:元|圆|块|¥|rmb|cny|usd|eur|€)?\s*(?:整|正)?\)?$", re.IGNORECASE)  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000, "k": 1_000, "m": 1_000_000}
_FIRST = frozenset("0123456789-+(¥￥$€£rRcCuUeEhH０１２３４５６７８９")


@dataclass
class ColumnShape:
    """What one column shows of its days and amounts while the file is read."""

    filled: int = 0
    ymd: int = 0
    loose: int = 0
    serial: int = 0
    day_first: int = 0
    month_first: int = 0
    unclear_days: int = 0
    money: int = 0
    point: int = 0
    comma: int = 0
    unclear_money: int = 0
    examples: list[str] = field(default_factory=list)

    def see(self, text: str) -> None:
        """Count one cell."""
        if not text:
            return
        self.filled += 1
        if text[0] not in _FIRST or len(text) > 40:
            return
        if _YMD.match(text) or _COMPACT.match(text):
            self.ymd += 1
        elif found := _XXY.match(text):
            self._see_loose(text, int(found[1]), int(found[2]))
        else:
            self._see_number(text)

    def _see_loose(self, text: str, first: int, second: int) -> None:
        self.loose += 1
        if first > 12 >= second:
            self.day_first += 1
        elif second > 12 >= first:
            self.month_first += 1
        elif first != second:
            self.unclear_days += 1
            self._keep(text)

    def _see_number(self, text: str) -> None:
        if _SERIAL.match(text):
            self.serial += 1
        if not _NUMBER.match(text) or sum(c.isdigit() for c in text) > 15:
            return
        self.money += 1
        form = form_of(text)
        if form == MoneyForm.POINT:
            self.point += 1
        elif form == MoneyForm.COMMA:
            self.comma += 1
        elif form == "?":
            self.unclear_money += 1
            self._keep(text)

    def _keep(self, text: str) -> None:
        if len(self.examples) < EXAMPLES and text not in self.examples:
            self.examples.append(text)

    def verdict(self) -> dict[str, Any]:
        """The column's order and form as the batch keeps them; '' where only a person can say."""
        if not self.filled:
            return {}
        found: dict[str, Any] = {}
        if (self.ymd + self.loose) * 2 >= self.filled:
            found = {"dates": self.order(), "ask": bool(self.loose and not self.order()), "mixed": bool(self.day_first and self.month_first)}
        elif self.serial * 2 >= self.filled:
            found = {"serial": True}
        if not found.get("dates") and "ask" not in found and self.money * 2 >= self.filled and (self.point or self.comma or self.unclear_money):
            found |= {"money": self.form(), "ask_money": not self.form()}
        return found | {"examples": self.examples} if found else {}

    def order(self) -> str:
        """Day or month first: cells beyond 12 tell it for the whole column, unless they contradict each other."""
        if self.loose == 0:
            return DateOrder.YMD
        if self.day_first and not self.month_first:
            return DateOrder.DMY
        if self.month_first and not self.day_first:
            return DateOrder.MDY
        return "" if self.unclear_days or self.day_first else DateOrder.DMY

    def form(self) -> str:
        """Which sign divides: told by cells that leave no choice."""
        if self.point and not self.comma:
            return MoneyForm.POINT
        if self.comma and not self.point:
            return MoneyForm.COMMA
        return "" if self.unclear_money or self.point else MoneyForm.POINT


# --- one cell ------------------------------------------------------------------------------------
def moment_of(text: str, order: str = "") -> datetime | None:
    """A day or moment; of 3/4/2024 nobody knows whether it is March or April unless the column's order is known."""
    if not text:
        return None
    try:
        if found := _YMD.match(text):
            return _made(*[int(part or 0) for part in found.groups()])
        if found := _COMPACT.match(text):
            return _made(int(found[1] + found[2]), int(found[3]), int(found[4]))
        if found := _XXY.match(text):
            return _loose(found, text, order)
        if order == DateOrder.SERIAL and _SERIAL.match(text):
            return timezone.make_aware(datetime(1899, 12, 30) + timedelta(days=int(float(text))))  # noqa: DTZ001
    except (ValueError, OverflowError):
        pass
    raise ValidationError(gettext("“%(text)s” is not a day. Write it as 2024-04-03.") % {"text": text})


def _loose(found: re.Match[str], text: str, order: str) -> datetime:
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if order not in {DateOrder.DMY, DateOrder.MDY}:
        if first <= 12 and second <= 12 and first != second:
            raise ValidationError(
                gettext("“%(text)s” may be two different days. Say which order this column uses, or write it as 2024-04-03.") % {"text": text}
            )
        order = DateOrder.DMY if first > 12 else DateOrder.MDY
    day, month = (first, second) if order == DateOrder.DMY else (second, first)
    hour = int(found[4] or 0)
    if found[7]:
        hour = hour % 12 + (12 if found[7].lower() == "pm" else 0)
    return _made(year, month, day, hour, int(found[5] or 0), int(found[6] or 0))


def _made(*numbers: int) -> datetime:
    return timezone.make_aware(datetime(*numbers))  # type: ignore[arg-type]  # noqa: DTZ001


def form_of(text: str) -> str:
    """Which sign divides in one amount: point, comma, '?' when both are possible, '' when there is none."""
    digits = re.sub(r"[^\d.,]", "", unicodedata.normalize("NFKC", text))
    point, comma = digits.rfind("."), digits.rfind(",")
    if point < 0 and comma < 0:
        return ""
    if point >= 0 and comma >= 0:
        return MoneyForm.POINT if point > comma else MoneyForm.COMMA
    sign, place = (".", point) if point >= 0 else (",", comma)
    divides, groups = (MoneyForm.POINT, MoneyForm.COMMA) if sign == "." else (MoneyForm.COMMA, MoneyForm.POINT)
    if digits.count(sign) > 1:
        return groups
    return "?" if len(digits) - place - 1 == 3 and 0 < place <= 3 and digits[:place] != "0" else divides


def amount_of(text: str, form: str = "") -> Decimal | None:
    """An amount with its currency sign and unit (12万, ¥1,234.50, 1.234,50 €); refuses what could be two amounts."""
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _NUMBER.match(plain):
        raise ValidationError(gettext("“%(text)s” is not an amount. Write it as 1234.50.") % {"text": text})
    found = form_of(plain)
    if found == "?":
        if form not in MoneyForm.values:
            raise ValidationError(
                gettext("“%(text)s” may be two different amounts. Say which sign divides in this column, or write it as 1234.50.") % {"text": text}
            )
        found = form
    digits = re.sub(r"[^\d.,]", "", plain)
    group, divider = (".", ",") if found == MoneyForm.COMMA else (",", ".")
    try:
        amount = Decimal(digits.replace(group, "").replace(divider, "."))
    except InvalidOperation as error:
        raise ValidationError(gettext("“%(text)s” is not an amount. Write it as 1234.50.") % {"text": text}) from error
    for sign in re.findall(r"[十百千万萬亿億]|(?<=\d)[km](?![a-z])", plain):
        amount *= _UNITS[sign]
    is_negative = plain.startswith(("-", "(")) or re.match(r"^[^\d]*-", plain) is not None
    return -amount if is_negative else amount
