from datetime import date

import factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec
from foundation.usage.models import Feature, RetentionWindow, Rollup, UsageDay, UsageEvent
from tests.factories.people import UserFactory

SAMPLE_FEATURES = [
    FeatureSpec("sample.declared.view", kind="screen", name=_("Notices"), url_name="notices:notice_list"),
    FeatureSpec("sample.denied.view", kind="screen", name=_("Screen"), url_name="usage:feature_list", permission="usage.view_feature"),
    FeatureSpec("sample.declared.create", kind="action", name=_("Action"), url_name="notices:notice_list"),
]


class FeatureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Feature

    key = factory.Sequence(lambda n: f"sample.feature{n}.create")
    kind = "action"
    name = factory.Sequence(lambda n: f"功能{n}")
    name_en = factory.Sequence(lambda n: f"Feature {n}")


class EventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UsageEvent

    user = factory.SubFactory(UserFactory)
    feature = factory.SubFactory(FeatureFactory)
    verb = "create"
    recorded_at = factory.LazyFunction(timezone.now)
    occurred_at = factory.SelfAttribute("recorded_at")


class UsageDayFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UsageDay

    day = date(2026, 3, 2)
    user = factory.SubFactory(UserFactory)
    feature = factory.SubFactory(FeatureFactory)
    verb = "create"
    outcome = "ok"
    surface = "ui"
    count = 1


class RollupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rollup

    day = factory.Sequence(lambda n: date(2026, 1, 1 + n % 28))


class RetentionWindowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RetentionWindow

    reason = "sample"
