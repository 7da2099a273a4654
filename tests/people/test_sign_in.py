"""The one sign-in path: password, throttles, second factor, reset by mail, and no other way in."""

import hashlib
import re
import time
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from foundation.people.services.people import change_person
from tests.factories.people import UserFactory

PASSWORD = "four-blue-otters-sing"
LOGIN = "/accounts/login/"


@pytest.fixture
def mei(db):
    person = UserFactory(username="mei", email="mei@example.com", display_name="Mei")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client, login="mei", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": login, "password": password}, **extra)


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["mei", "MEI", "mei@example.com", "Mei@Example.com"])
def test_sign_in_by_username_or_email_in_any_case(mei, client, login):
    assert sign_in(client, login).status_code == 302
    assert signed_in(client)


def test_sign_in_gives_the_session_a_new_key(mei, client):
    client.get(LOGIN)
    client.session["before"] = 1
    session = client.session
    session.save()
    old = session.session_key
    client.cookies["sessionid"] = old
    sign_in(client)
    assert client.session.session_key != old
    assert not Client(headers={}).session.exists(old)


def test_sign_in_answers_alike_for_unknown_person_and_wrong_password(mei):
    answers = set()
    for login in ("mei", "nobody-here", "mei@example.com", "nobody@example.com"):
        response = sign_in(Client(), login, "wrong-wrong-wrong")
        body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|X-CSRFToken": "[^"]+"|value="(mei|nobody)[^"]*"', "", response.content.decode())
        answers.add((response.status_code, hashlib.sha256(body.encode()).hexdigest()))
    assert len(answers) == 1


def test_sign_in_leads_only_to_our_own_pages(mei):
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example", "\thttps://evil.example"):
        client = Client()
        response = client.post(LOGIN, {"login": "mei", "password": PASSWORD, "next": target})
        assert not urlsplit(response.url).netloc, target
        assert response.url.startswith("/"), target
    response = Client().post(LOGIN, {"login": "mei", "password": PASSWORD, "next": "/people/"})
    assert response.url == "/people/"


def test_sign_in_is_throttled_per_account_across_networks(mei):
    for number in range(5):
        assert "wrong" in sign_in(Client(), password="no", REMOTE_ADDR=f"203.0.{number}.7").content.decode()
    response = sign_in(Client(), REMOTE_ADDR="198.51.100.9")
    assert response.status_code == 200
    assert "Too many attempts" in response.content.decode()


def test_sign_in_is_not_throttled_before_the_fifth_failure(mei):
    for number in range(4):
        sign_in(Client(), password="no", REMOTE_ADDR=f"203.0.{number}.7")
    client = Client()
    sign_in(client)
    assert signed_in(client)


@pytest.mark.parametrize(("here", "there", "together"), [("203.0.113.{}", "203.0.114.1", True), ("2001:db8:1:2::{}", "2001:db8:1:3::1", True)])
def test_sign_in_is_throttled_per_network(mei, settings, here, there, together):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "5/300s/key,3/300s/ip"}
    for number in range(1, 4):
        sign_in(Client(), login=f"guess{number}", password="no", REMOTE_ADDR=here.format(number))
    assert "Too many attempts" in sign_in(Client(), REMOTE_ADDR=here.format(9)).content.decode()
    client = Client()
    sign_in(client, REMOTE_ADDR=there)
    assert signed_in(client) is together


