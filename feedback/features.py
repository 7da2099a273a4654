"""Screens and actions of feedback, under keys that never change."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

FEATURES = [
    FeatureSpec("feedback.ticket.list", "screen", _("My reports"), url_name="feedback:ticket_list", permission="feedback.view_ticket"),
    FeatureSpec("feedback.ticket.view", "screen", _("Report"), url_name="feedback:ticket_detail", permission="feedback.view_ticket"),
    FeatureSpec("feedback.ticket.report", "action", _("Report something"), url_name="feedback:ticket_create", permission="feedback.add_ticket", verb="create"),
    FeatureSpec(
        "feedback.ticket.answer", "action", _("Answer a report"), url_name="feedback:ticket_answer", permission="feedback.answer_ticket", verb="answer"
    ),
    FeatureSpec(
        "feedback.ticket.return", "action", _("Ask the reporter back"), url_name="feedback:ticket_return", permission="feedback.answer_ticket", verb="answer"
    ),
    FeatureSpec(
        "feedback.ticket.edit", "action", _("Put facts of a report right"), url_name="feedback:ticket_fact", permission="feedback.answer_ticket", verb="update"
    ),
    FeatureSpec("feedback.ticket.reply", "action", _("Reply on my report"), url_name="feedback:ticket_reply", permission="feedback.add_ticket", verb="answer"),
    FeatureSpec("feedback.ticket.merge", "action", _("Merge reports"), url_name="feedback:ticket_merge", permission="feedback.answer_ticket", verb="update"),
    FeatureSpec(
        "feedback.ticket.forward",
        "action",
        _("Forward a report to the team"),
        url_name="feedback:ticket_forward",
        permission="feedback.answer_ticket",
        verb="advance",
    ),
    FeatureSpec("feedback.ticket.analyse", "action", _("Analyse a report"), url_name="feedback:ticket_take", permission="feedback.fix_ticket", verb="advance"),
    FeatureSpec("feedback.ticket.fix", "action", _("Fix what was reported"), url_name="feedback:ticket_fix", permission="feedback.fix_ticket", verb="resolve"),
    FeatureSpec("feedback.ticket.tell", "action", _("Tell the reporter"), url_name="feedback:ticket_tell", permission="feedback.answer_ticket", verb="resolve"),
    FeatureSpec("feedback.ticket.close", "action", _("Close my report"), url_name="feedback:ticket_close", permission="feedback.add_ticket", verb="resolve"),
    FeatureSpec("feedback.desk.liaison", "screen", _("Liaison desk"), url_name="feedback:liaison_desk", permission="feedback.answer_ticket"),
    FeatureSpec("feedback.desk.team", "screen", _("Team desk"), url_name="feedback:team_desk", permission="feedback.fix_ticket"),
    FeatureSpec("feedback.adoption", "screen", _("Adoption"), url_name="feedback:adoption", permission="feedback.view_adoption"),
    FeatureSpec("feedback.backlog.list", "screen", _("Iteration backlog"), url_name="feedback:backlog_list", permission="feedback.view_backlogitem"),
    FeatureSpec("feedback.backlog.view", "screen", _("Backlog item"), url_name="feedback:backlog_detail", permission="feedback.view_backlogitem"),
    FeatureSpec(
        "feedback.backlog.accept",
        "action",
        _("Accept a backlog item"),
        url_name="feedback:backlog_accept",
        permission="feedback.decide_backlogitem",
        verb="advance",
    ),
    FeatureSpec(
        "feedback.backlog.decline",
        "action",
        _("Decline a backlog item"),
        url_name="feedback:backlog_decline",
        permission="feedback.decide_backlogitem",
        verb="advance",
    ),
    FeatureSpec(
        "feedback.backlog.finish",
        "action",
        _("Close a backlog item as done"),
        url_name="feedback:backlog_finish",
        permission="feedback.decide_backlogitem",
        verb="resolve",
    ),
    FeatureSpec(
        "feedback.backlog.reopen",
        "action",
        _("Take a done backlog item up again"),
        url_name="feedback:backlog_reopen",
        permission="feedback.decide_backlogitem",
        verb="advance",
    ),
]
