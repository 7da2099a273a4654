"""Deactivating a person closes every door at once; two administrators saving one row do not lose each other's work."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.integrity import Stale
from foundation.people.access import access_of
from foundation.people.models import ApiToken, Assignment, Delegation, Department, User
from foundation.people.services.people import CannotDeactivate, Owned, deactivate_person
from foundation.people.services.posts import change_department
from foundation.people.tokens import issue_token, token_of
from tests.at_once import together
from tests.factories.people import DelegationFactory, DepartmentFactory

OWNED = [Owned("Accounts", 7, "/crm/handed/"), Owned("Empty drawers", 0)]


def owned(person):
    return OWNED


def test_deactivation_ends_sessions_tokens_and_deputies(world, client_of, today):
    rep = world.sales_rep
    rep.set_password("four-blue-otters-sing")
    rep.save()
    session = Client()
    session.post("/accounts/login/", {"login": "sales_rep", "password": "four-blue-otters-sing"})
    forced = client_of(rep)
    now = timezone.now()
    _token, secret = issue_token(owner=rep, name="x", scope="read", expires_at=now + timedelta(days=1), now=now)
    DelegationFactory(principal=rep, deputy=world.key_user)
    DelegationFactory(principal=world.pm, deputy=rep)
    assert session.get("/people/me/").status_code == 200
    assert client_of(world.admin).post(reverse("people:person_deactivate", args=[rep.pk])).status_code == 302
    assert session.get("/people/me/").status_code == 302
    assert forced.get("/people/me/").status_code == 302
    assert token_of(secret, now) is None
    assert ApiToken.objects.get().revoked_at is not None
    assert not Delegation.objects.on(today).exists()
    assert access_of(User.objects.get(pk=rep.pk), today).permissions == frozenset()
    assert client_of(world.admin).post(reverse("people:person_activate", args=[rep.pk])).status_code == 302
    assert session.get("/people/me/").status_code == 302
    assert token_of(secret, now) is None


def test_deactivation_page_says_what_would_be_left_behind(world, client_of, settings):
    settings.OWNERSHIP_SOURCES = ["tests.people.test_deactivation.owned"]
    body = client_of(world.admin).get(reverse("people:person_deactivate", args=[world.sales_rep.pk])).content.decode()
    assert "/crm/handed/" in body
    assert "Empty drawers" not in body


def test_deactivation_of_oneself_and_of_the_last_administrator_is_refused(world, client_of):
    assert client_of(world.admin).post(reverse("people:person_deactivate", args=[world.admin.pk])).status_code == 409
    with pytest.raises(CannotDeactivate):
        deactivate_person(person=world.admin, by=world.outsider, now=timezone.now())
    assert User.objects.get(pk=world.admin.pk).is_active


def test_rights_end_with_the_assignment_in_an_open_session(world, client_of, today):
    client = client_of(world.admin)
    assert client.get(reverse("people:person_create")).status_code == 200
    Assignment.objects.filter(user=world.admin).update(ends_on=today - timedelta(days=1))
    assert client.get(reverse("people:person_create")).status_code == 403


def test_two_people_saving_one_department_the_second_is_told(db):
    department = DepartmentFactory(name="一部")
    first, second = Department.objects.get(pk=department.pk), Department.objects.get(pk=department.pk)
    change_department(department=first, by=None, version=1, name="甲")
    with pytest.raises(Stale):
        change_department(department=second, by=None, version=1, name="乙")
    department.refresh_from_db()
    assert (department.name, department.version) == ("甲", 2)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_people_saving_one_department_at_once_one_wins():
    department = DepartmentFactory(name="一部")

    def save(number):
        row = Department.objects.get(pk=department.pk)  # all have read it before one saves
        return lambda: change_department(department=row, by=None, version=1, name=f"名{number}")

    results = together(*map(save, range(4)))
    assert sum(isinstance(result, Stale) for result in results) == 3
    department.refresh_from_db()
    assert department.version == 2
    # The control: without the version all four would have been written, the last one silently.
    with connection.cursor():
        for number in range(4):
            Department.objects.filter(pk=department.pk).update(name=f"名{number}")
    department.refresh_from_db()
    assert department.name == "名3"
