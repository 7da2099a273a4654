"""Single sign-on against a real provider on loopback: it finds people who exist and makes nobody."""

from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener  # noqa: TID251  (the browser's part of the exchange)

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

from foundation.people.models import User
from tests.factories.people import UserFactory
from tests.people.oidc_provider import Provider


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def browse(url):
    """Where the provider sends the browser."""
    try:
        build_opener(_NoRedirect).open(url, timeout=5)
    except OSError as answer:
        return answer.headers["Location"]
    raise AssertionError("The provider did not send the browser back.")


@pytest.fixture
def provider(db, settings):
    with Provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "sso",
                        "name": "Company sign-on",
                        "client_id": running.client_id,
                        "secret": running.client_secret,
                        "settings": {"server_url": running.url, "token_auth_method": "client_secret_post"},
                    }
                ],
            }
        }
        yield running


def go(client, target=""):
    """The whole walk: our button, the provider, back to us."""
    start = client.post(f"/accounts/oidc/sso/login/?process=login{target}")
    assert start.status_code == 302
    back = urlsplit(browse(start.url))
    return client.get(f"{back.path}?{back.query}")


def signed_in(client):
    return client.session.get("_auth_user_id")


def test_button_stands_there_only_when_configured(db, client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Company sign-on" not in client.get("/accounts/login/").content.decode()


def test_button_names_the_provider(provider, client):
    assert "Sign in with Company sign-on" in client.get("/accounts/login/").content.decode()


def test_sign_on_links_by_verified_mail_then_by_identity(provider, client):
    mei = UserFactory(username="mei", email="Mei@example.com")
    response = go(client, "&next=/people/")
    assert response.url == "/people/"
    assert signed_in(client) == str(mei.pk)
    assert provider.asked.count("/token") == 1
    assert SocialAccount.objects.get().uid == "42"
    client.post(reverse("account_logout"))
    mei.email = "moved@example.com"
    mei.save()
    provider.person["email_verified"] = False
    go(client)
    assert signed_in(client) == str(mei.pk)


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email_verified": None}, {"email": "nobody@example.com"}, {"email": ""}],
    ids=["unverified", "unsaid", "unknown", "no mail"],
)
def test_sign_on_refuses_and_makes_nobody(provider, client, claims):
    UserFactory(username="mei", email="mei@example.com")
    provider.person |= claims
    before = User.objects.count()
    response = go(client)
    assert response.status_code == 403
    assert "Nobody here has this sign-in" in response.content.decode()
    assert not signed_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_sign_on_does_not_open_the_door_for_the_deactivated(provider, client):
    mei = UserFactory(username="mei", email="mei@example.com")
    go(client)
    client.post(reverse("account_logout"))
    mei.is_active = False
    mei.save()
    assert go(client).status_code == 403
    assert not signed_in(client)


def test_sign_on_with_a_forged_signature_fails(provider, client):
    UserFactory(username="mei", email="mei@example.com")
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    provider.person = {"sub": "42", "email": "mei@example.com", "email_verified": True}
    response = go(client)
    assert not signed_in(client)
    assert response.status_code in {200, 401, 403}


def test_sign_on_with_a_foreign_state_fails(provider, client):
    UserFactory(username="mei", email="mei@example.com")
    start = client.post("/accounts/oidc/sso/login/?process=login")
    back = urlsplit(browse(start.url))
    query = back.query.rsplit("state=", 1)[0] + "state=forged"
    client.get(f"{back.path}?{query}")
    assert not signed_in(client)


def test_sign_on_keeps_the_second_factor(provider, client):
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(UserFactory(username="mei", email="mei@example.com"), "JBSWY3DPEHPK3PXP")
    assert go(client).url == reverse("mfa_authenticate")
    assert not signed_in(client)


def test_sign_on_get_asks_before_it_goes(provider, client):
    response = client.get("/accounts/oidc/sso/login/?process=login")
    assert response.status_code == 200
    assert "Company sign-on" in response.content.decode()
