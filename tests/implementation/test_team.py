"""The team: dated membership, vacancies, overload, hand-over of the lead."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from implementation import services
from implementation.models import Rollout, TeamMember, TeamRole, overloads, vacancies
from tests.factories.implementation import RolloutFactory, TeamMemberFactory
from tests.implementation.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def names(rollout):
    return sorted(f"{one.role.value}:{one.department.code if one.department else ''}" for one in vacancies(rollout, TODAY))


def test_vacancies_by_role_and_department(rollout, world):
    assert names(rollout) == ["deputy:E-SALES", "deputy:W-SALES"]
    rollout.team.filter(role="developer").delete()
    rollout.team.filter(user=world.liaison).delete()
    assert names(rollout) == ["deputy:E-SALES", "deputy:W-SALES", "developer:", "liaison:E-SALES"]


def test_a_deactivated_person_leaves_a_vacancy(rollout, world):
    world.developer.is_active = False
    world.developer.save()
    assert "developer:" in names(rollout)


def test_membership_counts_from_first_to_last_day(rollout, world):
    member = rollout.team.get(user=world.developer)
    member.ends_on = TODAY
    member.save()
    assert "developer:" not in names(rollout)
    assert any(one.role == TeamRole.DEVELOPER for one in vacancies(rollout, TODAY + timedelta(days=1)))


def test_overload_adds_open_rollouts_only(rollout, world):
    TeamMemberFactory(rollout=RolloutFactory(state="closed"), user=world.consultant, share=100)
    assert overloads(rollout, TODAY) == []
    TeamMemberFactory(rollout=RolloutFactory(), user=world.consultant, share=100)
    assert [(one.user, one.share, one.rollouts) for one in overloads(rollout, TODAY)] == [(world.consultant, 120, 2)]


def test_liaisons_for_a_department_nearest_first(rollout, world):
    above = TeamMemberFactory(rollout=rollout, user=world.sales_manager, role=TeamRole.LIAISON, department=world.east)
    found = list(TeamMember.objects.liaisons_for(world.team_a, TODAY))
    assert [one.user for one in found] == [world.liaison, world.sales_manager]
    assert found[-1] == above


def test_a_liaison_needs_a_department(rollout, pm, key_user, client_of):
    url = reverse("implementation:member_create", args=[rollout.pk])
    data = {"user": key_user.pk, "role": "liaison", "share": 10, "starts_on": "2026-11-23"}
    assert client_of(pm).post(url, data).status_code == 422
    assert client_of(pm).post(url, {**data, "department": rollout.departments.first().pk}).status_code == 302


def test_nobody_holds_a_role_twice(rollout, pm, consultant, client_of):
    url = reverse("implementation:member_create", args=[rollout.pk])
    refused = client_of(pm).post(url, {"user": consultant.pk, "role": "consultant", "share": 10, "starts_on": "2026-11-23"})
    assert refused.status_code in (409, 422)
    assert rollout.team.filter(user=consultant).count() == 1


def test_leaving_ends_yesterday_and_leaders_cannot_leave(rollout, pm, trainer):
    member = rollout.team.get(user=trainer)
    services.end_membership(member=member, sent_version=1, by=pm, today=TODAY)
    assert TeamMember.objects.get(pk=member.pk).ends_on == TODAY - timedelta(days=1)
    lead = rollout.team.get(role="project_manager")
    with pytest.raises(services.CannotChangeTeam, match="leads this rollout"):
        services.end_membership(member=lead, sent_version=lead.version, by=pm, today=TODAY)


def test_a_new_manager_takes_the_seat(rollout, pm, consultant):
    services.change_rollout(
        rollout=Rollout.objects.get(pk=rollout.pk), sent_version=1, values={"project_manager": consultant}, departments=None, by=pm, now=NOW
    )
    seats = rollout.team.filter(role="project_manager")
    assert list(seats.on(TODAY).values_list("user", flat=True)) == [consultant.pk]
    assert seats.get(user=pm).ends_on == date(2026, 11, 22)


def test_team_page_names_who_is_missing(rollout, pm, client_of):
    body = client_of(pm).get(rollout.team_url).content.decode()
    assert "2 roles are empty" in body
    assert "Liaison&#x27;s deputy · East sales" in body
