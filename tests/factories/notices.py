from datetime import date

import factory
from django.utils import timezone

from foundation.notices.models import CalendarDay, Digest, Notice, Preference
from tests.factories.people import UserFactory


class NoticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Notice

    to = factory.SubFactory(UserFactory)
    kind = "job_ended"
    subject = factory.Sequence(lambda n: f"通知 {n}")
    url = "/inbox/"
    language = "en"
    created_at = factory.LazyFunction(timezone.now)


class PreferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Preference

    user = factory.SubFactory(UserFactory)
    kind = "job_ended"


class DigestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Digest

    user = factory.SubFactory(UserFactory)
    day = date(2026, 3, 2)
    rhythm = "daily"


class CalendarDayFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarDay

    day = factory.Sequence(lambda n: date(2026, 6, 1 + n % 28))
    name = "司庆"
