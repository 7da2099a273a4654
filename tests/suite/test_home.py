"""Home by role: every card answers, every number equals the rows that it opens, nobody sees another's rows, and the cost does not grow."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from foundation.people.access import roles
from foundation.reading import answer_of
from foundation.ui.cards import Question
from implementation.models import Gate, GateCriterion, known_checks
from implementation.services import create_rollout
from suite import homes
from tests.factories.crm_core import AccountFactory, ActivityFactory, OpportunityFactory, TaskFactory
from tests.factories.feedback import BacklogItemFactory, MetricValueFactory, TicketFactory, TicketHopFactory
from tests.factories.implementation import GateCriterionFactory, PhaseFactory, RegisterEntryFactory, rollout_of
from tests.factories.jobs import JobFactory
from tests.factories.people import UserFactory
from tests.factories.requirements_mgmt import ChangeRequestFactory, ConfirmationFactory, RequirementFactory
from tests.factories.training import ProcedureFactory, TrainingAssignmentFactory

CAST = ("sales_rep", "sales_manager", "pm", "consultant", "developer", "liaison", "trainer", "sponsor", "service_agent", "key_user", "auditor", "admin")


def fill(world) -> None:
    """Something of everything, so that every card has something to say."""
    today, now = timezone.localdate(), timezone.now()
    rollout = rollout_of(world)
    for owner, department in ((world.sales_rep, world.team_a), (world.west_rep, world.west_sales)):
        account = AccountFactory(owner=owner, department=department, created_at=now - timedelta(days=60), industry="manufacturing")
        OpportunityFactory(account=account, owner=owner, department=department, close_on=today - timedelta(days=3), amount=1000)
        OpportunityFactory(account=account, owner=owner, department=department, close_on=today, amount=5000)
        TaskFactory(account=account, owner=owner, due_on=today - timedelta(days=1))
        ActivityFactory(account=account, author=owner, recorded_at=now - timedelta(days=20))
        TicketFactory(reporter=owner, department=department, liaison=world.liaison, created_at=now - timedelta(days=9))
        TicketFactory(reporter=owner, department=department, state="team", created_at=now - timedelta(days=9))
        requirement = RequirementFactory(rollout=rollout, department=department)
        ConfirmationFactory(requirement=requirement, person=owner)
        ChangeRequestFactory(requirement=requirement)
        procedure = ProcedureFactory(state="published", requirement=requirement, published_at=now - timedelta(days=5))
        type(requirement).objects.filter(pk=requirement.pk).update(text_changed_at=now)
        TrainingAssignmentFactory(user=owner, department=department, procedure=procedure, due_on=today - timedelta(days=2))
        BacklogItemFactory(department=department)
    phase = PhaseFactory(rollout=rollout)
    GateCriterionFactory(gate=phase.gate, answerer=world.sponsor)
    RegisterEntryFactory(phase=phase, due_on=today - timedelta(days=4))
    AccountFactory(owner=None, department=world.sales)
    JobFactory(state="quarantined")
    UserFactory()
    MetricValueFactory(department=world.team_a, day=today)


def cards(user):
    return [card for column in answer_of(homes.columns_of(user, timezone.localdate())) for card in column.cards]


def test_every_role_has_a_home_of_cards_that_exist():
    names = {dotted.rpartition(".")[2] for dotted in settings.HOME_CARDS}
    assert len(names) == len(settings.HOME_CARDS), "a card is named by its function"
    assert set(homes.HOMES) == set(roles()) - {"outsider"}
    assert {name for found in homes.HOMES.values() for name in found} | set(homes.EVERYBODY) <= names
    assert names == {name for found in homes.HOMES.values() for name in found}, "no card without a home"
    for steps in (*homes.STARTS.values(), homes.STARTS_OF_ALL):
        assert len(steps) == 3
        assert all(reverse(name) for _label, name in steps)


@pytest.mark.parametrize("who", CAST)
def test_each_role_gets_answers_to_all_three_questions(world, who):
    fill(world)
    columns = answer_of(homes.columns_of(getattr(world, who), timezone.localdate()))
    assert [column.question for column in columns] == list(Question)
    assert all(column.cards for column in columns), who


@pytest.mark.parametrize("who", CAST)
def test_each_number_equals_the_rows_that_it_opens(world, client_of, who):
    fill(world)
    client, user = client_of(getattr(world, who)), getattr(world, who)
    checked = 0
    for card in cards(user):
        for number in card.numbers:
            response = client.get(number.url)
            assert response.status_code == 200, (card.title, number.label, number.url)
            if not number.is_share and "table" in (response.context or {}):
                assert response.context["table"].counted().number == number.value, (card.title, number.label, number.url)
                checked += 1
        for url in [card.url, *(line.url for line in card.lines), *([card.action[1]] if card.action else [])]:
            assert not url or client.get(url).status_code == 200, (card.title, url)
        if card.chart:
            assert client.get(reverse("home_chart", args=[card.chart])).status_code == 200
    assert checked >= 2, who


@pytest.mark.parametrize("who", CAST)
def test_the_cost_of_a_home_is_small_and_does_not_grow_with_its_rows(world, client_of, who):
    """Rollouts whose gates are due, with every kind of check, deals, reports, requirements and people: one of each, then many."""
    fill(world)
    begun(world, "R-0")
    client = client_of(getattr(world, who))
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    fill_more(world)
    with CaptureQueriesContext(connection) as many:
        html = client.get("/").content.decode()
    assert len(many) <= len(few) <= 15, who
    assert who not in ("pm", "sponsor") or "Not ready" in html, "the gates were read"


def begun(world, code):
    """A rollout of the template that began long ago: the meetings of all its gates are due, and each gate has all its checks."""
    today = timezone.localdate()
    made = create_rollout(
        code=code,
        name=f"上线 {code}",
        sponsor=world.sponsor,
        project_manager=world.pm,
        department=world.office,
        departments=[world.sales, world.west_sales],
        starts_on=today - timedelta(days=300),
        go_live_on=today - timedelta(days=150),
        by=world.pm,
        now=timezone.now(),
    )
    for gate in Gate.objects.filter(phase__rollout=made):
        kept = set(gate.criteria.values_list("check_key", flat=True))
        GateCriterion.objects.bulk_create(
            GateCriterion(gate=gate, check_key=key, order=20, name=key, parameters=check.parameters) for key, check in known_checks().items() if key not in kept
        )
    return made


def fill_more(world) -> None:
    """Many more of what lists on a home are made of, in the same rollout and in others."""
    today, now = timezone.localdate(), timezone.now()
    rollout = world.pm.managed_rollouts.get(code="R-0")
    for number in range(12):
        account = AccountFactory(owner=world.sales_rep, department=world.team_a, created_at=now - timedelta(days=60))
        OpportunityFactory(account=account, owner=world.sales_rep, department=world.team_a, close_on=today - timedelta(days=3), amount=1)
        TaskFactory(account=account, owner=world.sales_rep, due_on=today - timedelta(days=1))
        TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison, created_at=now - timedelta(days=9))
        TicketFactory(reporter=world.sales_rep, department=world.team_a, kind="bug", severity="stops", state="team")
        requirement = RequirementFactory(rollout=rollout, department=world.team_a, priority="must")
        ConfirmationFactory(requirement=requirement, person=world.sales_rep)
        ChangeRequestFactory(requirement=requirement)
        JobFactory(state="quarantined")
        UserFactory()
        if number < 4:
            begun(world, f"R-{number + 1}")


def test_a_card_shows_nothing_of_another_department(world):
    fill(world)
    far = AccountFactory(owner=world.west_rep, department=world.west_sales, name="远方公司", created_at=timezone.now() - timedelta(days=90))
    OpportunityFactory(account=far, owner=world.west_rep, department=world.west_sales, name="远方商机", close_on=timezone.localdate() - timedelta(days=9))
    for user in (world.sales_rep, world.sales_manager, world.outsider):
        said = " ".join(str(line.title) for card in cards(user) for line in card.lines)
        assert "远方" not in said
    outsider = {str(number.label): number.value for card in cards(world.outsider) for number in card.numbers if not number.is_share}
    assert set(outsider.values()) <= {0}


def test_a_report_that_went_to_and_fro_is_counted_once(world):
    """Each leg of its way is a row; the report is one."""
    ticket = TicketFactory(reporter=world.sales_rep, department=world.team_a, state="team")
    for _each in range(2):
        TicketHopFactory(ticket=ticket, ended_at=timezone.now())
    desk = next(card for card in cards(world.developer) if "Team desk" in str(card.title))
    assert {str(number.label): number.value for number in desk.numbers}["To analyse"] == 1


def test_charts_are_refused_to_those_who_may_not_see_the_rows(world, client_of):
    for path in settings.HOME_CHARTS:
        assert import_string(path)(world.outsider, timezone.localdate()) is not None, "the outsider holds every verb"
    assert client_of(world.admin).get(reverse("home_chart", args=["pipeline_chart"])).status_code == 404
    assert client_of(world.sales_rep).get(reverse("home_chart", args=["training_chart"])).status_code == 404
    assert client_of(world.sales_rep).get(reverse("home_chart", args=["nothing"])).status_code == 404


def test_first_steps_stay_until_they_are_put_away(world, client_of):
    client = client_of(world.sales_rep)
    assert "Start here" in client.get("/").content.decode()
    assert client.get(reverse("starts_done")).status_code == 405
    assert client.post(reverse("starts_done")).status_code == 302
    assert "Start here" not in client.get("/").content.decode()
    world.sales_rep.refresh_from_db()
    assert world.sales_rep.preferences["starts_seen"] == "sales_rep"


@pytest.mark.parametrize(("who", "name"), [("pm", "implementation:rollout_create"), ("sales_rep", "crm_core:account_create")])
def test_an_empty_home_says_what_to_do_first(world, client_of, who, name):
    html = client_of(getattr(world, who)).get("/").content.decode()
    assert f'href="{reverse(name)}"' in html.split('class="home-questions"')[1]


def test_an_administrator_of_an_empty_company_is_sent_to_the_people(db, client_of):
    from tests.factories.people import DepartmentFactory, person

    alone = person("first", "administrator", DepartmentFactory())
    assert f'href="{reverse("people:import_create")}"' in client_of(alone).get("/").content.decode().split('class="home-questions"')[1]


def test_all_to_dos_can_be_shown(world, client_of):
    for _each in range(9):
        TaskFactory(owner=world.sales_rep, account=AccountFactory(owner=world.sales_rep, department=world.team_a), due_on=timezone.localdate())
    client = client_of(world.sales_rep)
    assert "Show 3 more" in client.get("/").content.decode()
    assert "Show 3 more" not in client.get("/?all").content.decode()
