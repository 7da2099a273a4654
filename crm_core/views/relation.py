"""Groups, partners and dealers: how accounts belong together."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import RelationForm
from crm_core.models import Account, AccountRelation
from crm_core.services.relations import end_relation, group_of, relate_accounts
from crm_core.views.account import account_url
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_group(request: HttpRequest, pk: int) -> HttpResponse:
    """The tree of the group in which an account stands."""
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    return render(request, "crm_core/account_group.html", {"account": account, "group": group_of(account, by=request.user)})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_account", raise_exception=True)
def relation_create(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    form = RelationForm(request.POST or None, by=request.user, account=account)

    def save() -> HttpResponse:
        row = relate_accounts(account=account, by=request.user, **form.cleaned_data)
        return redirect_with(request, account_url(account), _("Noted: %(relation)s.") % {"relation": row})

    return answer_form(
        request, form, template="crm_core/relation_form.html", feature="crm.relation.create", save=save, context={"account": account}, obj=account
    )


@require_POST
@permission_required("crm_core.change_account", raise_exception=True)
def relation_end(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Account.objects.visible_to(request.user)
    row = get_object_or_404(AccountRelation.objects.live().filter(account__in=seen, other__in=seen).select_related("account", "other"), pk=pk)
    end_relation(relation=row, by=request.user, today=timezone.localdate())
    return redirect_with(request, reverse("crm_core:account_detail", args=[row.account_id]), _("Ended: %(relation)s.") % {"relation": row})
