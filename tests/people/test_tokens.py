"""API tokens: shown once, kept as a fingerprint, bound to the owner's rights, revocable, expiring."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from ninja.errors import HttpError

from foundation.people.models import ApiToken
from foundation.people.tokens import CannotIssue, TokenAuth, issue_token, revoke_token, token_of

PASSWORD = "four-blue-otters-sing"


def issue(owner, scope="read", days=30):
    now = timezone.now()
    return issue_token(owner=owner, name="script", scope=scope, expires_at=now + timedelta(days=days), now=now)


def test_token_is_kept_as_a_fingerprint_only(world):
    token, secret = issue(world.pm)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert len(secret) > 40
    assert token_of(secret, timezone.now()) == token


@pytest.mark.parametrize("change", ["revoked", "expired", "deactivated", "other", "prefix"])
def test_token_stops_working(world, change):
    token, secret = issue(world.pm)
    now = timezone.now()
    if change == "revoked":
        revoke_token(token=token, now=now)
    elif change == "expired":
        now += timedelta(days=31)
    elif change == "deactivated":
        world.pm.is_active = False
        world.pm.save()
    elif change == "other":
        secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    else:
        secret = secret.removeprefix("crm_")
    assert token_of(secret, now) is None


def test_token_authentication_makes_the_owner_the_user_and_reading_stays_reading(world):
    _token, secret = issue(world.pm)
    request = RequestFactory().get("/api/x", headers={"Authorization": f"Bearer {secret}"})
    request.user = SimpleNamespace()
    assert TokenAuth()(request) is not None
    assert request.user == world.pm
    writing = RequestFactory().post("/api/x", headers={"Authorization": f"Bearer {secret}"})
    with pytest.raises(HttpError) as refused:
        TokenAuth()(writing)
    assert refused.value.status_code == 403
    _token, secret = issue(world.pm, scope="write")
    writing = RequestFactory().post("/api/x", headers={"Authorization": f"Bearer {secret}"})
    assert TokenAuth()(writing).owner == world.pm
    assert TokenAuth()(RequestFactory().get("/api/x", headers={"Authorization": "Bearer crm_nonsense"})) is None


def test_token_use_is_noted_at_most_every_five_minutes(world, django_assert_num_queries):
    token, secret = issue(world.pm)
    now = timezone.now()
    token_of(secret, now)
    token_of(secret, now + timedelta(minutes=4))
    token.refresh_from_db()
    assert token.last_used_at == now
    token_of(secret, now + timedelta(minutes=6))
    token.refresh_from_db()
    assert token.last_used_at == now + timedelta(minutes=6)


def test_token_lifetimes_and_numbers_are_limited(world):
    with pytest.raises(CannotIssue):
        issue(world.pm, days=400)
    with pytest.raises(CannotIssue):
        issue(world.pm, days=-1)
    for _number in range(20):
        issue(world.pm)
    with pytest.raises(CannotIssue):
        issue(world.pm)
    issue(world.sales_rep)


def test_token_page_asks_for_the_password_shows_the_secret_once_and_revokes(world):
    world.pm.set_password(PASSWORD)
    world.pm.save()
    client = Client()
    client.post("/accounts/login/", {"login": "pm", "password": PASSWORD})
    asked = client.get(reverse("people:token_create")).url
    assert asked.startswith(reverse("account_reauthenticate"))
    assert client.post(asked, {"password": PASSWORD}).url == reverse("people:token_create")
    assert client.post(reverse("people:token_create"), {"name": "", "scope": "all", "days": "9"}).status_code == 422
    response = client.post(reverse("people:token_create"), {"name": "nightly", "scope": "write", "days": "30"})
    assert response.status_code == 201
    secret = response.context["secret"]
    assert "no-store" in response.headers["Cache-Control"]
    assert response.content.decode().count(secret) == 1
    assert secret not in client.get(reverse("people:token_create")).content.decode()
    assert token_of(secret, timezone.now()).name == "nightly"
    body = client.get(reverse("people:me")).content.decode()
    assert "nightly" in body
    assert secret not in body
    token = ApiToken.objects.get()
    assert client.post(reverse("people:token_revoke", args=[token.pk])).status_code == 302
    assert token_of(secret, timezone.now()) is None
