"""Screens and actions of the rollout under keys that never change."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

APP = "implementation"


def _screen(key: str, name: object, url_name: str, permission: str = "view_rollout") -> FeatureSpec:
    return FeatureSpec(f"rollout.{key}", kind="screen", name=name, url_name=f"{APP}:{url_name}", permission=f"{APP}.{permission}")


def _action(key: str, name: object, url_name: str, permission: str, verb: str = "") -> FeatureSpec:
    return FeatureSpec(f"rollout.{key}", kind="action", name=name, url_name=f"{APP}:{url_name}", permission=f"{APP}.{permission}", verb=verb)


FEATURES = [
    _screen("rollout.list", _("Rollout list"), "rollout_list"),
    _screen("rollout.view", _("Rollout home"), "rollout_detail"),
    _screen("phase.view", _("Phase"), "phase_detail"),
    _screen("gate.view", _("Gate"), "gate_detail"),
    _screen("passage.view", _("Gate passage, then and now"), "passage_detail"),
    _screen("plan.view", _("Rollout plan"), "rollout_plan"),
    _screen("team.view", _("Rollout team"), "rollout_team"),
    _screen("register.view", _("Document register"), "rollout_register"),
    _screen("register.matrix", _("Document register by phase"), "rollout_matrix"),
    _screen("activity.view", _("What changed in the rollout"), "rollout_activity"),
    _action("rollout.create", _("Create rollout"), "rollout_create", "add_rollout"),
    _action("rollout.update", _("Edit rollout"), "rollout_edit", "change_rollout"),
    _action("rollout.advance", _("Start, pause or close rollout"), "rollout_move", "close_rollout"),
    _action("rollout.export", _("Status report"), "rollout_report", "export_rollout"),
    _action("wave.create", _("Add wave"), "wave_create", "change_rollout"),
    _action("goal.update", _("Edit goal"), "goal_edit", "change_rollout"),
    _action("phase.update", _("Edit phase dates"), "phase_edit", "change_phase"),
    _action("phase.advance", _("Start phase"), "phase_start", "change_phase"),
    _action("milestone.create", _("Add milestone"), "milestone_create", "change_milestone"),
    _action("milestone.update", _("Edit milestone"), "milestone_edit", "change_milestone"),
    _action("milestone.advance", _("Mark milestone as reached"), "milestone_reach", "change_milestone"),
    _action("team.create", _("Add team member"), "member_create", "change_teammember"),
    _action("team.update", _("Edit team member"), "member_edit", "change_teammember"),
    _action("register.create", _("Add owed document"), "register_create", "change_registerentry"),
    _action("register.update", _("Edit owed document"), "register_edit", "change_registerentry"),
    _action("register.delete", _("Remove owed document"), "register_delete", "change_registerentry"),
    _action("gate.sign", _("Pass gate"), "gate_pass", "pass_gate", "sign"),
    _action("gate.update", _("Re-open gate"), "gate_reopen", "reopen_gate"),
    _action("criterion.create", _("Add criterion"), "criterion_create", "change_gate"),
    _action("criterion.update", _("Edit criterion"), "criterion_edit", "change_gate"),
    _action("criterion.delete", _("Remove criterion"), "criterion_delete", "change_gate"),
    _action("criterion.waive", _("Waive criterion"), "criterion_waive", "waive_criterion", "update"),
    _action("criterion.answer", _("Answer criterion"), "criterion_answer", "answer_criterion"),
]
