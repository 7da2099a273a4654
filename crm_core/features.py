"""Every screen and action of the CRM under a key that never changes; requirements, manuals and metrics point at these."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.usage.catalogue import FeatureSpec


def _screen(key: str, name: object, url_name: str, permission: str) -> FeatureSpec:
    return FeatureSpec(key, kind="screen", name=name, url_name=f"crm_core:{url_name}", permission=f"crm_core.{permission}")


def _action(key: str, name: object, url_name: str, permission: str) -> FeatureSpec:
    return FeatureSpec(key, kind="action", name=name, url_name=f"crm_core:{url_name}", permission=f"crm_core.{permission}")


FEATURES = [
    # screens
    _screen("crm.my_day", _("My day"), "my_day", "view_task"),
    _screen("crm.account.list", _("Account list"), "account_list", "view_account"),
    _screen("crm.account.view", _("Account page"), "account_detail", "view_account"),
    _screen("crm.contact.list", _("Contact list"), "contact_list", "view_contact"),
    _screen("crm.contact.view", _("Contact page"), "contact_detail", "view_contact"),
    _screen("crm.activity.list", _("Activity list"), "activity_list", "view_activity"),
    _screen("crm.task.list", _("Task list"), "task_list", "view_task"),
    _screen("crm.opportunity.list", _("Opportunity list"), "opportunity_list", "view_opportunity"),
    _screen("crm.opportunity.view", _("Opportunity page"), "opportunity_detail", "view_opportunity"),
    _screen("crm.board", _("Pipeline board"), "opportunity_board", "view_opportunity"),
    _screen("crm.forecast", pgettext_lazy("sales", "Forecast"), "opportunity_forecast", "view_opportunity"),
    _screen("crm.import.list", _("Imports"), "import_list", "import_account"),
    _screen("crm.import.view", _("Import page"), "import_detail", "import_account"),
    _screen("crm.pool.list", _("Pools"), "pool_list", "view_account"),
    _screen("crm.pool.view", _("Pool page"), "pool_detail", "view_account"),
    _screen("crm.pool.ledger", _("Ledger of the pools"), "pool_event_list", "view_poolevent"),
    _screen("crm.pool.settings", _("Pool settings"), "pool_edit", "change_pool"),
    _screen("crm.recycle.preview", _("What falls tonight"), "recycle_preview", "change_pool"),
    _screen("crm.capacity.list", _("Capacity"), "capacity_list", "change_capacityrule"),
    _screen("crm.exemption.list", _("My exemptions"), "exemption_mine", "view_account"),
    _screen("crm.ownership.view", _("Ownership history"), "ownership_history", "view_account"),
    _screen("crm.dispute.list", _("Ownership disputes"), "dispute_list", "dispute_account"),
    _screen("crm.dispute.view", _("Dispute file"), "dispute_detail", "dispute_account"),
    _screen("crm.dictionary.list", _("Dictionaries"), "dictionary_list", "change_dictionary"),
    _screen("crm.dictionary.view", _("Dictionary page"), "dictionary_detail", "change_dictionary"),
    _screen("crm.customfield.list", _("Custom fields"), "custom_field_list", "change_dictionary"),
    _screen("crm.pipeline.list", _("Pipelines"), "pipeline_list", "change_dictionary"),
    _screen("crm.bin", _("Recycle bin"), "bin_list", "delete_account"),
    # accounts
    _action("crm.account.create", _("Create account"), "account_create", "add_account"),
    _action("crm.account.edit", _("Edit account"), "account_edit", "change_account"),
    _action("crm.account.claim", _("Claim account"), "account_claim", "claim_account"),
    _action("crm.account.assign", _("Assign account"), "account_transfer", "assign_account"),
    _action("crm.account.transfer", _("Transfer account"), "account_transfer", "transfer_account"),
    _action("crm.account.return", _("Return account to the pool"), "account_return", "return_account"),
    _action("crm.account.share", _("Share account"), "account_share", "share_account"),
    _action("crm.account.dispute", _("Dispute the ownership of an account"), "dispute_create", "dispute_account"),
    _action("crm.dispute.answer", _("Answer a dispute"), "dispute_answer", "dispute_account"),
    _action("crm.dispute.withdraw", _("Withdraw a dispute"), "dispute_withdraw", "dispute_account"),
    _action("crm.dispute.decide", _("Decide a dispute"), "dispute_decide", "decide_dispute"),
    _action("crm.dispute.print", _("Dispute file as PDF"), "dispute_pdf", "dispute_account"),
    _action("crm.account.exempt", _("Exempt an account from recycling"), "account_exempt", "exempt_account"),
    _action("crm.account.unexempt", _("End an exemption from recycling"), "account_unexempt", "exempt_account"),
    _action("crm.pool.claim", _("Claim several accounts"), "pool_claim", "claim_account"),
    _action("crm.pool.create", _("Create pool"), "pool_create", "add_pool"),
    _action("crm.pool.edit", _("Change the rules of a pool"), "pool_edit", "change_pool"),
    _action("crm.pool.member", _("Name members of a pool"), "pool_member_add", "change_pool"),
    _action("crm.pool.move", _("Move an account to another pool"), "pool_move", "change_pool"),
    _action("crm.recycle.rule", _("Set a recycle rule"), "recycle_rule_create", "change_pool"),
    _action("crm.capacity.edit", _("Set a capacity rule"), "capacity_create", "change_capacityrule"),
    _action("crm.capacity.exempt", _("Exempt a person from a capacity rule"), "capacity_exempt", "change_capacityrule"),
    _action("crm.ownership.mode", _("Choose one owner per account or per business unit"), "ownership_mode", "change_ownershipmode"),
    _action("crm.account.tag", _("Tag accounts"), "account_tag", "change_account"),
    _action("crm.account.delete", _("Throw account into the recycle bin"), "account_discard", "delete_account"),
    _action("crm.account.restore", _("Restore account"), "account_restore", "delete_account"),
    _action("crm.account.import", _("Import accounts and contacts"), "import_apply", "import_account"),
    _action("crm.account.export", _("Export accounts"), "account_list", "export_account"),
    # contacts
    _action("crm.contact.create", _("Create contact"), "contact_create", "add_contact"),
    _action("crm.contact.edit", _("Edit contact"), "contact_edit", "change_contact"),
    _action("crm.contact.link", _("Give a contact a role at an account"), "contact_link", "change_contact"),
    _action("crm.contact.unlink", _("End a contact's role"), "contact_unlink", "change_contact"),
    _action("crm.contact.role", _("Change a contact's role"), "contact_role", "change_contact"),
    _action("crm.rights.explain", _("Explain who may see a row"), "account_rights", "explain_rights"),
    _screen("crm.account.group", _("Group of an account"), "account_group", "view_account"),
    _action("crm.relation.create", _("Note a relation between accounts"), "relation_create", "change_account"),
    _action("crm.relation.end", _("End a relation between accounts"), "relation_end", "change_account"),
    _action("crm.billing.create", _("Add a billing profile"), "billing_create", "change_account"),
    _action("crm.billing.edit", _("Edit a billing profile"), "billing_edit", "change_account"),
    _action("crm.billing.retire", _("Retire a billing profile"), "billing_retire", "change_account"),
    _action("crm.contact.delete", _("Throw contact into the recycle bin"), "contact_discard", "delete_contact"),
    _action("crm.contact.restore", _("Restore contact"), "contact_restore", "delete_contact"),
    # activities and tasks
    _action("crm.activity.log", _("Log activity"), "activity_log", "add_activity"),
    _action("crm.activity.edit", _("Edit activity"), "activity_edit", "change_activity"),
    _action("crm.task.create", _("Create task"), "task_create", "add_task"),
    _action("crm.task.edit", _("Edit task"), "task_edit", "change_task"),
    _action("crm.task.done", _("Finish task"), "task_done", "change_task"),
    _action("crm.task.snooze", _("Put task off"), "task_snooze", "change_task"),
    # opportunities
    _action("crm.opportunity.create", _("Create opportunity"), "opportunity_create", "add_opportunity"),
    _action("crm.opportunity.edit", _("Edit opportunity"), "opportunity_edit", "change_opportunity"),
    _action("crm.opportunity.move", _("Move opportunity to another stage"), "opportunity_move", "change_opportunity"),
    _action("crm.opportunity.win", _("Win opportunity"), "opportunity_move", "change_opportunity"),
    _action("crm.opportunity.lose", _("Lose opportunity"), "opportunity_move", "change_opportunity"),
    _action("crm.opportunity.delete", _("Throw opportunity into the recycle bin"), "opportunity_discard", "delete_opportunity"),
    _action("crm.opportunity.restore", _("Restore opportunity"), "opportunity_restore", "delete_opportunity"),
    _action("crm.duplicate.rules", _("Change duplicate rules"), "duplicate_rules", "change_duplicaterule"),
    # moving in
    _action("crm.import.upload", _("Upload a file to import"), "import_create", "import_account"),
    _action("crm.import.map", _("Match the columns of an import"), "import_map", "import_account"),
    _action("crm.import.refused", _("Download refused rows"), "import_refused", "import_account"),
    _action("crm.import.decide", _("Decide about rows of an import"), "import_detail", "import_account"),
    _action("crm.import.words", _("Match words of a source"), "import_detail", "import_account"),
    _action("crm.import.undo", _("Undo an import"), "import_undo", "import_account"),
    # settings
    _action("crm.dictionary.create", _("Begin a dictionary"), "dictionary_create", "change_dictionary"),
    _action("crm.dictionary.edit", _("Change the values of a dictionary"), "entry_edit", "change_dictionary"),
    _action("crm.dictionary.retire", _("Retire a value of a dictionary"), "entry_retire", "change_dictionary"),
    _action("crm.dictionary.remap", _("Re-map rows to another value"), "dictionary_remap", "change_dictionary"),
    _action("crm.dictionary.import", _("Take over a table of values"), "dictionary_import", "change_dictionary"),
    _action("crm.dictionary.export", _("Export a dictionary"), "dictionary_export", "change_dictionary"),
    _action("crm.customfield.create", _("Define a custom field"), "custom_field_create", "change_dictionary"),
    _action("crm.customfield.edit", _("Change a custom field"), "custom_field_edit", "change_dictionary"),
    _action("crm.pipeline.edit", _("Say which accounts a pipeline serves"), "pipeline_edit", "change_dictionary"),
]
