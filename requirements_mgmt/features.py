"""Screens and actions of requirements, under keys that never change."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

VIEW = "requirements_mgmt.view_requirement"
ADD = "requirements_mgmt.add_requirement"
CHANGE = "requirements_mgmt.change_requirement"

FEATURES = [
    FeatureSpec("requirements.requirement.list", "screen", _("Requirement list"), "requirements_mgmt:requirement_list", VIEW),
    FeatureSpec("requirements.requirement.tree", "screen", _("Requirement tree"), "requirements_mgmt:requirement_tree", VIEW),
    FeatureSpec("requirements.requirement.matrix", "screen", _("Coverage matrix"), "requirements_mgmt:requirement_matrix", VIEW),
    FeatureSpec("requirements.requirement.board", "screen", _("Requirement board"), "requirements_mgmt:requirement_board", VIEW),
    FeatureSpec("requirements.requirement.detail", "screen", _("Requirement page"), "requirements_mgmt:requirement_detail", VIEW),
    FeatureSpec("requirements.requirement.create", "action", _("New requirement"), "requirements_mgmt:requirement_create", ADD),
    FeatureSpec("requirements.requirement.edit", "action", _("Edit requirement"), "requirements_mgmt:requirement_edit", CHANGE),
    FeatureSpec("requirements.requirement.bulk", "action", _("Change several requirements"), "requirements_mgmt:requirement_bulk", CHANGE),
    FeatureSpec("requirements.requirement.drop", "action", _("Drop requirement"), "requirements_mgmt:requirement_drop", "requirements_mgmt.drop_requirement"),
    FeatureSpec(
        "requirements.requirement.restore", "action", _("Restore requirement"), "requirements_mgmt:requirement_restore", "requirements_mgmt.drop_requirement"
    ),
    FeatureSpec(
        "requirements.requirement.comment",
        "action",
        _("Comment on requirement"),
        "requirements_mgmt:requirement_comment",
        "requirements_mgmt.comment_requirement",
    ),
    FeatureSpec(
        "requirements.requirement.confirm", "action", _("Confirm requirement"), "requirements_mgmt:requirement_confirm", "requirements_mgmt.confirm_requirement"
    ),
    FeatureSpec("requirements.requirement.attach", "action", _("Attach file to requirement"), "requirements_mgmt:attachment_create", CHANGE),
    FeatureSpec(
        "requirements.confirmation.list", "screen", _("Requirements to confirm"), "requirements_mgmt:confirmation_list", "requirements_mgmt.confirm_requirement"
    ),
    FeatureSpec(
        "requirements.confirmation.ask", "action", _("Ask for confirmation"), "requirements_mgmt:confirmation_ask", "requirements_mgmt.ask_confirmation"
    ),
    FeatureSpec(
        "requirements.confirmation.reply",
        "action",
        _("Reply to objection or question"),
        "requirements_mgmt:confirmation_reply",
        "requirements_mgmt.ask_confirmation",
    ),
    FeatureSpec(
        "requirements.confirmation.withdraw", "action", _("Withdraw an ask"), "requirements_mgmt:confirmation_withdraw", "requirements_mgmt.ask_confirmation"
    ),
    FeatureSpec("requirements.trace.create", "action", _("Link requirement"), "requirements_mgmt:trace_create", CHANGE),
    FeatureSpec("requirements.trace.remove", "action", _("Remove link"), "requirements_mgmt:trace_remove", CHANGE),
    FeatureSpec("requirements.trace.clear", "action", _("Mark link as checked"), "requirements_mgmt:trace_clear", CHANGE),
    FeatureSpec("requirements.change.list", "screen", _("Change request list"), "requirements_mgmt:change_request_list", VIEW),
    FeatureSpec("requirements.change.detail", "screen", _("Change request page"), "requirements_mgmt:change_request_detail", VIEW),
    FeatureSpec(
        "requirements.change.open", "action", _("Open change request"), "requirements_mgmt:change_request_create", "requirements_mgmt.add_changerequest"
    ),
    FeatureSpec(
        "requirements.change.decide", "action", _("Decide change request"), "requirements_mgmt:change_request_decide", "requirements_mgmt.decide_changerequest"
    ),
    FeatureSpec("requirements.attachment.take", "action", _("Download attachment"), "requirements_mgmt:attachment_download", VIEW),
    FeatureSpec(
        "requirements.import.refused", "action", _("Download refused rows"), "requirements_mgmt:import_refused", "requirements_mgmt.import_requirement"
    ),
    FeatureSpec("requirements.import.list", "screen", _("Requirement imports"), "requirements_mgmt:import_list", "requirements_mgmt.import_requirement"),
    FeatureSpec(
        "requirements.import.run", "action", _("Import requirements"), "requirements_mgmt:import_apply", "requirements_mgmt.import_requirement", verb="import"
    ),
    FeatureSpec("requirements.flow.check", "screen", _("Flow check"), "requirements_mgmt:flow_check", VIEW),
    FeatureSpec("requirements.flow.finding", "screen", _("Finding page"), "requirements_mgmt:finding_detail", VIEW),
    FeatureSpec("requirements.flow.run", "action", _("Check the flow"), "requirements_mgmt:flow_run", "requirements_mgmt.check_flow", verb="run"),
    FeatureSpec("requirements.flow.accept", "action", _("Accept finding"), "requirements_mgmt:finding_accept", "requirements_mgmt.accept_finding"),
    FeatureSpec("requirements.flow.take_back", "action", _("Take acceptance back"), "requirements_mgmt:finding_take_back", "requirements_mgmt.accept_finding"),
    FeatureSpec("requirements.flow.fix", "action", _("Put finding right"), "requirements_mgmt:finding_fix", CHANGE),
    FeatureSpec("requirements.data.list", "screen", _("Data objects"), "requirements_mgmt:data_object_list", VIEW),
    FeatureSpec("requirements.data.detail", "screen", _("Data object page"), "requirements_mgmt:data_object_detail", VIEW),
    FeatureSpec("requirements.data.create", "action", _("New data object"), "requirements_mgmt:data_object_create", "requirements_mgmt.change_dataobject"),
    FeatureSpec("requirements.data.edit", "action", _("Edit data object"), "requirements_mgmt:data_object_edit", "requirements_mgmt.change_dataobject"),
    FeatureSpec("requirements.data.delete", "action", _("Delete data object"), "requirements_mgmt:data_object_delete", "requirements_mgmt.change_dataobject"),
    FeatureSpec("requirements.system.list", "screen", _("Systems"), "requirements_mgmt:system_list", VIEW),
    FeatureSpec("requirements.system.detail", "screen", _("System page"), "requirements_mgmt:system_detail", VIEW),
    FeatureSpec("requirements.system.create", "action", _("New system"), "requirements_mgmt:system_create", "requirements_mgmt.change_system"),
    FeatureSpec("requirements.system.edit", "action", _("Edit system"), "requirements_mgmt:system_edit", "requirements_mgmt.change_system"),
    FeatureSpec("requirements.system.delete", "action", _("Delete system"), "requirements_mgmt:system_delete", "requirements_mgmt.change_system"),
    FeatureSpec("requirements.interface.list", "screen", _("Interfaces"), "requirements_mgmt:interface_list", VIEW),
    FeatureSpec("requirements.interface.detail", "screen", _("Interface page"), "requirements_mgmt:interface_detail", VIEW),
    FeatureSpec("requirements.interface.create", "action", _("New interface"), "requirements_mgmt:interface_create", "requirements_mgmt.change_system"),
    FeatureSpec("requirements.interface.edit", "action", _("Edit interface"), "requirements_mgmt:interface_edit", "requirements_mgmt.change_system"),
    FeatureSpec("requirements.interface.delete", "action", _("Delete interface"), "requirements_mgmt:interface_delete", "requirements_mgmt.change_system"),
]
