"""Moving customers in: stage a file, match its columns, check every row, apply in chunks, undo as a whole."""

from crm_core.services.importing.applying import CannotApply, apply_chunk, finish_apply, start_apply
from crm_core.services.importing.checking import CannotCheck, check_batch
from crm_core.services.importing.fields import auto_mapping, field_choices
from crm_core.services.importing.staging import CannotStage, save_mapping, stage_file
from crm_core.services.importing.undoing import CannotUndo, finish_undo, start_undo, undo_chunk

__all__ = [
    "CannotApply",
    "CannotCheck",
    "CannotStage",
    "CannotUndo",
    "apply_chunk",
    "auto_mapping",
    "check_batch",
    "field_choices",
    "finish_apply",
    "finish_undo",
    "save_mapping",
    "stage_file",
    "start_apply",
    "start_undo",
    "undo_chunk",
]
