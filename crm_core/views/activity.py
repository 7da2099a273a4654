from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.filters import ActivityFilter
from crm_core.forms import ActivityForm
from crm_core.models import Account, Activity
from crm_core.searching import search_activities
from crm_core.services.activity import CannotEdit, edit_activity, log_activity
from crm_core.veils import reads_words, veiled_words
from crm_core.views.account import account_url
from crm_core.views.saving import answer_form
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with


def _account_url(row: Any) -> str:
    return reverse("crm_core:account_detail", args=[row.account_id])


def _subject(row: Activity, by: Any) -> str:
    return veiled_words(row.subject, by, own=reads_words(by, author=row.author_id, owner=row.account.owner_id))


COLUMNS = [
    Column("subject", gettext_lazy("What happened"), kind="link", url=_account_url, phone=True),
    Column("account", gettext_lazy("Account"), value="account", phone=True),
    Column("kind", gettext_lazy("Kind"), value=lambda row: row.get_kind_display(), kind="badge"),
    Column("contact", gettext_lazy("Contact"), value="contact"),
    Column("opportunity", gettext_lazy("Opportunity"), value="opportunity"),
    Column("author", gettext_lazy("Author"), value="author", kind="person"),
    Column("occurred_at", gettext_lazy("Happened"), kind="datetime", sort="occurred_at", phone=True),
    Column("recorded_at", gettext_lazy("Recorded"), kind="datetime", sort="recorded_at", default=False),
]


@require_GET
@permission_required("crm_core.view_activity", raise_exception=True)
def activity_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=Activity.objects.visible_to(request.user).select_related("account", "contact", "opportunity", "author"),
        columns=[replace(COLUMNS[0], value=partial(_subject, by=request.user)), *COLUMNS[1:]],
        template="crm_core/activity_list.html",
        key="crm.activities",
        filterset=ActivityFilter,
        search=partial(search_activities, by=request.user),
        order=("-occurred_at", "-pk"),
        export_permission="crm_core.export_account",
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_activity", raise_exception=True)
def activity_log(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    form = ActivityForm(request.POST or None, by=request.user, account=account)

    def save() -> HttpResponse:
        extra = {name: form.cleaned_data[name] for name in ("next_step", "next_on")}
        log_activity(account=account, by=request.user, now=timezone.now(), **form.changes, **extra)
        return redirect_with(request, account_url(account), _("Logged."))

    return answer_form(request, form, template="crm_core/activity_form.html", feature="crm.activity.log", save=save, context={"account": account}, obj=account)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_activity", raise_exception=True)
def activity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    activity = get_object_or_404(Activity.objects.visible_to(request.user).select_related("account"), pk=pk)
    if not activity.editable_by(request.user):
        raise CannotEdit(_("Only the author may correct this, and only within a day. Log a new activity instead."))
    form = ActivityForm(request.POST or None, instance=activity, by=request.user, account=activity.account)
    for name in ("next_step", "next_on"):
        form.fields.pop(name)

    def save() -> HttpResponse:
        facts = form.changes
        facts["occurred_at"] = facts.get("occurred_at") or activity.occurred_at
        edit_activity(activity=activity, changes=facts, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, _account_url(activity), _("Saved."))

    context = {"account": activity.account, "activity": activity, "earlier": activity.history.select_related("history_user")[:10]}
    return answer_form(request, form, template="crm_core/activity_form.html", feature="crm.activity.edit", save=save, context=context, obj=activity)
