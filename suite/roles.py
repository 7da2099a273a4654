"""The one table of roles: who may do what, and how far each sees.

A role's permissions are verbs (``app.verb_noun``), its scopes say how far it sees into each model
(``app.model``, or ``app.*`` for the models not named). A person has the roles of the positions held today.
"""

from django.utils.translation import gettext_lazy as _

from foundation.people.access import Role, Scope

# --- verbs that come in bundles ----------------------------------------------------------------
EVERYBODY = frozenset(
    {
        # everybody at work: own inbox, own manual, own reports
    }
)
CRM_READ: frozenset[str] = frozenset()
CRM_WORK: frozenset[str] = frozenset()
CRM_LEAD: frozenset[str] = frozenset()
ROLLOUT_READ: frozenset[str] = frozenset()
ROLLOUT_WORK: frozenset[str] = frozenset()
ROLLOUT_LEAD: frozenset[str] = frozenset()
LIAISON: frozenset[str] = frozenset()
TEAM: frozenset[str] = frozenset()
TRAIN: frozenset[str] = frozenset()
ADMIN: frozenset[str] = frozenset()

ROLLOUT_ALL: dict[str, Scope] = {}
CRM_OWN: dict[str, Scope] = {}
CRM_BELOW: dict[str, Scope] = {}
CRM_ALL: dict[str, Scope] = {"crm_core.*": Scope.ALL}

ROLES = (
    Role("sponsor", _("Sponsor"), EVERYBODY | CRM_READ | ROLLOUT_READ, {**ROLLOUT_ALL, **CRM_ALL}, home="sponsor"),
    Role(
        "project_manager",
        _("Project manager"),
        EVERYBODY | CRM_READ | ROLLOUT_READ | ROLLOUT_WORK | ROLLOUT_LEAD | TEAM | TRAIN,
        {**ROLLOUT_ALL, **CRM_ALL},
        home="project_manager",
    ),
    Role("consultant", _("Vendor consultant"), EVERYBODY | ROLLOUT_READ | ROLLOUT_WORK | TEAM, {**ROLLOUT_ALL}, home="project_manager"),
    Role("developer", _("Developer"), EVERYBODY | ROLLOUT_READ | TEAM, {**ROLLOUT_ALL}, home="project_manager"),
    Role("liaison", _("Business liaison"), EVERYBODY | ROLLOUT_READ | LIAISON, {**ROLLOUT_ALL}, home="liaison"),
    Role("key_user", _("Key user"), EVERYBODY | ROLLOUT_READ, {**ROLLOUT_ALL}, home="employee"),
    Role("trainer", _("Trainer"), EVERYBODY | ROLLOUT_READ | TRAIN, {**ROLLOUT_ALL}, home="trainer"),
    Role("sales_rep", _("Sales representative"), EVERYBODY | CRM_READ | CRM_WORK, {**CRM_OWN}, home="sales"),
    Role("sales_manager", _("Sales manager"), EVERYBODY | CRM_READ | CRM_WORK | CRM_LEAD, {**CRM_BELOW}, home="sales_manager"),
    Role("marketing", _("Marketing"), EVERYBODY | CRM_READ, {**CRM_BELOW}, home="employee"),
    Role("service_agent", _("Service agent"), EVERYBODY | CRM_READ, {**CRM_BELOW}, home="employee"),
    Role("finance", _("Finance"), EVERYBODY | CRM_READ, {**CRM_ALL}, home="employee"),
    Role("executive", _("Executive"), EVERYBODY | CRM_READ | ROLLOUT_READ, {**ROLLOUT_ALL, **CRM_ALL}, home="sponsor"),
    Role("administrator", _("Administrator"), EVERYBODY | ADMIN | ROLLOUT_READ, {**ROLLOUT_ALL}, home="administrator"),
    Role("auditor", _("Auditor"), EVERYBODY | CRM_READ | ROLLOUT_READ, {**ROLLOUT_ALL, **CRM_ALL}, home="employee"),
)
