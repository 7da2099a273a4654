"""What the register of companies says of customers: who should be looked up, and each look."""

from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import StatusReviewForm
from crm_core.models import Account, LookReason, RegisteredStatus
from crm_core.models.status_review import GONE, to_look_at
from crm_core.services.sharing import check_may_change
from crm_core.services.status_reviews import confirm_statuses, review_status
from crm_core.views.hubs import DESK, tabs_of
from crm_core.views.saving import answer_form
from foundation.ui.addresses import row_address
from foundation.ui.lists import Bulk, Column, list_response, ticked
from foundation.ui.responses import redirect_with

TONES = {LookReason.GONE: "bad", LookReason.UNKNOWN: "watch", LookReason.OLD: "neutral"}
COLUMNS = [
    Column("name", gettext_lazy("Account"), value=str, kind="link", sort="name_key", phone=True, url=row_address("crm_core:account_status")),
    Column(
        "look_reason",
        gettext_lazy("Why"),
        value=lambda row: LookReason(row.look_reason).label,
        kind="badge",
        tone=lambda row: TONES[LookReason(row.look_reason)],
        sort="look_reason",
        phone=True,
    ),
    Column("registered_status", gettext_lazy("Registered status"), value=lambda row: row.get_registered_status_display(), sort="registered_status"),
    Column("looked_on", gettext_lazy("Status as of"), kind="date", sort="looked_on", phone=True),
    Column("credit_code", gettext_lazy("Credit code")),
    Column("owner", gettext_lazy("Owner"), kind="person"),
    Column("department", gettext_lazy("Department"), value="department"),
    Column("registered_status_source", gettext_lazy("Source"), default=False),
]


class StatusFilter(django_filters.FilterSet):
    look_reason = django_filters.ChoiceFilter(label=gettext_lazy("Why"), choices=LookReason.choices)
    registered_status = django_filters.ChoiceFilter(label=gettext_lazy("Registered status"), choices=RegisteredStatus.choices)

    class Meta:
        model = Account
        fields = ["registered_status"]


@require_GET
@permission_required("crm_core.review_status", raise_exception=True)
def status_queue(request: HttpRequest) -> HttpResponse:
    """Customers whose registered status is bad, unknown or old, those first that are no longer in business."""
    return list_response(
        request,
        queryset=to_look_at(Account.objects.visible_to(request.user), timezone.localdate()).select_related("owner", "department"),
        columns=COLUMNS,
        template="crm_core/status_queue.html",
        key="crm.statuses",
        filterset=StatusFilter,
        search=("name__icontains", "name_key__icontains", "credit_code__istartswith"),
        order=("look_reason", "name_key", "pk"),
        context={"hub": tabs_of(request, DESK)},
        export_permission="crm_core.export_account",
        export_feature="crm.account.export",
        bulk=[Bulk(gettext_lazy("Still holds"), reverse("crm_core:status_confirm"), icon="checks", permission="crm_core.review_status")],
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.review_status", raise_exception=True)
def account_status(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user).select_related("owner", "department"), pk=pk)
    check_may_change(account, request.user)
    form = StatusReviewForm(request.POST or None, account=account)

    def save() -> HttpResponse:
        found = form.cleaned_data
        review_status(
            account=account,
            status=found["registered_status"],
            source=found["registered_status_source"],
            note=found["note"],
            again_on=found["again_on"],
            version=found["version"],
            by=request.user,
            now=timezone.now(),
        )
        return redirect_with(request, reverse("crm_core:status_queue"), _("%(account)s is looked up.") % {"account": account})

    context: dict[str, Any] = {
        "account": account,
        "is_gone": account.registered_status in GONE,
        "looks": account.status_reviews.select_related("reviewed_by")[:20],
    }
    return answer_form(request, form, template="crm_core/status_review.html", feature="crm.account.review_status", save=save, context=context, obj=account)


@require_POST
@permission_required("crm_core.review_status", raise_exception=True)
def status_confirm(request: HttpRequest) -> HttpResponse:
    """The known status of the ticked accounts still holds today."""
    accounts = list(Account.objects.changeable_by(request.user).filter(pk__in=ticked(request.POST)))
    count = confirm_statuses(accounts=accounts, by=request.user, now=timezone.now())
    words = ngettext("%(count)d account is looked up.", "%(count)d accounts are looked up.", count) % {"count": count}
    return redirect_with(request, reverse("crm_core:status_queue"), words)
