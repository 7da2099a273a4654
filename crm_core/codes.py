"""Identifiers of customers: checked and brought into one spelling."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as WrongNumber

HOME_COUNTRY = "CN"
_MOBILE = re.compile(r"(?:\+86 ?)?(1[3-9][0-9]) ?([0-9]{4}) ?([0-9]{4})")


CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z, which are taken for digits or for one another
LOOKS_LIKE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}


def clean_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100) without spaces, its check character verified; '' stays ''.

    The refusal says which character is wrong where that can be told, and carries a ``suggestion`` in its params.
    """
    code = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()
    if not code:
        return ""
    whole = _("“%(code)s” is not a unified social credit code: 18 characters, of which the last checks the others.") % {"code": text.strip()[:40]}
    if len(code) != 18:
        count = _("These are %(count)d.") % {"count": len(code)}
        raise ValidationError(f"{whole} {count}", code="length")
    for place, sign in enumerate(code, start=1):
        if sign not in CREDIT_CHARACTERS:
            alike = LOOKS_LIKE.get(sign, "")
            fixed = code[: place - 1] + alike + code[place:] if alike else ""
            hint = _("Character %(place)d, “%(sign)s”, never stands in such a code; did you mean “%(alike)s”?") if alike else _("Character %(place)d, “%(sign)s”, never stands in such a code.")  # fmt: skip
            words = hint % {"place": place, "sign": sign, "alike": alike}
            raise ValidationError(f"{whole} {words}", code="character", params={"suggestion": fixed if fixed and uscc.is_valid(fixed) else ""})
    if not code[2:8].isdigit():
        place = next(number for number, sign in enumerate(code[2:8], start=3) if not sign.isdigit())
        words = _("Characters 3 to 8 are the district and are digits; character %(place)d is not.") % {"place": place}
        raise ValidationError(f"{whole} {words}", code="district")
    try:
        return str(uscc.validate(code))
    except WrongNumber as error:
        fixed = code[:17] + uscc.calc_check_digit(code[:17])
        hint = _("If the first 17 characters are right, the last one is “%(right)s”, not “%(wrong)s”: %(code)s.") % {
            "right": fixed[-1],
            "wrong": code[-1],
            "code": fixed,
        }
        suggestion = fixed if uscc.is_valid(fixed) else ""
        raise ValidationError(f"{whole} {hint}" if suggestion else whole, code="check", params={"suggestion": suggestion}) from error


def clean_id_number(text: str) -> str:
    """The number of a resident identity card (GB 11643), its birthday and check character verified; '' stays ''."""
    code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not code:
        return ""
    try:
        return str(ric.validate(code))
    except WrongNumber as error:
        raise ValidationError(
            _("This is not the number of an identity card: 18 characters with the birthday inside, of which the last checks the others.")
        ) from error


@lru_cache(maxsize=2_000)
def mask_id_number(code: str) -> str:
    """The number as a screen may show it: the first three and the last two characters."""
    return f"{code[:3]}{'*' * (len(code) - 5)}{code[-2:]}" if len(code) > 5 else "*" * len(code)


def phone_key(text: str) -> str:
    """The number in E.164 (+8613800138000) for comparison, or '' when it is none; Chinese unless it says otherwise."""
    if mobile := _MOBILE.fullmatch(text):  # the most frequent by far, and an import asks for very many
        return f"+86{mobile[1]}{mobile[2]}{mobile[3]}"
    try:
        number = phonenumbers.parse(text, HOME_COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if phonenumbers.is_possible_number(number) else ""


def clean_phone(text: str) -> str:
    """The number as people of that country write it; Chinese unless it begins with + and a country code."""
    if not text.strip():
        return ""
    if mobile := _MOBILE.fullmatch(text.strip()):
        return " ".join(mobile.groups())
    key = phone_key(text)
    if not key:
        raise ValidationError(_("“%(phone)s” is not a phone number. Numbers from abroad begin with + and the country code.") % {"phone": text})
    number = phonenumbers.parse(key)
    shape = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 86 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    shown = str(phonenumbers.format_number(number, shape))
    return f"{shown} ext. {number.extension}" if number.extension and "ext" not in shown else shown


def clean_website(text: str) -> str:
    """The address with its scheme; people leave it out."""
    text = text.strip()
    return text if not text or "://" in text else f"https://{text}"