def test_sign_in_believes_forwarded_addresses_only_from_trusted_proxies(mei, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "5/300s/key,2/300s/ip"}
    for number in range(2):
        sign_in(Client(), login=f"guess{number}", password="no", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.{number}.1")
    assert "Too many attempts" in sign_in(Client(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1").content.decode()
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    client = Client()
    sign_in(client, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.6, 198.51.100.1")
    assert signed_in(client)
    assert UserSession.objects.get(user=mei).ip == "198.51.100.0"


def test_sign_in_without_the_forgery_token_is_refused(mei):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_deactivated_person_cannot_sign_in(mei, client):
    mei.is_active = False
    mei.save()
    assert sign_in(client).url == reverse("account_inactive")
    assert not signed_in(client)
    assert client.get(reverse("account_inactive")).status_code == 200


def test_sign_out_by_post_only(mei, client):
    sign_in(client)
    client.get(reverse("account_logout"))
    assert signed_in(client)
    client.post(reverse("account_logout"))
    assert not signed_in(client)


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "3rdparty/", "3rdparty/signup/", "social/signup/", "sessions/", "login/code/confirm/"]
)
def test_routes_that_do_not_fit_are_closed(mei, client, path):
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}").status_code == 404
    sign_in(client)
    assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/cms/login/", "/cms/logout/", "/cms/password_reset/", "/cms/password_reset/confirm/MQ/x/", "/admin/", "/admin", "/admin/login/"]
)
def test_other_sign_in_pages_lead_to_ours(db, client, path):
    response = client.get(path, {"next": "/cms/"})
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=/cms/"


# --- passwords -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "1qaz2wsx3edc",
        "passwordpassword",
        "qwertyuiop123",
        "Suite-2026-2026",
        "crmsuite123456",
        "aaaaaaaaaaaaaaaa",
        "上线上线上线123456",
        "mei@example.com",
        "123456789012",
    ],
)
def test_password_rules_refuse_what_others_try_first(mei, password):
    with pytest.raises(ValidationError):
        validate_password(password, mei)


@pytest.mark.parametrize("password", [PASSWORD, "x7-" + "otter river " * 10, "春天的花园里有三只水獭唱歌", "correct horse battery staple"])
def test_password_rules_take_long_and_chinese_passwords(mei, password):
    validate_password(password, mei)
    mei.set_password(password)
    mei.save()
    client = Client()
    sign_in(client, password=password)
    assert signed_in(client)


def test_password_change_ends_other_sessions_and_keeps_this_one(mei, client):
    other = Client()
    sign_in(client)
    sign_in(other)
    new = "seven-green-llamas-hum"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), {**data, "oldpassword": "wrong"}).status_code == 200
    assert client.post(reverse("account_change_password"), data).url == reverse("people:me")
    assert client.get("/people/me/").status_code == 200
    assert other.get("/people/me/").status_code == 302


def reset_link(mail):
    return re.search(r"http://\S+", mail.body).group()


def test_password_reset_goes_by_mail_to_the_configured_address_and_works_once(mei, client, mailoutbox, settings):
    settings.BASE_URL = "https://suite.example"
    mei.language = "zh-hans"
    mei.save()
    response = client.post(reverse("account_reset_password"), {"email": "MEI@example.com"}, HTTP_HOST="testserver")
    assert response.url == reverse("account_reset_password_done")
    assert mailoutbox[0].to == ["mei@example.com"]
    link = re.search(r"https://suite\.example(/\S+)", mailoutbox[0].body).group(1)
    assert "Hello" not in mailoutbox[0].body
    page = client.get(link, follow=True)
    action = page.redirect_chain[-1][0]
    weak = client.post(action, {"password1": "short", "password2": "short"})
    assert "12" in weak.content.decode()
    new = "seven-green-llamas-hum"
    assert client.post(action, {"password1": new, "password2": new}).status_code == 302
    client = Client()
    sign_in(client, password=new)
    assert signed_in(client)
    again = Client().get(link, follow=True)
    assert "no longer works" in again.content.decode()


