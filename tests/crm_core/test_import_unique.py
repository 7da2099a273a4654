"""Values of custom fields that must not repeat: told in the dry run, held by the load, freed by the undo."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_core.models import Account, Contact, CustomKey, ImportRow
from crm_core.services.account import create_account, update_account
from crm_core.services.custom_values import CannotRepeat
from crm_core.services.importing import apply_chunk, check_batch, decide_rows, preview_undo, start_apply
from tests.at_once import together
from tests.crm_core.test_custom_field_use import add_field
from tests.crm_core.test_import import apply, checked_after_a_kill, csv_file, staged, undo

HEADINGS = ["客户名称", "会员号"]
TAKEN = "Another row has “%s” as 会员号 already; it must not repeat."


@pytest.fixture
def member(db):
    return add_field(model="account", key="member", type="text", label="会员号", label_en="", is_unique=True)


def checked(by, now, lines, headings=HEADINGS, **more):
    return check_batch(batch=staged(by, now, csv_file("utf-8", lines, headings), **more), by=by, now=now)


def row(batch, number):
    return batch.rows.get(row_no=number)


def held():
    return dict(CustomKey.objects.values_list("object_id", "value"))


def made(name, by, now, value):
    return create_account(data={"name": name, "custom": {"member": value}}, by=by, now=now)


def test_a_value_of_another_record_is_refused_in_its_cell(member, sales_rep, sales_manager, now):
    first = made("甲公司", sales_rep, now, "M 001")
    batch = checked(sales_manager, now, [["乙公司", "ｍ  001"], ["丙公司", "M 002"], ["甲公司", "M 001"], ["丁公司", ""]])
    assert row(batch, 2).problems == {member.name: TAKEN % "ｍ  001"}
    assert [row(batch, number).action for number in (2, 3, 4, 5)] == ["refuse", "create", "skip", "create"]
    apply(batch, sales_manager, now)
    assert not Account.objects.filter(name="乙公司").exists()
    assert held() == {first.pk: "m 001", Account.objects.get(name="丙公司").pk: "m 002"}
    with pytest.raises(CannotRepeat):
        made("戊公司", sales_rep, now, "M 002")


def test_an_update_may_not_take_anothers_value_but_may_change_its_own(member, sales_rep, sales_manager, now):
    first, second = made("甲公司", sales_rep, now, "M1"), made("乙公司", sales_rep, now, "M2")
    batch = checked(sales_manager, now, [["乙公司", "M1"], ["甲公司", "M1"]])
    assert (row(batch, 2).action, row(batch, 2).problems) == ("refuse", {member.name: TAKEN % "M1"})
    apply(batch, sales_manager, now)
    assert held() == {first.pk: "m1", second.pk: "m2"}
    apply(checked(sales_manager, now, [["甲公司", "M3"]]), sales_manager, now)
    assert held() == {first.pk: "m3", second.pk: "m2"}
    made("丙公司", sales_rep, now, "M1")


def test_of_two_rows_of_one_file_the_second_names_the_first(member, sales_manager, now):
    lines = [["坏公司", "M1", "不是信用代码"], ["甲公司", "M1", ""], ["乙公司", "m1", ""]]
    batch = checked(sales_manager, now, lines, [*HEADINGS, "信用代码"])
    assert [row(batch, number).action for number in (2, 3, 4)] == ["refuse", "create", "refuse"]
    assert row(batch, 4).problems == {member.name: "Row 3 of this file has “m1” as 会员号 already; it must not repeat."}


def test_a_check_that_was_killed_knows_the_values_of_its_first_rows(member, sales_manager, now, monkeypatch):
    lines = [["甲公司", "M1"], ["乙公司", "M2"], ["丙公司", "M1"], ["丁公司", "M4"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, HEADINGS))
    batch = checked_after_a_kill(batch, sales_manager, now, monkeypatch, chunk=2)
    assert "Row 2 of this file" in row(batch, 4).problems[member.name]
    assert row(batch, 5).action == "create"


def test_who_was_faster_after_the_check_keeps_the_value(member, sales_rep, sales_manager, now):
    batch = checked(sales_manager, now, [["甲公司", "M1"], ["乙公司", "M2"]])
    first = made("别家公司", sales_rep, now, "M1")
    counts = apply(batch, sales_manager, now).counts
    assert (counts["create"], counts["refuse"], counts["waiting"]) == (1, 1, 0)
    assert (row(batch, 2).applied, row(batch, 2).problems) == (False, {member.name: TAKEN % "M1"})
    assert held() == {first.pk: "m1", Account.objects.get(name="乙公司").pk: "m2"}


def test_rows_that_are_decided_together_are_told_apart_too(member, sales_rep, sales_manager, now):
    for name in ("青山科技", "绿水科技"):
        create_account(data={"name": f"{name}有限公司"}, by=sales_rep, now=now)
    lines = [["青山科技股份有限公司", "M1"], ["绿水科技股份有限公司", "M1"]]
    batch = checked(sales_manager, now, lines)
    assert batch.counts["waiting"] == 2, list(batch.rows.values_list("problems", flat=True))
    decide_rows(batch=batch, decision="create", by=sales_manager, now=now)
    assert (row(batch, 2).action, row(batch, 3).action) == ("create", "refuse")
    assert "Row 2 of this file" in row(batch, 3).problems[member.name]


def test_contacts_are_held_as_well(sales_rep, sales_manager, account, now):
    field = add_field(model="contact", key="badge", type="number", label="胸卡号", label_en="", is_unique=True)
    lines = [["赵敏", account.name, "7"], ["钱多", account.name, "8"], ["孙立", account.name, "7"]]
    batch = checked(sales_manager, now, lines, ["姓名", "公司", "胸卡号"], kind="contact")
    assert row(batch, 4).problems.keys() == {field.name}
    apply(batch, sales_manager, now)
    assert held() == {Contact.objects.get(name="赵敏").pk: "7", Contact.objects.get(name="钱多").pk: "8"}
    undo(batch, sales_manager, now)
    assert held() == {}


# --- undo ----------------------------------------------------------------------------------------------
def test_an_undo_frees_what_was_made_and_gives_back_what_was_changed(member, sales_rep, sales_manager, now):
    first = made("甲公司", sales_rep, now, "M1")
    blank = create_account(data={"name": "乙公司"}, by=sales_rep, now=now)
    batch = checked(sales_manager, now, [["甲公司", "M9"], ["乙公司", "M2"], ["丙公司", "M3"]])
    apply(batch, sales_manager, now)
    assert sorted(held().values()) == ["m2", "m3", "m9"]
    assert undo(batch, sales_manager, now) == {"undone": 3, "kept": 0}
    assert held() == {first.pk: "m1"}
    blank.refresh_from_db()
    assert blank.custom == {}
    made("丁公司", sales_rep, now, "M3")


def test_a_value_that_somebody_took_meanwhile_is_not_taken_away_by_the_undo(member, sales_rep, sales_manager, now):
    first = made("甲公司", sales_rep, now, "M1")
    batch = checked(sales_manager, now, [["甲公司", "M9"], ["丙公司", "M3"]])
    apply(batch, sales_manager, now)
    other = made("乙公司", sales_rep, now, "M1")
    assert preview_undo(batch) == {"taken": 1, "delete": 1}
    assert undo(batch, sales_manager, now) == {"undone": 1, "kept": 1}
    first.refresh_from_db()
    assert (first.custom, held()) == ({"member": "M9"}, {first.pk: "m9", other.pk: "m1"})
    assert row(batch, 2).note == "Another record has its value that must not repeat by now; it stays."


def test_values_that_went_round_within_one_import_go_back_with_it(member, sales_rep, sales_manager, now):
    first, second = made("甲公司", sales_rep, now, "M1"), made("乙公司", sales_rep, now, "M2")
    apply(checked(sales_manager, now, [["甲公司", "M9"]]), sales_manager, now)
    batch = checked(sales_manager, now, [["乙公司", "M1"], ["甲公司", "M8"]])
    apply(batch, sales_manager, now)
    assert held() == {first.pk: "m8", second.pk: "m1"}
    assert preview_undo(batch) == {"put_back": 2}
    undo(batch, sales_manager, now)
    assert held() == {first.pk: "m9", second.pk: "m2"}


# --- speed and races -----------------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["check", "apply"])
def test_the_statements_of_a_chunk_do_not_grow_with_its_rows(member, sales_manager, now, step):
    def statements(first, count):
        lines = [[f"公司{number}号", f"M{number}"] for number in range(first, first + count)]
        batch = staged(sales_manager, now, csv_file("utf-8", lines, HEADINGS))
        if step == "apply":
            start_apply(batch=check_batch(batch=batch, by=sales_manager, now=now), by=sales_manager, now=now)
        with CaptureQueriesContext(connection) as queries:
            if step == "check":
                check_batch(batch=batch, by=sales_manager, now=now)
            else:
                apply_chunk(batch=batch, by=sales_manager, now=now)
        return [query["sql"] for query in queries if "customkey" in query["sql"]]

    few, many = statements(1, 3), statements(100, 80)
    assert len(few) == len(many) <= (1 if step == "check" else 3)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["create", "edit", "import"])
def test_of_an_import_and_a_form_at_once_exactly_one_holds_the_value(world, now, other):
    add_field(model="account", key="member", type="text", label="会员号", label_en="", is_unique=True)
    rep, manager = world.sales_rep, world.sales_manager
    for number in range(4):
        standing = create_account(data={"name": f"原有{number}号公司"}, by=rep, now=now)
        batch = checked(manager, now, [[f"新来{number}号公司", f"M{number}"]])
        rival = checked(manager, now, [[f"另一{number}号公司", f"M{number}"]]) if other == "import" else None
        acts = {
            "create": lambda number=number: made(f"表单{number}号公司", rep, now, f"M{number}"),
            "edit": lambda row=standing, number=number: update_account(account=row, changes={"custom": {"member": f"M{number}"}}, version=1, by=rep, now=now),
            "import": lambda batch=rival: apply(batch, manager, now),
        }
        results = together(lambda batch=batch: apply(batch, manager, now), acts[other])
        assert not isinstance(results[0], Exception), results
        assert isinstance(results[1], CannotRepeat) or not isinstance(results[1], Exception), results
        holder = CustomKey.objects.get(value=f"m{number}").object_id
        assert list(Account.objects.filter(custom__member=f"M{number}").values_list("pk", flat=True)) == [holder]
        if rival is None:
            assert ImportRow.objects.get(batch=batch).applied == isinstance(results[1], CannotRepeat), results
        else:
            assert ImportRow.objects.filter(batch__in=[batch.pk, rival.pk], applied=True).count() == 1
