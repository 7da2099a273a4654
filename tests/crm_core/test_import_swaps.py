"""Values that must not repeat and change hands within one file: taken where another row gives them up, wherever in the file that row stands."""

import pytest

from crm_core.models import Account, CustomKey, ImportBatch
from crm_core.services.account import update_account
from crm_core.services.importing import apply_chunk, finish_apply, preview_undo, start_apply, swapping, undoing, writing
from crm_core.services.importing.swapping import Exchange
from tests.crm_core.test_import import apply, checked_after_a_kill, csv_file, staged, undo
from tests.crm_core.test_import_unique import HEADINGS, TAKEN, checked, held, made, member, row

__all__ = ["member"]


@pytest.fixture
def ring(member, sales_rep, now):
    """Makes so many customers with the values M0, M1, M2 …"""
    return lambda count: [made(f"第{number}家公司", sales_rep, now, f"M{number}") for number in range(count)]


def lines(*pairs):
    return [[f"第{number}家公司", value] for number, value in pairs]


def values():
    """What each customer has, in the base and among the values held, which must agree."""
    found = dict(Account.objects.filter(name__startswith="第").values_list("pk", "custom__member"))
    assert {pk: value.lower() for pk, value in found.items() if value} == {pk: value for pk, value in held().items() if pk in found}
    return [found[pk] for pk in sorted(found)]


def fillers(*numbers):
    return [[f"路过{number}号公司", ""] for number in numbers]


