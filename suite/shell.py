"""What every page's frame needs: navigation by role, unread notices, the rollout one stands in."""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils import timezone
from django.utils.html import escape, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, answer_of, side_by_side

# group, label, permission (empty: everybody who may open one of its items)
GROUPS = (
    ("today", _("Today"), ""),
    ("customers", pgettext_lazy("group", "Customers"), ""),
    ("rollout", _("Rollout"), "implementation.view_rollout"),
    ("learn", _("Learn"), ""),
    ("feedback", _("Feedback"), ""),
    ("insight", _("Insight"), ""),
    ("admin", _("Admin"), ""),
)

# group, icon, label, url name, permission (empty: everybody), dotted path of a function(user) that asks how many wait there
ITEMS = (
    ("today", "home", _("Home"), "home", "", ""),
    ("today", "inbox", _("Inbox"), "notices:notice_list", "", ""),
    ("today", "sun", _("My day"), "crm_core:my_day", "crm_core.view_task", ""),
    ("today", "checkbox", _("Tasks"), "crm_core:task_list", "crm_core.view_task", ""),
    (
        "today",
        "thumb-up",
        _("My confirmations"),
        "requirements_mgmt:confirmation_list",
        "requirements_mgmt.confirm_requirement",
        "requirements_mgmt.reports.waiting_count",
    ),
    ("today", "signature", _("My signatures"), "docs_site:signature_list", "docs_site.sign_document", "docs_site.services.count_waiting"),
    ("today", "sitemap", _("Organisation"), "people:organisation_chart", "people.view_department", ""),
    ("customers", "building", _("Accounts"), "crm_core:account_list", "crm_core.view_account", ""),
    ("customers", "address-book", _("Contacts"), "crm_core:contact_list", "crm_core.view_contact", ""),
    ("customers", "layout-kanban", _("Pipeline"), "crm_core:opportunity_board", "crm_core.view_opportunity", ""),
    ("customers", "target-arrow", _("Opportunities"), "crm_core:opportunity_list", "crm_core.view_opportunity", ""),
    ("customers", "history", _("Activities"), "crm_core:activity_list", "crm_core.view_activity", ""),
    ("customers", "database-cog", _("Data desk"), "crm_core:desk", "crm_core.import_account", ""),
    ("rollout", "route", _("Phases and gates"), "implementation:rollout_list", "implementation.view_rollout", ""),
    ("rollout", "files", _("Documents"), "docs_site:document_list", "docs_site.view_document", ""),
    ("rollout", "list-check", _("Requirements"), "requirements_mgmt:requirement_list", "requirements_mgmt.view_requirement", ""),
    ("rollout", "binary-tree", _("Requirement tree"), "requirements_mgmt:requirement_tree", "requirements_mgmt.view_requirement", ""),
    ("rollout", "grid-dots", _("Coverage matrix"), "requirements_mgmt:requirement_matrix", "requirements_mgmt.view_requirement", ""),
    ("rollout", "git-pull-request", _("Change requests"), "requirements_mgmt:change_request_list", "requirements_mgmt.view_changerequest", ""),
    ("rollout", "file-spreadsheet", _("Customer data"), "crm_core:collection_list", "crm_core.collect_sheet", ""),
    ("learn", "school", _("My learning"), "training:home", "training.view_procedure", ""),
    ("learn", "book", _("My manual"), "training:manual", "training.view_procedure", ""),
    ("learn", "list-numbers", _("Procedures"), "training:procedure_list", "training.view_procedure", ""),
    ("learn", "progress", _("Training progress"), "training:progress", "training.view_progress", ""),
    ("learn", "help-circle", _("User guide"), "guide_home", "", ""),
    ("learn", "pencil", _("Write the guide"), "wagtailadmin_home", "docs_site.write_page", ""),
    ("feedback", "message-report", _("My reports"), "feedback:ticket_list", "feedback.view_ticket", ""),
    ("feedback", "headset", _("Liaison desk"), "feedback:liaison_desk", "feedback.answer_ticket", ""),
    ("feedback", "tools", _("Team desk"), "feedback:team_desk", "feedback.fix_ticket", ""),
    ("insight", "chart-line", _("Adoption"), "feedback:adoption", "feedback.view_adoption", ""),
    ("insight", "stack-2", _("Backlog"), "feedback:backlog_list", "feedback.view_backlogitem", ""),
    ("insight", "puzzle", _("Features"), "usage:feature_list", "usage.view_feature", ""),
    ("admin", "users", _("People"), "people:person_list", "people.change_user", ""),
    ("admin", "sitemap", _("Departments"), "people:department_list", "people.change_department", ""),
    ("admin", "shield-lock", _("Roles"), "people:role_list", "people.view_role", ""),
    ("admin", "adjustments", _("CRM settings"), "crm_core:crm_settings", "crm_core.change_dictionary", ""),
    ("admin", "progress", _("Jobs"), "jobs:job_list", "jobs.view_job", ""),
    ("admin", "calendar", _("Working days"), "notices:calendar_day_list", "notices.change_calendarday", ""),
    ("admin", "components", _("Components"), "ui:gallery", "ui.view_gallery", ""),
)

