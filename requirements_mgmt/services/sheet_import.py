"""Bringing a sheet in: staged first, applied in chunks, taken back as a whole."""

from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from foundation.integrity import Refused, sha256_of
from foundation.jobs.models import Job
from foundation.jobs.services import enqueue
from foundation.people.models import Department, User
from foundation.search.services import unindex
from foundation.sheets import Sheet, read_rows
from foundation.usage.context import usage_context
from foundation.usage.models import Feature, Outcome, Surface, Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt.models import (
    ImportKind,
    ImportState,
    ImportVerdict,
    Requirement,
    RequirementImport,
    RequirementImportRow,
    RequirementState,
    Trace,
)
from requirements_mgmt.services.requirement import create_requirement, data_objects, edit_requirement
from requirements_mgmt.services.sheet_columns import Reader, is_asvs, map_headings
from requirements_mgmt.services.sheet_plan import NAME_SETS, changed_fields, rows_of_asvs, rows_of_sheet, stage

CHUNK = 100
PERMISSION = "requirements_mgmt.import_requirement"


class CannotImport(Refused):
    """The sheet cannot be brought in."""

    status = 400


class CannotUndo(Refused):
    """The import is not applied, or was taken back already."""


Progress = Callable[[int, int], None]


def stage_import(
    *, file: IO[bytes], name: str, rollout: Rollout, department: Department, by: User, now: datetime, mapping: dict[str, str] | None = None
) -> RequirementImport:
    """Read a sheet and judge every row; the batch says what would be created, updated, left or refused. No requirement changes."""
    sheet = read_rows(file)
    asvs = is_asvs(sheet.headers)
    columns = _columns(sheet, mapping) if not asvs else {}
    if not asvs and not {"title", "statement"} & set(columns):
        raise CannotImport(
            _("No column of this sheet is a title or a description. Its headings are: %(headings)s.") % {"headings": ", ".join(sheet.headers)[:300]}
        )
    reader = Reader.load()
    with transaction.atomic():
        file.seek(0)
        batch = RequirementImport(
            rollout=rollout,
            department=department,
            file_name=name[:200],
            sha256=sha256_of(file.read()),
            kind=ImportKind.ASVS if asvs else ImportKind.SHEET,
            mapping={"columns": {key: sheet.headers[place] for key, place in columns.items()}, "headers": sheet.headers},
            created_by=by,
            created_at=now,
        )
        file.seek(0)
        batch.file.save(name, File(file), save=False)
        batch.save()
        rows = ((row.number, [_text(cell) for cell in row]) for row in sheet.rows)
        lines = (
            rows_of_asvs(rows, headings=sheet.headers, reader=reader) if asvs else rows_of_sheet(rows, headings=sheet.headers, mapping=columns, reader=reader)
        )
        left_out = [] if asvs else [heading for place, heading in enumerate(sheet.headers) if place not in columns.values()]
        batch.counts = stage(batch, lines, dropped_columns=left_out)
        batch.save(update_fields=["counts"])
    return batch


def remap_import(*, batch: RequirementImport, mapping: dict[str, str], by: User) -> RequirementImport:
    """Read the kept file again with other columns; only before anything was applied."""
    with transaction.atomic():
        locked = RequirementImport.objects.select_for_update().get(pk=batch.pk)
        if locked.state != ImportState.CHECKED or locked.kind != ImportKind.SHEET:
            raise CannotImport(_("The columns can only be chosen before the import is applied."))
        with locked.file.open("rb") as kept:
            sheet = read_rows(kept)
            columns = _columns(sheet, mapping)
            if not {"title", "statement"} & set(columns):
                raise CannotImport(_("Choose a column for the title or the statement."))
            rows = ((row.number, [_text(cell) for cell in row]) for row in sheet.rows)
            locked.rows.all().delete()
            locked.mapping = {"columns": mapping, "headers": sheet.headers}
            lines = rows_of_sheet(rows, headings=sheet.headers, mapping=columns, reader=Reader.load())
            locked.counts = stage(locked, lines, dropped_columns=[heading for place, heading in enumerate(sheet.headers) if place not in columns.values()])
        locked.save(update_fields=["mapping", "counts"])
    return locked


