import pytest

from foundation.notices.kinds import NoticeKind
from tests.notices.mail_server import MailServer

SAMPLE_KINDS = [
    NoticeKind("answered", "Answered"),
    NoticeKind("quiet", "Quiet", channel="inbox"),
    NoticeKind("daily", "Daily", rhythm="daily"),
    NoticeKind("weekly", "Weekly", rhythm="weekly"),
    NoticeKind("must", "Must", must=True),
]


@pytest.fixture(autouse=True)
def sample_kinds(settings):
    settings.NOTICE_KINDS = [*settings.NOTICE_KINDS, "tests.notices.conftest.SAMPLE_KINDS"]
    settings.JOB_RETRY_SECONDS = 0
    settings.DIGEST_SOURCES = []


@pytest.fixture
def mail_server(settings):
    with MailServer() as server:
        point_mail(settings, server.port)
        yield server


def point_mail(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
