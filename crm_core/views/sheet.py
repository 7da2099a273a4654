"""A person's own collection sheet: download it, hand it back, correct what came back."""

from urllib.parse import quote

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crm_core.forms import SheetReturnForm
from crm_core.models import CollectionReturn, CollectionSheet, ImportRow, RoundState, RowAction, SheetState
from crm_core.reports import reasons_of
from crm_core.services.collecting import CannotHandBack, confirm_sheet, correction_workbook, counts_of, hand_back, sheet_workbook, take_back
from crm_core.views.collecting import TONES
from crm_core.views.hubs import DESK, tabs_of
from foundation.exports import XLSX_TYPE, clean_stem
from foundation.integrity import Refused
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import SHEETS, accept
from foundation.usage.services import record_invalid

SHOWN = 50

COLUMNS = [
    Column("round", gettext_lazy("Round"), value="round", kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: row.get_state_display(),
        kind="badge",
        tone=lambda row: TONES[SheetState(row.state)] if row.round.state == RoundState.OPEN else "neutral",
        phone=True,
    ),
    Column("person", gettext_lazy("Person"), value="person", kind="person"),
    Column("due_on", gettext_lazy("Due"), value="round.due_on", kind="date", sort="round__due_on", phone=True),
    Column("sent", gettext_lazy("Rows sent out"), value="sent_count", kind="number"),
    Column("open_count", gettext_lazy("Rows to be corrected"), kind="number"),
    Column("returned_at", gettext_lazy("Handed back"), kind="datetime", sort="returned_at"),
]


@require_GET
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_list(request: HttpRequest) -> HttpResponseBase:
    return list_response(
        request,
        queryset=CollectionSheet.objects.visible_to(request.user).fillable_by(request.user).select_related("round", "person"),
        columns=COLUMNS,
        template="crm_core/sheet_list.html",
        key="crm.sheets",
        search=("round__name__icontains",),
        context={"hub": tabs_of(request, DESK)},
        drawer=False,
    )


def _sheet(request: HttpRequest, pk: int) -> CollectionSheet:
    """Only the person's own, and those of people for whom the person stands in: customers of others are not handed out with a sheet."""
    rows = CollectionSheet.objects.visible_to(request.user).fillable_by(request.user)
    return get_object_or_404(rows.select_related("round__created_by", "round__department", "person", "department", "out_by"), pk=pk)


def _last(sheet: CollectionSheet) -> CollectionReturn | None:
    return (
        sheet.returns.filter(withdrawn_at__isnull=True)
        .select_related("accounts", "contacts", "job", "sheet__person", "sheet__round")
        .order_by("-number")
        .first()
    )


@require_GET
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _sheet(request, pk), SheetReturnForm())


def _page(request: HttpRequest, sheet: CollectionSheet, form: SheetReturnForm, status: int = 200) -> HttpResponse:
    last = _last(sheet)
    context = {
        "sheet": sheet,
        "form": form,
        "last": last,
        "counts": counts_of(last) if last and (last.finished_at or sheet.waiting_count) else None,
        "is_for_other": sheet.person_id != request.user.pk,
        "refused": _refused(last) if last else [],
        "tone": TONES[SheetState(sheet.state)],
        "is_open": sheet.round.state == RoundState.OPEN,
        "is_late": sheet.is_owed and sheet.round.due_on < timezone.localdate(),
        "returns": sheet.returns.select_related("returned_by").order_by("-number")[:10],
    }
    return render(request, "crm_core/sheet_detail.html", context, status=status)


def _refused(last: CollectionReturn) -> list[dict[str, object]]:
    """The first rows that were not taken, with the reason in words: on a phone nobody opens a workbook for one mistake."""
    found: list[dict[str, object]] = []
    for batch in last.batches if last.finished_at else []:
        place = next((int(place) for place, key in batch.mapping.items() if key == "name"), 0)
        for row in ImportRow.objects.filter(batch=batch, action=RowAction.REFUSE).order_by("row_no")[: SHOWN - len(found)]:
            name = row.raw[place] if place < len(row.raw) else ""
            found.append({"table": batch.sheet, "number": row.row_no, "name": name, "reasons": reasons_of(batch, row)})
    return found


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX_TYPE, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"})
    response.headers["Content-Disposition"] = f"attachment; filename=\"sheet.xlsx\"; filename*=UTF-8''{quote(clean_stem(name))}.xlsx"
    return response


@require_POST
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook as of now; by POST, since the first download is noted."""
    sheet = _sheet(request, pk)
    content = sheet_workbook(sheet=sheet, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return _file(content, f"{sheet.round.name} {sheet.person}")


@require_POST
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, to be corrected and handed back."""
    sheet = _sheet(request, pk)
    last = _last(sheet)
    if last is None or not last.finished_at or not last.open_count:
        raise CannotHandBack(_("No row of yours has to be corrected."))
    content = correction_workbook(given=last, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return _file(content, f"{sheet.round.name} {sheet.person} {last.number}")


@require_POST
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_return(request: HttpRequest, pk: int) -> HttpResponse:
    sheet, form = _sheet(request, pk), SheetReturnForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            accepted = accept(form.cleaned_data["file"], kinds=SHEETS)
            hand_back(sheet=sheet, file=accepted.file, file_name=accepted.name, by=request.user, now=timezone.now())  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error("file", error)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    if form.errors:
        record_invalid(by=request.user, feature="crm.sheet.return", form=form, obj=sheet)
        return _page(request, sheet, form, 422)
    return redirect_with(request, sheet.get_absolute_url(), _("Thank you. Your sheet is being looked through; you may leave this page."))


@require_POST
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    confirm_sheet(sheet=sheet, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return redirect_with(request, sheet.get_absolute_url(), _("Thank you. Your customers stay as they are."))


@require_POST
@permission_required("crm_core.fill_sheet", raise_exception=True)
def sheet_takeback(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = _sheet(request, pk)
    take_back(sheet=sheet, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return redirect_with(request, sheet.get_absolute_url(), _("You have your sheet back. Hand another file back when you are ready."))
