"""The one table of roles: who may do what, and how far each sees.

A role's permissions are verbs (``app.verb_noun``), its scopes say how far it sees into each model
(``app.model``, or ``app.*`` for the models not named). A person has the roles of the positions held today.
"""

from django.utils.translation import gettext_lazy as _

from foundation.people.access import Role, Scope

# --- verbs that come in bundles ----------------------------------------------------------------
# Everybody at work: the directory, own inbox, own manual, own reports.
EVERYBODY: frozenset[str] = frozenset(
    {
        "people.view_user",
        "people.view_department",
        "docs_site.view_document",
        "docs_site.sign_document",
        "docs_site.comment_document",
        "training.view_procedure",
        "feedback.view_ticket",
        "feedback.add_ticket",
        "requirements_mgmt.confirm_requirement",
        "requirements_mgmt.comment_requirement",
    }
)
# Requirements: who reads them all, who writes them, who decides.
REQUIREMENTS_READ: frozenset[str] = frozenset(
    {"requirements_mgmt.view_requirement", "requirements_mgmt.view_changerequest", "requirements_mgmt.export_requirement"}
)
REQUIREMENTS_WRITE: frozenset[str] = frozenset(
    {"requirements_mgmt.add_requirement", "requirements_mgmt.change_requirement", "requirements_mgmt.add_changerequest", "requirements_mgmt.ask_confirmation"}
)
# The flow of data: checked, its findings accepted, data objects, systems and interfaces described.
REQUIREMENTS_FLOW: frozenset[str] = frozenset(
    {
        "requirements_mgmt.check_flow",
        "requirements_mgmt.accept_finding",
        "requirements_mgmt.change_dataobject",
        "requirements_mgmt.change_system",
    }
)
REQUIREMENTS_LEAD: frozenset[str] = frozenset(
    {"requirements_mgmt.drop_requirement", "requirements_mgmt.import_requirement", "requirements_mgmt.decide_changerequest"}
)
# Project documents: who writes them, and who writes the guide.
DOCS_WORK: frozenset[str] = frozenset({"docs_site.add_document", "docs_site.change_document", "docs_site.submit_document"})
DOCS_GUIDE: frozenset[str] = frozenset({"docs_site.write_page"})
CRM_READ: frozenset[str] = frozenset(
    {
        "crm_core.view_account",
        "crm_core.view_contact",
        "crm_core.view_activity",
        "crm_core.view_task",
        "crm_core.view_opportunity",
    }
)
CRM_WORK: frozenset[str] = frozenset(
    {
        "crm_core.add_account",
        "crm_core.change_account",
        "crm_core.delete_account",
        "crm_core.claim_account",
        "crm_core.return_account",
        "crm_core.share_account",
        "crm_core.dispute_account",
        "crm_core.add_contact",
        "crm_core.change_contact",
        "crm_core.delete_contact",
        "crm_core.add_activity",
        "crm_core.change_activity",
        "crm_core.add_task",
        "crm_core.change_task",
        "crm_core.add_opportunity",
        "crm_core.change_opportunity",
        "crm_core.delete_opportunity",
        "crm_core.view_duplicatepair",
        "crm_core.merge_account",
        "crm_core.merge_contact",
        "crm_core.fill_sheet",
        "crm_core.reveal_field",
    }
)
# Customer data gathered before go-live: start a round of sheets, follow it, hurry people.
COLLECT: frozenset[str] = frozenset({"crm_core.add_collectionround", "crm_core.collect_sheet"})
CRM_SERVE: frozenset[str] = frozenset(
    {"crm_core.reveal_field", "crm_core.add_activity", "crm_core.change_activity", "crm_core.add_task", "crm_core.change_task"}
)
CRM_LEAD: frozenset[str] = frozenset(
    {
        "crm_core.assign_account",
        "crm_core.explain_rights",
        "crm_core.transfer_account",
        "crm_core.change_pool",
        "crm_core.exempt_account",
        "crm_core.decide_dispute",
        "crm_core.view_poolevent",
        "crm_core.view_reveal",
        "ui.share_view",
    }
)
# The whole base kept clean: search for duplicates, give pairs to people.
CRM_CLEAN: frozenset[str] = frozenset(
    {
        "crm_core.view_duplicatepair",
        "crm_core.find_duplicate",
        "crm_core.assign_duplicatepair",
        "crm_core.merge_account",
        "crm_core.merge_contact",
        "crm_core.review_status",
    }
)
CRM_MOVE: frozenset[str] = frozenset({"crm_core.export_account", "crm_core.import_account"})
# Settings of the CRM that the business keeps itself: dictionaries, fields, pools.
CRM_SETTINGS: frozenset[str] = frozenset(
    {
        "crm_core.change_dictionary",
        "crm_core.change_fieldright",
        "crm_core.add_pool",
        "crm_core.change_pool",
        "crm_core.view_poolevent",
        "crm_core.exempt_account",
        "crm_core.change_capacityrule",
        "crm_core.change_ownershipmode",
        "crm_core.change_duplicaterule",
        "crm_core.view_duplicatecheck",
    }
)
ROLLOUT_READ: frozenset[str] = frozenset({"implementation.view_rollout", "implementation.answer_criterion"}) | REQUIREMENTS_READ
ROLLOUT_WORK: frozenset[str] = frozenset({"implementation.change_milestone", "implementation.change_registerentry"}) | REQUIREMENTS_WRITE | REQUIREMENTS_FLOW
ROLLOUT_DECIDE: frozenset[str] = frozenset(
    {"implementation.pass_gate", "implementation.reopen_gate", "implementation.waive_criterion", "implementation.export_rollout"}
)
ROLLOUT_LEAD: frozenset[str] = (
    ROLLOUT_DECIDE
    | REQUIREMENTS_LEAD
    | {
        "implementation.add_rollout",
        "implementation.change_rollout",
        "implementation.close_rollout",
        "implementation.change_phase",
        "implementation.change_teammember",
        "implementation.change_gate",
        "usage.view_feature",
        "ui.share_view",
    }
)
LIAISON: frozenset[str] = (
    DOCS_WORK | REQUIREMENTS_WRITE | COLLECT | {"feedback.answer_ticket", "feedback.view_adoption", "feedback.view_backlogitem", "training.view_progress"}
)
TEAM: frozenset[str] = DOCS_WORK | {"feedback.answer_ticket", "feedback.fix_ticket", "feedback.view_adoption", "feedback.view_backlogitem"}
# Adoption figures and the backlog, to read.
INSIGHT: frozenset[str] = frozenset({"feedback.view_adoption", "feedback.view_backlogitem"})
DECIDE: frozenset[str] = frozenset({"feedback.decide_backlogitem"})
TRAIN: frozenset[str] = (
    DOCS_WORK
    | DOCS_GUIDE
    | {"training.add_procedure", "training.change_procedure", "training.publish_procedure", "training.assign_procedure", "training.view_progress"}
)
ADMIN = DOCS_GUIDE | frozenset(
    {
        "ui.view_gallery",
        "ui.share_view",
        "people.add_user",
        "people.change_user",
        "people.deactivate_user",
        "people.export_user",
        "people.import_user",
        "people.add_department",
        "people.change_department",
        "people.close_department",
        "people.change_position",
        "people.change_assignment",
        "people.change_delegation",
        "people.change_connector",
        "people.view_role",
        "suite.view_metrics",
        "jobs.view_job",
        "jobs.change_job",
        "notices.change_calendarday",
        "usage.view_feature",
    }
)

