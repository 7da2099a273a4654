from crm_core.forms.account import AccountForm
from crm_core.forms.activity import ActivityForm
from crm_core.forms.billing import BillingProfileForm
from crm_core.forms.collecting import AddPeopleForm, ExtendForm, RoundForm, SheetReturnForm, TakeOutForm
from crm_core.forms.contact import ContactForm, LinkForm, NewContactForm, RoleForm
from crm_core.forms.dispute import AnswerForm, DisputeForm, VerdictForm
from crm_core.forms.duplicate import BenchForm, KnownForm, RulesForm
from crm_core.forms.explaining import RightsForm
from crm_core.forms.handover import AcknowledgeForm, HandoverForm
from crm_core.forms.importing import ReadingForm, UploadForm
from crm_core.forms.matching import MappingForm, WordsForm
from crm_core.forms.opportunity import MoveForm, OpportunityForm
from crm_core.forms.ownership import OwnerForm, ShareForm, TagForm
from crm_core.forms.pool import (
    AccountExemptionForm,
    CapacityRuleForm,
    MovePoolForm,
    OwnershipModeForm,
    PersonExemptionForm,
    PoolForm,
    PoolMemberForm,
    RecycleRuleForm,
    ReturnForm,
)
from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.forms.relation import RelationForm
from crm_core.forms.status_review import StatusReviewForm
from crm_core.forms.task import SnoozeForm, TaskForm

__all__ = [
    "StatusReviewForm",
    "AccountExemptionForm",
    "AccountForm",
    "AcknowledgeForm",
    "ActivityForm",
    "AnswerForm",
    "BenchForm",
    "BillingProfileForm",
    "CapacityRuleForm",
    "CodesMixin",
    "ContactForm",
    "DisputeForm",
    "ExtendForm",
    "HandoverForm",
    "KnownForm",
    "LinkForm",
    "MappingForm",
    "MoveForm",
    "MovePoolForm",
    "NewContactForm",
    "OpportunityForm",
    "OwnerForm",
    "OwnershipModeForm",
    "PersonExemptionForm",
    "PoolForm",
    "PoolMemberForm",
    "ReadingForm",
    "WordsForm",
    "RecordForm",
    "RecycleRuleForm",
    "RelationForm",
    "ReturnForm",
    "RightsForm",
    "RoleForm",
    "RoundForm",
    "RulesForm",
    "ShareForm",
    "SheetReturnForm",
    "SnoozeForm",
    "TagForm",
    "AddPeopleForm",
    "TakeOutForm",
    "TaskForm",
    "UploadForm",
    "VerdictForm",
]
