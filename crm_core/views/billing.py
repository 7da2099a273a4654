"""To whom an account is billed: add, change, retire."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm_core.forms import BillingProfileForm
from crm_core.models import Account, BillingProfile
from crm_core.services.billing import create_billing_profile, retire_billing_profile, update_billing_profile
from crm_core.veils import veiled_fields
from crm_core.views.account import account_url
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with

TEMPLATE = "crm_core/billing_form.html"


def _profile(request: HttpRequest, pk: int) -> BillingProfile:
    rows = BillingProfile.objects.live().filter(account__in=Account.objects.visible_to(request.user)).select_related("account")
    return get_object_or_404(rows, pk=pk)


def _addresses(request: HttpRequest, account: Account) -> dict[str, str]:
    """Address and phone of the account to begin with, unless they are masked for the person."""
    veiled = veiled_fields(account, request.user)
    return {f"registered_{name}": getattr(account, name) for name in ("address", "phone") if name not in veiled}


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def billing_create(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    start = {"title": account.name, "tax_number": account.credit_code, **_addresses(request, account)}
    form = BillingProfileForm(request.POST or None, by=request.user, initial=start)

    def save() -> HttpResponse:
        create_billing_profile(account=account, data=form.changes, by=request.user, now=timezone.now())
        return redirect_with(
            request, account_url(account), _("%(account)s can be billed to “%(title)s” now.") % {"account": account, "title": form.changes["title"]}
        )

    return answer_form(request, form, template=TEMPLATE, feature="crm.billing.create", save=save, context={"account": account}, obj=account)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def billing_edit(request: HttpRequest, pk: int) -> HttpResponse:
    profile = _profile(request, pk)
    form = BillingProfileForm(request.POST or None, instance=profile, by=request.user)

    def save() -> HttpResponse:
        update_billing_profile(profile=profile, changes=form.changes, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, account_url(profile.account), _("Saved."))

    context = {"account": profile.account, "profile": profile}
    return answer_form(request, form, template=TEMPLATE, feature="crm.billing.edit", save=save, context=context, obj=profile.account)


@require_POST
@permission_required("crm_core.change_account", raise_exception=True)
def billing_retire(request: HttpRequest, pk: int) -> HttpResponse:
    profile = _profile(request, pk)
    retire_billing_profile(profile=profile, by=request.user, now=timezone.now())
    return redirect_with(request, account_url(profile.account), _("“%(title)s” is no longer billed to.") % {"title": profile})