# The order of the groups where a role's day does not begin with customers; the rest follow in the order above.
DAYS = {
    "liaison": ("today", "feedback", "rollout", "learn"),
    "service_agent": ("today", "customers", "feedback"),
    "trainer": ("today", "learn", "rollout"),
    "developer": ("today", "feedback", "rollout"),
    "consultant": ("today", "rollout", "feedback"),
    "project_manager": ("today", "rollout", "feedback", "insight"),
    "sponsor": ("today", "rollout", "insight"),
    "executive": ("today", "rollout", "insight"),
    "auditor": ("today", "rollout", "insight"),
    "administrator": ("today", "admin"),
}
# The desk that a role works at stands first in its group, by url name.
FIRST = ("feedback:liaison_desk", "feedback:team_desk")

# icon, label, url name, permission, group whose place in the day it follows
CREATES = (
    ("phone-plus", _("Log activity"), "crm_core:activity_create", "crm_core.add_activity", "customers"),
    ("building", _("New account"), "crm_core:account_create", "crm_core.add_account", "customers"),
    ("address-book", _("New contact"), "crm_core:contact_create", "crm_core.add_contact", "customers"),
    ("target-arrow", _("New opportunity"), "crm_core:opportunity_create", "crm_core.add_opportunity", "customers"),
    ("checkbox", _("New task"), "crm_core:task_create", "crm_core.add_task", "customers"),
    ("route", _("New rollout"), "implementation:rollout_create", "implementation.add_rollout", "rollout"),
    ("list-check", _("New requirement"), "requirements_mgmt:requirement_create", "requirements_mgmt.add_requirement", "rollout"),
    ("file-plus", _("New document"), "docs_site:document_create", "docs_site.add_document", "rollout"),
    ("list-numbers", _("New procedure"), "training:procedure_create", "training.add_procedure", "learn"),
    ("user-plus", _("New person"), "people:person_create", "people.add_user", "admin"),
    ("sitemap", _("New department"), "people:department_create", "people.add_department", "admin"),
    ("message-report", _("Report a problem"), "feedback:ticket_create", "", "feedback"),
)

# icon, label, url name
ME_LINKS = (
    ("user", _("Profile"), "people:me"),
    ("bell-cog", _("Notice settings"), "notices:preference_edit"),
    ("shield-lock", _("Sign-in and security"), "mfa_index"),
)

# The four things of the phone's bottom bar, by url name; the first ones a person may open are taken.
BOTTOM = (
    "home",
    "crm_core:account_list",
    "crm_core:opportunity_board",
    "requirements_mgmt:requirement_list",
    "implementation:rollout_list",
    "feedback:liaison_desk",
    "notices:notice_list",
)
# Where another order fits the hand better than the one above.
BOTTOMS = {
    "liaison": ("home", "feedback:liaison_desk", "requirements_mgmt:confirmation_list"),
    "project_manager": ("home", "implementation:rollout_list", "requirements_mgmt:requirement_list"),
    "trainer": ("home", "training:progress", "training:procedure_list"),
    "administrator": ("home", "people:person_list", "jobs:job_list"),
}
MAX_ITEMS = 7
UNREAD = "foundation.notices.services.unread_count"


@dataclass
class NavItem:
    """One link of the rail."""

    icon: str
    label: Any
    url: str
    name: str
    counter: str = ""  # dotted path of the function that asks how many wait there
    badge: int = 0
    active: bool = False

    def drawn(self) -> str:
        """The link as it stands in the rail."""
        label = escape(self.label)
        css, state = ("rail-link is-active", ' aria-current="page"') if self.active else ("rail-link", "")
        waiting = ngettext("%(count)s waiting", "%(count)s waiting", self.badge) % {"count": self.badge}
        badge = f'<span class="rail-badge num" aria-label="{escape(waiting)}">{self.badge}</span>' if self.badge else ""
        return (
            f'<li><a class="{css}" href="{escape(self.url)}" title="{label}"{state}>'
            f'<i class="ti ti-{self.icon}" aria-hidden="true"></i><span class="rail-word">{label}</span>{badge}</a></li>'
        )

    @cached_property
    def quiet(self) -> str:
        """The same where nothing waits and the person is elsewhere; drawn once, because such items are kept."""
        return self.drawn()


