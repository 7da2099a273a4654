from crm_core.forms.account import AccountForm
from crm_core.forms.activity import ActivityForm
from crm_core.forms.billing import BillingProfileForm
from crm_core.forms.contact import ContactForm, LinkForm, NewContactForm, RoleForm
from crm_core.forms.duplicate import BenchForm, KnownForm, RulesForm
from crm_core.forms.importing import MappingForm, UploadForm
from crm_core.forms.opportunity import MoveForm, OpportunityForm
from crm_core.forms.ownership import OwnerForm, ReasonForm, ShareForm, TagForm
from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.forms.relation import RelationForm
from crm_core.forms.task import SnoozeForm, TaskForm

__all__ = [
    "AccountForm",
    "ActivityForm",
    "BenchForm",
    "BillingProfileForm",
    "CodesMixin",
    "ContactForm",
    "KnownForm",
    "LinkForm",
    "MappingForm",
    "MoveForm",
    "NewContactForm",
    "OpportunityForm",
    "OwnerForm",
    "ReasonForm",
    "RecordForm",
    "RelationForm",
    "RoleForm",
    "RulesForm",
    "ShareForm",
    "SnoozeForm",
    "TagForm",
    "TaskForm",
    "UploadForm",
]
