"""Several records that are one customer become one, and can become several again."""

from crm_core.services.merging.joining import MOST, CannotMerge, merge_records
from crm_core.services.merging.proposing import compare, propose_survivor, propose_values
from crm_core.services.merging.undoing import CannotUndoMerge, MergedAway, check_not_merged, merged_targets, survivor_of, undo_merge, what_contradicts

__all__ = [
    "MOST",
    "CannotMerge",
    "CannotUndoMerge",
    "MergedAway",
    "check_not_merged",
    "compare",
    "merge_records",
    "merged_targets",
    "propose_survivor",
    "propose_values",
    "survivor_of",
    "undo_merge",
    "what_contradicts",
]
