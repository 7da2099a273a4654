"""Exactly those confirmations become outdated whose covered text changed, whatever is edited in whatever order."""

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requirements_mgmt.models import Confirmation, Requirement
from requirements_mgmt.redline import redline
from requirements_mgmt.services import CannotEdit, ask_confirmation, confirm_requirement, data_objects, edit_requirement

TEXT = st.sampled_from(["先查重再保存。", "先查重，再保存。", "Check first, then save.", "Check  first, then save.", ""])
EDITS = st.one_of(
    st.tuples(st.just("title"), st.sampled_from(["甲", "乙", "Alpha"])),
    st.tuples(st.just("statement"), TEXT),
    st.tuples(st.just("scenario"), TEXT),
    st.tuples(st.just("priority"), st.sampled_from(["must", "should", "could"])),
    st.tuples(st.just("level"), st.sampled_from(["department", "enterprise"])),
    st.tuples(st.just("inputs"), st.lists(st.sampled_from(["客户", "合同"]), max_size=2)),
    st.tuples(st.just("owner"), st.sampled_from(["pm", "consultant"])),
    st.tuples(st.just("source"), st.sampled_from(["会议", "邮件"])),
    st.tuples(st.just("roles"), st.sampled_from([["sales_rep"], []])),
)
STEP = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 1), EDITS), st.tuples(st.just("confirm"), st.integers(0, 1), st.sampled_from(["key_user", "liaison"]))
)


class Undo(Exception):
    pass


@pytest.mark.parametrize("_once", [0])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_exactly_the_covered_confirmations_expire(world, rollout, requirement, written, steps, _once):
    try:
        with transaction.atomic():
            walk(world, rollout, [requirement, written("第二条")], steps)
            raise Undo
    except Undo:
        pass


def covered(requirement):
    """An oracle of its own: what people confirm, read straight from the row."""
    row = Requirement.objects.get(pk=requirement.pk)
    return (row.title, row.statement.strip(), row.scenario.strip(), row.priority, row.level, frozenset(row.inputs.values_list("name", flat=True)))


def walk(world, rollout, rows, steps):
    now = timezone.now()
    # A third person never answers, so that nothing is settled and every edit is allowed.
    ask_confirmation(requirements=rows, people=[world.sales_manager], by=world.pm, now=now)
    seen = {}
    for kind, which, what in steps:
        row = Requirement.objects.get(pk=rows[which].pk)
        if kind == "confirm":
            confirm_requirement(requirement=row, verdict="confirm", by=getattr(world, what), now=now)
            seen[(row.pk, getattr(world, what).pk)] = covered(row)
        else:
            name, value = what
            value = data_objects(rollout, value) if name == "inputs" else getattr(world, value) if name == "owner" else value
            edit_requirement(requirement=row, values={name: value}, sent_version=row.version, by=world.pm, now=now)
    expected = {pair for pair, text in seen.items() if text != covered(Requirement(pk=pair[0]))}
    assert set(Confirmation.objects.outdated().values_list("requirement_id", "person_id")) == expected


def test_the_oracle_notices_a_silently_kept_confirmation(world, requirement):
    """Negative control: text changed past the services leaves the stored hash behind, and the comparison sees it."""
    now = timezone.now()
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    before = covered(requirement)
    Requirement.objects.filter(pk=requirement.pk).update(statement="偷偷改了")
    assert covered(requirement) != before
    assert not Confirmation.objects.outdated().exists()
    row = Requirement.objects.get(pk=requirement.pk)
    with pytest.raises(CannotEdit):
        edit_requirement(requirement=row, values={"title": "新"}, sent_version=row.version, by=world.pm, now=now)


@settings(max_examples=200, deadline=None)
@given(old=st.text(max_size=80), new=st.text(max_size=80))
def test_redline_loses_nothing(old, new):
    parts = redline(old, new)
    assert "".join(text for kind, text in parts if kind != "insert") == old
    assert "".join(text for kind, text in parts if kind != "delete") == new


def test_redline_goes_word_by_word_in_both_scripts():
    assert redline("拜访后登记", "拜访后当天登记") == [("equal", "拜访后"), ("insert", "当天"), ("equal", "登记")]
    assert redline("save the record", "save every record") == [("equal", "save "), ("delete", "the"), ("insert", "every"), ("equal", " record")]
