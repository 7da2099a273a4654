"""Identifiers of customers: checked and brought into one spelling."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as WrongNumber

HOME_COUNTRY = "CN"


def clean_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100) without spaces, its check character verified; '' stays ''."""
    if not text.strip():
        return ""
    try:
        return str(uscc.validate(text))
    except WrongNumber as error:
        raise ValidationError(
            _("“%(code)s” is not a unified social credit code: 18 characters, of which the last checks the others.") % {"code": text}
        ) from error


def phone_key(text: str) -> str:
    """The number in E.164 (+8613800138000) for comparison, or '' when it is none; Chinese unless it says otherwise."""
    try:
        number = phonenumbers.parse(text, HOME_COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if phonenumbers.is_possible_number(number) else ""


def clean_phone(text: str) -> str:
    """The number as people of that country write it; Chinese unless it begins with + and a country code."""
    if not text.strip():
        return ""
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
