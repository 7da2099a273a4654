from datetime import UTC, datetime

import pytest

from docs_site.services import SectionText, create_document, sign_version, submit_version
from foundation.people.models import User

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse battery 9"


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def passwords(world):
    """Everybody can sign: the password is PASSWORD."""
    for user in vars(world).values():
        if isinstance(user, User):
            user.set_password(PASSWORD)
            user.save()
    return PASSWORD


def make_document(by, *, title="项目章程", sections=None, department=None, language="zh-hans"):
    texts = sections or [SectionText("目标", "<p>销售漏斗 100% 可见</p>"), SectionText("范围", "<p>华东 and West</p>")]
    return create_document(title=title, kind="charter", language=language, sections=texts, by=by, now=NOW, department=department)


@pytest.fixture
def document(consultant):
    """A draft of the consultant in the project office."""
    return make_document(consultant)


@pytest.fixture
def version(document, consultant, sponsor, key_user, passwords):
    """Version 1 under review: the sponsor approves, the key user reviews."""
    return submit_version(document=document, signers=[(sponsor, "approved"), (key_user, "reviewed")], by=consultant, now=NOW)


def sign(version, by):
    return sign_version(version=version, content_sha256=version.content_sha256, password=PASSWORD, by=by, now=NOW)


@pytest.fixture
def signed(version, sponsor, key_user):
    """Version 1 signed by both."""
    sign(version, sponsor)
    sign(version, key_user)
    version.refresh_from_db()
    return version


@pytest.fixture
def kept(signed):
    """Version 1 signed, with a PDF that was really rendered."""
    from docs_site.services import render_version

    return render_version(version=signed)
