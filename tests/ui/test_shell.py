"""The frame: what one may open is offered, nothing else; search and palette."""

import pytest
from django.urls import reverse

from suite import shell
from tests.factories.people import DelegationFactory


def rail(client):
    html = client.get("/search/").content.decode()
    return html.split('<nav class="rail"')[1].split("</nav>")[0]


def test_a_person_sees_only_what_the_role_opens(client_of, world):
    assert "Components" in rail(client_of(world.developer))
    assert "Components" not in rail(client_of(world.sales_rep))
    assert reverse("jobs:job_list") in rail(client_of(world.admin))
    assert reverse("jobs:job_list") not in rail(client_of(world.sales_rep))


def test_at_most_seven_items_in_a_group(world):
    from types import SimpleNamespace

    for person in vars(world).values():
        if hasattr(person, "username"):
            groups = shell.Shell(SimpleNamespace(user=person, path="/", get_full_path=lambda: "/")).groups
            assert all(0 < len(group.items) <= shell.MAX_ITEMS for group in groups), person


def test_items_of_apps_that_are_not_there_are_left_out(client_of, world, monkeypatch):
    monkeypatch.setattr(shell, "ITEMS", (("today", "home", "Nowhere", "nowhere:at_all", "", ""), ("today", "home", "Somewhere", "home", "", ""), *shell.ITEMS))
    shell._offer.cache_clear()
    shown = rail(client_of(world.admin))
    shell._offer.cache_clear()
    assert "Somewhere" in shown
    assert "Nowhere" not in shown


def test_what_a_role_is_offered_is_kept_apart_by_language_and_verbs(client_of, world):
    client = client_of(world.sales_rep)
    world.sales_rep.language = "zh-hans"
    world.sales_rep.save()
    assert "客户" in rail(client)
    assert "Components" in rail(client_of(world.developer))
    world.sales_rep.language = "en"
    world.sales_rep.save()
    assert "Accounts" in rail(client)
    assert "Components" not in rail(client)


def test_the_current_page_is_marked_and_is_the_breadcrumb(client_of, world):
    html = client_of(world.developer).get(reverse("ui:gallery_list")).content.decode()
    assert html.count("rail-link is-active") == 1
    assert '<li class="crumb"><span aria-current="page">Components</span></li>' in html


def test_a_deputy_has_a_frame(client_of, world):
    DelegationFactory(principal=world.sales_manager, deputy=world.sales_rep)
    html = client_of(world.sales_rep).get("/search/").content.decode()
    assert "frame-deputy" in html
    assert "Sales Manager" in html
    assert "frame-deputy" not in client_of(world.other_rep).get("/search/").content.decode()


@pytest.mark.parametrize("path", ["/", "/search/", "/search/?q=%00", "/search/?q=" + "x" * 5000, "/search/?q=a&kind=people.user", "/search/palette/?q=%F0"])
def test_pages_of_the_shell_answer(client_of, world, path):
    for person in (world.admin, world.sales_rep, world.pm, world.outsider):
        assert client_of(person).get(path).status_code == 200


def test_palette_finds_pages_in_both_scripts(client_of, world):
    client = client_of(world.developer)
    assert "Inbox" in client.get("/search/palette/?q=inb").content.decode()
    world.developer.language = "zh-hans"
    world.developer.save()
    client = client_of(world.developer)
    for asked in ("首页", "shouye", "sy"):
        assert "首页" in client.get("/search/palette/", {"q": asked}).content.decode()


def test_palette_offers_no_page_that_one_may_not_open(client_of, world):
    assert "Components" not in client_of(world.sales_rep).get("/search/palette/?q=comp").content.decode()


def test_home_sorts_what_waits_by_day(client_of, world, settings, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    from suite.views import home

    today = timezone.localdate()
    items = [
        {"title": "Later", "url": "/a/", "due": None, "kind": "", "tone": ""},
        {"title": "Late", "url": "/b/", "due": today - timedelta(days=2), "kind": "Task", "tone": "bad"},
        {"title": "Soon", "url": "/c/", "due": timezone.now(), "kind": "", "tone": ""},
    ]
    monkeypatch.setattr(home, "import_string", lambda _dotted: lambda _user: items)
    settings.WAITING_SOURCES = ["one"]
    html = client_of(world.sales_rep).get("/").content.decode()
    assert html.index(">Late<") < html.index(">Soon<") < html.index(">Later<")
    assert "Overdue" in html


def test_strict_policy_and_a_nonce_on_every_script(client_of, world):
    response = client_of(world.developer).get(reverse("ui:gallery"))
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'nonce-" in policy
    html = response.content.decode()
    assert html.count("<script") == html.count("<script nonce=") + html.count('<script defer nonce="') + html.count('<script type="module" nonce="')
    assert " onclick=" not in html
    assert "javascript:" not in html