def test_password_reset_says_the_same_for_unknown_addresses_and_sends_nothing(mei, client, mailoutbox):
    known = client.post(reverse("account_reset_password"), {"email": "mei@example.com"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [mail.to for mail in mailoutbox] == [["mei@example.com"]]


def test_password_reset_is_throttled_per_address_and_network(mei, mailoutbox):
    for number in range(5):
        Client().post(reverse("account_reset_password"), {"email": "mei@example.com"}, REMOTE_ADDR=f"203.0.{number}.1")
    assert Client().post(reverse("account_reset_password"), {"email": "mei@example.com"}, REMOTE_ADDR="198.51.100.1").status_code == 429
    assert len(mailoutbox) == 5
    for number in range(10):
        Client().post(reverse("account_reset_password"), {"email": f"a{number}@example.com"}, REMOTE_ADDR=f"192.0.2.{number + 1}")
    assert Client().post(reverse("account_reset_password"), {"email": "b@example.com"}, REMOTE_ADDR="192.0.2.200").status_code == 429


def test_password_reset_survives_a_dead_mail_server(mei, client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert client.post(reverse("account_reset_password"), {"email": "mei@example.com"}).status_code == 302


# --- second factor ---------------------------------------------------------------------------------


def code_now(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def with_second_factor(person):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def test_second_factor_is_set_up_after_the_password_was_entered_again(mei, client, settings):
    sign_in(client)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    response = client.get(reverse("mfa_activate_totp"))
    assert response.url.startswith(reverse("account_reauthenticate"))
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    client.post(response.url, {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.filter(user=mei).exists()
    client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert {row.type for row in Authenticator.objects.filter(user=mei)} == {"totp", "recovery_codes"}
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_index"):
        assert client.get(reverse(name)).status_code == 200, name
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=mei).exists()


def test_second_factor_is_asked_for_and_each_code_works_once(mei, client):
    secret = with_second_factor(mei)
    response = sign_in(client)
    assert response.url == reverse("mfa_authenticate")
    assert not signed_in(client)
    assert client.get("/people/me/").status_code == 302
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    code = code_now(secret)
    before = client.session.session_key
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert signed_in(client)
    assert client.session.session_key != before
    other = Client()
    sign_in(other)
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(other)


def test_second_factor_takes_a_recovery_code_once(mei, client):
    with_second_factor(mei)
    code = Authenticator.objects.get(user=mei, type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert signed_in(client)
    other = Client()
    sign_in(other)
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(other)


def test_second_factor_is_throttled(mei, client):
    secret = with_second_factor(mei)
    sign_in(client)
    for _number in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    response = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert not signed_in(client)
    assert "Too many" in response.content.decode() or response.status_code == 429


def test_administrator_removes_the_second_factor_of_who_lost_the_device(world, client_of):
    with_second_factor(world.sales_rep)
    response = client_of(world.admin).post(reverse("people:person_remove_second_factor", args=[world.sales_rep.pk]))
    assert response.status_code == 302
    assert not Authenticator.objects.filter(user=world.sales_rep).exists()


# --- sessions --------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_from_elsewhere(mei, client):
    other, third = Client(), Client()
    for each in (client, other, third):
        sign_in(each)
    assert len(client.get("/people/me/").context["sessions"]) == 3
    session = UserSession.objects.get(session_key=other.session.session_key)
    stranger = UserFactory()
    foreign = Client()
    foreign.force_login(stranger, backend="foundation.people.backends.RoleBackend")
    assert foreign.post(reverse("people:session_end", args=[session.pk])).status_code == 404
    client.post(reverse("people:session_end", args=[session.pk]))
    assert other.get("/people/me/").status_code == 302
    assert third.get("/people/me/").status_code == 200
    client.post(reverse("people:sessions_end"))
    assert third.get("/people/me/").status_code == 302
    assert client.get("/people/me/").status_code == 200


def test_former_mail_address_opens_nothing(mei, client, world, mailoutbox):
    sign_in(client)
    EmailAddress.objects.get_or_create(user=mei, email="mei@example.com", defaults={"verified": True, "primary": True})
    change_person(person=mei, by=world.admin, version=1, email="mei@new.example.com")
    other = Client()
    sign_in(other, "mei@example.com")
    assert not signed_in(other)
    other.post(reverse("account_reset_password"), {"email": "mei@example.com"})
    assert mailoutbox == []
    sign_in(other, "mei@new.example.com")
    assert signed_in(other)
