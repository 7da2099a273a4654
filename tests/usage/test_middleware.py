import json

import pytest
from django import forms
from django.core.management import call_command
from django.db import DatabaseError
from django.urls import reverse

from foundation.usage import middleware
from foundation.usage.context import current_context, usage_context
from foundation.usage.models import Feature, Outcome, Surface, UsageEvent, Verb
from foundation.usage.services import forget_feature_ids, record, record_invalid
from tests.factories.usage import FeatureFactory

CANARY = "金丝雀-canary-4711"


@pytest.fixture(autouse=True)
def sample(settings, db):
    settings.FEATURES = ["tests.factories.usage.SAMPLE_FEATURES"]
    forget_feature_ids()
    call_command("sync_features", verbosity=0)


def test_a_screen_opened_is_one_view(client_of, sales_rep):
    client = client_of(sales_rep)
    assert client.get(reverse("notices:notice_list")).status_code == 200
    event = UsageEvent.objects.get()
    assert (event.feature.key, event.verb, event.outcome, event.surface) == ("sample.declared.view", Verb.VIEW, Outcome.OK, Surface.UI)
    assert event.language == "en"
    assert event.session_hash
    assert client.session.session_key not in event.session_hash


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Purpose": "prefetch"}, {"HX-Request": "true", "HX-Preloaded": "true"}])
def test_parts_and_pages_fetched_ahead_are_not_views(client_of, sales_rep, headers):
    client_of(sales_rep).get(reverse("notices:notice_list"), headers=headers)
    assert not UsageEvent.objects.exists()


def test_boosted_navigation_is_a_view(client_of, sales_rep):
    client_of(sales_rep).get(reverse("notices:notice_list"), headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert UsageEvent.objects.count() == 1


def test_visitors_leave_no_event(client, db):
    client.get(reverse("notices:notice_list"))
    assert not UsageEvent.objects.exists()


def test_denied_is_recorded(client_of, sales_rep):
    assert client_of(sales_rep).get(reverse("usage:feature_list")).status_code == 403
    event = UsageEvent.objects.get()
    assert (event.feature.key, event.outcome) == ("sample.denied.view", Outcome.DENIED)


def test_error_is_recorded(client_of, sales_rep, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("foundation.notices.views.unread_count", broken)
    client = client_of(sales_rep, raise_request_exception=False)
    assert client.get(reverse("notices:notice_list")).status_code == 500
    event = UsageEvent.objects.get()
    assert event.outcome == Outcome.ERROR
    assert CANARY not in json.dumps({field.name: str(getattr(event, field.attname)) for field in event._meta.fields}, ensure_ascii=False)


def test_a_failing_log_never_fails_the_page(client_of, sales_rep, monkeypatch):
    def full(**kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(middleware, "record", full)
    assert client_of(sales_rep).get(reverse("notices:notice_list")).status_code == 200


class SampleForm(forms.Form):
    name = forms.CharField(max_length=5)
    phone = forms.CharField()
    note = forms.CharField(required=False)


def test_invalid_form_leaves_counts_but_no_values(sales_rep):
    form = SampleForm({"name": CANARY, "phone": CANARY, "note": CANARY})
    assert not form.is_valid()
    event = record_invalid(by=sales_rep, feature="sample.declared.create", form=form)
    stored = UsageEvent.objects.filter(pk=event.pk).values().get()
    assert (event.outcome, event.filled, event.required, event.verb) == (Outcome.INVALID, 2, 2, Verb.CREATE)
    assert CANARY not in str(stored)


def test_required_fields_left_empty_count_as_not_filled(sales_rep):
    form = SampleForm({"name": "", "phone": "1"})
    form.is_valid()
    event = record_invalid(by=sales_rep, feature="sample.declared.create", form=form)
    assert (event.filled, event.required) == (1, 2)


def test_context_is_restored(db):
    with usage_context(surface=Surface.IMPORT):
        with usage_context(surface=Surface.API):
            assert current_context().surface == Surface.API
        assert current_context().surface == Surface.IMPORT
    assert current_context().surface == Surface.AUTOMATION


def test_sync_names_in_both_languages_and_retires(settings):
    settings.FEATURES = []
    call_command("sync_features", verbosity=0)
    assert set(Feature.objects.filter(key__startswith="sample.declared").values_list("is_retired", flat=True)) == {True}
    settings.FEATURES = ["tests.factories.usage.SAMPLE_FEATURES"]
    call_command("sync_features", verbosity=0)
    row = Feature.objects.get(key="sample.declared.view")
    assert (row.is_retired, row.name, row.name_en, row.app) == (False, "通知", "Notices", "notices")


def test_event_of_a_retired_feature_can_still_be_recorded(sales_rep):
    feature = FeatureFactory(is_retired=True)
    assert record(by=sales_rep, feature=feature, verb=Verb.CREATE).pk
