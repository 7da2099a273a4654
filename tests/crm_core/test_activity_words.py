"""A follow-up by mail is 邮件 in Chinese, wherever its kind is told; 电子邮箱 is the address."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from crm_core.models import ActivityKind
from crm_core.services.activity import log_activity
from foundation.people.models import User


@pytest.fixture
def client(account, sales_manager, client_of):
    """The browser of a Chinese reader; the customer has one follow-up, by mail."""
    log_activity(account=account, kind="mail", subject="报价已发出", by=sales_manager, now=timezone.now())
    User.objects.filter(pk=sales_manager.pk).update(language="zh-hans")
    return client_of(User.objects.get(pk=sales_manager.pk))


def pages(account):
    return {
        "list and filter": reverse("crm_core:activity_list"),
        "form": reverse("crm_core:activity_log", args=[account.pk]),
        "quick form": reverse("crm_core:activity_create"),
        "change": reverse("crm_core:activity_edit", args=[account.activities.get().pk]),
        "timeline": reverse("crm_core:account_detail", args=[account.pk]),
        "file": f"{reverse('crm_core:activity_list')}?export=csv",
    }


@pytest.mark.parametrize("place", ["list and filter", "form", "quick form", "change", "timeline", "file"])
def test_mail_reads_as_mail(client, account, place):
    response = client.get(pages(account)[place])
    assert response.status_code == 200
    text = (b"".join(response.streaming_content) if response.streaming else response.content).decode("utf-8-sig")
    assert "邮件" in text
    if place in {"list and filter", "form", "quick form", "change"}:
        assert client.get(pages(account)[place]).content.decode().count('value="mail"') == 1
    if place not in {"timeline", "quick form"}:  # where no address of mail stands, nothing reads like one
        assert "电子邮箱" not in text


def test_every_kind_has_a_word_of_its_own_in_both_languages():
    for language, words in (("en", "E-mail"), ("zh-hans", "邮件")):
        with translation.override(language):
            labels = [str(kind.label) for kind in ActivityKind]
            assert (str(ActivityKind.MAIL.label), len(set(labels))) == (words, len(labels))
