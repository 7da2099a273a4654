from crm_core.models.account import Account, AccountKind, AccountLevel, Collaborator, Industry, Tag
from crm_core.models.activity import Activity, ActivityKind, Task
from crm_core.models.contact import AccountContact, Contact, DealRole
from crm_core.models.importing import BatchState, ImportBatch, ImportKind, ImportMapping, ImportRow, RowAction
from crm_core.models.opportunity import CloseReason, Currency, Opportunity, StageMove
from crm_core.models.ownership import Ownership, OwnershipHow, possible_owners
from crm_core.models.pipeline import Outcome, Pipeline, Stage
from crm_core.models.replay import ApiReplay

__all__ = [
    "Account",
    "AccountContact",
    "AccountKind",
    "AccountLevel",
    "Activity",
    "ActivityKind",
    "ApiReplay",
    "BatchState",
    "CloseReason",
    "Collaborator",
    "Contact",
    "Currency",
    "DealRole",
    "ImportBatch",
    "ImportKind",
    "ImportMapping",
    "ImportRow",
    "Industry",
    "Opportunity",
    "Outcome",
    "Ownership",
    "OwnershipHow",
    "Pipeline",
    "RowAction",
    "Stage",
    "StageMove",
    "Tag",
    "Task",
    "possible_owners",
]
