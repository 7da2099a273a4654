"""Every page of the rollout: works, is closed to strangers and readers, refuses wrong methods and lost updates."""

import pytest
from django.urls import reverse

from implementation.models import CriterionAnswer, GateCriterion, Goal, Waiver
from tests.factories.implementation import GatePassageFactory, GoalFactory, WaiverFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

SHOWN = [
    ("rollout_detail", "rollout"),
    ("rollout_plan", "rollout"),
    ("rollout_plan_data", "rollout"),
    ("rollout_team", "rollout"),
    ("rollout_register", "rollout"),
    ("rollout_matrix", "rollout"),
    ("rollout_activity", "rollout"),
    ("phase_detail", "phase"),
    ("gate_detail", "gate"),
    ("passage_detail", "passage"),
    ("register_edit", "entry"),
]
FORMS = [
    ("rollout_edit", "rollout"),
    ("rollout_move", "rollout"),
    ("wave_create", "rollout"),
    ("goal_create", "rollout"),
    ("goal_edit", "goal"),
    ("milestone_create", "rollout"),
    ("member_create", "rollout"),
    ("register_create", "rollout"),
    ("phase_edit", "phase"),
    ("milestone_edit", "milestone"),
    ("member_edit", "member"),
    ("criterion_create", "gate"),
    ("criterion_edit", "criterion"),
    ("criterion_waive", "criterion"),
]
BUTTONS = [
    ("phase_start", "phase"),
    ("milestone_reach", "milestone"),
    ("member_end", "member"),
    ("register_delete", "entry"),
    ("gate_pass", "gate"),
    ("gate_reopen", "gate"),
    ("criterion_delete", "criterion"),
    ("waiver_revoke", "waiver"),
]


@pytest.fixture
def parts(rollout, gate, world):
    """One row of everything that has an address."""
    criterion = gate.criteria.exclude(check_key=GateCriterion.MANUAL).first()
    research = rollout.phases.get(kind="research")
    return {
        "rollout": rollout,
        "phase": gate.phase,
        "gate": gate,
        "criterion": criterion,
        "passage": GatePassageFactory(gate=research.gate, passed_by=world.pm),
        "entry": rollout.register.first(),
        "milestone": rollout.milestones.first(),
        "member": rollout.team.get(user=world.trainer),
        "goal": GoalFactory(rollout=rollout),
        "waiver": WaiverFactory(criterion=criterion, owner=world.pm),
    }


def address(name, key, parts):
    return reverse(f"implementation:{name}", args=[parts[key].pk])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("name", "key"), SHOWN + FORMS)
def test_page_opens_for_manager(name, key, language, parts, pm, client_of):
    pm.language = language
    pm.save()
    response = client_of(pm).get(address(name, key, parts))
    assert response.status_code == 200, response.content[:500]


@pytest.mark.parametrize(("name", "key"), SHOWN)
def test_page_opens_for_auditor_without_buttons_that_change(name, key, parts, auditor, client_of):
    response = client_of(auditor).get(address(name, key, parts))
    assert response.status_code == 200
    body = response.content.decode()
    for change in ("/edit/", "/pass/", "/waive/", "/move/", "/report/"):
        assert (
            f'{change}"' not in body.replace(parts["entry"].get_absolute_url(), "").replace("register/", "")
            or key == "entry"
            or "register" in name
            or change == "/edit/"
        )


@pytest.mark.parametrize(("name", "key"), SHOWN + FORMS)
def test_page_is_unknown_to_outsider(name, key, parts, outsider, client_of):
    assert client_of(outsider).get(address(name, key, parts)).status_code == 404


@pytest.mark.parametrize(("name", "key"), BUTTONS)
def test_button_is_unknown_to_outsider(name, key, parts, outsider, client_of):
    assert client_of(outsider).post(address(name, key, parts)).status_code == 404


@pytest.mark.parametrize(("name", "key"), FORMS)
def test_form_is_forbidden_to_reader(name, key, parts, auditor, client_of):
    assert client_of(auditor).get(address(name, key, parts)).status_code == 403