# --- how far one sees ----------------------------------------------------------------------------
# The directory is open to all who work here; what belongs to one person stays with that person.
PEOPLE: dict[str, Scope] = {
    "people.user": Scope.ALL,
    "people.department": Scope.ALL,
    "people.position": Scope.ALL,
    "people.assignment": Scope.ALL,
    "people.delegation": Scope.OWN,
    "people.apitoken": Scope.OWN,
    "people.savedview": Scope.OWN,
    "feedback.ticket": Scope.OWN,
    "training.procedure": Scope.OWN,
    "training.trainingassignment": Scope.OWN,
    "training.completion": Scope.OWN,
    "requirements_mgmt.*": Scope.OWN,  # besides: requirements of rollouts one works in, and those one is asked to confirm
    "docs_site.projectdocument": Scope.OWN,  # besides: readers named on a document and people asked to sign it
}
PEOPLE_ADMIN: dict[str, Scope] = {"people.delegation": Scope.ALL, "people.peopleimport": Scope.ALL, "jobs.job": Scope.ALL}
# Whoever sets the CRM up sees its settings, not its customers.
CRM_SETTINGS_ALL: dict[str, Scope] = {label: Scope.ALL for label in ("crm_core.pool", "crm_core.poolevent", "crm_core.capacityexemption")}

