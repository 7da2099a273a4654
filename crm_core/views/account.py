from collections.abc import Collection, Iterable
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.answers import MOST, AnswersReading
from crm_core.filters import AccountFilter
from crm_core.forms import AccountForm, ActivityForm
from crm_core.holding import HoldingReading
from crm_core.models import GROUP_KINDS, Account, AccountContact, AccountLevel, Contact, Opportunity, Subject
from crm_core.models.status_review import GONE
from crm_core.searching import search_veil
from crm_core.services.account import create_account, update_account
from crm_core.services.relations import RelationsReading
from crm_core.services.sharing import check_may_change
from crm_core.timeline import PAGE, Asked, TimelineReading, shows, timeline_people
from crm_core.veils import veil, with_own
from crm_core.views.as_of import account_as_of
from crm_core.views.billing_facts import BillingReading
from crm_core.views.custom_lists import list_parts
from crm_core.views.facts import SectionsReading, facts_of
from crm_core.views.known import ask_first
from crm_core.views.merge import follows_merge
from crm_core.views.saving import answer_form
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import read_together
from foundation.search.lists import IndexedSearch
from foundation.ui.addresses import row_address
from foundation.ui.lists import Bulk, Column, list_response
from foundation.ui.responses import redirect_with

LEVEL_TONES = {AccountLevel.A: "good", AccountLevel.B: "info"}


account_url = row_address("crm_core:account_detail")


COLUMNS = [
    Column("name", gettext_lazy("Name"), value=str, sort="name_key", kind="link", url=account_url, phone=True),
    Column(
        "level",
        pgettext_lazy("account", "Level"),
        value=lambda row: row.get_level_display(),
        sort="level",
        kind="badge",
        tone=lambda row: LEVEL_TONES.get(row.level, "neutral"),
    ),
    Column("industry", gettext_lazy("Industry"), value=lambda row: row.get_industry_display(), sort="industry"),
    Column("region", gettext_lazy("Region"), value="region_name", sort="region"),
    Column("phone", gettext_lazy("Phone"), phone=True),
    Column("owner", gettext_lazy("Owner"), value="owner", kind="person", phone=True),
    Column("last_activity_at", gettext_lazy("Last activity"), kind="datetime"),
    Column("next_step_on", gettext_lazy("Next step"), kind="date"),
    Column("kind", gettext_lazy("Kind"), value=lambda row: row.get_kind_display(), default=False),
    Column("registered_status", gettext_lazy("Registered status"), value=lambda row: row.get_registered_status_display(), default=False),
    Column("credit_code", gettext_lazy("Credit code"), default=False),
    Column("department", gettext_lazy("Department"), value="department", default=False, joined="department"),
    Column("source", gettext_lazy("Source"), value=lambda row: row.get_source_display(), default=False),
    Column("address", gettext_lazy("Address"), default=False),
    Column("email", gettext_lazy("E-mail"), default=False),
    Column("website", gettext_lazy("Website"), default=False),
    Column("created_at", pgettext_lazy("moment", "Created"), kind="datetime", sort="created_at", default=False),
]
TABS = (
    ("", gettext_lazy("All"), "account_list"),
    ("mine", gettext_lazy("Mine"), "account_mine"),
    ("team", gettext_lazy("My team's"), "account_team"),
    ("pool", gettext_lazy("Pool"), "account_pool"),
)


