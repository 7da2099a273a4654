from crm_core.models.account import Account, AccountKind, AccountLevel, Collaborator, Industry, Tag
from crm_core.models.activity import Activity, ActivityKind, Task
from crm_core.models.collection import CollectionRound, CollectionSheet, RoundState, SheetState
from crm_core.models.contact import AccountContact, Contact, DealRole
from crm_core.models.importing import (
    BatchState,
    Decision,
    ImportBatch,
    ImportKind,
    ImportMapping,
    ImportRow,
    ImportWord,
    RowAction,
    RowQuestion,
    SourceKind,
    WhenHere,
)
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
    "CollectionRound",
    "CollectionSheet",
    "Contact",
    "Currency",
    "DealRole",
    "Decision",
    "ImportBatch",
    "ImportKind",
    "ImportMapping",
    "ImportRow",
    "ImportWord",
    "Industry",
    "Opportunity",
    "Outcome",
    "Ownership",
    "OwnershipHow",
    "Pipeline",
    "RoundState",
    "RowAction",
    "RowQuestion",
    "SheetState",
    "SourceKind",
    "Stage",
    "StageMove",
    "Tag",
    "Task",
    "WhenHere",
    "possible_owners",
]
