from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_core.models import Opportunity, StageMove
from crm_core.services.opportunity import CannotMove, create_opportunity, move_opportunity, update_opportunity
from crm_core.views.board import forecast_months
from foundation.integrity import Stale


@pytest.fixture
def deal(account, sales_rep, now):
    return create_opportunity(account=account, data={"name": "二期扩容"}, by=sales_rep, now=now)


def test_opportunity_starts_at_the_first_stage_with_its_move(deal, stages):
    assert deal.stage == stages[0]
    assert StageMove.objects.get(opportunity=deal).from_stage is None


def test_opportunity_stage_gate_names_what_is_missing(deal, stages, sales_rep, now):
    with pytest.raises(CannotMove) as refused:
        move_opportunity(opportunity=deal, stage=stages[2], version=1, by=sales_rep, now=now)
    assert refused.value.missing == ("amount", "close_on")
    moved = move_opportunity(opportunity=deal, stage=stages[2], version=1, by=sales_rep, now=now, extra={"amount": Decimal(5000), "close_on": date(2030, 1, 1)})
    assert (moved.stage, moved.amount, moved.version) == (stages[2], 5000, 2)


def test_opportunity_won_and_lost_need_a_reason_and_reopening_forgets_it(deal, stages, sales_rep, now):
    with pytest.raises(CannotMove, match="the reason"):
        move_opportunity(opportunity=deal, stage=stages[5], version=1, by=sales_rep, now=now)
    lost = move_opportunity(opportunity=deal, stage=stages[5], version=1, by=sales_rep, now=now, extra={"close_reason": "price", "lost_reason": "贵了两成"})
    assert lost.closed_at == now
    again = move_opportunity(opportunity=deal, stage=stages[1], version=2, by=sales_rep, now=now + timedelta(days=3))
    assert (again.close_reason, again.closed_at) == ("", None)
    last = StageMove.objects.filter(opportunity=deal).last()
    assert (last.from_stage, last.to_stage, last.seconds_before) == (stages[5], stages[1], 3 * 86400)


def test_opportunity_two_people_move_it_and_the_second_is_told(deal, stages, sales_rep, sales_manager, now):
    move_opportunity(opportunity=deal, stage=stages[1], version=1, by=sales_rep, now=now)
    with pytest.raises(Stale, match="Needs confirmed"):
        move_opportunity(opportunity=deal, stage=stages[2], version=1, by=sales_manager, now=now)


def test_opportunity_gate_cannot_be_emptied_afterwards(deal, stages, sales_rep, now):
    deal = move_opportunity(opportunity=deal, stage=stages[2], version=1, by=sales_rep, now=now, extra={"amount": Decimal(5000), "close_on": date(2030, 1, 1)})
    with pytest.raises(CannotMove):
        update_opportunity(opportunity=deal, changes={"amount": None}, version=2, by=sales_rep, now=now)


def test_board_move_answers_with_the_new_totals(deal, stages, sales_rep, client_of):
    url = reverse("crm_core:opportunity_move", args=[deal.pk])
    response = client_of(sales_rep).post(url, {"to": stages[1].pk, "version": 1, "before": ""})
    assert response.status_code == 200
    assert response.json()["version"] == 2
    assert response.json()["columns"][str(stages[1].pk)]["count"] == 1


def test_board_move_of_a_stale_card_is_409_and_rolls_back(deal, stages, sales_rep, client_of):
    url = reverse("crm_core:opportunity_move", args=[deal.pk])
    response = client_of(sales_rep).post(url, {"to": stages[1].pk, "version": 7})
    assert response.status_code == 409
    deal.refresh_from_db()
    assert deal.stage == stages[0]


def test_board_move_asks_for_what_the_stage_needs(deal, stages, sales_rep, client_of):
    client = client_of(sales_rep)
    url = reverse("crm_core:opportunity_move", args=[deal.pk])
    response = client.post(url, {"to": stages[5].pk, "version": 1})
    form_url = response.headers["HX-Redirect"]
    assert form_url.startswith(url)
    deal.refresh_from_db()
    assert deal.stage == stages[0]
    page = client.get(form_url).content.decode()
    assert 'name="close_reason"' in page
    refused = client.post(url, {"form": "1", "to": stages[5].pk, "version": 1, "lost_reason": "保留的话"})
    assert refused.status_code == 409
    assert "保留的话" in refused.content.decode()
    done = client.post(url, {"form": "1", "to": stages[5].pk, "version": 1, "close_reason": "price"})
    assert done.status_code == 302


def test_board_stage_of_another_pipeline_is_refused(deal, sales_rep, client_of):
    from crm_core.models import Stage

    foreign = Stage.objects.filter(pipeline__name="续约").first()
    response = client_of(sales_rep).post(reverse("crm_core:opportunity_move", args=[deal.pk]), {"to": foreign.pk, "version": 1})
    assert response.status_code == 422


def test_opportunity_of_a_foreign_account_is_refused(sales_rep, west_rep, pipeline, client_of, now):
    from crm_core.services.account import create_account

    foreign = create_account(data={"name": "别人的"}, by=west_rep, now=now)
    response = client_of(sales_rep).post(
        reverse("crm_core:opportunity_create"), {"account": foreign.pk, "name": "x", "pipeline": pipeline.pk, "currency": "CNY", "version": 1}
    )
    assert response.status_code == 422
    assert not Opportunity.objects.exists()


def test_forecast_weighs_by_probability_and_counts_late_ones_now(account, sales_rep, stages, now):
    today = date(2030, 5, 15)
    for close_on, amount in ((date(2030, 5, 20), 1000), (date(2030, 4, 1), 400), (date(2030, 6, 2), 800)):
        create_opportunity(
            account=account,
            data={"name": "x", "stage": stages[2], "pipeline": stages[2].pipeline, "amount": amount, "close_on": close_on},
            by=sales_rep,
            now=now,
        )
    months = forecast_months(Opportunity.objects.all(), today, months=2)
    assert list(months) == ["CNY"]
    assert [(row["weighted"], row["best"], row["count"]) for row in months["CNY"]] == [(700, 1400, 2), (400, 800, 1)]


def test_forecast_shows_each_currency_by_itself_and_says_what_has_no_amount(account, sales_rep, stages, now, client_of):
    close_on = timezone.localdate().replace(day=28)
    for amount, currency in ((1000, "CNY"), (300, "USD"), (100, "USD"), (None, "EUR")):
        stage = stages[2] if amount else stages[0]
        data = {"name": "x", "stage": stage, "pipeline": stage.pipeline, "amount": amount, "currency": currency, "close_on": close_on}
        create_opportunity(account=account, data=data, by=sales_rep, now=now)
    client = client_of(sales_rep)
    sales_rep.language = "en"
    sales_rep.save()
    text = client.get(reverse("crm_core:opportunity_forecast")).content.decode()
    assert "¥500 + US$200" in text
    assert "Forecast in USD" in text
    assert "Forecast in EUR" not in text
    assert "1 open opportunity has no amount yet" in text
    data = client.get(reverse("crm_core:opportunity_forecast_data"), {"currency": "USD"}).json()
    assert data["unit"] == "USD"
    assert [series["values"][0] for series in data["series"]] == [0, 200, 400]
    assert client.get(reverse("crm_core:opportunity_forecast_data"), {"currency": "XXX"}).json()["unit"] == "CNY"
