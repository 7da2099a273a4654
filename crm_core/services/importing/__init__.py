"""Moving customers in: stage a file, match its columns, check every row, decide, apply in chunks, undo as a whole."""

from crm_core.services.importing.applying import CannotApply, apply_chunk, finish_apply, rows_to_load, start_apply
from crm_core.services.importing.checking import CannotCheck, check_batch, counts_of
from crm_core.services.importing.columns import CannotMatch, save_mapping, use_version
from crm_core.services.importing.deciding import CannotDecide, decide_rows, match_words
from crm_core.services.importing.fields import auto_mapping, field_choices
from crm_core.services.importing.lineage import lineage_of
from crm_core.services.importing.staging import CannotStage, Reading, drop_batch, read_batch, receive_file, stage_file
from crm_core.services.importing.undoing import CannotUndo, finish_undo, start_undo, undo_chunk
from crm_core.services.importing.writing import Writer

__all__ = [
    "CannotApply",
    "CannotCheck",
    "CannotDecide",
    "CannotMatch",
    "CannotStage",
    "CannotUndo",
    "Reading",
    "Writer",
    "apply_chunk",
    "auto_mapping",
    "check_batch",
    "counts_of",
    "decide_rows",
    "drop_batch",
    "field_choices",
    "finish_apply",
    "finish_undo",
    "lineage_of",
    "match_words",
    "read_batch",
    "receive_file",
    "rows_to_load",
    "save_mapping",
    "stage_file",
    "start_apply",
    "start_undo",
    "undo_chunk",
    "use_version",
]
