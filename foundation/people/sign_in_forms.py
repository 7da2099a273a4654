"""allauth's forms in this house's words."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

NEW_PASSWORD_HELP = _("At least 12 characters. Several unrelated words make a good password.")


class Worded:
    """Labels and help by field name; no placeholders, which vanish while one types."""

    words: dict[str, tuple[Any, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                field.label, field.help_text = self.words[name]


class LoginForm(Worded, account.LoginForm):
    words = {"login": (_("Username or e-mail"), ""), "password": (_("Password"), "")}


class ResetPasswordForm(Worded, account.ResetPasswordForm):
    words = {"email": (_("E-mail address"), "")}


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):
    words = {"password1": (_("New password"), NEW_PASSWORD_HELP), "password2": (_("New password once more"), "")}


class ChangePasswordForm(Worded, account.ChangePasswordForm):
    words = {
        "oldpassword": (_("Password so far"), ""),
        "password1": (_("New password"), NEW_PASSWORD_HELP),
        "password2": (_("New password once more"), ""),
    }


class SetPasswordForm(Worded, account.SetPasswordForm):
    words = {"password1": (_("New password"), NEW_PASSWORD_HELP), "password2": (_("New password once more"), "")}


class ReauthenticateForm(Worded, account.ReauthenticateForm):
    words = {"password": (_("Password"), "")}


class CodeForm(Worded, mfa.AuthenticateForm):
    words = {"code": (_("One-time code"), "")}


class CodeAgainForm(Worded, mfa.ReauthenticateForm):
    words = {"code": (_("One-time code"), "")}


class ActivateTOTPForm(Worded, totp.ActivateTOTPForm):
    words = {"code": (_("Six digits"), "")}
