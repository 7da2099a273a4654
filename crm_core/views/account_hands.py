"""How an account changes hands, and who else works on it."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import AccountExemptionForm, OwnerForm, ReturnForm, ShareForm, TagForm
from crm_core.models import Account, FallExemption, OwnershipDispute
from crm_core.services.account import tag_accounts
from crm_core.services.falling import falls_of
from crm_core.services.ownership import claim_account, return_account, share_account, transfer_account, unshare_account
from crm_core.services.pool_settings import exempt_account, unexempt_account
from crm_core.services.pools import PoolFinder
from crm_core.timeline import pool_items
from crm_core.views.account import account_url
from crm_core.views.saving import answer_form
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.ui.lists import ticked
from foundation.ui.responses import redirect_with, toast


def _account(request: HttpRequest, pk: int) -> Account:
    return get_object_or_404(Account.objects.visible_to(request.user).select_related("owner", "department"), pk=pk)


@require_POST
@permission_required("crm_core.claim_account", raise_exception=True)
def account_claim(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    claim_account(account=account, by=request.user, now=timezone.now())
    return redirect_with(request, account_url(account), _("%(account)s is yours now.") % {"account": account})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.transfer_account", raise_exception=True)
def account_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Transfer to another owner; from the pool, assign to a first one."""
    account = _account(request, pk)
    form = OwnerForm(request.POST or None, by=request.user)

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        transfer_account(
            account=account, owner=cleaned["owner"], by=request.user, now=timezone.now(), reason=cleaned["reason"], take_along=cleaned["take_along"]
        )
        return redirect_with(request, account_url(account), _("%(account)s belongs to %(person)s now.") % {"account": account, "person": cleaned["owner"]})

    feature = "crm.account.transfer" if account.owner_id else "crm.account.assign"
    return answer_form(request, form, template="crm_core/account_transfer.html", feature=feature, save=save, context={"account": account}, obj=account)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.return_account", raise_exception=True)
def account_return(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    finder = PoolFinder()
    form = ReturnForm(request.POST or None, account=account, pools=finder.fitting(account.department, account.kind))

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        return_account(account=account, by=request.user, now=timezone.now(), reason=cleaned["reason"], pool=cleaned.get("pool"))
        if account.owner_id:
            return redirect_with(request, account_url(account), _("You no longer own %(account)s for your business unit.") % {"account": account})
        return redirect_with(request, reverse("crm_core:account_mine"), _("%(account)s lies in %(pool)s now.") % {"account": account, "pool": account.pool})

    return answer_form(
        request, form, template="crm_core/account_return.html", feature="crm.account.return", save=save, context={"account": account}, obj=account
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.share_account", raise_exception=True)
def account_share(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    form = ShareForm(request.POST or None)

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        row = share_account(account=account, person=cleaned["person"], by=request.user, right=cleaned["right"], expires_on=cleaned["expires_on"])
        words = _("%(person)s %(right)s this account now.") % {"person": row.user, "right": row.get_right_display()}
        return redirect_with(request, account_url(account), words)

    return answer_form(request, form, template="crm_core/account_share.html", feature="crm.account.share", save=save, context={"account": account}, obj=account)


@require_POST
@permission_required("crm_core.share_account", raise_exception=True)
def account_unshare(request: HttpRequest, pk: int, person: int) -> HttpResponse:
    account = _account(request, pk)
    gone = get_object_or_404(User.objects.filter(pk__in=account.collaborators.values("user")), pk=person)
    unshare_account(account=account, person=gone, by=request.user)
    return redirect_with(request, account_url(account), _("%(person)s no longer works on this account.") % {"person": gone})


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def ownership_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who owned the account from when to when, and what happened at the pools: each with rule, values and date."""
    account = _account(request, pk)
    context = {
        "account": account,
        "rows": account.ownerships.select_related("owner", "department", "business_unit", "fell_into", "by", "ended_by"),
        "event_items": pool_items(account.pool_events.all(), None, claims=True),
        "exemption": FallExemption.objects.filter(account=account).select_related("granted_by").first(),
        "falls": falls_of(Account.objects.filter(pk=account.pk), timezone.localdate()) if account.owner_id else [],
        "disputes": OwnershipDispute.objects.visible_to(request.user).filter(account=account).select_related("claimant", "holder"),
    }
    return render(request, "crm_core/ownership_history.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.exempt_account", raise_exception=True)
def account_exempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep an account from falling into a pool."""
    account = _account(request, pk)
    form = AccountExemptionForm(request.POST or None)

    def save() -> HttpResponse:
        exempt_account(account=account, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        return redirect_with(
            request, reverse("crm_core:ownership_history", args=[account.pk]), _("%(account)s does not fall into a pool.") % {"account": account}
        )

    return answer_form(
        request, form, template="crm_core/account_exempt.html", feature="crm.account.exempt", save=save, context={"account": account}, obj=account
    )


@require_POST
@permission_required("crm_core.exempt_account", raise_exception=True)
def account_unexempt(request: HttpRequest, pk: int) -> HttpResponse:
    account = _account(request, pk)
    unexempt_account(account=account, by=request.user)
    return redirect_with(request, reverse("crm_core:ownership_history", args=[account.pk]), _("The rules apply to %(account)s again.") % {"account": account})


# --- several at once ------------------------------------------------------------------------------------


def ticked_accounts(request: HttpRequest, *, only: str = "") -> list[Account]:
    """The ticked accounts that the person sees, in the order of the list; of ``only`` the one in the address whose button was pressed."""
    keys = ticked(request.GET, name=only) if only and only in request.GET else ticked(request.POST)
    rows = Account.objects.visible_to(request.user).filter(pk__in=keys).select_related("owner", "department", "pool")
    return sorted(rows, key=lambda row: keys.index(row.pk))


@require_POST
@permission_required("crm_core.transfer_account", raise_exception=True)
def account_bulk_transfer(request: HttpRequest) -> HttpResponse:
    """First asks to whom, then hands over each account on its own; what is refused is named."""
    accounts = ticked_accounts(request)
    sent = "owner" in request.POST
    form = OwnerForm(request.POST if sent else None, by=request.user)
    if not sent or not form.is_valid():
        return render(request, "crm_core/account_bulk_transfer.html", {"form": form, "accounts": accounts}, status=422 if sent else 200)
    done, refused, cleaned = 0, [], form.cleaned_data
    for account in accounts:
        try:
            transfer_account(
                account=account, owner=cleaned["owner"], by=request.user, now=timezone.now(), reason=cleaned["reason"], take_along=cleaned["take_along"]
            )
            done += 1
        except Refused as error:
            refused.append(f"{account}: {error}")
    for sentence in refused[:5]:
        toast(request, sentence, "watch")
    words = ngettext("%(count)d account belongs to %(person)s now.", "%(count)d accounts belong to %(person)s now.", done)
    return redirect_with(request, reverse("crm_core:account_list"), words % {"count": done, "person": cleaned["owner"]})


@require_POST
@permission_required("crm_core.change_account", raise_exception=True)
def account_tag(request: HttpRequest) -> HttpResponse:
    accounts = ticked_accounts(request)
    sent = "name" in request.POST
    form = TagForm(request.POST if sent else None)
    if not sent or not form.is_valid():
        return render(request, "crm_core/account_tag.html", {"form": form, "accounts": accounts}, status=422 if sent else 200)
    count = tag_accounts(accounts=accounts, name=form.cleaned_data["name"], by=request.user)
    words = ngettext("%(count)d account is tagged.", "%(count)d accounts are tagged.", count) % {"count": count}
    return redirect_with(request, reverse("crm_core:account_list"), words)
