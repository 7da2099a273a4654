from requirements_mgmt.views.board import requirement_board, requirement_move
from requirements_mgmt.views.change_request import change_request_create, change_request_decide, change_request_detail, change_request_list
from requirements_mgmt.views.confirmation import confirmation_ask, confirmation_list, confirmation_reply, confirmation_withdraw, requirement_confirm
from requirements_mgmt.views.fact import requirement_fact
from requirements_mgmt.views.matrix import matrix_fill, requirement_matrix
from requirements_mgmt.views.remark import attachment_create, attachment_download, requirement_comment
from requirements_mgmt.views.requirement import (
    requirement_bulk,
    requirement_create,
    requirement_detail,
    requirement_drop,
    requirement_edit,
    requirement_history,
    requirement_list,
    requirement_quick,
    requirement_restore,
)
from requirements_mgmt.views.requirement_import import import_apply, import_create, import_detail, import_list, import_map, import_refused, import_undo
from requirements_mgmt.views.trace import trace_clear, trace_create, trace_find, trace_remove
from requirements_mgmt.views.tree import requirement_children, requirement_tree
from requirements_mgmt.views.use import requirement_use, use_weeks

__all__ = [
    "attachment_create",
    "attachment_download",
    "change_request_create",
    "change_request_decide",
    "change_request_detail",
    "change_request_list",
    "confirmation_ask",
    "confirmation_list",
    "confirmation_reply",
    "confirmation_withdraw",
    "import_apply",
    "import_create",
    "import_detail",
    "import_list",
    "import_map",
    "import_refused",
    "import_undo",
    "matrix_fill",
    "requirement_board",
    "requirement_bulk",
    "requirement_children",
    "requirement_comment",
    "requirement_confirm",
    "requirement_create",
    "requirement_detail",
    "requirement_drop",
    "requirement_edit",
    "requirement_fact",
    "requirement_history",
    "requirement_list",
    "requirement_matrix",
    "requirement_move",
    "requirement_quick",
    "requirement_restore",
    "requirement_tree",
    "requirement_use",
    "trace_clear",
    "trace_create",
    "trace_find",
    "trace_remove",
    "use_weeks",
]
