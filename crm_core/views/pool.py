"""The pools as sales people meet them: what lies there, what is left of the quota, claiming one or several."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from crm_core.claim_rules import midnight, period_start
from crm_core.filters import AccountFilter
from crm_core.forms import MovePoolForm
from crm_core.models import Account, CapacityExemption, FallExemption, Pool, PoolEvent, PoolEventKind, drawable_pool_ids
from crm_core.pool_words import quota_left
from crm_core.services.claiming import owned_under
from crm_core.services.ownership import claim_account
from crm_core.services.pool_settings import move_in_pools
from crm_core.views.account import COLUMNS, account_url
from crm_core.views.account import TABS as ACCOUNT_TABS
from crm_core.views.account_hands import ticked_accounts
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.ui.lists import Bulk, Column, list_response
from foundation.ui.responses import redirect_with, toast

MOST = 200


@dataclass(frozen=True)
class Shelf:
    """A pool as its visitor sees it: how much lies there, and how often the visitor may still claim."""

    pool: Pool
    count: int
    may_draw: bool
    left: str
    is_used_up: bool


def shelves_of(request: HttpRequest) -> list[Shelf]:
    """The pools the person sees, with counts and the rest of the quota; a constant number of queries."""
    access = access_of(request.user)
    pools = list(Pool.objects.visible_to(request.user).active().select_related("department"))
    lying = Account.objects.visible_to(request.user).filter(owner__isnull=True, pool__in=pools).order_by().values("pool").annotate(n=Count("pk"))
    counts = dict(lying.values_list("pool", "n"))
    drawable, today = set(drawable_pool_ids(access)), timezone.localdate()
    asked = Q(pk__in=[])
    for pool in pools:
        if pool.quota is not None:
            asked |= Q(pool=pool, at__gte=midnight(period_start(pool.quota_period, today)))
    used = dict(
        PoolEvent.objects.filter(asked, user=request.user, kind=PoolEventKind.CLAIM).order_by().values("pool").annotate(n=Count("pk")).values_list("pool", "n")
    )
    return [
        Shelf(
            pool=pool,
            count=counts.get(pool.pk, 0),
            may_draw=pool.pk in drawable,
            left=quota_left(used=used.get(pool.pk, 0), quota=pool.quota, period=pool.quota_period) if pool.quota is not None and pool.pk in drawable else "",
            is_used_up=pool.quota is not None and used.get(pool.pk, 0) >= pool.quota,
        )
        for pool in pools
    ]


def _pools(request: HttpRequest) -> QuerySet[Pool]:
    return Pool.objects.visible_to(request.user).active() if request is not None else Pool.objects.none()


class PoolAccountFilter(AccountFilter):
    pool = django_filters.ModelChoiceFilter(label=gettext_lazy("Pool"), queryset=_pools)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.filters.pop("owner", None)


def _columns(*, claims: bool) -> list[Column]:
    wanted = {column.key: column for column in COLUMNS}
    claim = Column(
        "claim",
        gettext_lazy("Claim"),
        value=lambda row: _("Claim"),
        url=lambda row: f"{reverse('crm_core:pool_claim')}?only={row.pk}",
        kind="action",
        phone=True,
    )
    return [
        wanted["name"],
        Column("pool", gettext_lazy("Pool"), value="pool", phone=True),
        Column("pooled_at", gettext_lazy("In the pool since"), kind="datetime", sort="pooled_at"),
        wanted["level"],
        wanted["industry"],
        wanted["region"],
        wanted["last_activity_at"],
        *([claim] if claims else []),
        *(wanted[key] for key in ("phone", "kind", "credit_code", "source") if key in wanted and not wanted[key].phone),
    ]


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def pool_list(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What lies in the pools the person sees, or in one of them."""
    shelves = shelves_of(request)
    here = None
    rows = Account.objects.visible_to(request.user).in_pool().select_related("pool", "department")
    if pk is not None:
        here = next((shelf for shelf in shelves if shelf.pool.pk == pk), None)
        if here is None:
            get_object_or_404(Pool.objects.none(), pk=pk)
        rows = rows.filter(pool=pk)
    may_claim = request.user.has_perm("crm_core.claim_account")
    return list_response(
        request,
        queryset=rows,
        columns=_columns(claims=may_claim),
        template="crm_core/pool_list.html",
        key="crm.pool",
        filterset=PoolAccountFilter,
        search=("name__icontains", "name_en__icontains", "short_name__icontains", "name_key__icontains"),
        order=("-pooled_at", "-pk"),
        context={
            "shelves": shelves,
            "here": here,
            "tab": "pool",
            "tabs": [(key, label, reverse(f"crm_core:{name}")) for key, label, name in ACCOUNT_TABS],
        },
        export_permission="crm_core.export_account",
        export_feature="crm.account.export",
        bulk=[
            Bulk(gettext_lazy("Claim"), reverse("crm_core:pool_claim"), icon="hand-grab", tone="primary", permission="crm_core.claim_account"),
            Bulk(gettext_lazy("Assign"), reverse("crm_core:account_bulk_transfer"), icon="transfer", permission="crm_core.transfer_account"),
            Bulk(gettext_lazy("Move to another pool"), reverse("crm_core:pool_move"), icon="arrows-exchange", permission="crm_core.change_pool"),
        ],
    )


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def pool_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One pool."""
    return pool_list(request, pk)


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    return asked if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else reverse("crm_core:pool_list")


@require_POST
@permission_required("crm_core.claim_account", raise_exception=True)
def pool_claim(request: HttpRequest) -> HttpResponse:
    """Claim the ticked accounts one by one; what is refused is named, row by row."""
    results: list[dict[str, Any]] = []
    for account in ticked_accounts(request, only="only"):
        try:
            claim_account(account=account, by=request.user, now=timezone.now())
        except Refused as error:
            results.append({"account": account, "refusal": str(error)})
        else:
            results.append({"account": account, "refusal": ""})
    done = sum(1 for row in results if not row["refusal"])
    if not results:
        return redirect_with(request, _back(request), _("Tick the accounts first; what you cannot see is left out."), "watch")
    if len(results) == 1:
        row = results[0]
        words = row["refusal"] or _("%(account)s is yours now.") % {"account": row["account"]}
        return redirect_with(request, _back(request), words, "watch" if row["refusal"] else "good")
    for row in results:
        row["url"] = account_url(row["account"])
    return render(request, "crm_core/pool_claim.html", {"results": results, "done": done, "back": _back(request)}, status=200 if done else 409)


@require_POST
@permission_required("crm_core.change_pool", raise_exception=True)
def pool_move(request: HttpRequest) -> HttpResponse:
    """Put the ticked accounts into another pool that the person looks after."""
    managed = Pool.objects.managed_by(request.user)
    accounts = [account for account in ticked_accounts(request) if account.pool_id and account.owner_id is None]
    sent = "pool" in request.POST
    form = MovePoolForm(request.POST if sent else None, pools=managed.active())
    if not sent or not form.is_valid():
        return render(request, "crm_core/pool_move.html", {"form": form, "accounts": accounts}, status=422 if sent else 200)
    done, allowed = 0, set(managed.values_list("pk", flat=True))
    for account in accounts:
        try:
            if account.pool_id not in allowed:
                raise Refused(_("You do not look after %(pool)s.") % {"pool": account.pool})
            move_in_pools(account=account, pool=form.cleaned_data["pool"], by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
            done += 1
        except Refused as error:
            toast(request, f"{account}: {error}", "watch")
    words = ngettext("%(count)d account lies in %(pool)s now.", "%(count)d accounts lie in %(pool)s now.", done)
    return redirect_with(request, reverse("crm_core:pool_list"), words % {"count": done, "pool": form.cleaned_data["pool"]})


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def exemption_mine(request: HttpRequest) -> HttpResponse:
    """What is allowed to me beyond the rules: capacity beyond the limit, accounts that do not fall."""
    today = timezone.localdate()
    people = CapacityExemption.objects.filter(user=request.user).select_related("rule", "granted_by")
    accounts = FallExemption.objects.filter(account__owner=request.user, account__deleted_at__isnull=True).select_related("account", "granted_by")
    context = {
        "today": today,
        "capacity": [{"row": row, "owned": owned_under(row.rule, request.user), "is_over": row.expires_on < today} for row in people],
        "accounts": [{"row": row, "is_over": row.expires_on is not None and row.expires_on < today} for row in accounts[:MOST]],
    }
    return render(request, "crm_core/exemption_mine.html", context)
