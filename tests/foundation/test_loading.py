"""Loads of very many rows: what goes to the driver is what the model would have written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_core.models import Account, Activity, Opportunity, Ownership
from foundation.loading import Blank, Lines, values_of

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
GIVEN = (
    (Activity, {"id": 7, "account_id": 3, "subject": "电话回访", "author_id": 2, "occurred_at": AT, "recorded_at": AT}),
    (Ownership, {"id": 8, "account_id": 3, "owner_id": 2, "by_id": 2, "starts_at": AT}),
    (Opportunity, {"id": 9, "account_id": 3, "name": "续约", "amount": Decimal("12.50"), "stage_since": AT, "created_at": AT, "close_on": AT.date()}),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "given"), GIVEN, ids=lambda value: getattr(value, "__name__", ""))
def test_lines_are_what_instances_give(model, given, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: AT)  # what is filled with the moment is filled in both
    (expected,) = values_of(model, [model(**given)])
    found = Lines(model).line(**given)
    assert [str(value) for value in found] == [str(value) for value in expected]


def test_defaults_that_are_worked_out_are_worked_out_for_every_row():
    lines = Lines(Activity)
    place = [field.attname for field in Activity._meta.concrete_fields].index("occurred_at")
    first, second = lines.line(id=1), lines.line(id=2)
    assert first[place] != second[place]


def test_a_name_that_is_no_column_is_an_error():
    with pytest.raises(KeyError):
        Lines(Activity).line(account=3)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "given"), GIVEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_copied_blank_is_what_the_model_makes(model, given, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: AT)
    (expected,), (found,) = values_of(model, [model(**given)]), values_of(model, [Blank(model).row(**given)])
    assert [str(value) for value in found] == [str(value) for value in expected]


def test_a_copied_blank_knows_the_rows_behind_its_links_and_shares_none_with_the_next():
    blank, account = Blank(Activity), Account(pk=3, name="甲")
    first, second = blank.row({"account": account}, account_id=3), blank.row(account_id=4)
    assert first.account is account
    assert (second.account_id, "account" in second._state.fields_cache) == (4, False)