def start_import(*, batch: RequirementImport, by: User, now: datetime) -> Job:
    """Apply the batch in the background; asking twice gives the same job."""
    with transaction.atomic():
        locked = RequirementImport.objects.select_for_update().get(pk=batch.pk)
        if locked.state not in (ImportState.CHECKED, ImportState.RUNNING):
            raise CannotImport(_("This import was already applied."))
        locked.state = ImportState.RUNNING
        locked.save(update_fields=["state"])
        return enqueue(
            task="requirements_mgmt.tasks.apply_import",
            by=by,
            title=_("Import %(file)s") % {"file": locked.file_name},
            payload={"batch": locked.pk},
            key=f"requirement-import-{locked.pk}",
            permission=PERMISSION,
            url=locked.get_absolute_url(),
            now=now,
        )


def apply_import(*, batch: RequirementImport, by: User, now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Write what was staged, a chunk per transaction; a second run goes on where the first stopped."""
    left = batch.rows.filter(verdict__in=[ImportVerdict.CREATE, ImportVerdict.UPDATE], applied_at__isnull=True)
    total = left.count()
    done = 0
    with usage_context(surface=Surface.IMPORT):
        while True:
            with transaction.atomic():
                RequirementImport.objects.select_for_update().get(pk=batch.pk)  # two runs of one batch take turns
                rows = list(left.order_by("order")[:CHUNK])
                for row in rows:
                    _apply_row(row, batch=batch, by=by, now=now)
                done += len(rows)
                if progress:
                    progress(done, total)
            if not rows:
                break
        with transaction.atomic():
            batch.counts = {**batch.counts, **_recount(batch)}
            batch.state, batch.applied_at = ImportState.DONE, now
            batch.save(update_fields=["counts", "state", "applied_at"])
            record(by=by, feature="requirements.import.run", verb=Verb.IMPORT, obj=batch, outcome=Outcome.OK)
    return {key: batch.counts.get(key, 0) for key in (*ImportVerdict.values, "rows", "headings")}


def start_undo(*, batch: RequirementImport, by: User, now: datetime) -> Job:
    """Take an applied batch back in the background."""
    if batch.state != ImportState.DONE:
        raise CannotUndo(_("Only an import that was applied can be taken back."))
    return enqueue(
        task="requirements_mgmt.tasks.undo_import",
        by=by,
        title=_("Take back %(file)s") % {"file": batch.file_name},
        payload={"batch": batch.pk},
        key=f"requirement-import-undo-{batch.pk}",
        permission=PERMISSION,
        url=batch.get_absolute_url(),
        now=now,
    )


def undo_import(*, batch: RequirementImport, by: User, now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Delete what the batch created and put back what it changed, the last row first; rows that people worked on since are kept."""
    applied = batch.rows.filter(applied_at__isnull=False)
    total, done = applied.count(), 0
    last = None
    with usage_context(surface=Surface.IMPORT):
        while True:
            with transaction.atomic():
                RequirementImport.objects.select_for_update().get(pk=batch.pk)
                rows = list((applied.filter(order__lt=last) if last is not None else applied).select_related("requirement").order_by("-order")[:CHUNK])
                for row in rows:
                    _undo_row(row, by=by, now=now)
                    last = row.order
                done += len(rows)
                if progress:
                    progress(done, total)
            if not rows:
                break
        with transaction.atomic():
            kept = applied.count()
            batch.counts = {**batch.counts, "undone": total - kept, "kept": kept}
            batch.state, batch.undone_at, batch.undone_by = ImportState.UNDONE, now, by
            batch.save(update_fields=["counts", "state", "undone_at", "undone_by"])
            record(by=by, feature="requirements.import.run", verb=Verb.DELETE, obj=batch, outcome=Outcome.OK)
    return {"undone": total - kept, "kept": kept}


def _columns(sheet: Sheet, mapping: dict[str, str] | None) -> dict[str, int]:
    if mapping is None:
        return map_headings(sheet.headers)
    return {name: sheet.headers.index(heading) for name, heading in mapping.items() if heading in sheet.headers}


def _text(cell: Any) -> str:
    """A cell as the person reads it: 3.0 in a workbook is the number 3."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _apply_row(row: RequirementImportRow, *, batch: RequirementImport, by: User, now: datetime) -> None:
    """Create or update from one staged row; what the service refuses becomes a refused row with the sentence."""
    try:
        with transaction.atomic():
            requirement = _update(row, batch=batch, by=by, now=now) if row.verdict == ImportVerdict.UPDATE else _create(row, batch=batch, by=by, now=now)
    except Refused as refusal:
        row.verdict = ImportVerdict.REFUSE
        row.reasons = [*row.reasons, {"column": "", "field": "", "cell": "", "why": str(refusal)}]
        row.save(update_fields=["verdict", "reasons"])
        return
    row.requirement, row.version_after, row.applied_at = requirement, requirement.version, now
    row.save(update_fields=["requirement", "version_after", "applied_at", "before"])


def _create(row: RequirementImportRow, *, batch: RequirementImport, by: User, now: datetime) -> Requirement:
    values = _resolved(row.values, batch=batch)
    values.setdefault("department", batch.department)
    return create_requirement(rollout=batch.rollout, by=by, now=now, code=row.values.get("code", ""), is_heading=row.is_heading, quiet=True, **values)


def _update(row: RequirementImportRow, *, batch: RequirementImport, by: User, now: datetime) -> Requirement:
    existing = row.requirement
    if existing is None:
        raise CannotImport(_("The requirement is gone."))
    changed = changed_fields(existing, row.values)
    row.before = _as_staged(existing, list(changed))
    return edit_requirement(
        requirement=existing,
        values=_resolved(changed, batch=batch),
        sent_version=existing.version,
        by=by,
        now=now,
        reason=_("Import %(file)s") % {"file": batch.file_name},
        quiet=True,
    )


def _resolved(values: dict[str, Any], *, batch: RequirementImport) -> dict[str, Any]:
    """Staged values (ids, keys, names) as the rows that the services take."""
    ready = {name: value for name, value in values.items() if name not in ("code", "parent", "department", "owner", *NAME_SETS)}
    if "parent" in values:
        ready["parent"] = Requirement.objects.filter(rollout=batch.rollout, code=values["parent"]).first() if values["parent"] else None
    if "department" in values:
        ready["department"] = Department.objects.get(pk=values["department"])
    if "owner" in values:
        ready["owner"] = User.objects.get(pk=values["owner"]) if values["owner"] else None
    for name in ("inputs", "outputs"):
        if name in values:
            ready[name] = data_objects(batch.rollout, values[name])
    if "features" in values:
        ready["features"] = list(Feature.objects.filter(key__in=values["features"]))
    return ready


def _as_staged(existing: Requirement, names: list[str]) -> dict[str, Any]:
    content = existing.content()
    found: dict[str, Any] = {}
    for name in names:
        if name in NAME_SETS:
            found[name] = content[name]
        elif name in ("department", "owner"):
            found[name] = getattr(existing, f"{name}_id")
        elif name == "parent":
            found[name] = existing.parent.code if existing.parent else ""
        else:
            found[name] = getattr(existing, name)
    return found


def _undo_row(row: RequirementImportRow, *, by: User, now: datetime) -> None:
    requirement = row.requirement
    if requirement is None:
        row.applied_at = None
        row.save(update_fields=["applied_at"])
        return
    if requirement.version != row.version_after or requirement.state == RequirementState.DROPPED:
        return
    try:
        with transaction.atomic():
            if row.verdict == ImportVerdict.UPDATE:
                values = _resolved(row.before or {}, batch=row.batch)
                why = _("Import %(file)s was taken back") % {"file": row.batch.file_name}
                edit_requirement(requirement=requirement, values=values, sent_version=requirement.version, by=by, now=now, reason=why, quiet=True)
            else:
                _delete(requirement)
                row.requirement = None
    except (Refused, ProtectedError):
        return
    row.applied_at = None
    row.save(update_fields=["applied_at"])


def _delete(requirement: Requirement) -> None:
    """Delete a requirement that only the import has touched; whoever confirmed, linked, changed or commented on it keeps it alive."""
    if requirement.comments.exists() or requirement.attachments.exists() or Trace.objects.touching("requirement", [requirement.pk]).exists():
        raise CannotUndo(_("People have worked on %(code)s since.") % {"code": requirement.code})
    unindex(requirement)
    requirement.delete()


def _recount(batch: RequirementImport) -> dict[str, int]:
    rows = batch.rows.filter(is_heading=False)
    return {verdict.value: rows.filter(verdict=verdict).count() for verdict in ImportVerdict}
