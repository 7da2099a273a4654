"""What the CRM puts on a person's home: follow-ups, deals, silent accounts, the team's pace."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_core.models import Account, Activity, Opportunity, Outcome, Task
from crm_core.models.book import book_of
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs
from foundation.ui.dates import say_money

QUIET = timedelta(days=30)
STALE = timedelta(days=7)
LINES = 4
MONEY = DecimalField(max_digits=18, decimal_places=2)
WEIGHTED = Sum(F("amount") * F("stage__probability") / Value(Decimal(100)), output_field=MONEY)


def _list(name: str, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{reverse(f'crm_core:{name}')}?{asked}" if asked else reverse(f"crm_core:{name}")


@needs("crm_core.view_task")
def follow_ups(user: User, today: date) -> Asking[Card | None]:
    """Tasks overdue and due, and where to log what just happened; for a newcomer how to begin."""
    accounts = Account.objects.visible_to(user).order_by().values_list("pk", flat=True)[:1]
    mine = Task.objects.visible_to(user).filter(owner=user)
    overdue, due = counted(mine.overdue(today), "owner"), counted(mine.due(today), "owner")
    yield [accounts, overdue, due]
    if not accounts:
        action = (_("New account"), reverse("crm_core:account_create")) if user.has_perm("crm_core.add_account") else None
        return Card(Question.WAITS, _("Follow-ups"), quiet=_("You have no account yet. Write down the first one, or claim one from the pool."), action=action)
    action = (_("Log an activity"), reverse("crm_core:activity_create")) if user.has_perm("crm_core.add_activity") else None
    numbers = [
        count(_("Overdue"), sum(overdue), _list("task_list", whose="mine", state="overdue"), bad=True),
        count(_("Due by today"), sum(due), _list("task_list", whose="mine", state="due")),
    ]
    return Card(Question.WAITS, _("Follow-ups"), url=_list("my_day"), numbers=numbers, action=action)


@needs("crm_core.view_opportunity")
def slipping_deals(user: User, today: date) -> Asking[Card | None]:
    """Open deals whose close date has passed, and those for which nobody has planned anything."""
    deals = Opportunity.objects.visible_to(user)
    late, unplanned = (counted(deals.open().filter(where), "stage") for where in (Q(close_on__lt=today), Q(next_step_on__isnull=True)))
    rows = deals.open().filter(close_on__lt=today).select_related("account").order_by("close_on", "pk")[:3]
    yield [late, unplanned, rows]
    numbers = [
        count(_("Close date passed"), sum(late), _list("opportunity_list", close="late"), bad=True),
        count(_("Without a next step"), sum(unplanned), _list("opportunity_list", step="none"), watch=True),
    ]
    lines = [
        Line(row.name, row.get_absolute_url(), side=say_money(row.amount, row.currency) if row.amount else "", day=row.close_on, tone="bad") for row in rows
    ]
    return Card(Question.RISK, _("Deals that slip"), url=_list("opportunity_list", close="late"), numbers=numbers, lines=lines)


@needs("crm_core.view_account")
def quiet_accounts(user: User, today: date) -> Asking[Card | None]:
    """Accounts without any follow-up for a month, the longest silent first: one's own, the team's, or all where one owns none."""
    if user.has_perm("crm_core.assign_account"):
        access = access_of(user)
        own = Q(owner__isnull=False) & (Q(department__in=access.department_ids) | Q(owner__in=access.report_ids))
        accounts, tab = Account.objects.visible_to(user).filter(own), "account_team"
    elif user.has_perm("crm_core.claim_account"):
        accounts, tab = Account.objects.visible_to(user).owned_by(user), "account_mine"
    else:
        accounts, tab = Account.objects.visible_to(user), "account_list"
    quiet = accounts.quiet_since(timezone.now() - QUIET)
    silent, rows = counted(quiet, "kind"), quiet.order_by(Coalesce("last_activity_at", "created_at"), "pk")[:LINES]
    yield [silent, rows]
    number = count(_("No follow-up for 30 days"), sum(silent), _list(tab, last="-30"), watch=True)
    lines = [Line(str(row), row.get_absolute_url(), day=timezone.localdate(row.last_activity_at or row.created_at)) for row in rows]
    return Card(Question.RISK, _("Quiet accounts"), url=number.url, numbers=[number], lines=lines)


def _parts(rows: Any) -> Any:
    return rows.order_by().values("currency").annotate(number=Count("pk"), total=Sum("amount"), weighted=WEIGHTED)


def _sums(parts: Any) -> tuple[int, str, str]:
    """How many deals, their amount and the amount weighted by their stage, in the currency with most of them."""
    found = sorted(parts, key=lambda row: -row["number"])
    if not found:
        return 0, "—", "—"
    main = found[0]
    return sum(row["number"] for row in found), say_money(main["total"] or 0, main["currency"]), say_money(main["weighted"] or 0, main["currency"])


@needs("crm_core.view_opportunity")
def closing_month(user: User, today: date) -> Asking[Card | None]:
    """Open deals that close this month, weighted by stage, over what is won this month."""
    deals = Opportunity.objects.visible_to(user).filter(close_on__year=today.year, close_on__month=today.month)
    opened, closed = _parts(deals.open()), _parts(deals.filter(stage__outcome=Outcome.WON))
    yield [opened, closed]
    (number, _total, weighted), (won, won_total, _weighted) = _sums(opened), _sums(closed)
    url, won_url = _list("opportunity_list", outcome="open", close="month"), _list("opportunity_list", outcome="won", close="month")
    numbers = [
        Number(_("Closing this month"), number, url, help=_("weighted %(money)s") % {"money": weighted} if number else ""),
        Number(_("Won this month"), won, won_url, tone="good" if won else "", help=won_total if won else ""),
    ]
    quiet = "" if number or won else _("No deal is set to close this month.")
    return Card(Question.DOING, _("This month"), url=_list("opportunity_forecast"), numbers=numbers, quiet=quiet)


@needs("crm_core.view_opportunity")
def pipeline(user: User, today: date) -> Card:
    """The open deals by stage, as a picture."""
    return Card(Question.DOING, _("Pipeline"), url=_list("opportunity_board"), chart="pipeline_chart")


def pipeline_chart(user: User, today: date) -> dict[str, Any] | None:
    """Open deals per stage of the pipeline that holds most of them."""
    if not user.has_perm("crm_core.view_opportunity"):
        return None
    rows = Opportunity.objects.visible_to(user).open().order_by()
    stages = rows.values("pipeline", "stage__order", "stage__name", "stage__name_en").annotate(number=Count("pk")).order_by("stage__order")
    pipelines: dict[int, list[Any]] = {}
    for row in stages:
        pipelines.setdefault(row["pipeline"], []).append(row)
    biggest = max(pipelines.values(), key=lambda found: sum(row["number"] for row in found), default=[])
    name = "stage__name_en" if (get_language() or "").startswith("en") else "stage__name"
    return {
        "kind": "bar",
        "horizontal": True,
        "x": _("Sales stage"),
        "categories": [row[name] or row["stage__name"] for row in biggest],
        "series": [{"name": _("Open deals"), "values": [row["number"] for row in biggest]}],
    }


@needs("crm_core.assign_account")
def team_pace(user: User, today: date) -> Asking[Card | None]:
    """People of the team who own accounts and have written nothing for a week; their figures are stale."""
    latest = Activity.objects.filter(author=OuterRef("pk")).order_by().values("author").annotate(at=Max("recorded_at")).values("at")
    owners = Account.objects.visible_to(user).filter(owner__isnull=False).order_by().values("owner")
    team = User.objects.filter(pk__in=access_of(user).report_ids, is_active=True).filter(pk__in=owners).annotate(at=Subquery(latest))
    edge = timezone.now() - STALE
    stale = team.filter(Q(at__lt=edge) | Q(at__isnull=True)).order_by(F("at").asc(nulls_first=True), "name_key")[:LINES]
    yield [stale]
    lines = [
        Line(str(row), _list("activity_list", author=row.pk), day=timezone.localdate(row.at) if row.at else None, side="" if row.at else _("nothing yet"))
        for row in stale
    ]
    quiet = "" if lines else _("Everybody has logged something within a week.")
    return Card(Question.RISK, _("Nothing logged for a week"), url=_list("activity_list", since=7), lines=lines, quiet=quiet)


@needs("crm_core.claim_account")
def pool(user: User, today: date) -> Asking[Card | None]:
    """Accounts without an owner that one may claim or hand out."""
    free = counted(Account.objects.visible_to(user).in_pool(), "kind")
    yield [free]
    return Card(Question.WAITS, _("Pool"), url=_list("account_pool"), numbers=[count(_("Accounts without an owner"), sum(free), _list("account_pool"))])


@needs("crm_core.view_account")
def customer_base(user: User, today: date) -> Asking[Card | None]:
    """How many customers we know, and how many were spoken with this week."""
    accounts = Account.objects.visible_to(user)
    since = timezone.now() - timedelta(days=7)
    known, talked = counted(accounts, "kind"), counted(accounts.filter(last_activity_at__gte=since), "kind")
    yield [known, talked]
    numbers = [
        Number(_("Accounts"), sum(known), _list("account_list")),
        Number(_("In touch this week"), sum(talked), _list("account_list", last=7)),
    ]
    return Card(Question.DOING, _("Customer base"), url=_list("account_list"), numbers=numbers, chart="customers_chart")


def customers_chart(user: User, today: date) -> dict[str, Any] | None:
    """Accounts by industry, the largest six."""
    if not user.has_perm("crm_core.view_account"):
        return None
    rows = Account.objects.visible_to(user).exclude(industry="").order_by().values("industry").annotate(number=Count("pk")).order_by("-number")[:6]
    industries = book_of("industry")
    return {
        "kind": "bar",
        "horizontal": True,
        "x": _("Industry"),
        "categories": [industries.label(row["industry"]) for row in rows],
        "series": [{"name": _("Accounts"), "values": [row["number"] for row in rows]}],
    }


@needs("crm_core.view_activity")
def recent_contacts(user: User, today: date) -> Asking[Card | None]:
    """The latest follow-ups that one may read: what to know before the customer calls again."""
    rows = Activity.objects.visible_to(user).select_related("account").order_by("-occurred_at", "-pk")[:LINES]
    yield [rows]
    lines = [Line(f"{row.account}: {row.subject}", row.account.get_absolute_url(), day=timezone.localdate(row.occurred_at)) for row in rows]
    return Card(Question.DOING, _("Latest follow-ups"), url=_list("activity_list"), lines=lines, quiet="" if lines else _("Nothing is logged yet."))
