from datetime import timedelta

from foundation.people.access import access_of
from foundation.people.models import Assignment
from tests.factories.people import DelegationFactory, DepartmentFactory, person


def test_access_roles_follow_assignments_as_of_a_day(world, today):
    row = Assignment.objects.get(user=world.sales_rep)
    row.ends_on = today - timedelta(days=1)
    row.save()
    assert access_of(world.sales_rep, today).role_keys == frozenset()
    assert access_of(world.sales_rep, today - timedelta(days=1)).role_keys == {"sales_rep"}


def test_access_deputy_has_the_rights_of_the_absent_person_only_while_away(world, today):
    DelegationFactory(principal=world.sales_manager, deputy=world.key_user, starts_on=today, ends_on=today + timedelta(days=3))
    assert "sales_manager" in access_of(world.key_user, today).role_keys
    assert "sales_manager" not in access_of(world.key_user, today + timedelta(days=4)).role_keys


def test_access_report_ids_reach_every_depth(world, today):
    rep_post = Assignment.objects.get(user=world.sales_rep).position
    junior = person("junior", "sales_rep", world.team_a, reports_to=rep_post)
    assert access_of(world.sales_manager, today).report_ids == {world.sales_rep.pk, world.other_rep.pk, junior.pk}


def test_department_path_moves_with_its_parent(world):
    child = DepartmentFactory(parent=world.team_a)
    world.team_a.parent = world.west
    world.team_a.save()
    child.refresh_from_db()
    assert child.path == f"{world.group.pk}.{world.west.pk}.{world.team_a.pk}.{child.pk}."
    assert child.business_unit == world.west


def test_access_of_a_deactivated_person_is_empty(world, today):
    world.pm.is_active = False
    assert access_of(world.pm, today).posts == []