@dataclass
class NavGroup:
    """What belongs together by what a person does."""

    key: str
    label: Any
    items: list[NavItem] = field(default_factory=list)


@cache
def _address(name: str, urlconf: str | None) -> str:
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return ""


def address(name: str) -> str:
    """The address of a url name, empty when no app offers it."""
    return _address(name, get_urlconf())


def _answer(dotted: str, user: User) -> Any:
    """What a function of an app asks and says; 0 where the app is not installed (CRM core runs alone)."""
    return import_string(dotted)(user) if find_spec(dotted.rpartition(".")[0]) else 0


@dataclass(frozen=True)
class Offer:
    """What the frame offers to everybody of a role, in one language: it changes with a release, not with a request."""

    groups: list[NavGroup]
    creates: list[dict[str, Any]]
    me_links: list[dict[str, Any]]

    @cached_property
    def create_menu(self) -> SafeString:
        return _menu(self.creates)

    @cached_property
    def me_menu(self) -> SafeString:
        return _menu(self.me_links)


def _menu(links: list[dict[str, Any]]) -> SafeString:
    """Links of a menu, each with its icon."""
    line = '<a class="dropdown-item" href="{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</a>'
    return format_html_join("", line, ((link["url"], link["icon"], link["label"]) for link in links))


@lru_cache(maxsize=500)
def _offer(role: str, verbs: frozenset[str] | None, language: str, urlconf: str | None) -> Offer:
    """For a role with these verbs; None for somebody who may do everything. The language is that of the words."""

    def may(permission: str) -> bool:
        return not permission or verbs is None or permission in verbs

    day = list(dict.fromkeys([*DAYS.get(role, ()), *(key for key, _label, _needed in GROUPS)]))
    labels = {key: str(label) for key, label, needed in GROUPS if may(needed)}
    groups = {key: NavGroup(key, labels[key]) for key in day if key in labels}
    for group, icon, label, name, permission, counter in ITEMS:
        url = address(name)
        if url and group in groups and may(permission) and len(groups[group].items) < MAX_ITEMS:
            groups[group].items.append(NavItem(icon, str(label), url, name, counter))
    shown = [group for group in groups.values() if group.items]
    for one in shown:
        one.items.sort(key=lambda item: item.name not in FIRST)
    place = {group: at for at, group in enumerate(day)}
    found = sorted((create for create in CREATES if address(create[2]) and may(create[3])), key=lambda create: place[create[4]])
    return Offer(
        groups=shown,
        creates=[{"icon": icon, "label": str(label), "url": address(name)} for icon, label, name, _needed, _group in found],
        me_links=[{"icon": icon, "label": str(label), "url": address(name)} for icon, label, name in ME_LINKS if address(name)],
    )


