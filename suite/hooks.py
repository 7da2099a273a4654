"""What the apps offer and the settings fill in: lists of dotted paths, loaded with ``import_string``."""

from typing import Any

import environ
from django.utils.translation import gettext_lazy as _

CRM_ONLY = environ.Env().bool("SUITE_CRM_ONLY", default=False)  # CRM core must run alone

FEATURES = ["foundation.people.features.FEATURES", "docs_site.features.FEATURES", "crm_core.features.FEATURES"] + (
    [] if CRM_ONLY else ["implementation.features.FEATURES", "requirements_mgmt.features.FEATURES", "training.features.FEATURES", "feedback.features.FEATURES"]
)
# Each: an implementation.gates.GateCheck or a tuple of them
GATE_CHECKS: list[str] = (
    []
    if CRM_ONLY
    else [
        "implementation.gates.CHECKS",
        "requirements_mgmt.gates.CHECKS",
        "training.gates.CHECKS",
        "feedback.gates.CHECKS",
    ]
)
# Each: callable(change=, by=, now=) in the transaction in which a change request is carried out
CHANGE_DONE: list[str] = [] if CRM_ONLY else ["feedback.services.backlog.change_done"]
# Each: callable(user, account) -> {"template", "context"} or None
ACCOUNT_PANELS: list[str] = []
# Each: callable(user, account) -> crm_core.timeline.Source of {"label", "url"}: what waits at an account in another app; the account page tells it as open
ACCOUNT_WAITING: list[str] = [] if CRM_ONLY else ["feedback.at_accounts.waiting"]
# Each: {"show", "label", "source" (callable(account, sight=, before=) -> crm_core.timeline.Source)} of what another app tells on an account's timeline
ACCOUNT_TIMELINE: list[dict[str, Any]] = [] if CRM_ONLY else [{"show": "ticket", "label": _("Tickets"), "source": "feedback.at_accounts.timeline"}]
# Each: callable(account numbers) -> {account number: sentence}: what of another app stays when accounts are handed over, and why
HANDOVER_STAYING: list[str] = [] if CRM_ONLY else ["feedback.at_accounts.staying"]
# Each: {"model", "label", "permission", optional "url" (name), "icon", "entry" (callable(row) -> fields to index), "veil" and "mask" (what a reader
# must not find or see whole), "subtitle" (second lines in the reader's language)}
SEARCH_SOURCES: list[dict[str, Any]] = [
    {
        "model": "crm_core.Account",
        "label": _("Accounts"),
        "permission": "crm_core.view_account",
        "icon": "building",
        "veil": "crm_core.searching.veil_hits",
        "mask": "crm_core.searching.mask_codes",
        "subtitle": "crm_core.searching.second_lines",
    },
    {
        "model": "crm_core.Contact",
        "label": _("Contacts"),
        "permission": "crm_core.view_contact",
        "icon": "address-book",
        "veil": "crm_core.searching.veil_hits",
        "mask": "crm_core.searching.mask_codes",
    },
    {
        "model": "crm_core.Opportunity",
        "label": _("Opportunities"),
        "permission": "crm_core.view_opportunity",
        "icon": "target-arrow",
        "veil": "crm_core.searching.veil_hits",
    },
    {
        "model": "docs_site.ProjectDocument",
        "label": _("Documents"),
        "permission": "docs_site.view_document",
        "url": "docs_site:document_detail",
        "icon": "files",
    },
    {"model": "docs_site.GuidePage", "label": _("User guide"), "url": "docs_site:guide_open", "icon": "help-circle"},
] + (
    []
    if CRM_ONLY
    else [
        {"model": "implementation.Rollout", "label": _("Rollouts"), "permission": "implementation.view_rollout", "icon": "route"},
        {"model": "requirements_mgmt.Requirement", "label": _("Requirements"), "permission": "requirements_mgmt.view_requirement", "icon": "list-check"},
        {
            "model": "requirements_mgmt.ChangeRequest",
            "label": _("Change requests"),
            "permission": "requirements_mgmt.view_changerequest",
            "url": "requirements_mgmt:change_request_detail",
            "icon": "git-pull-request",
        },
        {"model": "feedback.Ticket", "label": _("Tickets"), "permission": "feedback.view_ticket", "icon": "message-report"},
        {"model": "training.Procedure", "label": _("Procedures"), "permission": "training.view_procedure", "icon": "school"},
    ]
)
# What trace links may join, as requirements_mgmt.trace_types reads it: ``covers`` are the attributes whose change makes a link suspect
TRACE_TYPES: list[dict[str, Any]] = [
    {
        "key": "requirement",
        "model": "requirements_mgmt.Requirement",
        "permission": "requirements_mgmt.view_requirement",
        "search": ("code__icontains", "title__icontains"),
        "covers": ("content_hash",),
    },
    {
        "key": "feature",
        "model": "usage.Feature",
        "permission": "requirements_mgmt.view_requirement",
        "search": ("key__icontains", "name__icontains", "name_en__icontains"),
        "covers": ("key", "permission", "is_retired"),
    },
    {
        "key": "document",
        "model": "docs_site.DocumentVersion",
        "permission": "docs_site.view_document",
        "search": ("document__code__icontains", "document__title__icontains"),
        "covers": ("content_sha256", "document.current_version_id"),
    },
    {
        "key": "procedure",
        "model": "training.Procedure",
        "permission": "training.view_procedure",
        "search": ("code__icontains", "title__icontains", "title_en__icontains"),
        "covers": ("fingerprint",),
    },
    {
        "key": "ticket",
        "model": "feedback.Ticket",
        "permission": "feedback.view_ticket",
        "search": ("code__icontains", "title__icontains"),
        "covers": ("title", "body"),
    },
    {
        "key": "change",
        "model": "requirements_mgmt.ChangeRequest",
        "permission": "requirements_mgmt.view_changerequest",
        "search": ("code__icontains", "title__icontains"),
        "covers": ("title", "reason"),
    },
]
# Each: callable(user, since) -> list of digest lines
DIGEST_SOURCES: list[str] = [
    *([] if CRM_ONLY else ["implementation.waiting.digest_lines", "feedback.reports.digest"]),
    "crm_core.reminders.digest_lines",
]
# Each: a list of foundation.notices NoticeKind
NOTICE_KINDS: list[str] = [
    "crm_core.notices.KINDS",
    "foundation.notices.kinds.KINDS",
    "foundation.people.notices.KINDS",
    *([] if CRM_ONLY else ["implementation.notices.KINDS", "requirements_mgmt.notices.KINDS"]),
    *([] if CRM_ONLY else ["training.notices.KINDS", "feedback.notices.KINDS"]),
    "docs_site.notices.KINDS",
]
# Each: callable(subject "account" | "contact") -> [(queryset, name of the field that holds the number)] of rows that follow a merged record without a foreign key
MERGE_FOLLOWERS: list[str] = []
# Paths of the functions that background jobs may run
JOB_TASKS: list[str] = [
    "foundation.jobs.clearing.clear_done_jobs",
    "docs_site.tasks.remind",
    "docs_site.tasks.render_version",
    "crm_core.tasks.read_import",
    "crm_core.tasks.apply_import",
    "crm_core.tasks.check_import",
    "crm_core.tasks.index_custom_field",
    "crm_core.tasks.load_sheet",
    "crm_core.tasks.find_changed_duplicates",
    "crm_core.tasks.find_duplicates",
    "crm_core.tasks.morning_reminder",
    "crm_core.tasks.recycle_pools",
    "crm_core.tasks.remap_dictionary",
    "crm_core.tasks.tidy_up",
    "crm_core.tasks.undo_import",
    "foundation.notices.tasks.send_digests",
    "foundation.notices.tasks.send_leftover_mail",
    "foundation.notices.tasks.send_mail",
    "foundation.usage.tasks.roll_up",
    *([] if CRM_ONLY else ["implementation.tasks.send_reminders"]),
    *([] if CRM_ONLY else ["requirements_mgmt.tasks.apply_import", "requirements_mgmt.tasks.undo_import", "requirements_mgmt.tasks.check_flow"]),
    *([] if CRM_ONLY else ["training.tasks.advance", "feedback.tasks.measure", "feedback.tasks.escalate"]),
]
# Dotted path of a function(account numbers) -> {number: last day of the account's last contract, None for an open end}; accounts
# without a contract are absent. Empty while nothing knows of contracts: recycle rules about contracts are then not offered.
CONTRACT_DATES: str = ""
# Each: (name, path of a job task, crontab such as "30 8 * * *" in TIME_ZONE, or seconds); `sync_schedules` writes them
ROLLOUT_SCHEDULES: list[tuple[str, str, str | int]] = [
    ("rollout-reminders", "implementation.tasks.send_reminders", "45 8 * * *"),
    ("completions", "training.tasks.advance", 120),
    ("metrics", "feedback.tasks.measure", "20 3 * * *"),
    ("escalations", "feedback.tasks.escalate", 600),
]
SCHEDULES: list[tuple[str, str, str | int]] = [
    ("job-clearing", "foundation.jobs.clearing.clear_done_jobs", "15 3 * * *"),
    ("usage-rollup", "foundation.usage.tasks.roll_up", "*/30 * * * *"),
    ("document-reminders", "docs_site.tasks.remind", "0 9 * * *"),
    ("digests", "foundation.notices.tasks.send_digests", "30 8 * * *"),
    ("crm-recycling", "crm_core.tasks.recycle_pools", "40 1 * * *"),
    ("crm-morning", "crm_core.tasks.morning_reminder", "15 8 * * *"),
    ("crm-duplicates", "crm_core.tasks.find_changed_duplicates", "40 2 * * *"),
    ("crm-tidying", "crm_core.tasks.tidy_up", "30 3 * * *"),
    ("leftover-mail", "foundation.notices.tasks.send_leftover_mail", 600),
    *([] if CRM_ONLY else ROLLOUT_SCHEDULES),
]
# Called with a job that was set aside after its last try
JOB_ASIDE_HOOK = "foundation.notices.services.tell_set_aside"
# Each: callable(user) -> list of foundation.people.services.people.Owned, told before somebody is deactivated
OWNERSHIP_SOURCES: list[str] = [
    "crm_core.reports.owned_by",
    *([] if CRM_ONLY else ["implementation.reports.owned_by", "requirements_mgmt.reports.owned_by"]),
]
# Each: callable(user) that asks by yield and says what waits for a person, for the home page
WAITING_SOURCES: list[str] = [
    "docs_site.home.waiting_items",
    *([] if CRM_ONLY else ["implementation.waiting.waiting_items"]),
    *([] if CRM_ONLY else ["requirements_mgmt.reports.confirmations_waiting"]),
    *([] if CRM_ONLY else ["training.reports.waiting_items", "feedback.reports.waiting_items"]),
    "crm_core.reminders.waiting_items",
]
# Each: callable(user, today) that asks by yield and says a foundation.ui.cards.Card or None; suite.homes says which role's home shows which, by the function's name
HOME_CARDS: list[str] = [
    *(f"foundation.people.home.{name}" for name in ("people_without_post", "sign_in_security", "organisation")),
    *(f"foundation.jobs.home.{name}" for name in ("failed_jobs", "job_load")),
    "docs_site.home.documents",
    *(
        f"crm_core.home.{name}"
        for name in ("follow_ups", "slipping_deals", "quiet_accounts", "closing_month", "pipeline", "team_pace", "pool", "customer_base", "recent_contacts")
    ),
    *(
        []
        if CRM_ONLY
        else [
            *(f"implementation.home.{name}" for name in ("next_gate", "owed_documents", "go_live", "waivers")),
            *(f"requirements_mgmt.home.{name}" for name in ("unconfirmed", "department_confirmations", "change_decisions")),
            *(f"training.home.{name}" for name in ("my_learning", "training_progress", "overdue_learners", "overtaken_procedures")),
            *(
                f"feedback.home.{name}"
                for name in ("liaison_queue", "team_queue", "late_tickets", "my_reports", "adoption_trend", "adoption_by_department", "backlog_decisions")
            ),
        ]
    ),
]
# Each: callable(user, today) -> numbers of a chart on the home page, or None for those who may not see them
HOME_CHARTS: list[str] = [
    "crm_core.home.pipeline_chart",
    "crm_core.home.customers_chart",
    *([] if CRM_ONLY else ["training.home.training_chart", "feedback.home.adoption_chart"]),
]
# What the scopes of an API token speak of: noun -> model
API_NOUNS: dict[str, str] = {
    "account": "crm_core.Account",
    "contact": "crm_core.Contact",
    "opportunity": "crm_core.Opportunity",
    "activity": "crm_core.Activity",
    "task": "crm_core.Task",
    **({} if CRM_ONLY else {"requirement": "requirements_mgmt.Requirement"}),
}
