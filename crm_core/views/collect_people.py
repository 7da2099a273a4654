"""People who join a running collection round, and people who leave it."""

from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crm_core.forms import AddPeopleForm, TakeOutForm
from crm_core.services.collecting import add_people, departments_for, people_to_add, take_out
from crm_core.views.collecting import led_round, sheets_of
from crm_core.views.saving import answer_form
from foundation.ui.lists import ticked
from foundation.ui.responses import redirect_with


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_collectionround", raise_exception=True)
def collection_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Name people or a whole department: each gets a workbook, reminders and a place in the burn-down from today on."""
    row, today = led_round(request, pk), timezone.localdate()
    people = people_to_add(row, by=request.user, day=today)  # type: ignore[arg-type]
    form = AddPeopleForm(request.POST or None, people=people, departments=departments_for(request.user))  # type: ignore[arg-type]

    def save() -> HttpResponse:
        sheets = add_people(row=row, **form.cleaned_data, by=request.user, now=timezone.now(), today=today)  # type: ignore[arg-type]
        words = ngettext("%(count)d sheet was sent out.", "%(count)d sheets were sent out.", len(sheets)) % {"count": len(sheets)}
        return redirect_with(request, row.get_absolute_url(), words)

    return answer_form(
        request, form, template="crm_core/collection_add.html", feature="crm.collection.add", save=save, context={"round": row, "people": people}
    )


@require_POST
@permission_required("crm_core.add_collectionround", raise_exception=True)
def collection_out(request: HttpRequest, pk: int) -> HttpResponse:
    """First the ticked people and the question why, then they are taken out."""
    row = led_round(request, pk)
    chosen = ticked(request.POST, most=None)
    sheets = list(sheets_of(request, row).owed().filter(pk__in=chosen))
    sent = "reason" in request.POST
    form = TakeOutForm(request.POST if sent else None)
    if not sent or not form.is_valid() or not sheets:
        context = {"round": row, "form": form, "sheets": sheets, "left": len(chosen) - len(sheets)}
        return render(request, "crm_core/collection_out.html", context, status=422 if sent else 200)
    with transaction.atomic():  # all of them, or none when one was handed back in this moment
        for sheet in sheets:
            take_out(sheet=sheet, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())  # type: ignore[arg-type]
    words = ngettext("%(count)d person was taken out.", "%(count)d people were taken out.", len(sheets)) % {"count": len(sheets)}
    return redirect_with(request, row.get_absolute_url(), words)
