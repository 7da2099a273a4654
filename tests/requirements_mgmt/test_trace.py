import pytest
from django.utils import timezone

from foundation.reading import answer_of
from foundation.search.services import find
from foundation.usage.models import Feature
from implementation.models import Phase
from requirements_mgmt.gates import must_confirmed, open_objections, undecided_changes
from requirements_mgmt.models import Requirement, Trace
from requirements_mgmt.reports import confirmations_waiting, impact_of, links_of, suspect_ids, waiting_count
from requirements_mgmt.services import (
    CannotLink,
    CannotWrite,
    add_trace,
    ask_confirmation,
    clear_trace,
    confirm_requirement,
    create_requirement,
    decide_change_request,
    edit_requirement,
    open_change_request,
)
from tests.factories.implementation import RolloutFactory
from tests.factories.requirements_mgmt import RequirementFactory


def edit(requirement, by, **values):
    fresh = Requirement.objects.get(pk=requirement.pk)
    return edit_requirement(requirement=fresh, values=values, sent_version=fresh.version, by=by, now=timezone.now())


def test_a_change_at_either_end_makes_the_link_suspect_on_both_pages(world, requirement, written, now):
    other = written("客户移交")
    trace = add_trace(source=requirement, target=other, kind="depends", by=world.pm, now=now)
    assert suspect_ids([requirement.pk, other.pk]) == set()
    edit(other, world.pm, statement="移交时保留记录。")
    other.refresh_from_db()
    here, there = links_of(requirement, world.pm)[0], links_of(other, world.pm)[0]
    assert (here.changed_there, here.changed_here) == (True, False)
    assert (there.changed_there, there.changed_here) == (False, True)
    assert (str(here.phrase), str(there.phrase)) == ("depends on", "is needed by")
    assert suspect_ids([requirement.pk, other.pk]) == {requirement.pk, other.pk}
    clear_trace(trace=trace, by=world.pm, now=now)
    assert not links_of(requirement, world.pm)[0].is_suspect
    assert Trace.objects.get().cleared_by == world.pm


def test_links_join_only_what_the_settings_allow(world, requirement, now):
    feature = Feature.objects.first()
    add_trace(source=requirement, target=feature, kind="satisfies", by=world.pm, now=now)
    with pytest.raises(CannotLink):
        add_trace(source=requirement, target=world.pm, kind="satisfies", by=world.pm, now=now)
    with pytest.raises(CannotLink):
        add_trace(source=requirement, target=requirement, kind="refines", by=world.pm, now=now)
    with pytest.raises(CannotLink):
        add_trace(source=requirement, target=feature, kind="likes", by=world.pm, now=now)


def test_an_end_out_of_sight_is_counted_but_not_named(world, rollout, requirement, written, now):
    hidden = written("秘密需求", department=world.west_sales)
    add_trace(source=requirement, target=hidden, kind="refines", by=world.pm, now=now)
    ask_confirmation(requirements=[requirement], people=[world.sales_rep], by=world.pm, now=now)
    link = links_of(requirement, world.sales_rep)[0]
    assert "秘密" not in link.title
    assert (link.url, link.is_visible) == ("", False)


def test_impact_names_what_a_change_touches(world, requirement, written, now):
    below = written("下级", parent=requirement)
    add_trace(source=requirement, target=written("相关"), kind="depends", by=world.pm, now=now)
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    impact = impact_of(Requirement.objects.get(pk=requirement.pk), world.pm)
    assert [row.person for row in impact.expiring] == [world.key_user]
    assert impact.children == [below]
    assert len(impact.links) == 1


def test_tree_has_no_circles_and_stays_in_one_rollout(world, requirement, written):
    child = written("下级", parent=requirement)
    with pytest.raises(CannotWrite):
        edit(requirement, world.pm, parent=child)
    with pytest.raises(CannotWrite):
        edit(requirement, world.pm, parent=RequirementFactory(rollout=RolloutFactory(), department=world.sales))


def test_codes_count_per_department_and_refuse_twins(world, rollout, requirement, written, now):
    assert written(department=world.west_sales).code == "W-SALES-001"
    assert written().code == "E-SALES-002"
    create_requirement(rollout=rollout, department=world.sales, title="外来编号", code="E-SALES-003", by=world.pm, now=now)
    assert written().code == "E-SALES-004"
    with pytest.raises(CannotWrite):
        create_requirement(rollout=rollout, department=world.sales, title="重号", code="E-SALES-003", by=world.pm, now=now)


def test_gate_counts_what_is_confirmed_objected_and_undecided(world, rollout, requirement, today, now):
    phase = Phase(rollout=rollout, kind="research", order=1)

    def said(check, **parameters):
        return answer_of(check(phase=phase, parameters=parameters, today=today))

    assert said(must_confirmed).status == "not_met"
    assert said(must_confirmed).rows[0][0] == str(requirement)
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    assert (said(must_confirmed).status, said(must_confirmed).value) == ("met", 100)
    assert (said(open_objections).status, said(undecided_changes).status) == ("met", "met")
    change = open_change_request(requirement=requirement, title="改", reason="因为", by=world.pm, now=now)
    assert said(undecided_changes).status == "not_met"
    assert said(undecided_changes, most=1).status == "risk"
    decide_change_request(change=change, accept=True, reason="好", by=world.pm, now=now)
    assert said(undecided_changes).status == "met"
    edit(requirement, world.pm, statement="改过的。")
    assert said(must_confirmed).status == "not_met"
    confirm_requirement(requirement=Requirement.objects.get(pk=requirement.pk), verdict="object", note="不行", by=world.key_user, now=now)
    assert said(open_objections).status == "not_met"


def test_what_waits_is_on_the_home_page(world, requirement, now):
    assert answer_of(waiting_count(world.key_user)) == 0
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    assert answer_of(waiting_count(world.key_user)) == 1
    assert requirement.code in answer_of(confirmations_waiting(world.key_user))[0]["title"]


def test_found_by_code_and_by_words_within_sight(world, requirement, written):
    written("西部独有的需求", department=world.west_sales)
    assert [hit.code for hit in find("查重", by=world.pm, kinds=["requirements_mgmt.requirement"])] == [requirement.code]
    assert [hit.code for hit in find(requirement.code, by=world.liaison, kinds=["requirements_mgmt.requirement"])] == [requirement.code]
    assert len(find("西部独有", by=world.liaison, kinds=["requirements_mgmt.requirement"])) == 0
