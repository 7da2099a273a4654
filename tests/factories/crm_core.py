from datetime import date, timedelta

import factory
from django.utils import timezone

from crm_core.models import (
    Account,
    AccountContact,
    AccountRelation,
    Activity,
    ApiReplay,
    BillingProfile,
    CapacityExemption,
    CapacityRule,
    Collaborator,
    CollectionReturn,
    CollectionRound,
    CollectionSheet,
    Contact,
    CustomField,
    CustomKey,
    Dictionary,
    DictionaryEntry,
    DuplicateCheck,
    DuplicatePair,
    DuplicatePolicy,
    DuplicateRule,
    DuplicateRun,
    FallExemption,
    FallKind,
    FieldRight,
    Handover,
    HandoverItem,
    ImportBatch,
    ImportMapping,
    ImportRow,
    ImportWord,
    Merge,
    MergeChange,
    Opportunity,
    Ownership,
    OwnershipDispute,
    OwnershipMode,
    Pipeline,
    Pool,
    PoolEvent,
    PoolMember,
    RecycleRule,
    RecycleRun,
    Remap,
    RemapRow,
    Reveal,
    RevealPolicy,
    Stage,
    StageMove,
    Stamp,
    StatusReview,
    Tag,
    Task,
)
from crm_core.models.custom_field import STAMP
from tests.factories.people import DepartmentFactory, UserFactory


