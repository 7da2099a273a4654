from datetime import date

import factory
from django.utils import timezone

from foundation.usage.models import Feature
from tests.factories.people import UserFactory
from tests.factories.usage import EventFactory
from training.models import Completion, Procedure, ProcedureRole, ProcedureState, ProcedureStep, StepAction, StepCompletion, TrainingAssignment


class ProcedureFactory(factory.django.DjangoModelFactory):
    """A published procedure of sales reps; ``steps`` is a list of feature keys, each waited for in turn."""

    class Meta:
        model = Procedure
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"SOP-{n}")
    title = factory.Sequence(lambda n: f"登记拜访 {n}")
    title_en = factory.Sequence(lambda n: f"Log a visit {n}")
    owner = factory.SubFactory(UserFactory)
    state = ProcedureState.PUBLISHED

    @factory.post_generation
    def steps_for(self, create, extracted, **kwargs):
        for role in kwargs.get("roles", ["sales_rep"]):
            ProcedureRole.objects.create(procedure=self, role=role)
        for order, key in enumerate(extracted or ["crm.activity.log"], start=1):
            feature = Feature.objects.get(key=key)
            ProcedureStep.objects.create(procedure=self, order=order, text=f"做 {key}", text_en=f"Do {key}", action=StepAction.EXPECT, expected_feature=feature)
        self.fingerprint = self.compute_fingerprint() if self.state == ProcedureState.PUBLISHED else ""
        self.save()


class ProcedureRoleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProcedureRole

    procedure = factory.SubFactory(ProcedureFactory)
    role = "key_user"


class ProcedureStepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProcedureStep

    procedure = factory.SubFactory(ProcedureFactory)
    order = factory.Sequence(lambda n: n + 100)
    text = "打开客户"
    text_en = "Open the account"
    action = StepAction.GO


class TrainingAssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TrainingAssignment

    user = factory.SubFactory(UserFactory)
    procedure = factory.SubFactory(ProcedureFactory)
    due_on = date(2099, 1, 1)
    assigned_by = factory.SubFactory(UserFactory)


class CompletionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Completion

    user = factory.SubFactory(UserFactory)
    procedure = factory.SubFactory(ProcedureFactory)
    fingerprint = factory.SelfAttribute("procedure.fingerprint")
    started_at = factory.LazyFunction(timezone.now)


class StepCompletionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StepCompletion

    completion = factory.SubFactory(CompletionFactory)
    step = factory.LazyAttribute(lambda o: o.completion.procedure.steps.first())
    event = factory.SubFactory(EventFactory)
    done_at = factory.LazyFunction(timezone.now)
