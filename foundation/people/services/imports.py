"""People from a spreadsheet: stage, look, apply; what was refused comes back as a workbook."""

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.exports import Column, xlsx_bytes
from foundation.integrity import Refused
from foundation.people.import_columns import BY_KEY, COLUMNS, cell_text, column_of
from foundation.people.import_plan import Planner, RowPlan
from foundation.people.models import Assignment, ImportState, PeopleImport, PeopleImportRow, Position, RowAction, User
from foundation.people.services.people import change_person, create_person
from foundation.people.services.posts import create_position, end_assignment, start_assignment
from foundation.sheets import read_rows

MOST_ROWS = 5000
CHUNK = 500


class CannotImport(Refused):
    """The file is not a list of people, or has been dealt with."""

    status = 400


def stage_import(*, file: IO[bytes], name: str, by: User | None, today: date) -> PeopleImport:
    """Read and judge the file; nothing but the staged rows is written."""
    rows, about = _read(file)
    file.seek(0)
    plans = Planner(today=today).plan(rows)
    with transaction.atomic():
        batch = PeopleImport.objects.create(
            file_name=name[:200], sha256=hashlib.sha256(file.read()).hexdigest(), encoding=about["encoding"], counts=_counts(plans) | about, created_by=by
        )
        PeopleImportRow.objects.bulk_create(
            [
                PeopleImportRow(
                    batch=batch, number=plan.number, cells=plan.cells, action=plan.action, reasons=plan.reasons, changes=plan.changes, person=plan.person
                )
                for plan in plans
            ],
            batch_size=CHUNK,
        )
    return batch


def _read(file: IO[bytes]) -> tuple[list[tuple[int, dict[str, str]]], dict[str, Any]]:
    sheet = read_rows(file)
    keys = [column_of(heading) for heading in sheet.headers]
    twice = [BY_KEY[key].label for key, times in Counter(filter(None, keys)).items() if times > 1]
    if twice:
        raise CannotImport(_("The column “%(name)s” occurs twice.") % {"name": twice[0]})
    if "username" not in keys and "employee_number" not in keys:
        raise CannotImport(_("No column says who is meant. Add a column “Username” or “Employee number”."))
    rows: list[tuple[int, dict[str, str]]] = []
    for row in sheet.rows:
        if len(rows) >= MOST_ROWS:
            raise CannotImport(_("The file has more than %(most)s rows. Split it.") % {"most": MOST_ROWS})
        rows.append((row.number, {key: cell_text(cell) for key, cell in zip(keys, row, strict=False) if key}))
    if not rows:
        raise CannotImport(_("The file has headings but no rows."))
    ignored = [heading for heading, key in zip(sheet.headers, keys, strict=True) if heading and not key]
    return rows, {"encoding": sheet.encoding or "xlsx", "ignored": ignored[:50]}


def _counts(plans: list[RowPlan]) -> dict[str, Any]:
    found = Counter(str(plan.action) for plan in plans)
    return {"rows": len(plans), **{str(action.value): found.get(str(action.value), 0) for action in RowAction}}


@transaction.atomic
def apply_import(*, batch: PeopleImport, by: User | None, today: date, now: datetime) -> PeopleImport:
    """Write the sound rows, all or none; rows are judged again, since the directory may have changed since the preview."""
    locked = PeopleImport.objects.select_for_update().get(pk=batch.pk)
    if locked.state != ImportState.PREVIEW:
        raise CannotImport(_("This import has already been applied or discarded."))
    staged = {row.number: row for row in locked.rows.all()}
    plans = Planner(today=today).plan((number, row.cells) for number, row in sorted(staged.items()))
    people: dict[str, User] = {}
    for plan in plans:
        if plan.action in {RowAction.CREATE, RowAction.UPDATE}:
            plan.person = _write(plan, by=by, today=today)
            people[plan.person.username.casefold()] = plan.person
    for plan in plans:
        if plan.manager and plan.action != RowAction.REFUSE:
            _report(plan, people, by=by, today=today)
    changed = []
    for plan in plans:
        row = staged[plan.number]
        row.action, row.reasons, row.changes, row.person = plan.action, plan.reasons, plan.changes, plan.person
        changed.append(row)
    PeopleImportRow.objects.bulk_update(changed, ["action", "reasons", "changes", "person"], batch_size=CHUNK)
    locked.state, locked.applied_at = ImportState.APPLIED, now
    locked.counts = {**locked.counts, **_counts(plans)}
    locked.save(update_fields=["state", "applied_at", "counts"])
    return locked


def _write(plan: RowPlan, *, by: User | None, today: date) -> User:
    person = plan.person
    if person is None:
        person = create_person(by=by, today=today, username=plan.cells["username"], **plan.values)
    elif plan.values:
        person = change_person(person=person, by=by, **plan.values)
    if plan.department is None or plan.starts_on is None:
        return person
    plan.position = _position(plan, by=by)
    running = list(Assignment.objects.filter(user=person).exclude(ends_on__lt=today).select_related("position"))
    if any(row.position_id == plan.position.pk for row in running):
        return person
    for row in running:
        if row.is_main and (row.ends_on is None or row.ends_on >= plan.starts_on):
            end_assignment(assignment=row, ends_on=plan.starts_on - timedelta(days=1), by=by)
    start_assignment(user=person, position=plan.position, starts_on=plan.starts_on, by=by, today=today)
    return person


def _position(plan: RowPlan, *, by: User | None) -> Position:
    if plan.position is not None:
        return plan.position
    found = Position.objects.filter(department=plan.department, title=plan.title).first()
    return found or create_position(by=by, department=plan.department, title=plan.title, role=plan.role)


def _report(plan: RowPlan, people: dict[str, User], *, by: User | None, today: date) -> None:
    """Let the row's position report to the manager's main position."""
    manager = people.get(plan.manager) or User.objects.filter(username__iexact=plan.manager).first()
    position = plan.position and Position.objects.get(pk=plan.position.pk)
    if manager is None or position is None:
        return
    posts = Assignment.objects.filter(user=manager).exclude(ends_on__lt=today).order_by("-is_main", "starts_on")
    above = posts.values_list("position_id", flat=True)
    if not above or position.reports_to_id in above or position.pk == above[0]:
        return
    position.reports_to_id = above[0]
    position._history_user = by  # type: ignore[attr-defined]
    position.save(update_fields=["reports_to"])


@transaction.atomic
def discard_import(*, batch: PeopleImport) -> None:
    """Put a preview away; nothing was written by it."""
    changed = PeopleImport.objects.filter(pk=batch.pk, state=ImportState.PREVIEW).update(state=ImportState.DISCARDED)
    if not changed:
        raise CannotImport(_("This import has already been applied or discarded."))


def refused_workbook(batch: PeopleImport) -> bytes:
    """The refused rows as they were typed, with the reasons, ready to be corrected and sent again."""

    def cell(key: str) -> Any:
        return lambda row: row.cells.get(key, "")

    def reasons(row: PeopleImportRow) -> str:
        return "; ".join(f"{BY_KEY[key].label}: {text}" for key, text in row.reasons.items())

    columns = [
        Column(_("Row"), "number", "number"),
        *(Column(column.label, cell(column.key)) for column in COLUMNS),
        Column(_("Reasons"), reasons, width=60),
    ]
    return xlsx_bytes(
        columns,  # type: ignore[arg-type]
        batch.rows.filter(action=RowAction.REFUSE),
        title=_("Refused rows"),
    )