def _tabbed(rows: QuerySet, tab: str, user: Any) -> QuerySet:
    if tab == "mine":
        return rows.filter(owner=user)
    if tab == "pool":
        return rows.in_pool()
    if tab == "team":
        access = access_of(user)
        return rows.filter(owner__isnull=False).filter(Q(department__in=access.department_ids) | Q(owner__in=access.report_ids))
    return rows


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_list(request: HttpRequest, tab: str = "") -> HttpResponse:
    rows = with_own(_tabbed(Account.objects.listed_for(request.user), tab, request.user), request.user).select_related("owner")
    return list_response(
        request,
        **list_parts(request, "account", rows=rows, columns=COLUMNS, filterset=AccountFilter, key="crm.accounts"),
        template="crm_core/account_list.html",
        search=IndexedSearch(veil=partial(search_veil, by=request.user)),
        order=("name_key", "pk"),
        context={"tab": tab, "tabs": [(key, label, reverse(f"crm_core:{name}")) for key, label, name in TABS]},
        export_permission="crm_core.export_account",
        export_feature="crm.account.export",
        bulk=[
            Bulk(gettext_lazy("Transfer"), reverse("crm_core:account_bulk_transfer"), icon="transfer", permission="crm_core.transfer_account"),
            Bulk(gettext_lazy("Tag"), reverse("crm_core:account_tag"), icon="tag", permission="crm_core.change_account"),
            Bulk(gettext_lazy("Merge"), reverse("crm_core:merge_chosen"), icon="git-merge", permission="crm_core.merge_account"),
        ],
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_account", raise_exception=True)
def account_create(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, by=request.user, initial={"name": request.GET.get("name", ""), "kind": request.GET.get("kind", "")})
    if (asked := ask_first(request, form, subject=Subject.ACCOUNT, template="crm_core/account_form.html")) is not None:
        return asked

    def save() -> HttpResponse:
        account = create_account(data=form.changes, by=request.user, now=timezone.now())
        return redirect_with(request, account_url(account), _("%(account)s is known now, and yours.") % {"account": account})

    return answer_form(request, form, template="crm_core/account_form.html", feature="crm.account.create", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def account_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    check_may_change(account, request.user)
    form = AccountForm(request.POST or None, instance=account, by=request.user, initial={"kind": request.GET.get("kind", "")})

    def save() -> HttpResponse:
        update_account(account=account, changes=form.changes, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, account_url(account), _("Saved."))

    return answer_form(request, form, template="crm_core/account_form.html", feature="crm.account.edit", save=save, context={"account": account}, obj=account)


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
@follows_merge(Account, "crm_core:account_detail")
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    by, today = request.user, timezone.localdate()
    rows = with_own(Account.objects.visible_to(by).with_rights(by), by).select_related("owner", "department", "created_by", "pool")
    account = get_object_or_404(rows, pk=pk)
    if "as_of" in request.GET and request.GET["as_of"] != today.isoformat():
        return account_as_of(request, account)
    asked = _asked(request)
    timeline, answers = TimelineReading(account, by=by, asked=asked, before=_until(request)), AnswersReading(account, by=by, today=today)
    held, billing, related = HoldingReading(account, by), BillingReading(account, by), RelationsReading(account, by=by, day=today)
    custom, links = SectionsReading(account, by=by), account.contact_links.filter(ends_on__isnull=True)
    collaborators, tags = account.collaborators.on(today).select_related("user"), account.tags.all()
    readings = (timeline, answers, held, billing, related, custom)
    read_together(links, collaborators, tags, *(part for reading in readings for part in reading.parts))
    holding, relations, profiles, told = held.holding(), related.relations(), billing.profiles(), timeline.items()
    context = {
        "account": account,
        "is_gone": account.registered_status in GONE,
        "facts": facts_of(account, AccountForm, by=by),
        "fact_sections": custom.sections(),
        "holding": holding,
        "may_change": holding.may_change,
        "timeline": told,
        "older": told[-1]["at"].isoformat() if len(told) == PAGE else "",
        "show": asked.show,
        "asked": asked,
        "people": timeline_people(account) if asked.is_narrow or "narrow" in request.GET else None,
        "shows": shows(),
        "activity_form": _log_form(account, by, people=timeline.people, deals=answers.deals),
        "links": _links(links, timeline.people, by),
        "relations": relations,
        "has_group": any(row["relation"].kind in GROUP_KINDS for row in relations),
        "billing_profiles": profiles,
        "collaborators": collaborators,
        "tags": tags,
        "panels": account_panels(request, account),
        "today": today,
        **answers.answers(profiles),
    }
    return render(request, "crm_core/account_detail.html", context)


def _log_form(account: Account, by: User, *, people: Iterable[Contact], deals: Collection[Opportunity]) -> ActivityForm:
    """The line in which an activity is logged; to choose from it offers what the page has read."""
    form = ActivityForm(by=by, account=account, auto_id="log_%s")
    if len(deals) < MOST:
        form.offer(contacts=[row for row in people if row.deleted_at is None], opportunities=sorted(deals, key=lambda deal: -deal.pk))
    return form


def _links(links: Iterable[AccountContact], people: Iterable[Contact], by: User) -> list[AccountContact]:
    """The people of today, each as the reader may see them: contacts follow their account, and this one is in sight."""
    known = {row.pk: veil(row, by) for row in people if row.deleted_at is None}
    shown = [link for link in links if link.contact_id in known]
    for link in shown:
        link.contact = known[link.contact_id]
    return shown


def _asked(request: HttpRequest) -> Asked:
    """What the address asks of the timeline; what makes no sense asks for nothing."""

    def day(name: str) -> Any:
        try:
            return parse_date(request.GET.get(name, ""))
        except ValueError:
            return None

    who = request.GET.get("who", "")
    return Asked(
        show=request.GET.get("show", "") if request.GET.get("show", "") in dict(shows()) else "",
        who=int(who) if who.isdecimal() and len(who) < 19 else None,
        since=day("since"),
        until=day("to") if (day("to") or date.min) < date.max else None,
        words=request.GET.get("words", "").replace("\x00", "").strip()[:100],
    )


def _until(request: HttpRequest) -> Any:
    """The moment before which the timeline is asked for; nothing when it is none."""
    try:
        found = parse_datetime(request.GET.get("until", "").replace(" ", "+"))
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def account_panels(request: HttpRequest, account: Account) -> list[dict[str, Any]]:
    """What other apps have to say about an account: settings.ACCOUNT_PANELS names functions of (user, account)."""
    found = (import_string(dotted)(request.user, account) for dotted in settings.ACCOUNT_PANELS)
    return [panel for panel in found if panel]


@require_GET
def crm_start(request: HttpRequest) -> HttpResponse:
    return redirect("crm_core:account_list" if request.user.has_perm("crm_core.view_account") else "/")
