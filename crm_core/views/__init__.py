from crm_core.views.account import account_create, account_detail, account_edit, account_list, crm_start
from crm_core.views.account_hands import (
    account_bulk_transfer,
    account_claim,
    account_return,
    account_share,
    account_tag,
    account_transfer,
    account_unshare,
)
from crm_core.views.activity import activity_edit, activity_list, activity_log
from crm_core.views.billing import billing_create, billing_edit, billing_retire
from crm_core.views.board import opportunity_board, opportunity_forecast, opportunity_forecast_data
from crm_core.views.choosing import account_choices, contact_choices, opportunity_choices
from crm_core.views.contact import contact_create, contact_detail, contact_edit, contact_link, contact_list, contact_role, contact_unlink
from crm_core.views.dictionary import dictionary_words
from crm_core.views.duplicate_rules import duplicate_bench, duplicate_checks, duplicate_rules
from crm_core.views.facts import account_fact, contact_fact, opportunity_fact
from crm_core.views.hubs import crm_settings, desk
from crm_core.views.importing import import_apply, import_create, import_detail, import_list, import_map, import_refused, import_undo
from crm_core.views.known import account_similar, duplicate_known
from crm_core.views.moving import opportunity_move
from crm_core.views.opportunity import opportunity_create, opportunity_detail, opportunity_edit, opportunity_list
from crm_core.views.quick_log import activity_create
from crm_core.views.recycling import (
    account_discard,
    account_restore,
    bin_list,
    contact_discard,
    contact_restore,
    opportunity_discard,
    opportunity_restore,
)
from crm_core.views.relation import account_group, relation_create, relation_end
from crm_core.views.task import my_day, task_create, task_done, task_edit, task_list, task_snooze

__all__ = [
    "account_bulk_transfer",
    "account_choices",
    "account_claim",
    "account_create",
    "account_detail",
    "account_discard",
    "account_edit",
    "account_fact",
    "account_group",
    "account_list",
    "account_restore",
    "account_return",
    "account_share",
    "account_similar",
    "account_tag",
    "account_transfer",
    "account_unshare",
    "activity_edit",
    "activity_list",
    "activity_create",
    "activity_log",
    "billing_create",
    "billing_edit",
    "billing_retire",
    "bin_list",
    "contact_choices",
    "contact_create",
    "contact_detail",
    "contact_discard",
    "contact_edit",
    "contact_fact",
    "contact_link",
    "contact_list",
    "contact_restore",
    "contact_role",
    "contact_unlink",
    "crm_settings",
    "crm_start",
    "desk",
    "dictionary_words",
    "duplicate_bench",
    "duplicate_checks",
    "duplicate_known",
    "duplicate_rules",
    "import_apply",
    "import_create",
    "import_detail",
    "import_list",
    "import_map",
    "import_refused",
    "import_undo",
    "my_day",
    "opportunity_board",
    "opportunity_choices",
    "opportunity_create",
    "opportunity_detail",
    "opportunity_discard",
    "opportunity_edit",
    "opportunity_fact",
    "opportunity_forecast",
    "opportunity_forecast_data",
    "opportunity_list",
    "opportunity_move",
    "opportunity_restore",
    "relation_create",
    "relation_end",
    "task_create",
    "task_done",
    "task_edit",
    "task_list",
    "task_snooze",
]
