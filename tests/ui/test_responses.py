"""Refusals, toasts, redirects and error pages."""

import json

import pytest
from django.urls import reverse

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(client_of, developer):
    return client_of(developer)


def test_a_refusal_is_a_page_with_its_sentence(client):
    response = client.post(reverse("ui:gallery_refuse"))
    assert response.status_code == 409
    assert "two criteria are not met" in response.content.decode()


def test_a_refusal_is_a_toast_for_htmx(client):
    response = client.post(reverse("ui:gallery_refuse"), headers=HTMX)
    assert response.status_code == 409
    assert response.content.decode() == "The gate is not ready: two criteria are not met."
    assert json.loads(response.headers["HX-Trigger"])["toast"] == [{"text": "The gate is not ready: two criteria are not met.", "tone": "watch"}]
    assert "two criteria" not in client.get(reverse("ui:gallery_form")).content.decode()  # said once


def test_a_message_waits_for_the_next_page(client):
    response = client.post(reverse("ui:gallery_toast"), {"pk": [1, 2]}, follow=True)
    assert "2 rows were ticked." in response.content.decode()


def test_htmx_is_sent_elsewhere_by_the_browser_not_in_the_fragment(client_of):
    from django.test import Client

    response = Client().get(reverse("ui:gallery_list"), headers={**HTMX, "HX-Current-URL": "http://testserver/gallery/list/?q=x"})
    assert response.status_code == 200
    assert response.headers["HX-Redirect"].startswith("/accounts/login/?next=")
    assert "%3Fq%3Dx" in response.headers["HX-Redirect"]


def test_too_much_at_once_is_said_politely(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post(reverse("ui:gallery_form"), {"name": "x" * 500})
    assert response.status_code == 413
    assert "That is too much at once" in response.content.decode()


@pytest.mark.parametrize(("path", "status", "said"), [("/nowhere/", 404, "This page is not here"), ("/gallery/list/999999/", 404, "This page is not here")])
def test_missing_pages(client, path, status, said):
    response = client.get(path)
    assert response.status_code == status
    assert said in response.content.decode()


def test_forbidden_page(client_of, sales_rep):
    response = client_of(sales_rep).get(reverse("ui:gallery"))
    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()


def test_stale_form(client_of, developer):
    client = client_of(developer, enforce_csrf_checks=True)
    response = client.post(reverse("ui:appearance"), {"theme": "dark"})
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_a_fault_of_ours_speaks_both_languages():
    from django.template.loader import get_template

    html = get_template("500.html").render()
    assert "Something went wrong" in html
    assert "系统内部出错了" in html


class TestOwnSettings:
    def test_language_is_kept_with_the_person(self, client, developer):
        response = client.post(reverse("ui:language"), {"language": "zh-hans", "next": "/search/"})
        assert response.headers["Location"] == "/search/"
        developer.refresh_from_db()
        assert developer.language == "zh-hans"
        assert "搜索" in client.get("/search/").content.decode()

    @pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
    def test_nobody_is_led_away(self, client, away):
        assert client.post(reverse("ui:language"), {"language": "en", "next": away}).headers["Location"] == "/"

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("ui:language", {"language": "xx"}),
            ("ui:appearance", {"theme": "pink"}),
            ("ui:columns", {"list": "../x"}),
            ("ui:view_create", {"list": "é", "name": "x"}),
        ],
    )
    def test_nonsense_is_refused(self, client, name, data):
        assert client.post(reverse(name), data).status_code == 400

    @pytest.mark.parametrize("name", ["ui:language", "ui:appearance", "ui:rail", "ui:columns", "ui:view_create", "ui:gallery_toast"])
    def test_reading_never_writes(self, client, name):
        assert client.get(reverse(name)).status_code == 405

    def test_a_view_without_a_name_is_refused_in_words(self, client):
        response = client.post(reverse("ui:view_create"), {"list": "x.y", "name": " ", "next": "/search/"}, follow=True)
        assert "A view needs a name" in response.content.decode()
