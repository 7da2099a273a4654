"""The queue of registered statuses: who stands in it and why, each look kept, and the door."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_core.models import StatusReview
from crm_core.models.status_review import to_look_at
from crm_core.services.status_reviews import CannotReview, confirm_statuses, review_status
from foundation.integrity import Stale
from foundation.usage.models import UsageEvent
from tests.factories.crm_core import AccountFactory

TODAY = timezone.localdate()
QUEUE = reverse("crm_core:status_queue")
CODE = "91310000MA1FL8TQ32"


def held(world, name, **facts):
    return AccountFactory(name=name, owner=world.sales_rep, department=world.team_a, **facts)


@pytest.fixture
def base(world):
    fresh = {"registered_status_on": TODAY}
    return {
        "gone": held(world, "吊销公司", registered_status="revoked", **fresh),
        "unknown": held(world, "未查公司", credit_code=CODE),
        "old": held(world, "旧查公司", registered_status="in_business", registered_status_on=TODAY - timedelta(days=400)),
        "undated": held(world, "无日期公司", registered_status="in_business"),
        "fresh": held(world, "新查公司", registered_status="in_business", **fresh),
        "nameless": held(world, "无码公司"),
        "person": held(world, "王个人", kind="individual", registered_status="revoked", **fresh),
    }


def reasons(base):
    account = next(iter(base.values()))
    return {row.name: row.look_reason for row in to_look_at(type(account).objects.all(), TODAY)}


def looked(account, by, **facts):
    said = {"status": "in_business", "source": "公示系统", "note": "", "again_on": None, "version": account.version} | facts
    return review_status(account=account, by=by, now=timezone.now(), **said)


def test_who_stands_in_the_queue_and_why(base):
    assert reasons(base) == {"吊销公司": "gone", "未查公司": "unknown", "旧查公司": "old", "无日期公司": "old"}


def test_a_look_settles_until_its_day_and_as_long_as_the_status_holds(base, world):
    look = looked(base["gone"], world.sales_manager, status="cancelled", again_on=TODAY + timedelta(days=30))
    assert (look.before, look.status) == ("revoked", "cancelled")
    base["gone"].refresh_from_db()
    assert (base["gone"].registered_status, base["gone"].registered_status_on) == ("cancelled", TODAY)
    assert "吊销公司" not in reasons(base)
    later = {row.name for row in to_look_at(type(base["gone"]).objects.all(), TODAY + timedelta(days=30))}
    assert "吊销公司" in later
    type(base["gone"]).objects.filter(pk=base["gone"].pk).update(registered_status="revoked")
    assert reasons(base)["吊销公司"] == "gone", "another status than the one that was found asks for another look"


def test_an_unknown_one_found_in_business_leaves_the_queue_for_a_year(base, world):
    looked(base["unknown"], world.sales_manager)
    assert "未查公司" not in reasons(base)
    assert StatusReview.objects.get().again_on == TODAY + timedelta(days=365)
    assert UsageEvent.objects.filter(feature__key="crm.account.review_status", object_id=str(base["unknown"].pk)).count() == 1


@pytest.mark.parametrize("said", [{"status": ""}, {"status": "asleep"}, {"again_on": TODAY}, {"again_on": date(2001, 1, 1)}])
def test_nonsense_is_refused_and_nothing_is_kept(base, world, said):
    with pytest.raises(CannotReview):
        looked(base["old"], world.sales_manager, **said)
    assert not StatusReview.objects.exists()


def test_who_was_slower_is_told(base, world):
    looked(base["old"], world.sales_manager)
    with pytest.raises(Stale):
        looked(base["old"], world.sales_manager, version=1)
    assert StatusReview.objects.count() == 1


def test_the_queue_as_a_page(base, world, client_of):
    page = client_of(world.sales_manager).get(QUEUE)
    text = page.content.decode()
    assert page.status_code == 200
    assert all(name in text for name in ("吊销公司", "未查公司", "旧查公司"))
    assert "新查公司" not in text
    assert "未查公司" not in client_of(world.sales_manager).get(QUEUE, {"look_reason": "gone"}).content.decode()
    sheet = client_of(world.sales_manager).get(QUEUE, {"export": "csv"})
    assert "吊销公司" in b"".join(sheet.streaming_content).decode("utf-8-sig")


def test_a_look_through_the_page(base, world, client_of):
    url = reverse("crm_core:account_status", args=[base["unknown"].pk])
    client = client_of(world.sales_manager)
    assert CODE in client.get(url).content.decode()
    assert client.post(url, {"version": base["unknown"].version}).status_code == 422
    sent = {"registered_status": "revoked", "registered_status_source": "公示系统", "note": "电话已停机", "version": base["unknown"].version}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 409, "the second of two windows sees both versions"
    text = client.get(url).content.decode()
    assert "电话已停机" in text
    assert "Licence revoked" in text
    assert "Licence revoked" in client_of(world.sales_rep).get(base["unknown"].get_absolute_url()).content.decode()


def test_several_still_hold_and_unknown_ones_are_named(base, world, client_of):
    client, url = client_of(world.sales_manager), reverse("crm_core:status_confirm")
    assert client.post(url, {"pk": [base["old"].pk, base["undated"].pk, 999999, "x"]}).status_code == 302
    assert set(reasons(base)) == {"吊销公司", "未查公司"}
    answer = client.post(url, {"pk": [base["gone"].pk, base["unknown"].pk]})
    assert answer.status_code == 409
    assert "未查公司" in answer.content.decode()
    assert "吊销公司" in reasons(base), "nothing of a refused bulk is kept"
    with pytest.raises(CannotReview):
        confirm_statuses(accounts=[base["unknown"]], by=world.sales_manager, now=timezone.now())


def test_the_door(base, world, client_of):
    url = reverse("crm_core:account_status", args=[base["old"].pk])
    for person in (world.sales_rep, world.liaison, world.trainer):
        assert client_of(person).get(QUEUE).status_code == 403
        assert client_of(person).post(url, {}).status_code == 403
        assert client_of(person).post(reverse("crm_core:status_confirm"), {"pk": base["old"].pk}).status_code == 403
    elsewhere = AccountFactory(name="别处公司", department=world.west_sales, registered_status="revoked")
    assert client_of(world.sales_manager).get(reverse("crm_core:account_status", args=[elsewhere.pk])).status_code == 404
    assert "别处公司" not in client_of(world.sales_manager).get(QUEUE).content.decode()
    client_of(world.sales_manager).post(reverse("crm_core:status_confirm"), {"pk": elsewhere.pk})
    assert not StatusReview.objects.exists()
    client_of(world.sales_manager).get(url)
    assert not StatusReview.objects.exists(), "looking at the page is no look at the register"