def test_two_customers_swap_their_values(ring, sales_manager, now):
    ring(2)
    batch = checked(sales_manager, now, lines((0, "M1"), (1, "M0")))
    assert [(one.action, one.problems) for one in batch.rows.order_by("row_no")] == [("update", {}), ("update", {})]
    assert batch.counts["update"] == 2
    apply(batch, sales_manager, now)
    assert values() == ["M1", "M0"]
    assert preview_undo(batch) == {"put_back": 2}
    assert undo(batch, sales_manager, now) == {"undone": 2, "kept": 0}
    assert values() == ["M0", "M1"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_ring_goes_round_over_the_borders_of_chunks_and_back(ring, sales_manager, now, size, monkeypatch):
    ring(4)
    mixed = [*lines((0, "M1")), *fillers(1, 2, 3, 4), *lines((2, "M3")), *fillers(5, 6, 7), *lines((1, "M2")), *fillers(8, 9), *lines((3, "M0"))]
    batch = checked(sales_manager, now, mixed)
    monkeypatch.setattr(writing, "CHUNK", size)
    monkeypatch.setattr(undoing, "CHUNK", size)
    counts = apply(batch, sales_manager, now).counts
    assert (counts["update"], counts["create"], counts["refuse"]) == (4, 9, 0)
    assert values() == ["M1", "M2", "M3", "M0"]
    assert batch.rows.filter(applied=True).count() == 13
    assert undo(batch, sales_manager, now) == {"undone": 13, "kept": 0}
    assert values() == ["M0", "M1", "M2", "M3"]
    assert Account.objects.count() == 4


@pytest.mark.parametrize("is_forward", [True, False])
def test_everybody_moves_up_by_one_and_a_new_customer_takes_what_is_left(ring, sales_manager, now, is_forward, monkeypatch):
    ring(12)
    moved = lines(*((number, f"M{number + 1}") for number in range(12)))
    batch = checked(sales_manager, now, [["第99家公司", "M0"], *(moved if is_forward else reversed(moved))])
    assert batch.counts["refuse"] == 0
    monkeypatch.setattr(writing, "CHUNK", 5)
    apply(batch, sales_manager, now)
    assert values() == [*(f"M{number + 1}" for number in range(12)), "M0"]
    monkeypatch.setattr(undoing, "CHUNK", 5)
    assert undo(batch, sales_manager, now) == {"undone": 13, "kept": 0}
    assert values() == [f"M{number}" for number in range(12)]


def test_who_wants_what_nobody_can_give_up_is_refused_with_those_behind(ring, sales_manager, now):
    ring(4)
    batch = checked(
        sales_manager, now, [[*lines((0, "M1"))[0], ""], [*lines((1, "M2"))[0], ""], [*lines((2, "M9"))[0], "不是信用代码"]], [*HEADINGS, "信用代码"]
    )
    assert [row(batch, number).action for number in (2, 3, 4)] == ["refuse"] * 3
    assert [list(row(batch, number).problems.values()) for number in (2, 3)] == [[TAKEN % "M1"], [TAKEN % "M2"]]
    apply(batch, sales_manager, now)
    assert values() == ["M0", "M1", "M2", "M3"]


def test_of_two_who_want_the_same_value_the_first_in_the_file_gets_it(ring, sales_manager, now):
    ring(3)
    batch = checked(sales_manager, now, lines((0, "M2"), (1, "M2"), (2, "M5")))
    assert [row(batch, number).action for number in (2, 3, 4)] == ["update", "refuse", "update"]
    apply(batch, sales_manager, now)
    assert values() == ["M2", "M1", "M5"]


def test_a_ring_too_long_for_one_transaction_is_refused_as_a_whole(ring, sales_manager, now, monkeypatch):
    ring(4)
    monkeypatch.setattr(swapping, "AT_ONCE", 3)
    batch = checked(sales_manager, now, lines((0, "M1"), (1, "M2"), (2, "M3"), (3, "M0")))
    assert batch.counts["refuse"] == 4
    apply(batch, sales_manager, now)
    assert values() == ["M0", "M1", "M2", "M3"]


def test_who_was_changed_after_the_check_keeps_its_value_and_so_does_who_wanted_it(ring, sales_rep, sales_manager, now):
    first, second = ring(2)
    batch = checked(sales_manager, now, lines((0, "M1"), (1, "M0")))
    update_account(account=second, changes={"custom": {"member": "M7"}}, version=1, by=sales_rep, now=now)
    update_account(account=second, changes={"custom": {"member": "M1"}, "remark": "x"}, version=2, by=sales_rep, now=now)
    Account.objects.filter(pk=first.pk).update(custom={"member": "M0", "other": "x"})  # whatever it was: not what was shown any more
    Account.objects.filter(pk=first.pk).update(version=5)
    apply(batch, sales_manager, now)
    assert held() == {first.pk: "m0", second.pk: "m1"}
    assert [row(batch, number).applied for number in (2, 3)] == [False, False]


@pytest.mark.parametrize("chunk", [3, 4])
def test_a_check_that_dies_among_the_exchanges_comes_to_the_same(ring, sales_manager, now, monkeypatch, chunk):
    ring(4)
    batch = staged(sales_manager, now, csv_file("utf-8", lines((0, "M1"), (1, "M2"), (2, "M3"), (3, "M0")), HEADINGS))
    batch = checked_after_a_kill(batch, sales_manager, now, monkeypatch, chunk=chunk)
    assert batch.counts["update"] == 4
    apply(batch, sales_manager, now)
    assert values() == ["M1", "M2", "M3", "M0"]


def test_a_load_that_dies_between_takes_up_where_it_was(ring, sales_manager, now, monkeypatch):
    ring(4)
    batch = checked(sales_manager, now, [*lines((0, "M1")), *fillers(1, 2), *lines((1, "M0"), (2, "M3")), *fillers(3), *lines((3, "M2"))])
    monkeypatch.setattr(writing, "CHUNK", 2)
    start_apply(batch=batch, by=sales_manager, now=now)
    assert apply_chunk(batch=batch, by=sales_manager, now=now) == 2  # one of the file's next, and its partner from further on
    assert values() == ["M1", "M0", "M2", "M3"]
    again = ImportBatch.objects.get(pk=batch.pk)
    while apply_chunk(batch=again, by=sales_manager, now=now):
        pass
    counts = finish_apply(batch=again, by=sales_manager, now=now).counts
    assert (counts["update"], counts["create"]) == (4, 3)
    assert values() == ["M1", "M0", "M3", "M2"]
    assert CustomKey.objects.count() == 4


def test_contacts_of_a_customer_whose_row_was_granted_come_with_it(ring, sales_manager, now):
    ring(2)
    sheet = [["第0家公司", "M1", "赵敏"], ["第0家公司", "M1", "钱多"], ["第1家公司", "M0", "孙立"]]
    batch = checked(sales_manager, now, sheet, [*HEADINGS, "联系人"])
    apply(batch, sales_manager, now)
    assert values() == ["M1", "M0"]
    assert sorted(Account.objects.get(name="第0家公司").contacts.values_list("name", flat=True)) == ["赵敏", "钱多"]


# --- who is written with whom ---------------------------------------------------------------------------
@pytest.mark.once
def test_rows_that_come_after_those_that_they_need_are_written_alone():
    exchange = Exchange({row: [(1, f"m{row - 1}")] for row in range(2, 500)}, {(1, f"m{row}"): row for row in range(1, 500)})
    assert exchange.settled() == {row: [] for row in range(2, 500)}


@pytest.mark.once
def test_a_long_chain_forward_is_taken_from_its_end_as_far_as_there_is_room():
    exchange = Exchange({row: [(1, f"m{row + 1}")] for row in range(1, 200)}, {(1, f"m{row}"): row for row in range(1, 201)})
    settled = exchange.settled()
    assert min(settled) == 200 - swapping.AT_ONCE + 1
    assert all(len(group) == swapping.AT_ONCE for group in settled.values())