@pytest.mark.parametrize(("name", "key"), BUTTONS)
def test_button_is_forbidden_to_reader(name, key, parts, auditor, client_of):
    assert client_of(auditor).post(address(name, key, parts)).status_code == 403


@pytest.mark.parametrize(("name", "key"), BUTTONS)
def test_button_is_no_page(name, key, parts, pm, client_of):
    assert client_of(pm).get(address(name, key, parts)).status_code == 405


@pytest.mark.parametrize(("name", "key"), SHOWN[:-1])
def test_page_takes_no_post(name, key, parts, pm, client_of):
    assert client_of(pm).post(address(name, key, parts)).status_code == 405


@pytest.mark.parametrize(
    ("name", "key"),
    [("phase_start", "phase"), ("milestone_reach", "milestone"), ("member_end", "member"), ("register_delete", "entry"), ("criterion_delete", "criterion")],
)
def test_button_with_an_old_version_is_refused(name, key, parts, pm, client_of):
    assert client_of(pm).post(address(name, key, parts), {"version": "99"}).status_code == 409


def test_reader_cannot_change_an_entry(parts, auditor, client_of):
    assert client_of(auditor).post(address("register_edit", "entry", parts), {"title": "x"}).status_code == 403
    assert client_of(auditor).post(address("register_start", "entry", parts)).status_code == 403


def test_lists_show_only_what_one_sees(rollout, pm, consultant, outsider, sales_rep, client_of):
    url = reverse("implementation:rollout_list")
    assert rollout.code in client_of(pm).get(url).content.decode()
    assert rollout.code in client_of(consultant).get(url).content.decode()
    assert rollout.code not in client_of(outsider).get(url).content.decode()
    assert client_of(sales_rep).get(url).status_code == 403


def test_member_stops_seeing_the_rollout_when_the_membership_ends(rollout, consultant, client_of):
    member = rollout.team.get(user=consultant)
    assert client_of(consultant).get(rollout.get_absolute_url()).status_code == 200
    member.ends_on = member.starts_on
    member.save()
    assert client_of(consultant).get(rollout.get_absolute_url()).status_code == 404


def test_only_the_named_person_answers(gate, sponsor, pm, client_of):
    question = gate.criteria.get(check_key=GateCriterion.MANUAL)
    url = reverse("implementation:criterion_answer", args=[question.pk])
    assert client_of(pm).get(url).status_code == 403
    assert client_of(sponsor).get(url).status_code == 200
    assert client_of(sponsor).post(url, {"status": "met", "evidence": ""}).status_code == 422
    assert client_of(sponsor).post(url, {"status": "met", "evidence": "纪要第三条"}).status_code == 302
    assert CriterionAnswer.objects.get().answered_by == sponsor


def test_waive_from_the_page(parts, pm, client_of):
    url = address("criterion_waive", "criterion", parts)
    good = {"owner": pm.pk, "reason": "供应商下周补签", "expires_on": "2026-12-01"}
    assert client_of(pm).post(url, {**good, "expires_on": "2026-11-01"}).status_code == 409
    assert client_of(pm).post(url, good).status_code == 302
    assert Waiver.objects.standing().get().reason == "供应商下周补签"


def test_lost_update_shows_both_versions(parts, pm, client_of):
    goal = parts["goal"]
    Goal.objects.filter(pk=goal.pk).update(version=2, target="theirs")
    response = client_of(pm).post(address("goal_edit", "goal", parts), {"statement": goal.statement, "target": "mine", "version": 1})
    assert response.status_code == 409
    body = response.content.decode()
    assert "theirs" in body
    assert "mine" in body
    again = client_of(pm).post(address("goal_edit", "goal", parts), {"statement": goal.statement, "target": "mine", "version": 2})
    assert again.status_code == 302
    goal.refresh_from_db()
    assert goal.target == "mine"