class AccountFactory(factory.django.DjangoModelFactory):
    """An account; with ``owner`` its ownership is in the ledger."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"青山科技{n}有限公司")
    department = factory.SubFactory(DepartmentFactory)

    @factory.post_generation
    def ledger(self, create, extracted, **kwargs):
        if create and self.owner_id:
            Ownership.objects.create(account=self, owner=self.owner, department=self.department, how="create", by=self.owner)


class OwnershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Ownership

    account = factory.SubFactory(AccountFactory)
    owner = factory.SubFactory(UserFactory)
    department = factory.SelfAttribute("account.department")
    how = "create"


class PoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pool

    name = factory.Sequence(lambda n: f"公海{n}")
    name_en = factory.Sequence(lambda n: f"Pool {n}")
    department = factory.SubFactory(DepartmentFactory)


class PoolMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PoolMember

    pool = factory.SubFactory(PoolFactory)
    user = factory.SubFactory(UserFactory)


class PoolEventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PoolEvent

    pool = factory.SubFactory(PoolFactory)
    account = factory.SubFactory(AccountFactory)
    account_name = factory.SelfAttribute("account.name")
    kind = "claim"


class CapacityRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CapacityRule

    name = factory.Sequence(lambda n: f"库容{n}")
    limit = 100


class CapacityExemptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CapacityExemption

    rule = factory.SubFactory(CapacityRuleFactory)
    user = factory.SubFactory(UserFactory)
    granted_by = factory.SelfAttribute("user")
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    reason = "大区调整"


class RecycleRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RecycleRule

    pool = factory.SubFactory(PoolFactory)
    kind = FallKind.NO_ACTIVITY
    is_active = True


class FallExemptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FallExemption

    account = factory.SubFactory(AccountFactory)
    granted_by = factory.SubFactory(UserFactory)
    reason = "战略客户"


class RecycleRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RecycleRun

    day = factory.LazyFunction(timezone.localdate)
    started_at = factory.LazyFunction(timezone.now)


class OwnershipModeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OwnershipMode
        django_get_or_create = ("id",)

    id = 1


class OwnershipDisputeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OwnershipDispute

    account = factory.SubFactory(AccountFactory)
    department = factory.SelfAttribute("account.department")
    claimant = factory.SubFactory(UserFactory)
    claim = "我先接触的客户"


class CollaboratorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Collaborator

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    added_by = factory.SelfAttribute("user")


class TagFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"标签{n}")


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"李四{n}")


class AccountContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccountContact

    account = factory.SubFactory(AccountFactory)
    contact = factory.SubFactory(ContactFactory)


class PipelineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pipeline

    name = factory.Sequence(lambda n: f"管道{n}")


class StageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Stage

    pipeline = factory.SubFactory(PipelineFactory)
    name = factory.Sequence(lambda n: f"阶段{n}")
    order = factory.Sequence(lambda n: n + 1)
    probability = 10


class OpportunityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Opportunity

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda n: f"商机{n}")
    stage = factory.SubFactory(StageFactory)
    pipeline = factory.SelfAttribute("stage.pipeline")
    owner = factory.SubFactory(UserFactory)
    department = factory.SelfAttribute("account.department")


class StageMoveFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StageMove

    opportunity = factory.SubFactory(OpportunityFactory)
    to_stage = factory.SelfAttribute("opportunity.stage")
    moved_by = factory.SelfAttribute("opportunity.owner")


class ActivityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Activity

    account = factory.SubFactory(AccountFactory)
    subject = factory.Sequence(lambda n: f"电话沟通{n}")
    author = factory.SubFactory(UserFactory)


class TaskFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Task

    title = factory.Sequence(lambda n: f"跟进{n}")
    due_on = date(2030, 1, 1)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class ImportBatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportBatch

    file_name = "customers.csv"
    headings = ["客户名称", "电话"]
    mapping = {"0": "name", "1": "phone"}
    created_by = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)
    created_at = factory.LazyFunction(timezone.now)


class ImportRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportRow

    batch = factory.SubFactory(ImportBatchFactory)
    row_no = factory.Sequence(lambda n: n + 2)
    raw = ["青山科技", "010-62345678"]


class ImportMappingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportMapping

    kind = "account"
    source = factory.Sequence(lambda n: f"old crm {n}")
    updated_by = factory.SubFactory(UserFactory)


class ImportWordFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportWord

    source = "old crm"
    field = "industry"
    word = factory.Sequence(lambda n: f"行业{n}")
    word_fold = factory.SelfAttribute("word")
    decided_by = factory.SubFactory(UserFactory)


class CollectionRoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CollectionRound

    name = factory.Sequence(lambda n: f"客户资料收集{n}")
    department = factory.SubFactory(DepartmentFactory)
    due_on = date(2030, 1, 1)
    created_by = factory.SubFactory(UserFactory)


class CollectionSheetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CollectionSheet

    round = factory.SubFactory(CollectionRoundFactory)
    person = factory.SubFactory(UserFactory)
    department = factory.SelfAttribute("round.department")


class CollectionReturnFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CollectionReturn

    sheet = factory.SubFactory(CollectionSheetFactory)
    number = factory.Sequence(lambda n: n + 1)
    returned_by = factory.SelfAttribute("sheet.person")


class ApiReplayFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ApiReplay

    user = factory.SubFactory(UserFactory)
    key = factory.Sequence(lambda n: f"key-{n}")
    request_sha256 = "0" * 64
    object_id = 1


class DuplicatePolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DuplicatePolicy
        django_get_or_create = ("subject",)

    subject = "account"


class DuplicateRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DuplicateRule

    subject = "account"
    key = factory.Sequence(lambda n: f"rule_{n}")
    weight = 50


class DuplicateRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DuplicateRun

    subject = "account"
    finished_at = factory.LazyFunction(timezone.now)


class DuplicatePairFactory(factory.django.DjangoModelFactory):
    """A possible duplicate of two accounts; ``owner`` owns both."""

    class Meta:
        model = DuplicatePair

    class Params:
        owner = None
        department = None

    subject = "account"
    left_id = factory.LazyAttribute(lambda pair: AccountFactory(**{name: getattr(pair, name) for name in ("owner", "department") if getattr(pair, name)}).pk)
    right_id = factory.LazyAttribute(lambda pair: AccountFactory(**{name: getattr(pair, name) for name in ("owner", "department") if getattr(pair, name)}).pk)
    score = 80


class DuplicateCheckFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DuplicateCheck

    subject = "account"
    by = factory.SubFactory(UserFactory)
    asked = "0" * 64
    surface = "form"


class MergeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Merge

    subject = "account"
    survivor_id = factory.LazyAttribute(lambda merge: AccountFactory(owner=merge.by).pk)
    by = factory.SubFactory(UserFactory)


class MergeChangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MergeChange

    merge = factory.SubFactory(MergeFactory)
    model = "crm_core.Activity"
    object_id = 1


class AccountRelationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccountRelation

    account = factory.SubFactory(AccountFactory)
    kind = "subsidiary"
    other = factory.SubFactory(AccountFactory)


class HandoverFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Handover

    giver = factory.SubFactory(UserFactory)
    taker = factory.SubFactory(UserFactory)
    made_by = factory.SelfAttribute("giver")
    department = factory.SubFactory(DepartmentFactory)
    reason = "调岗"


class HandoverItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HandoverItem

    handover = factory.SubFactory(HandoverFactory)
    account = factory.SubFactory(AccountFactory)


class BillingProfileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BillingProfile

    account = factory.SubFactory(AccountFactory)
    title = factory.Sequence(lambda n: f"青山科技{n}有限公司")


class DictionaryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Dictionary

    key = factory.Sequence(lambda n: f"words{n}")
    name = factory.Sequence(lambda n: f"词典{n}")


class DictionaryEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DictionaryEntry

    dictionary = factory.SubFactory(DictionaryFactory)
    code = factory.Sequence(lambda n: f"v{n}")
    name = factory.Sequence(lambda n: f"取值{n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        Stamp.renew(f"dictionary:{made.dictionary.key}")  # as the service does: what a process has read is old now, and again after the roll-back
        return made


class CustomFieldFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CustomField

    model = "account"
    key = factory.Sequence(lambda n: f"field{n}")
    type = "text"
    label = factory.Sequence(lambda n: f"字段{n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        Stamp.renew(STAMP)
        return made


class StatusReviewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StatusReview

    account = factory.SubFactory(AccountFactory)
    status = "in_business"
    reviewed_by = factory.SubFactory(UserFactory)


class CustomKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CustomKey

    field = factory.SubFactory(CustomFieldFactory)
    value = factory.Sequence(lambda n: f"值{n}")
    object_id = factory.Sequence(lambda n: n + 1)


class RemapFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Remap

    dictionary = factory.SubFactory(DictionaryFactory)
    from_code = "old"
    to_entry = factory.SubFactory(DictionaryEntryFactory, dictionary=factory.SelfAttribute("..dictionary"))
    by = factory.SubFactory(UserFactory)


class RemapRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RemapRow

    remap = factory.SubFactory(RemapFactory)
    place = "account.industry"
    object_id = factory.Sequence(lambda n: n + 1)


class FieldRightFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FieldRight

    noun = "contact"
    field = "phone"
    role = "marketing"
    level = "masked"


class RevealPolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RevealPolicy
        django_get_or_create = ("id",)

    id = 1


class RevealFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Reveal

    by = factory.SubFactory(UserFactory)
    noun = "contact"
    object_id = 1
    record_name = "张伟"
    field = "phone"
    why = "contact"
