"""Personal collection sheets: a workbook to each salesperson, handed back through the import, until a department's customer data is complete."""

from crm_core.services.collecting.figures import burn_down, by_department, is_late, totals
from crm_core.services.collecting.loading import counts_of, end_load, go_on, go_on_later, load_return, note_undone
from crm_core.services.collecting.returning import CannotHandBack, CannotTakeBack, confirm_sheet, hand_back, take_back
from crm_core.services.collecting.rounds import (
    CannotChangeRound,
    CannotCollect,
    add_people,
    close_round,
    departments_for,
    extend_round,
    people_to_add,
    people_to_ask,
    remind_people,
    start_round,
    take_out,
)
from crm_core.services.collecting.sheets import correction_workbook, sheet_workbook

__all__ = [
    "CannotChangeRound",
    "CannotCollect",
    "CannotHandBack",
    "CannotTakeBack",
    "add_people",
    "burn_down",
    "by_department",
    "close_round",
    "confirm_sheet",
    "correction_workbook",
    "counts_of",
    "departments_for",
    "end_load",
    "extend_round",
    "go_on",
    "go_on_later",
    "hand_back",
    "is_late",
    "load_return",
    "note_undone",
    "people_to_add",
    "people_to_ask",
    "remind_people",
    "sheet_workbook",
    "start_round",
    "take_back",
    "take_out",
    "totals",
]
