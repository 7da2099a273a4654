"""Moving customers in: stage a file, match its columns, check every row, decide, apply in chunks, undo as a whole."""

from crm_core.services.importing.applying import CannotApply, apply_chunk, finish_apply, park_apply, rows_to_load, start_apply
from crm_core.services.importing.asking import asked_of, people_for, words_asked
from crm_core.services.importing.checking import DECIDABLE, CannotCheck, check_again, check_batch, counts_of, stop_check
from crm_core.services.importing.columns import CannotMatch, facts_asked, open_formats, same_headings, save_mapping, take_version, use_version
from crm_core.services.importing.deciding import CannotDecide, decide_rows, forget_word, match_words
from crm_core.services.importing.fields import auto_mapping, field_choices
from crm_core.services.importing.lineage import lineage_of, origins_of
from crm_core.services.importing.previewing import said_changes, understood
from crm_core.services.importing.staging import CannotStage, Reading, drop_batch, keep_reading, kept_reading, read_batch, receive_file, stage_file
from crm_core.services.importing.teaching import add_alias, add_word
from crm_core.services.importing.undoing import FATES, CannotUndo, finish_undo, judged_rows, preview_undo, start_undo, undo_chunk
from crm_core.services.importing.writing import Writer

__all__ = [
    "DECIDABLE",
    "FATES",
    "check_again",
    "park_apply",
    "add_alias",
    "asked_of",
    "people_for",
    "words_asked",
    "add_word",
    "facts_asked",
    "judged_rows",
    "keep_reading",
    "kept_reading",
    "open_formats",
    "origins_of",
    "preview_undo",
    "same_headings",
    "stop_check",
    "take_version",
    "understood",
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
    "forget_word",
    "finish_undo",
    "lineage_of",
    "match_words",
    "read_batch",
    "receive_file",
    "rows_to_load",
    "said_changes",
    "save_mapping",
    "stage_file",
    "start_apply",
    "start_undo",
    "undo_chunk",
    "use_version",
]
