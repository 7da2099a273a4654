import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.notices.models import Notice
from foundation.usage.models import UsageEvent
from requirements_mgmt.models import Confirmation, Requirement, Verdict
from requirements_mgmt.services import (
    CannotAsk,
    CannotConfirm,
    CannotEdit,
    TextChanged,
    ask_confirmation,
    ask_departments,
    confirm_requirement,
    drop_requirement,
    edit_requirement,
    reply_to_confirmation,
    withdraw_confirmation,
)
from tests.factories.people import DelegationFactory


def edit(requirement, by, **values):
    fresh = Requirement.objects.get(pk=requirement.pk)
    return edit_requirement(requirement=fresh, values=values, sent_version=fresh.version, by=by, now=timezone.now())


def state_of(requirement):
    return Requirement.objects.with_confirmation().get(pk=requirement.pk).confirmation


def test_confirming_binds_the_person_to_the_exact_text(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    row = confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    requirement.refresh_from_db()
    assert row.content_hash == requirement.content_hash
    assert row.content["statement"] == "新建客户前先按名称查重。"
    assert requirement.state == "confirmed"
    assert UsageEvent.objects.filter(feature__key="requirements.requirement.confirm", verb="confirm", user=world.key_user).count() == 1


def test_confirmed_needs_everybody_who_was_asked(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user, world.sales_manager], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    requirement.refresh_from_db()
    assert requirement.state == "open"
    assert state_of(requirement) == "waiting"
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.sales_manager, now=now)
    requirement.refresh_from_db()
    assert requirement.state == "confirmed"
    assert state_of(requirement) == "confirmed"


def test_change_of_text_outdates_and_tells(world, requirement, now, written):
    other = written()
    ask_confirmation(requirements=[requirement, other], people=[world.key_user, world.sales_manager], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    confirm_requirement(requirement=other, verdict="confirm", by=world.key_user, now=now)
    edit(requirement, world.pm, statement="新建客户前先按名称和电话查重。")
    assert state_of(requirement) == "outdated"
    assert state_of(other) == "waiting"
    assert [row.requirement_id for row in Confirmation.objects.outdated()] == [requirement.pk]
    notice = Notice.objects.get(kind="requirement_text_changed")
    assert notice.to == world.key_user


def test_going_back_to_the_confirmed_text_makes_the_confirmation_count_again(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user, world.sales_manager], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    edit(requirement, world.pm, title="别的")
    assert state_of(requirement) == "outdated"
    edit(requirement, world.pm, title="新建客户前查重")
    assert state_of(requirement) == "waiting"


def test_uncovered_fields_do_not_outdate(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    edit(requirement, world.pm, owner=world.pm, source="会议", roles=["sales_rep"])
    assert state_of(requirement) == "confirmed"


def test_confirmed_text_changes_by_change_request_only(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    with pytest.raises(CannotEdit):
        edit(requirement, world.pm, statement="别的")


def test_text_changed_while_reading(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    read = Requirement.objects.get(pk=requirement.pk)
    edit(requirement, world.pm, statement="别的")
    with pytest.raises(TextChanged):
        confirm_requirement(requirement=read, verdict="confirm", by=world.key_user, now=now)
    assert Confirmation.objects.get().verdict == Verdict.ASKED


def test_objection_needs_words_and_reaches_the_project_manager(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.consultant, now=now)
    with pytest.raises(CannotConfirm):
        confirm_requirement(requirement=requirement, verdict="object", note=" ", by=world.key_user, now=now)
    confirm_requirement(requirement=requirement, verdict="object", note="电话也要看", by=world.key_user, now=now)
    assert state_of(requirement) == "objection"
    assert {notice.to for notice in Notice.objects.filter(kind="confirmation_answered")} == {world.consultant, world.pm}


def test_reply_puts_the_requirement_to_the_person_again(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    row = confirm_requirement(requirement=requirement, verdict="ask", note="谁来查？", by=world.key_user, now=now)
    reply_to_confirmation(confirmation=row, reply="系统查。", by=world.pm, now=now)
    assert Confirmation.objects.filter(requirement=requirement, person=world.key_user, verdict="asked").count() == 1
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    assert state_of(requirement) == "confirmed"


def test_deputy_answers_and_is_recorded(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.sales_manager], by=world.pm, now=now)
    with pytest.raises(CannotConfirm):
        confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, person=world.sales_manager, now=now)
    DelegationFactory(principal=world.sales_manager, deputy=world.key_user)
    world.key_user.__dict__.pop("_access", None)
    row = confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, person=world.sales_manager, now=now)
    assert (row.person, row.answered_by) == (world.sales_manager, world.key_user)


def test_asking_twice_asks_once(world, requirement, now):
    first = ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    second = ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    assert (len(first.asked), len(second.asked), second.settled) == (1, 0, 1)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    third = ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    assert (len(third.asked), third.settled) == (0, 1)


def test_asking_many_sends_one_notice_per_person(world, requirement, written, now):
    rows = [requirement, *(written(f"需求{n}") for n in range(4))]
    ask_confirmation(requirements=rows, people=[world.key_user, world.liaison], by=world.pm, now=now)
    assert Confirmation.objects.count() == 10
    assert Notice.objects.filter(kind="confirmation_asked").count() == 2


def test_departments_are_asked_through_their_liaison_or_the_one_above(world, requirement, now):
    result = ask_departments(requirements=[requirement], departments=[world.team_a, world.west_sales], by=world.pm, now=now)
    assert {row.person for row in result.asked} == {world.liaison, world.west_liaison}
    with pytest.raises(CannotAsk):
        ask_departments(requirements=[requirement], departments=[world.service], by=world.pm, now=now)


def test_withdrawn_and_dropped_ask_nobody(world, requirement, now):
    row = ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now).asked[0]
    withdraw_confirmation(confirmation=row, by=world.pm, now=now)
    assert state_of(requirement) == "none"
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    requirement.refresh_from_db()
    drop_requirement(requirement=requirement, reason="不做了", sent_version=requirement.version, by=world.pm, now=now)
    assert not Confirmation.objects.filter(verdict="asked").exists()
    with pytest.raises(CannotConfirm):
        confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)


def test_database_keeps_one_latest_answer_and_one_open_ask(world, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    common = {"requirement": requirement, "person": world.key_user, "asked_at": now, "content_hash": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.create(**common)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.create(**common, verdict="confirm", is_latest=True, answered_by=world.key_user, answered_at=now)
