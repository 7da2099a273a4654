"""Wagtail's admin: open to whose role writes pages, today; its own policy; no members in Wagtail's groups."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from foundation.people import access
from foundation.people.cms import lend_group
from foundation.people.models import Assignment, User


def writer(world, monkeypatch, settings):
    settings.CMS_PERMISSION = "people.add_user"
    return User.objects.get(pk=world.admin.pk)


def test_writer_may_enter_and_edit_pages(world, monkeypatch, settings):
    from wagtail.models import Page

    person = writer(world, monkeypatch, settings)
    assert person.has_perm("wagtailadmin.access_admin")
    page = Page.objects.order_by("depth").first()
    lend_group(person)
    assert page.permissions_for_user(person).can_add_subpage()
    assert not person.groups.exists()
    assert Group.objects.filter(name=settings.CMS_GROUP).exists()


def test_writer_who_left_the_post_may_not(world, monkeypatch, settings, today):
    writer(world, monkeypatch, settings)
    Assignment.objects.filter(user=world.admin).update(ends_on=today - timedelta(days=1))
    assert not User.objects.get(pk=world.admin.pk).has_perm("wagtailadmin.access_admin")


def test_reader_may_not(world, settings):
    assert not world.sales_rep.has_perm("wagtailadmin.access_admin")
    assert settings.CMS_PERMISSION not in access.access_of(world.sales_rep).permissions


@pytest.mark.parametrize(("path", "relaxed"), [("/cms/", True), ("/cms/login/", False), ("/people/", False), ("/accounts/login/", False)])
def test_policy_is_relaxed_only_inside_the_cms(world, client, path, relaxed):
    policy = client.get(path).headers["Content-Security-Policy"]
    script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert ("'unsafe-inline'" in script) is relaxed
    assert "object-src 'none'" in policy