# Whose reports, figures and learners one sees: a liaison the own department and below, the team all.
FEEDBACK_BELOW: dict[str, Scope] = {
    "feedback.*": Scope.BELOW,
    "feedback.ticket": Scope.BELOW,
    "training.trainingassignment": Scope.BELOW,
}
LEARNING_ALL: dict[str, Scope] = {"training.procedure": Scope.ALL, "training.trainingassignment": Scope.ALL, "training.completion": Scope.ALL}
FIGURES_ALL: dict[str, Scope] = {"feedback.metricvalue": Scope.ALL, "feedback.diagnosis": Scope.ALL, "feedback.backlogitem": Scope.ALL}
FIGURES_BELOW: dict[str, Scope] = {"feedback.metricvalue": Scope.BELOW, "feedback.diagnosis": Scope.BELOW, "training.trainingassignment": Scope.BELOW}
FEEDBACK_ALL: dict[str, Scope] = {
    "feedback.*": Scope.ALL,
    "feedback.ticket": Scope.ALL,
    "training.procedure": Scope.ALL,
    "training.trainingassignment": Scope.ALL,
    "training.completion": Scope.ALL,
}
ROLLOUT_ALL: dict[str, Scope] = {"implementation.*": Scope.ALL, "requirements_mgmt.*": Scope.ALL, "docs_site.projectdocument": Scope.ALL}
ROLLOUT_TEAM: dict[str, Scope] = {
    "implementation.*": Scope.OWN,
    "requirements_mgmt.*": Scope.BELOW,
    "docs_site.projectdocument": Scope.DEPARTMENT,
}  # who works in a rollout sees it by being on its team
CRM_OWN: dict[str, Scope] = {"crm_core.*": Scope.OWN}
CRM_BELOW: dict[str, Scope] = {"crm_core.*": Scope.BELOW}
CRM_UNIT: dict[str, Scope] = {"crm_core.*": Scope.BUSINESS_UNIT}
CRM_ALL: dict[str, Scope] = {"crm_core.*": Scope.ALL}

ROLES = (
    Role("sponsor", _("Sponsor"), EVERYBODY | CRM_READ | ROLLOUT_READ | ROLLOUT_DECIDE | INSIGHT, PEOPLE | FIGURES_ALL | ROLLOUT_ALL | CRM_ALL, home="sponsor"),
    Role(
        "project_manager",
        _("Project manager"),
        EVERYBODY | CRM_READ | CRM_MOVE | CRM_CLEAN | CRM_SETTINGS | COLLECT | ROLLOUT_READ | ROLLOUT_WORK | ROLLOUT_LEAD | TEAM | TRAIN | DECIDE,
        PEOPLE | FEEDBACK_ALL | ROLLOUT_ALL | CRM_ALL,
        home="project_manager",
    ),
    Role("consultant", _("Vendor consultant"), EVERYBODY | ROLLOUT_READ | ROLLOUT_WORK | TEAM, PEOPLE | FEEDBACK_ALL | ROLLOUT_TEAM, home="project_manager"),
    Role("developer", _("Developer"), EVERYBODY | ROLLOUT_READ | TEAM | {"ui.view_gallery"}, PEOPLE | FEEDBACK_ALL | ROLLOUT_TEAM, home="project_manager"),
    Role("liaison", _("Business liaison"), EVERYBODY | ROLLOUT_READ | LIAISON, PEOPLE | FEEDBACK_BELOW | ROLLOUT_TEAM, home="liaison"),
    Role("key_user", _("Key user"), EVERYBODY | CRM_READ | CRM_WORK | ROLLOUT_READ, PEOPLE | ROLLOUT_TEAM | CRM_OWN, home="employee"),
    Role("trainer", _("Trainer"), EVERYBODY | ROLLOUT_READ | TRAIN, PEOPLE | LEARNING_ALL | ROLLOUT_TEAM, home="trainer"),
    Role("sales_rep", _("Sales representative"), EVERYBODY | CRM_READ | CRM_WORK, PEOPLE | CRM_OWN, home="sales"),
    Role(
        "sales_manager",
        _("Sales manager"),
        EVERYBODY | CRM_READ | CRM_WORK | CRM_LEAD | CRM_CLEAN | CRM_MOVE | COLLECT | {"feedback.view_adoption", "training.view_progress"},
        PEOPLE | FIGURES_BELOW | CRM_BELOW,
        home="sales_manager",
    ),
    Role("marketing", _("Marketing"), EVERYBODY | CRM_READ, PEOPLE | CRM_UNIT, home="employee"),
    Role("service_agent", _("Service agent"), EVERYBODY | CRM_READ | CRM_SERVE, PEOPLE | CRM_UNIT, home="employee"),
    Role("finance", _("Finance"), EVERYBODY | CRM_READ | {"crm_core.reveal_field"}, PEOPLE | CRM_ALL, home="employee"),
    Role("executive", _("Executive"), EVERYBODY | CRM_READ | ROLLOUT_READ | INSIGHT, PEOPLE | FIGURES_ALL | ROLLOUT_ALL | CRM_ALL, home="sponsor"),
    Role(
        "administrator",
        _("Administrator"),
        EVERYBODY | ADMIN | CRM_SETTINGS | ROLLOUT_READ,
        PEOPLE | PEOPLE_ADMIN | ROLLOUT_ALL | CRM_SETTINGS_ALL,
        home="administrator",
    ),
    Role(
        "auditor",
        _("Auditor"),
        EVERYBODY | CRM_READ | ROLLOUT_READ | INSIGHT | {"people.view_role", "crm_core.explain_rights", "crm_core.view_reveal"},
        PEOPLE | FIGURES_ALL | ROLLOUT_ALL | CRM_ALL,
        home="employee",
    ),
)
