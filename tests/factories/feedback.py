from datetime import date, timedelta

import factory
from django.utils import timezone

from feedback.models import BacklogItem, BacklogKind, Cause, Diagnosis, HopKind, MetricKey, MetricValue, Ticket, TicketHop, TicketMessage
from tests.factories.people import DepartmentFactory, UserFactory


class TicketFactory(factory.django.DjangoModelFactory):
    """A report with its liaison's clock running."""

    class Meta:
        model = Ticket
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"T-9{n:04d}")
    title = factory.Sequence(lambda n: f"保存报价时出错 {n}")
    reporter = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)
    created_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def hop(self, create, extracted, **kwargs):
        if create and extracted is not False:
            TicketHop.objects.create(
                ticket=self, hop=HopKind.LIAISON, holder=self.liaison, started_at=self.created_at, due_at=self.created_at + timedelta(hours=4)
            )


class TicketHopFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TicketHop

    ticket = factory.SubFactory(TicketFactory, hop=False)
    hop = HopKind.LIAISON
    started_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=4))


class TicketMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TicketMessage

    ticket = factory.SubFactory(TicketFactory)
    author = factory.SelfAttribute("ticket.reporter")
    body = "请看截图"
    created_at = factory.LazyFunction(timezone.now)


class MetricValueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MetricValue

    metric = MetricKey.ACTIVE_RATIO
    day = date(2026, 11, 20)
    department = factory.SubFactory(DepartmentFactory)
    role = "sales_rep"
    numerator = 3
    denominator = 10
    value = 0.3
    people = 10


class DiagnosisFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Diagnosis

    day = date(2026, 11, 20)
    department = factory.SubFactory(DepartmentFactory)
    role = "sales_rep"
    cause = Cause.SILENT
    metric = MetricKey.ACTIVE_RATIO


class BacklogItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BacklogItem

    code = factory.Sequence(lambda n: f"B-9{n:03d}")
    title = factory.Sequence(lambda n: f"当天录入率低 {n}")
    kind = BacklogKind.PRODUCT
    department = factory.SubFactory(DepartmentFactory)
    created_at = factory.LazyFunction(timezone.now)
