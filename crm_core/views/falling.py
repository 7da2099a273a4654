"""What falls tonight, before it falls; and the ledger of what happened at the pools."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from crm_core.models import Account, Pool, PoolEvent, PoolEventKind
from crm_core.pool_words import RULES, because
from crm_core.services.falling import FALL, STAY, WARN, Fall, count_by_owner, dry_run
from crm_core.views.account import account_url
from crm_core.views.hubs import SETTINGS, tabs_of
from foundation import exports
from foundation.people.models import User
from foundation.ui.lists import Column, list_response

SHOWN = 200
AHEAD = 60
OUTCOMES = {FALL: gettext_lazy("falls"), WARN: gettext_lazy("owner is reminded"), STAY: gettext_lazy("cannot fall")}


def _day(request: HttpRequest) -> date:
    """The night asked for: today unless said, at most 60 days ahead."""
    today = timezone.localdate()
    try:
        asked = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today
    return min(max(asked, today), today + timedelta(days=AHEAD))


@require_GET
@permission_required("crm_core.change_pool", raise_exception=True)
def recycle_preview(request: HttpRequest) -> HttpResponseBase:
    """The dry run of a night over the pools that the person looks after: counts, owners, accounts, and a file."""
    day = _day(request)
    falls, is_all = dry_run(day, pools=Pool.objects.managed_by(request.user))
    visible = set(Account.objects.visible_to(request.user).filter(pk__in=[fall.account.pk for fall in falls]).values_list("pk", flat=True) if falls else ())
    shown = [fall for fall in falls if fall.account.pk in visible]
    if kind := request.GET.get("export"):
        return _export(request, shown, day, kind)
    counts = Counter(fall.outcome for fall in falls)
    context = {
        "hub": tabs_of(request, SETTINGS),
        "day": day,
        "today": timezone.localdate(),
        "falls": counts[FALL],
        "warns": counts[WARN],
        "stays": counts[STAY],
        "owners": count_by_owner(fall for fall in falls if fall.outcome == FALL),
        "rows": [{"fall": fall, "url": account_url(fall.account), "outcome": OUTCOMES[fall.outcome]} for fall in shown[:SHOWN]],
        "more": len(falls) - min(len(shown), SHOWN),
        "hidden": len(falls) - len(shown),
        "is_all": is_all,
        "may_export": request.user.has_perm("crm_core.export_account"),
    }
    return render(request, "crm_core/recycle_preview.html", context)


def _export(request: HttpRequest, falls: list[Fall], day: date, kind: str) -> HttpResponseBase:
    if not request.user.has_perm("crm_core.export_account"):
        raise PermissionDenied
    if kind not in {"csv", "xlsx"}:
        raise Http404
    columns = [
        exports.Column(_("Account"), lambda fall: fall.account.name),
        exports.Column(_("Owner"), lambda fall: fall.account.owner),
        exports.Column(_("Department"), lambda fall: fall.account.department),
        exports.Column(_("Pool"), lambda fall: fall.rule.pool),
        exports.Column(_("Outcome"), lambda fall: OUTCOMES[fall.outcome]),
        exports.Column(_("Rule"), lambda fall: RULES[fall.verdict.rule]),
        exports.Column(_("Why"), lambda fall: fall.why, width=60),
        exports.Column(_("Falls on"), lambda fall: fall.falls_on, "date"),
    ]
    return exports.stream_response(columns, iter(falls), filename=f"crm-recycle-{day:%Y-%m-%d}", kind=kind)


# --- the ledger ----------------------------------------------------------------------------------------------

EVENT_TONES = {"claim": "good", "assign": "good", "return": "info", "recycle": "watch", "move": "info", "warn": "watch", "refuse": "bad", "stay": "bad"}


def why_of(event: PoolEvent) -> str:
    """Rule, values and date, or the words that a person gave."""
    return because(event.rule, event.values) if event.rule else event.reason


def _event_pools(request: HttpRequest) -> QuerySet[Pool]:
    return Pool.objects.visible_to(request.user) if request is not None else Pool.objects.none()


def _event_people(request: HttpRequest) -> QuerySet[User]:
    if request is None:
        return User.objects.none()
    return User.objects.filter(pk__in=PoolEvent.objects.visible_to(request.user).order_by().values("user")).order_by("name_key", "pk")


class PoolEventFilter(django_filters.FilterSet):
    pool = django_filters.ModelChoiceFilter(label=gettext_lazy("Pool"), queryset=_event_pools)
    kind = django_filters.ChoiceFilter(label=pgettext_lazy("event", "What"), choices=PoolEventKind.choices)
    rule = django_filters.ChoiceFilter(label=gettext_lazy("Rule"), choices=list(RULES.items()))
    user = django_filters.ModelChoiceFilter(label=gettext_lazy("Person"), queryset=_event_people)
    since = django_filters.ChoiceFilter(
        label=gettext_lazy("When"),
        choices=[("1", gettext_lazy("today")), ("7", gettext_lazy("last 7 days")), ("30", gettext_lazy("last 30 days"))],
        method="by_since",
    )

    class Meta:
        model = PoolEvent
        fields: list[str] = []

    def by_since(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        return qs.filter(at__gte=timezone.now() - timedelta(days=int(value)))


def _account_of(row: Any) -> str:
    return account_url(row.account) if row.account is not None else ""


EVENT_COLUMNS = [
    Column("account", gettext_lazy("Account"), value="account_name", url=_account_of, phone=True),
    Column("at", gettext_lazy("When"), kind="datetime", sort="at", phone=True),
    Column("kind", pgettext_lazy("event", "What"), value=lambda row: row.get_kind_display(), kind="badge", tone=lambda row: EVENT_TONES[row.kind], phone=True),
    Column("rule", gettext_lazy("Rule"), value=lambda row: RULES.get(row.rule, "")),
    Column("why", gettext_lazy("Why"), value=why_of),
    Column("due_on", gettext_lazy("Date"), kind="date", sort="due_on"),
    Column("user", gettext_lazy("Person"), value="user", kind="person"),
    Column("by", gettext_lazy("Done by"), value=lambda row: row.by or _("nightly run")),
    Column("pool", gettext_lazy("Pool"), value="pool"),
]


@require_GET
@permission_required("crm_core.view_poolevent", raise_exception=True)
def pool_event_list(request: HttpRequest) -> HttpResponse:
    """Everything that happened at the pools in the person's reach."""
    return list_response(
        request,
        queryset=PoolEvent.objects.visible_to(request.user).select_related("account", "pool", "user", "by"),
        columns=EVENT_COLUMNS,
        template="crm_core/pool_event_list.html",
        key="crm.pool_events",
        filterset=PoolEventFilter,
        search=("account_name__icontains", "reason__icontains"),
        order=("-at", "-pk"),
        context={"hub": tabs_of(request, SETTINGS)},
        export_permission="crm_core.view_poolevent",
        drawer=False,
    )
