"""Password rules beyond Django's: no words that everybody here would try first."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words of this house and habits of this country; a password that is one of them plus digits and signs is refused.
CONTEXT_WORDS = (
    "suite",
    "rollout",
    "rolloutsuite",
    "crm",
    "crmsuite",
    "kehu",
    "guanli",
    "shangxian",
    "admin",
    "administrator",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "welcome",
    "mima",
    "woaini",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "letmein",
    "changeme",
    "iloveyou",
    "beijing",
    "shanghai",
    "shenzhen",
    "guangzhou",
    "wasd",
    "1qaz2wsx",
    "qazwsx",
    "上线",
    "客户",
    "密码",
)
LEFTOVER = 6


class ContextWordsValidator:
    """Refuses passwords that are a word of this house, repeated or decorated with a few digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        plain = unicodedata.normalize("NFKC", password).casefold()
        rest = plain
        for word in sorted(CONTEXT_WORDS, key=len, reverse=True):
            rest = rest.replace(word, "")
        letters = re.sub(r"[\W\d_]+", "", rest)
        if rest != plain and len(letters) < LEFTOVER:
            raise ValidationError(_("This password is built on a word that others would try first. Use several unrelated words."), code="password_context")
        if len(set(plain)) < 5:
            raise ValidationError(_("This password repeats too few characters."), code="password_repeats")

    def get_help_text(self) -> str:
        return _("Not built on the name of the suite, of the company or on a common word.")