class Shell:
    """Everything around a page, worked out only when the page has a frame."""

    def __init__(self, request: HttpRequest):
        self.request = request
        self.user = cast(User, request.user)  # only for people who are signed in, see shell()
        self.site = settings.SITE_TITLE

    @cached_property
    def offer(self) -> Offer:
        verbs = None if self.user.is_superuser else frozenset(self.user.get_all_permissions())
        return _offer(self.role, verbs, get_language() or "", get_urlconf())

    @cached_property
    def role(self) -> str:
        """The role of the main post."""
        main = access_of(self.user).main_post
        return main.role.key if main else ""

    @cached_property
    def groups(self) -> list[NavGroup]:
        """The groups of the rail with what waits at their items, and the item that one stands on."""
        path = self.request.path
        items = [item for group in self.offer.groups for item in group.items]
        here = max(
            (item for item in items if path == item.url or (item.url != "/" and path.startswith(item.url))), key=lambda item: len(item.url), default=None
        )
        return [NavGroup(group.key, group.label, [self._today(item, item is here) for item in group.items]) for group in self.offer.groups]

    def _today(self, item: NavItem, active: bool) -> NavItem:
        return replace(item, badge=self._figures.get(item.counter, 0), active=active) if active or item.counter else item

    @property
    def rail(self) -> SafeString:
        """The groups of the navigation; in Python, because it stands on every page and a template takes a tenth of the page's time for it."""
        lines = []
        for group in self.groups:
            lines.append(f'<section class="rail-group"><h2 class="rail-title"><span class="rail-word">{escape(group.label)}</span></h2><ul>')
            lines += [item.drawn() if item.active or item.badge else item.quiet for item in group.items]
            lines.append("</ul></section>")
        return mark_safe("\n".join(lines))  # noqa: S308  # nosec B308 B703: every value above is escaped

    @cached_property
    def _figures(self) -> dict[str, Any]:
        """What the frame of every page has to ask, read together."""
        names = [item.counter for group in self.offer.groups for item in group.items if item.counter]
        said = answer_of(side_by_side(*(_answer(name, self.user) for name in (*names, UNREAD)), self._standing()))
        return dict(zip((*names, UNREAD, "rollout"), said, strict=True))

    def _standing(self) -> Asking[dict[str, Any] | None]:
        """The rollout that the person stands in, with the phase it is in; none outside a rollout."""
        if settings.CRM_ONLY or not self.user.has_perm("implementation.view_rollout"):
            return None
        found = yield from _answer("implementation.services.standing_in", self.user)
        if found is None:
            return None
        today, phases = timezone.localdate(), found.phases.filter(wave=None).order_by("order", "pk")
        yield [phases]
        running = [phase for phase in phases if phase.actual_start and not phase.actual_end] or [phase for phase in phases if phase.planned_start <= today]
        phase = (running or [*phases] or [None])[-1 if running else 0]
        return {"name": str(found), "url": found.get_absolute_url(), "phase": str(phase) if phase else found.get_state_display()}

    @cached_property
    def here(self) -> dict[str, Any] | None:
        """The group and item that the page belongs to, for the breadcrumb."""
        for group in self.groups:
            for item in group.items:
                if item.active:
                    return {"group": group.label, "label": item.label, "url": item.url}
        return None

    @cached_property
    def bottom(self) -> list[NavItem]:
        items = {item.name: item for group in self.groups for item in group.items}
        return [items[name] for name in dict.fromkeys([*BOTTOMS.get(self.role, ()), *BOTTOM]) if name in items][:3]

    @property
    def creates(self) -> list[dict[str, Any]]:
        """What the person may begin, in the order of the role's day."""
        return self.offer.creates

    @property
    def me_links(self) -> list[dict[str, Any]]:
        return self.offer.me_links

    @property
    def unread(self) -> int:
        return int(self._figures[UNREAD])

    @property
    def unread_text(self) -> str:
        return "99+" if self.unread > 99 else str(self.unread)

    @property
    def home_url(self) -> str:
        return address("home") or "/"

    @property
    def inbox_url(self) -> str:
        return address("notices:notice_list")

    @property
    def report_url(self) -> str:
        url = address("feedback:ticket_create")
        return f"{url}?{urlencode({'page': self.request.get_full_path()})}" if url else ""

    @property
    def rail_folded(self) -> bool:
        return bool((getattr(self.user, "preferences", None) or {}).get("rail_folded"))

    @property
    def other_language(self) -> dict[str, str]:
        if (get_language() or "").startswith("zh"):
            return {"code": "en", "name": "English", "short": "EN"}
        return {"code": "zh-hans", "name": "简体中文", "short": "中文"}

    @property
    def themes(self) -> list[dict[str, Any]]:
        icons = {"auto": ("device-desktop", gettext("As the device")), "light": ("sun", gettext("Light")), "dark": ("moon", gettext("Dark"))}
        return [{"key": key, "icon": icon, "label": label, "on": self.user.theme == key} for key, (icon, label) in icons.items()]

    @cached_property
    def post(self) -> str:
        """The person's main position in words."""
        main = access_of(self.user).main_position
        return str(main) if main else ""

    @property
    def rollout(self) -> Any:
        return self._figures["rollout"]

    @cached_property
    def frames(self) -> list[dict[str, Any]]:
        """Coloured frames: acting as a deputy, a practice copy, an earlier day."""
        return [*self._deputy_frames(), *getattr(self.request, "frames", [])]

    def _deputy_frames(self) -> list[dict[str, Any]]:
        principals = access_of(self.user).principals
        if not principals:
            return []
        names = ", ".join(str(person) for person in User.objects.filter(pk__in=principals[:3]))
        return [{"kind": "deputy", "icon": "user-shield", "text": gettext("You also act as deputy of %(names)s today, with their rights.") % {"names": names}}]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; nothing for anonymous visitors. Which layout a request gets: the page, or a drawer's part of it."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"base_layout": "base.html"}
    htmx = getattr(request, "htmx", None)
    layout = "ui/_drawer.html" if htmx and htmx.target == "drawer" else "base.html"
    return {"shell": Shell(request), "base_layout": layout}
