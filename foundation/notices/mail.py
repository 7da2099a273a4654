"""One e-mail per notice or digest: plain text and simple HTML, links from the configured address."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from foundation.notices.models import Notice
from foundation.people.models import User

AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def absolute(url: str) -> str:
    """A path of this suite as a full address; the host comes from settings, never from a request."""
    return settings.BASE_URL.rstrip("/") + url if url else ""


def mail_of(notice: Notice, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """The e-mail of one notice; its Message-ID is the same at every try, so that a repeated one is recognised."""
    with translation.override(notice.language):
        return message(
            to=notice.to,
            subject=notice.subject,
            template="notices/mail/notice",
            context={"notice": notice, "link": absolute(notice.url)},
            message_id=f"notice-{notice.pk}",
            connection=connection,
        )


def message(*, to: User, subject: str, template: str, context: dict[str, Any], message_id: str, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """A message in the language in force, from a text and an HTML template of the same name."""
    context = {**context, "to": to, "preferences_link": absolute("/inbox/preferences/"), "language": translation.get_language()}
    host = settings.BASE_URL.split("//")[-1].split("/")[0].split(":")[0]
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context),
        to=[to.email],
        headers={**AUTOMATIC, "Message-ID": f"<{message_id}@{host}>"},
        connection=connection,
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return mail
