"""The navigation is true: every name leads somewhere, every permission is somebody's, and each role sees its work and no more."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from foundation.people.access import roles
from suite import shell
from tests.factories.people import DepartmentFactory, person

GROUPS = {
    "sponsor": ["today", "rollout", "insight", "customers", "learn", "feedback"],
    "project_manager": ["today", "rollout", "feedback", "insight", "customers", "learn", "admin"],
    "consultant": ["today", "rollout", "feedback", "learn", "insight"],
    "developer": ["today", "feedback", "rollout", "learn", "insight", "admin"],
    "liaison": ["today", "feedback", "rollout", "learn", "insight"],
    "key_user": ["today", "customers", "rollout", "learn", "feedback"],
    "trainer": ["today", "learn", "rollout", "feedback"],
    "sales_rep": ["today", "customers", "learn", "feedback"],
    "sales_manager": ["today", "customers", "learn", "feedback", "insight"],
    "marketing": ["today", "customers", "learn", "feedback"],
    "service_agent": ["today", "customers", "feedback", "learn"],
    "finance": ["today", "customers", "learn", "feedback"],
    "executive": ["today", "rollout", "insight", "customers", "learn", "feedback"],
    "administrator": ["today", "admin", "rollout", "learn", "feedback", "insight"],
    "auditor": ["today", "rollout", "insight", "customers", "learn", "feedback", "admin"],
}
DESKS = {
    "sales_rep": ["feedback:ticket_list"],
    "liaison": ["feedback:liaison_desk", "feedback:ticket_list"],
    "developer": ["feedback:liaison_desk", "feedback:team_desk", "feedback:ticket_list"],
    "trainer": ["feedback:ticket_list"],
}


def rail_of(role: str) -> shell.Shell:
    user = person(f"one_{role}", role, DepartmentFactory())
    return shell.Shell(SimpleNamespace(user=user, path="/", get_full_path=lambda: "/"))


def test_every_name_leads_somewhere():
    names = {name for _group, _icon, _label, name, *_rest in shell.ITEMS}
    names |= {name for _icon, _label, name, _permission, _group in shell.CREATES} | {name for _icon, _label, name in shell.ME_LINKS}
    for name in sorted(names):
        assert reverse(name), name
    assert set(shell.BOTTOM) <= {item[3] for item in shell.ITEMS}, "the bottom bar takes its links from the rail"


def test_every_permission_is_granted_by_some_role():
    granted = frozenset().union(*(role.permissions for role in roles().values()))
    asked = {item[4] for item in shell.ITEMS} | {create[3] for create in shell.CREATES} | {group[2] for group in shell.GROUPS}
    assert asked - {""} <= granted


def test_every_count_on_the_rail_is_a_function(db):
    from django.utils.module_loading import import_string

    for dotted in {item[5] for item in shell.ITEMS} - {""}:
        assert callable(import_string(dotted)), dotted


def test_every_role_has_its_groups_written_down():
    assert set(GROUPS) == set(roles()) - {"outsider"}


@pytest.mark.parametrize("role", sorted(GROUPS))
def test_a_role_sees_the_groups_it_works_in(db, role):
    groups = rail_of(role).groups
    assert [group.key for group in groups] == GROUPS[role]
    assert all(0 < len(group.items) <= shell.MAX_ITEMS for group in groups)
    allowed = roles()[role].permissions | {""}
    offered = {item.name for group in groups for item in group.items}
    known = {key for key, _label, _needed in shell.GROUPS if key in GROUPS[role]}
    assert offered == {item[3] for item in shell.ITEMS if item[0] in known and item[4] in allowed}, "nothing was cut off at seven"


@pytest.mark.parametrize("role", sorted(DESKS))
def test_desks_belong_to_those_who_answer(db, role):
    feedback = next(group for group in rail_of(role).groups if group.key == "feedback")
    assert [item.name for item in feedback.items] == DESKS[role]


@pytest.mark.parametrize("role", ["administrator", "project_manager", "sales_rep", "trainer"])
def test_no_link_of_a_role_is_refused(db, client_of, role):
    """Nothing is offered that the page behind it refuses; pages of a rollout are not found while there is none."""
    rail = rail_of(role)
    client = client_of(rail.user)
    addresses = [item.url for group in rail.groups for item in group.items] + [create["url"] for create in rail.creates]
    answers = {url: client.get(url).status_code for url in addresses}
    assert {url: status for url, status in answers.items() if status not in {200, 302, 404}} == {}
