"""Screens and actions of training, under keys that never change."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

FEATURES = [
    FeatureSpec("learn.home", "screen", _("My learning"), url_name="training:home", permission="training.view_procedure"),
    FeatureSpec("learn.manual", "screen", _("Role manual"), url_name="training:manual", permission="training.view_procedure"),
    FeatureSpec("learn.manual.pdf", "action", _("Role manual as PDF"), url_name="training:manual_pdf", permission="training.view_procedure", verb="export"),
    FeatureSpec("learn.procedure.list", "screen", _("Procedures"), url_name="training:procedure_list", permission="training.view_procedure"),
    FeatureSpec("learn.procedure.view", "screen", _("Procedure"), url_name="training:procedure_detail", permission="training.view_procedure"),
    FeatureSpec(
        "learn.procedure.edit", "action", _("Write a procedure"), url_name="training:procedure_edit", permission="training.change_procedure", verb="update"
    ),
    FeatureSpec(
        "learn.procedure.publish",
        "action",
        _("Publish a procedure"),
        url_name="training:procedure_publish",
        permission="training.publish_procedure",
        verb="update",
    ),
    FeatureSpec(
        "learn.procedure.retire",
        "action",
        _("Retire a procedure"),
        url_name="training:procedure_retire",
        permission="training.publish_procedure",
        verb="update",
    ),
    FeatureSpec(
        "learn.procedure.start", "action", _("Start a procedure"), url_name="training:procedure_start", permission="training.view_procedure", verb="run"
    ),
    FeatureSpec("learn.procedure.complete", "action", _("Complete a procedure"), permission="training.view_procedure", verb="resolve"),
    FeatureSpec(
        "learn.procedure.assign", "action", _("Assign a procedure"), url_name="training:procedure_assign", permission="training.assign_procedure", verb="update"
    ),
    FeatureSpec("learn.progress", "screen", _("Training progress"), url_name="training:progress", permission="training.view_progress"),
]
