"""E-mail leaves here: at least once, one receiver's trouble never holds up the others, a server that is down loses nothing."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.core.mail import get_connection
from django.db.models import QuerySet
from django.utils import timezone

from foundation.notices.mail import mail_of
from foundation.notices.models import MailState, Notice

LEFT_OVER_AFTER = timedelta(minutes=10)
Progress = Callable[..., None]


def send_mail(*, ids: Iterable[int], progress: Progress) -> dict[str, int]:
    """Send what is still waiting of these notices; raises when the server cannot be reached, what is unsent stays waiting."""
    return _send(Notice.objects.mail_waiting().filter(pk__in=list(ids)), progress)


def send_leftover_mail(*, progress: Progress, now: datetime | None = None) -> dict[str, int]:
    """Send what has waited longer than a job takes: its job was set aside while the server was down."""
    return _send(Notice.objects.mail_waiting().filter(created_at__lt=(now or timezone.now()) - LEFT_OVER_AFTER), progress)


def is_for_good(error: Exception) -> bool:
    """Whether the server refused this one message for good (a 5xx answer), so that trying again is useless."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, SMTPDataError | SMTPSenderRefused) and error.smtp_code >= 500


def _send(notices: QuerySet[Notice], progress: Progress) -> dict[str, int]:
    rows = list(notices.select_related("to", "on_behalf_of", "by").order_by("pk")[:500])
    sent = refused = 0
    if not rows:
        return {"sent": 0, "refused": 0}
    with get_connection() as connection:
        for number, notice in enumerate(rows, 1):
            state = MailState.SENT
            if notice.to.is_active:
                try:
                    mail_of(notice, connection).send()
                except (SMTPRecipientsRefused, SMTPDataError, SMTPSenderRefused, ValueError) as error:
                    if not isinstance(error, ValueError) and not is_for_good(error):
                        raise
                    state = MailState.REFUSED
            else:
                state = MailState.NONE
            Notice.objects.filter(pk=notice.pk).update(mail_state=state, mailed_at=timezone.now() if state == MailState.SENT else None)
            sent, refused = sent + (state == MailState.SENT), refused + (state == MailState.REFUSED)
            progress(number, len(rows))
    return {"sent": sent, "refused": refused}
