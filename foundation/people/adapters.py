"""Sign-in rules for django-allauth: nobody signs up, accounts come from the administrator, single sign-on finds them."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from foundation.people.models import User
from foundation.people.network import client_address, network_of

logger = logging.getLogger(__name__)


WRONG = _("Username or password is wrong. Mind upper and lower case.")


class AccountAdapter(DefaultAccountAdapter):
    """Closed to sign-up; throttles by network; links come from the configured address, mails in the person's language."""

    # Unknown person, wrong password and wrong e-mail read alike: who has an account here is nobody's business.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("Enter the password that you have so far."),
        "password_min_length": _("Choose at least {0} characters."),
        "same_as_current": _("This is the password that you have so far."),
        "rate_limited": _("Too many attempts. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("people:me")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's network, which is what throttles count and the list of sessions shows."""
        address = client_address(request)
        if address is None:
            raise PermissionDenied("Unknown client address")
        return network_of(address)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL.rstrip('/')}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that does not answer neither breaks the page nor tells who has an account."""
        person = context.get("user")
        language = getattr(person, "language", None) or translation.get_language()
        with translation.override(language):
            context = {**context, "person": person, "site": str(settings.SITE_TITLE)}
            try:
                super().send_mail(template_prefix, email, context)
            except OSError:
                logger.exception("A sign-in mail could not be sent.")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on recognises a person by the identity linked before, else by a verified e-mail address; it never creates one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                raise ImmediateHttpResponse(self._refuse(request))
            return
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        people = [person for email in verified for person in User.objects.active().filter(email__iexact=email)]
        if len({person.pk for person in people}) != 1:
            raise ImmediateHttpResponse(self._refuse(request))
        sociallogin.connect(request, people[0])
        logger.info("Single sign-on linked to person %s.", people[0].pk)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        return render(request, "socialaccount/refused.html", status=403)


class MFAAdapter(DefaultMFAAdapter):
    """The second factor's sentences."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong or has been used already. Wait for the next one."),
    }
