from crm_core.models.account import Account, AccountKind, AccountLevel, Collaborator, Industry, ShareRight, Tag
from crm_core.models.activity import Activity, ActivityKind, Task
from crm_core.models.capacity import CapacityExemption, CapacityRule
from crm_core.models.collection import CollectionRound, CollectionSheet, RoundState, SheetState
from crm_core.models.contact import AccountContact, Contact, DealRole
from crm_core.models.dispute import DisputeState, DisputeVerdict, OwnershipDispute
from crm_core.models.falling import CONTRACT_KINDS, FallExemption, FallKind, RecycleRule, RecycleRun
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
from crm_core.models.ownership import Ownership, OwnershipEnd, OwnershipHow, possible_owners, slot_of
from crm_core.models.ownership_mode import OwnershipMode, OwnershipPer, owners_per_unit
from crm_core.models.pipeline import Outcome, Pipeline, Stage
from crm_core.models.pool import Pool, PoolEvent, PoolEventKind, PoolMember, QuotaPeriod, drawable_pool_ids, pool_department_ids
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
    "CONTRACT_KINDS",
    "CapacityExemption",
    "CapacityRule",
    "CloseReason",
    "Collaborator",
    "CollectionRound",
    "CollectionSheet",
    "Contact",
    "Currency",
    "DealRole",
    "Decision",
    "DisputeState",
    "DisputeVerdict",
    "FallExemption",
    "FallKind",
    "ImportBatch",
    "ImportKind",
    "ImportMapping",
    "ImportRow",
    "ImportWord",
    "Industry",
    "Opportunity",
    "Outcome",
    "Ownership",
    "OwnershipDispute",
    "OwnershipEnd",
    "OwnershipHow",
    "OwnershipMode",
    "OwnershipPer",
    "Pipeline",
    "Pool",
    "PoolEvent",
    "PoolEventKind",
    "PoolMember",
    "QuotaPeriod",
    "RecycleRule",
    "RecycleRun",
    "RoundState",
    "RowAction",
    "RowQuestion",
    "ShareRight",
    "SheetState",
    "SourceKind",
    "Stage",
    "StageMove",
    "Tag",
    "Task",
    "WhenHere",
    "drawable_pool_ids",
    "owners_per_unit",
    "pool_department_ids",
    "possible_owners",
    "slot_of",
]
