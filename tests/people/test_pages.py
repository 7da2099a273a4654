"""Every page of the directory and the profile: works, who is refused and how, wrong methods, bad input."""

from datetime import timedelta

import pytest
from django.urls import reverse

from foundation.people.models import ApiToken, Assignment, Delegation, Department, Position, User
from tests.factories.people import ApiTokenFactory, DelegationFactory, PeopleImportFactory, PositionFactory, SavedViewFactory, UserFactory

ADMIN_GETS = [
    "person_list",
    "person_create",
    "organisation_chart",
    "role_list",
    "department_list",
    "department_create",
    "me",
    "delegation_list",
    "delegation_create",
    "import_create",
]


@pytest.mark.parametrize("name", ADMIN_GETS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_work_in_both_languages(world, client_of, name, language):
    world.admin.language = language
    world.admin.save()
    response = client_of(world.admin).get(reverse(f"people:{name}"))
    assert response.status_code == 200
    assert response.headers["Content-Language"] == language


@pytest.mark.parametrize("name", ["person_create", "department_create", "import_create", "role_list"])
def test_pages_for_administrators_are_forbidden_to_others(world, client_of, name):
    assert client_of(world.sales_rep).get(reverse(f"people:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["person_list", "person_detail", "me", "organisation_chart"])
def test_pages_send_the_anonymous_to_sign_in(world, client, name):
    args = [world.pm.pk] if name == "person_detail" else []
    response = client.get(reverse(f"people:{name}", args=args))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/?next=/people/")


def _rows(world):
    assignment = Assignment.objects.get(user=world.sales_rep)
    return {
        "person_detail": world.sales_rep.pk,
        "person_edit": world.sales_rep.pk,
        "person_deactivate": world.sales_rep.pk,
        "assignment_create": world.sales_rep.pk,
        "assignment_end": assignment.pk,
        "department_detail": world.team_a.pk,
        "department_edit": world.team_a.pk,
        "position_create": world.team_a.pk,
        "position_edit": assignment.position_id,
        "import_detail": PeopleImportFactory(created_by=world.admin).pk,
    }


POSTS = ["person_activate", "person_invite", "person_remove_second_factor", "department_close", "position_close", "import_apply", "import_discard"]


def test_rows_open_for_the_administrator(world, client_of):
    client = client_of(world.admin)
    for name, pk in _rows(world).items():
        assert client.get(reverse(f"people:{name}", args=[pk])).status_code == 200, name


def test_rows_are_not_found_by_the_outsider_who_holds_every_verb(world, client_of):
    client = client_of(world.outsider)
    rows = _rows(world)
    for name, pk in rows.items():
        response = client.get(reverse(f"people:{name}", args=[pk]))
        assert response.status_code == 404, name
        assert world.sales_rep.display_name not in response.content.decode()
    ids = {
        "department_close": rows["department_edit"],
        "position_close": rows["position_edit"],
        "import_apply": rows["import_detail"],
        "import_discard": rows["import_detail"],
    }
    for name in POSTS:
        assert client.post(reverse(f"people:{name}", args=[ids.get(name, world.sales_rep.pk)])).status_code == 404, name


def test_rows_refuse_the_wrong_method(world, client_of):
    client = client_of(world.admin)
    for name in POSTS:
        assert client.get(reverse(f"people:{name}", args=[1])).status_code == 405, name
    assert client.post(reverse("people:person_list")).status_code == 405
    assert client.put(reverse("people:me")).status_code == 405


def test_rows_are_forbidden_to_a_colleague_without_the_verb(world, client_of):
    client = client_of(world.key_user)
    readable = {"person_detail", "department_detail"}
    for name, pk in _rows(world).items():
        expected = 200 if name in readable else 403
        assert client.get(reverse(f"people:{name}", args=[pk])).status_code == expected, name
    for name in POSTS:
        assert client.post(reverse(f"people:{name}", args=[world.sales_rep.pk])).status_code == 403, name


def test_person_list_filters_and_searches_by_pinyin_and_fragment(world, client_of):
    UserFactory(display_name="王小明", username="wxm")
    client = client_of(world.admin)
    assert "王小明" in client.get(reverse("people:person_list"), {"q": "xiaoming"}).content.decode()
    assert "王小明" in client.get(reverse("people:person_list"), {"q": "小明"}).content.decode()
    body = client.get(reverse("people:person_list"), {"department": world.sales.pk, "role": "sales_rep"}).content.decode()
    assert world.sales_rep.display_name in body
    assert world.west_rep.display_name not in body
    assert "王小明" not in body


def test_person_list_queries_do_not_grow_with_people(world, client_of, django_assert_max_num_queries):
    client = client_of(world.admin)
    client.get(reverse("people:person_list"))
    for _number in range(20):
        person = UserFactory()
        Assignment.objects.create(user=person, position=PositionFactory(department=world.team_a), starts_on="2020-01-01")
    with django_assert_max_num_queries(22):
        client.get(reverse("people:person_list"))


def test_person_detail_shows_posts_as_of_the_chosen_day(world, client_of, today):
    row = Assignment.objects.get(user=world.sales_rep)
    row.ends_on = today - timedelta(days=1)
    row.save()
    client = client_of(world.admin)
    url = reverse("people:person_detail", args=[world.sales_rep.pk])
    assert client.get(url).context["held"] == []
    held = client.get(url, {"on": (today - timedelta(days=1)).isoformat()}).context["held"]
    assert [entry["assignment"] for entry in held] == [row]
    assert client.get(url, {"on": "nonsense"}).status_code == 200


def test_organisation_chart_counts_people_below_and_leaves_out_later_posts(world, client_of, today):
    client = client_of(world.admin)
    roots = {node.department.code: node for node in client.get(reverse("people:organisation_chart")).context["roots"]}
    east = next(node for node in roots["GRP"].children if node.department.code == "EAST")
    assert east.count == 6
    Assignment.objects.filter(user=world.sales_rep).update(starts_on=today + timedelta(days=1))
    later = client.get(reverse("people:organisation_chart")).context["roots"]
    assert sum(node.count for node in later) == sum(node.count for node in roots.values()) - 1


def test_person_create_takes_on_invites_and_assigns(world, client_of, on_commit, mailoutbox):
    position = PositionFactory(department=world.team_a, title="客户代表", role="sales_rep")
    data = {
        "display_name": "李雷",
        "username": "lilei",
        "email": "li@example.com",
        "phone": "13912345678",
        "language": "zh-hans",
        "position": position.pk,
        "invite": "on",
    }
    with on_commit():
        response = client_of(world.admin).post(reverse("people:person_create"), data)
    person = User.objects.get(username="lilei")
    assert response.url == reverse("people:person_detail", args=[person.pk])
    assert person.phone == "+86 139 1234 5678"
    assert not person.has_usable_password()
    assert person.assignments.get().position == position
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in mailoutbox[0].body
    assert person.history.get().history_user == world.admin


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "SALES_REP"),
        ("username", "a b"),
        ("email", "Sales_Rep@example.com"),
        ("email", "nonsense"),
        ("phone", "call me"),
        ("display_name", ""),
        ("display_name", "x" * 81),
        ("position", "99999"),
        ("language", "xx"),
    ],
)
def test_person_create_refuses_bad_input_and_writes_nothing(world, client_of, field, value):
    before = User.objects.count()
    data = {"display_name": "李雷", "username": "lilei", "email": "li@example.com", "language": "en", field: value}
    response = client_of(world.admin).post(reverse("people:person_create"), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert User.objects.count() == before


def test_person_edit_shows_both_versions_when_somebody_was_faster(world, client_of):
    client, url = client_of(world.admin), reverse("people:person_edit", args=[world.sales_rep.pk])
    data = {"display_name": "First", "username": "sales_rep", "email": "sales_rep@example.com", "language": "en", "version": 1}
    assert client.post(url, data).status_code == 302
    response = client.post(url, {**data, "display_name": "Second"})
    assert response.status_code == 409
    assert [(row.name, row.mine, row.theirs) for row in response.context["conflict"]] == [("display_name", "Second", "First")]
    assert User.objects.get(pk=world.sales_rep.pk).display_name == "First"
    assert client.post(url, {**data, "display_name": "Second", "version": response.context["form"].data["version"]}).status_code == 302
    assert User.objects.get(pk=world.sales_rep.pk).display_name == "Second"


def test_department_create_edit_move_and_close(world, client_of):
    client = client_of(world.admin)
    response = client.post(
        reverse("people:department_create"), {"parent": world.sales.pk, "kind": "team", "code": "E-S-C", "name": "销售三组", "name_en": "Sales team C"}
    )
    team = Department.objects.get(code="E-S-C")
    assert response.url == reverse("people:department_detail", args=[team.pk])
    data = {"parent": world.west.pk, "kind": "team", "code": "E-S-C", "name": "销售三组", "name_en": "", "version": team.version}
    assert client.post(reverse("people:department_edit", args=[team.pk]), data).status_code == 302
    team.refresh_from_db()
    assert team.business_unit == world.west
    assert client.post(reverse("people:department_close", args=[team.pk])).status_code == 302
    team.refresh_from_db()
    assert team.closed_on is not None


def test_department_edit_refuses_a_circle_and_a_taken_code(world, client_of):
    client = client_of(world.admin)
    url = reverse("people:department_edit", args=[world.sales.pk])
    data = {"parent": world.east.pk, "kind": "department", "code": "E-SALES", "name": "x", "version": 1}
    assert client.post(url, {**data, "parent": world.team_a.pk}).status_code == 422
    assert client.post(url, {**data, "code": "WEST"}).status_code == 422
    assert client.post(url, {**data, "version": ""}).status_code == 422
    world.sales.refresh_from_db()
    assert (world.sales.name, world.sales.version) == ("华东销售部", 1)


def test_department_close_is_refused_while_people_work_there(world, client_of):
    response = client_of(world.admin).post(reverse("people:department_close", args=[world.team_a.pk]))
    assert response.status_code == 409
    world.team_a.refresh_from_db()
    assert world.team_a.closed_on is None


def test_position_create_edit_and_close(world, client_of):
    client = client_of(world.admin)
    assert client.post(reverse("people:position_create", args=[world.team_a.pk]), {"title": "实习", "role": "key_user"}).status_code == 302
    position = Position.objects.get(title="实习")
    assert client.post(reverse("people:position_create", args=[world.team_a.pk]), {"title": "实习", "role": "key_user"}).status_code == 422
    assert client.post(reverse("people:position_create", args=[world.team_a.pk]), {"title": "a", "role": "emperor"}).status_code == 422
    url = reverse("people:position_edit", args=[position.pk])
    assert client.post(url, {"title": "实习生", "role": "key_user", "version": 1}).status_code == 302
    assert client.post(url, {"title": "学徒", "role": "key_user", "version": 1}).status_code == 409
    assert client.post(reverse("people:position_close", args=[position.pk])).status_code == 302
    holder = Assignment.objects.get(user=world.sales_rep).position
    assert client.post(reverse("people:position_close", args=[holder.pk])).status_code == 409


def test_assignment_start_and_end(world, client_of, today):
    client = client_of(world.admin)
    position = PositionFactory(department=world.west, role="trainer")
    url = reverse("people:assignment_create", args=[world.sales_rep.pk])
    assert client.post(url, {"position": position.pk, "starts_on": today, "ends_on": today - timedelta(days=1)}).status_code == 422
    assert client.post(url, {"position": position.pk, "starts_on": today, "is_main": "on"}).status_code == 302
    assert client.post(url, {"position": position.pk, "starts_on": today}).status_code == 422
    old, new = Assignment.objects.filter(user=world.sales_rep).order_by("starts_on")
    assert (old.is_main, new.is_main) == (False, True)
    end = reverse("people:assignment_end", args=[old.pk])
    assert client.post(end, {"ends_on": "soon"}).status_code == 422
    assert client.post(end, {"ends_on": today}).status_code == 302
    old.refresh_from_db()
    assert old.ends_on == today


def test_me_saves_language_appearance_and_phone(world, client_of):
    client = client_of(world.sales_rep)
    assert client.post(reverse("people:me"), {"language": "zh-hans", "theme": "dark", "phone": "+49 89 123456"}).status_code == 302
    world.sales_rep.refresh_from_db()
    assert (world.sales_rep.language, world.sales_rep.theme, world.sales_rep.phone) == ("zh-hans", "dark", "+49 89 123456")
    assert client.post(reverse("people:me"), {"language": "xx", "theme": "dark"}).status_code == 422


def test_delegation_start_list_and_end_early(world, client_of, today):
    client = client_of(world.sales_manager)
    data = {"deputy": world.key_user.pk, "starts_on": today, "ends_on": today + timedelta(days=5), "reason": "年假"}
    assert client.post(reverse("people:delegation_create"), data).status_code == 302
    delegation = Delegation.objects.get()
    assert client.post(reverse("people:delegation_create"), data).status_code == 422
    assert world.key_user.notices.get().kind == "people_deputy_named"
    assert "年假" in client_of(world.key_user).get(reverse("people:delegation_list")).content.decode()
    assert client_of(world.other_rep).post(reverse("people:delegation_end", args=[delegation.pk])).status_code == 404
    assert client.post(reverse("people:delegation_end", args=[delegation.pk])).status_code == 302
    assert not Delegation.objects.on(today).exists()
    assert client.post(reverse("people:delegation_end", args=[delegation.pk])).status_code == 409


@pytest.mark.parametrize(("start", "end"), [(0, -1), (-9, -3), (0, 400)])
def test_delegation_refuses_impossible_times(world, client_of, today, start, end):
    data = {"deputy": world.key_user.pk, "starts_on": today + timedelta(days=start), "ends_on": today + timedelta(days=end)}
    assert client_of(world.sales_manager).post(reverse("people:delegation_create"), data).status_code == 422
    assert not Delegation.objects.exists()


def test_delegation_for_somebody_else_is_named_by_an_administrator_only(world, client_of, today):
    url = f"{reverse('people:delegation_create')}?person={world.sales_manager.pk}"
    data = {"deputy": world.key_user.pk, "starts_on": today, "ends_on": today}
    client_of(world.other_rep).post(url, data)
    assert Delegation.objects.get().principal == world.other_rep
    assert client_of(world.admin).post(url, data).status_code == 302
    assert Delegation.objects.filter(principal=world.sales_manager).exists()


def test_deputy_is_told_on_every_page(world, client_of, today):
    DelegationFactory(principal=world.sales_manager, deputy=world.key_user)
    assert "Sales Manager" in client_of(world.key_user).get(reverse("people:organisation_chart")).content.decode().split('<div class="shell">')[0]
    assert "Sales Manager" not in client_of(world.other_rep).get(reverse("people:delegation_list")).content.decode()


def test_tokens_and_views_of_others_are_not_found(world, client_of):
    token = ApiTokenFactory(owner=world.pm)
    view = SavedViewFactory(owner=world.pm)
    client = client_of(world.admin)
    assert client.post(reverse("people:token_revoke", args=[token.pk])).status_code == 404
    assert client.post(reverse("ui:view_delete", args=[view.pk])).status_code == 404
    assert ApiToken.objects.get().revoked_at is None
