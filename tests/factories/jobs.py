import factory
from django.utils import timezone

from foundation.jobs.models import Job


class JobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Job

    task = "tests.jobs.sample_tasks.count_up"
    title = "导入客户"
    created_at = factory.LazyFunction(timezone.now)
    not_before = factory.LazyFunction(timezone.now)
