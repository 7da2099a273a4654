"""Dates on workdays: forward, backward, fitted; moved plans leave reasons; slip is told."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.notices.models import Notice
from foundation.periods import WorkingCalendar
from implementation import reports, services
from implementation.models import Milestone, Phase, PlanChange, Rollout, Wave
from implementation.services.plan import shift_workdays
from tests.implementation.conftest import NOW, TODAY

CALENDAR = WorkingCalendar()


# --- the plan as such ---------------------------------------------------------------------------------
def test_forward_from_the_start():
    plan = services.compute_plan(starts_on=date(2026, 3, 2), calendar=CALENDAR)
    assert plan.workdays == 71
    assert [one.workdays for one in plan.phases] == [10, 20, 20, 25, 5, 60]
    assert plan.phases[0].start == date(2026, 3, 2)
    assert plan.phases[4].end == plan.go_live_on
    assert plan.phases[5].start > plan.go_live_on


def test_backward_from_a_fixed_go_live_is_the_same_plan():
    forward = services.compute_plan(starts_on=date(2026, 3, 2), calendar=CALENDAR)
    backward = services.compute_plan(go_live_on=forward.go_live_on, calendar=CALENDAR)
    assert backward == forward


def test_holidays_are_not_planned_on():
    plan = services.compute_plan(starts_on=date(2026, 9, 1), calendar=CALENDAR)
    national_day = date(2026, 10, 1)
    assert not CALENDAR.is_workday(national_day)
    assert all(CALENDAR.is_workday(day) for one in plan.phases for day in (one.start, one.end))


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(None, None, "Give the start"), (date(2026, 3, 9), date(2026, 3, 2), "after the start"), (date(2026, 3, 2), date(2026, 3, 6), "Only 5 workdays")],
)
def test_no_room_for_a_plan(start, end, message):
    with pytest.raises(services.CannotPlan, match=message):
        services.compute_plan(starts_on=start, go_live_on=end, calendar=CALENDAR)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2025, 1, 6), date(2027, 6, 1)), st.integers(28, 400))
def test_fitted_phases_keep_order_and_both_dates(start, length):
    end = start + timedelta(days=length)
    plan = services.compute_plan(starts_on=start, go_live_on=end, calendar=CALENDAR)
    assert (plan.starts_on, plan.go_live_on) == (start, end)
    assert all(one.start <= one.end for one in plan.phases)
    assert [one.start for one in plan.phases] == sorted(one.start for one in plan.phases)
    assert [one.end for one in plan.phases] == sorted(one.end for one in plan.phases)
    assert plan.phases[4].end == end
    assert plan.phases[1].end >= plan.phases[2].start or length < 30  # research and design overlap


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2025, 1, 6), date(2027, 6, 1)), st.integers(-80, 80))
def test_shifting_there_and_back_gives_the_same_workday(day, count):
    day = shift_workdays(day, 0, CALENDAR)
    assert shift_workdays(shift_workdays(day, count, CALENDAR), -count, CALENDAR) == day


pytestmark = [pytest.mark.usefixtures("monday")]


# --- creating --------------------------------------------------------------------------------------------
def test_a_rollout_is_made_whole(rollout, pm, sponsor):
    kinds = list(rollout.phases.filter(wave=None).values_list("kind", flat=True))
    assert kinds == ["kickoff", "research", "design", "testing", "go_live", "iteration"]
    assert rollout.go_live_on == date(2026, 12, 15)
    assert all(phase.gate.criteria.exists() and phase.register.exists() and phase.milestones.exists() for phase in rollout.phases.all())
    assert set(rollout.team.filter(role__in=["sponsor", "project_manager"]).values_list("user", flat=True)) == {pm.pk, sponsor.pk}
    entry = rollout.register.get(title="项目章程")
    assert entry.title_en == "Project charter"
    assert entry.owed_by == pm
    assert rollout.phases.get(kind="kickoff").planned_start <= entry.due_on <= rollout.phases.get(kind="kickoff").planned_end


@pytest.fixture
def wizard(world):
    return {
        "name": "西部上线", "name_en": "West", "code": "WEST-1", "sponsor": world.sponsor.pk, "project_manager": world.pm.pk,
        "department": world.office.pk, "departments": [world.west_sales.pk, world.sales.pk], "starts_on": "2026-12-01", "go_live_on": "", "goal": "",
        "waves-TOTAL_FORMS": "1", "waves-INITIAL_FORMS": "0", "waves-0-name": "",
    }  # fmt: skip


def test_wizard_shows_the_plan_before_it_creates(wizard, pm, client_of):
    url = reverse("implementation:rollout_create")
    shown = client_of(pm).post(url, wizard)
    assert shown.status_code == 200
    assert "71 workdays until go-live" in shown.content.decode()
    assert not Rollout.objects.exists()
    created = client_of(pm).post(url, {**wizard, "create": "1"})
    rollout = Rollout.objects.get()
    assert created.url == rollout.get_absolute_url()
    assert rollout.go_live_on == services.compute_plan(starts_on=date(2026, 12, 1)).go_live_on


def test_wizard_with_a_wave_plans_it_backward(wizard, pm, world, client_of):
    wave = {"waves-0-name": "第一批", "waves-0-departments": [world.sales.pk], "waves-0-go_live_on": "2027-05-31", "waves-0-kinds": ["testing", "go_live"]}
    assert client_of(pm).post(reverse("implementation:rollout_create"), {**wizard, **wave, "create": "1"}).status_code == 302
    made = Wave.objects.get()
    assert [phase.kind for phase in made.phases.all()] == ["testing", "go_live"]
    assert made.phases.get(kind="go_live").planned_end == date(2027, 5, 31)
    first, second = made.phases.all()
    assert list(second.before()) == [first]
    assert not first.before(), "the wave's own first"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"starts_on": "", "go_live_on": ""}, "Give the start"),
        ({"go_live_on": "2026-12-04"}, "Only 4 workdays"),
        ({"go_live_on": "2026-11-04"}, "Go-live must come after"),
        ({"waves-0-name": "第一批", "waves-0-kinds": ["testing"]}, "Phases of its own need a go-live date"),
    ],
)
def test_wizard_says_what_is_wrong_and_keeps_the_input(wizard, change, words, pm, client_of):
    response = client_of(pm).post(reverse("implementation:rollout_create"), {**wizard, **change, "create": "1"})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "西部上线" in response.content.decode()
    assert not Rollout.objects.exists()


def test_sponsor_is_not_the_manager(wizard, pm, client_of):
    response = client_of(pm).post(reverse("implementation:rollout_create"), {**wizard, "sponsor": pm.pk, "create": "1"})
    assert response.status_code == 422
    assert "two people" in response.content.decode()


def test_a_wave_of_strange_departments_is_refused(rollout, world, pm):
    with pytest.raises(services.CannotChangeRollout, match="departments of its rollout"):
        services.add_wave(rollout=rollout, spec=services.WaveSpec("x", [world.service]), by=pm)


# --- moving ------------------------------------------------------------------------------------------------
def test_moving_a_phase_needs_a_reason_and_followers_may_follow(rollout, kickoff, pm):
    research = rollout.phases.get(kind="research", wave=None)
    milestone, entry = research.milestones.first(), research.register.first()
    values = {"planned_end": kickoff.planned_end + timedelta(days=7)}
    with pytest.raises(services.CannotChangePlan, match="Say why"):
        services.change_phase(phase=Phase.objects.get(pk=kickoff.pk), sent_version=1, values=values, by=pm, now=NOW)
    services.change_phase(phase=Phase.objects.get(pk=kickoff.pk), sent_version=1, values=values, reason="合同未签", move_followers=True, by=pm, now=NOW)
    moved = Phase.objects.get(pk=research.pk)
    assert moved.planned_end > research.planned_end
    assert Milestone.objects.get(pk=milestone.pk).planned_on > milestone.planned_on
    assert type(entry).objects.get(pk=entry.pk).due_on > entry.due_on
    assert kickoff.gate.__class__.objects.get(pk=kickoff.gate.pk).held_on == values["planned_end"]
    assert set(PlanChange.objects.values_list("reason", flat=True)) == {"合同未签"}
    assert PlanChange.objects.filter(phase=research).count() == 2


def test_without_the_tick_followers_stay(rollout, kickoff, pm):
    research = rollout.phases.get(kind="research", wave=None)
    values = {"planned_end": kickoff.planned_end + timedelta(days=7)}
    services.change_phase(phase=Phase.objects.get(pk=kickoff.pk), sent_version=1, values=values, reason="合同未签", by=pm, now=NOW)
    assert Phase.objects.get(pk=research.pk).planned_end == research.planned_end


def test_a_slipping_milestone_is_told_in_days(rollout, sponsor, consultant):
    milestone = rollout.milestones.first()
    values = {"forecast_on": milestone.planned_on + timedelta(days=6)}
    services.change_milestone(milestone=milestone, sent_version=1, values=values, by=consultant, now=NOW)
    assert milestone.slip == 6
    notice = Notice.objects.get(kind="rollout_milestone_slipped", to=sponsor)
    assert "slips by 6 days" in notice.subject or "6" in notice.subject


def test_milestone_page_keeps_input_and_asks_for_the_reason(rollout, pm, client_of):
    milestone = rollout.milestones.first()
    data = {"name": milestone.name, "phase": milestone.phase_id, "owner": pm.pk, "planned_on": "2026-12-24", "version": milestone.version}
    url = reverse("implementation:milestone_edit", args=[milestone.pk])
    refused = client_of(pm).post(url, data)
    assert refused.status_code == 409
    assert "Say why the planned date moves" in refused.content.decode()
    assert "2026-12-24" in refused.content.decode()
    assert client_of(pm).post(url, {**data, "reason": "接口延期"}).status_code == 302
    change = PlanChange.objects.get()
    assert (change.reason, change.after) == ("接口延期", date(2026, 12, 24))


def test_reaching_a_milestone(rollout, pm, client_of):
    milestone = rollout.milestones.first()
    url = reverse("implementation:milestone_reach", args=[milestone.pk])
    assert client_of(pm).post(url, {"version": milestone.version}).status_code == 302
    milestone.refresh_from_db()
    assert milestone.actual_on == TODAY
    with pytest.raises(services.CannotChangePlan, match="future"):
        services.reach_milestone(milestone=milestone, sent_version=milestone.version, on=TODAY + timedelta(days=1), by=pm, now=NOW)


def test_gantt_has_plan_and_reality(rollout, kickoff):
    kickoff.actual_start = kickoff.planned_start
    kickoff.forecast_end = kickoff.planned_end + timedelta(days=5)
    kickoff.save()
    tasks = {task["id"]: task for task in reports.gantt_tasks(rollout, TODAY)}
    assert tasks[f"phase-{kickoff.pk}"]["custom_class"] == "bar-plan"
    real = tasks[f"phase-{kickoff.pk}-real"]
    assert real["custom_class"] == "bar-late"
    assert real["end"] == kickoff.forecast_end.isoformat()
    assert any(key.startswith("milestone-") for key in tasks)


# --- states ------------------------------------------------------------------------------------------------
def test_a_rollout_is_started_paused_and_cancelled_with_a_note(rollout, pm, client_of):
    url = reverse("implementation:rollout_move", args=[rollout.pk])
    client = client_of(pm)
    assert client.post(url, {"to": "running", "version": 1}).status_code == 302
    rollout.refresh_from_db()
    assert rollout.state == "running"
    assert client.post(url, {"to": "closed", "version": 2, "note": "完成"}).status_code == 409
    assert client.post(url, {"to": "cancelled", "version": 2, "note": ""}).status_code == 409
    assert client.post(url, {"to": "cancelled", "version": 1, "note": "停止"}).status_code == 409
    assert client.post(url, {"to": "cancelled", "version": 2, "note": "集团重组"}).status_code == 302
    rollout.refresh_from_db()
    assert (rollout.state, rollout.closing_note) == ("cancelled", "集团重组")
    entry = rollout.register.first()
    with pytest.raises(services.CannotChangeRollout, match="is closed"):
        services.change_entry(entry=entry, sent_version=1, values={"note": "x"}, by=pm)


def test_current_rollout_prefers_the_running_one_of_the_team(rollout, pm, consultant, sales_rep):
    from tests.factories.implementation import RolloutFactory

    other = RolloutFactory(state="preparing", starts_on=date(2026, 11, 1), sponsor=rollout.sponsor, project_manager=consultant)
    services.move_rollout(rollout=Rollout.objects.get(pk=rollout.pk), to="running", sent_version=1, by=pm, now=NOW)
    assert services.current_rollout(pm) == rollout
    assert services.current_rollout(sales_rep) is None
    Rollout.objects.filter(pk=rollout.pk).update(state="closed", closed_at=NOW)
    assert services.current_rollout(pm) == other
