"""Two people at one requirement in the same moment, on a real database: nothing is lost, nobody confirms unread words."""

import pytest
from django.utils import timezone

from foundation.integrity import Stale
from requirements_mgmt.models import Confirmation, Requirement
from requirements_mgmt.services import TextChanged, ask_confirmation, confirm_requirement, create_requirement, edit_requirement
from tests.at_once import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def edit_of(requirement, by, **values):
    return lambda: edit_requirement(requirement=requirement, values=values, sent_version=1, by=by, now=timezone.now())


def test_two_editors_one_wins_the_other_is_told(world, requirement):
    results = together(edit_of(requirement, world.pm, statement="甲改的"), edit_of(requirement, world.consultant, scenario="乙改的"))
    assert sorted(type(result).__name__ for result in results) == ["Requirement", "Stale"]
    saved = Requirement.objects.get(pk=requirement.pk)
    assert (saved.statement == "甲改的") != (saved.scenario == "乙改的")
    assert saved.version == 2


def test_without_the_version_the_first_edit_would_be_lost(world, requirement):
    """Negative control: writing the row as read, as a plain form save does, throws the other's text away."""
    mine, theirs = Requirement.objects.get(pk=requirement.pk), Requirement.objects.get(pk=requirement.pk)
    theirs.statement = "甲改的"
    theirs.save()
    mine.scenario = "乙改的"
    mine.save()
    assert Requirement.objects.get(pk=requirement.pk).statement != "甲改的"
    with pytest.raises(Stale):
        edit_requirement(requirement=requirement, values={"title": "丙"}, sent_version=7, by=world.pm, now=timezone.now())


def test_confirming_while_somebody_edits_binds_to_the_text_that_was_read(world, requirement):
    now = timezone.now()
    ask_confirmation(requirements=[requirement], people=[world.key_user, world.liaison], by=world.pm, now=now)
    read = Requirement.objects.get(pk=requirement.pk)
    results = together(
        lambda: confirm_requirement(requirement=read, verdict="confirm", by=world.key_user, now=now),
        edit_of(requirement, world.pm, statement="刚刚改的"),
    )
    row = Confirmation.objects.get(requirement=requirement, person=world.key_user)
    if isinstance(results[0], TextChanged):
        assert row.verdict == "asked"
    else:
        assert row.content_hash == read.content_hash
        assert row.content["statement"] != "刚刚改的"
        assert row in Confirmation.objects.outdated()
    assert Requirement.objects.get(pk=requirement.pk).state == "open"


def test_without_the_comparison_unread_words_would_be_confirmed(world, requirement):
    """Negative control: an answer bound to whatever stands there now is bound to words that nobody read."""
    now = timezone.now()
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    read = Requirement.objects.get(pk=requirement.pk)
    edit_of(requirement, world.pm, statement="刚刚改的")()
    careless = Requirement.objects.get(pk=requirement.pk).content_hash
    with pytest.raises(TextChanged):
        confirm_requirement(requirement=read, verdict="confirm", by=world.key_user, now=now)
    row = confirm_requirement(requirement=read, verdict="confirm", by=world.key_user, now=now, seen_hash=careless)
    assert row.content["statement"] == "刚刚改的"


def test_two_answers_of_one_person_leave_one_latest(world, requirement):
    now = timezone.now()
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    together(
        lambda: confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now),
        lambda: confirm_requirement(requirement=requirement, verdict="object", note="不行", by=world.key_user, now=now),
    )
    assert Confirmation.objects.filter(requirement=requirement, is_latest=True).count() == 1


def test_two_new_requirements_get_two_codes(world, rollout):
    def write(title):
        return lambda: create_requirement(rollout=rollout, department=world.sales, title=title, by=world.pm, now=timezone.now())

    made = together(*(write(f"需求{n}") for n in range(4)))
    assert sorted(row.code for row in made) == ["E-SALES-001", "E-SALES-002", "E-SALES-003", "E-SALES-004"]
