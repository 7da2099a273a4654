"""Take a whole batch back: created rows go if nobody touched them since, updates are put back, the rest stays with its reason."""

from datetime import datetime
from itertools import islice
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.codes import phone_key
from crm_core.models import Account, AccountContact, BatchState, Contact, ImportBatch, ImportKind, ImportRow, Ownership, RowAction
from crm_core.services.custom_values import drop_keys
from crm_core.services.importing.checking import CHUNK, keep_rows
from crm_core.services.importing.swapping import AT_ONCE
from crm_core.services.importing.unrepeated import hold_again, holders_of, unique_fields
from crm_core.services.importing.writing import LINK_TITLE, keys_of
from crm_core.services.saving import note_history
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.search.services import Entry, bulk_index, unindex
from foundation.usage.models import Verb
from foundation.usage.services import record

REASON = "undo import"
WORK = ("activities", "tasks", "opportunities")
IDLE = Q(version=1, activities__isnull=True, opportunities__isnull=True)  # contacts with which nobody works yet
# What an undo does with a row, or why it stays.
FATES = {
    "delete": gettext_lazy("Taken away: nobody touched it since"),
    "put_back": gettext_lazy("Put back to what it was before"),
    "gone": gettext_lazy("It is gone."),
    "changed": gettext_lazy("Changed since by somebody; it stays."),
    "busy": gettext_lazy("There is work on it since; it stays."),
    "moved": gettext_lazy("It changed hands since; it stays."),
    "shared": gettext_lazy("Contacts were added or changed since; it stays."),
    "taken": gettext_lazy("Another record has its value that must not repeat by now; it stays."),
}


class CannotUndo(Refused):
    """The batch has not been applied, or was undone already."""


@transaction.atomic
def start_undo(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """Say that an applied batch is being undone."""
    if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.APPLIED).update(state=BatchState.UNDOING, done=0):
        raise CannotUndo(_("Only an applied import can be undone."))
    batch.refresh_from_db()


@transaction.atomic
def undo_chunk(*, batch: ImportBatch, by: User, now: datetime) -> int:
    """Undo the last rows not yet looked at; gives how many, 0 at the end."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != BatchState.UNDOING:
        raise CannotUndo(_("This import is not being undone."))
    left = ImportRow.objects.filter(batch=batch, applied=True, undone=False, note="")
    rows = list(left.order_by("-row_no")[:CHUNK])
    if rows:
        rows += _who_has_their_values(locked, rows, left)
        _Undoer(locked, rows, by).undo()
        keep_rows(rows, ["undone", "note"])
        locked.done += len(rows)
        locked.save(update_fields=["done"])
    return len(rows)


def _who_has_their_values(batch: ImportBatch, rows: list[ImportRow], left: models.QuerySet[ImportRow]) -> list[ImportRow]:
    """Earlier rows whose records got, in the same import, values that go back to records of these rows: they are taken back together."""
    model: Any = Contact if batch.kind == ImportKind.CONTACT else Account
    found: dict[int, ImportRow] = {}
    asked = [row for row in rows if row.before and "custom" in row.before] if unique_fields(model) else []
    while asked and len(found) < 2 * AT_ONCE:
        customs = [(row.before or {})["custom"] for row in asked]
        have = holders_of(model, customs)
        wanted = {pk for custom in customs for pk in have.of(custom)} - {row.target_id for row in asked}
        known = {row.pk for row in rows} | found.keys()
        more = [row for row in left.filter(target_id__in=wanted).order_by("-row_no") if row.pk not in known]
        found |= {row.pk: row for row in more}
        asked = [row for row in more if row.before and "custom" in row.before]
    return sorted(found.values(), key=lambda row: -row.row_no)


@transaction.atomic
def finish_undo(*, batch: ImportBatch, by: User, now: datetime) -> dict[str, int]:
    """Close the undo; gives how many rows were taken back and how many stayed."""
    changed = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.UNDOING).update(state=BatchState.UNDONE, undone_at=now)
    batch.refresh_from_db()
    rows = ImportRow.objects.filter(batch=batch, applied=True)
    result = {"undone": rows.filter(undone=True).count(), "kept": rows.filter(undone=False).count()}
    if changed:
        batch.counts = batch.counts | result
        batch.save(update_fields=["counts"])
        record(by=by, feature="crm.import.undo", verb=Verb.UPDATE, obj=batch, now=now)
    return result


def judged_rows(batch: ImportBatch) -> models.QuerySet[ImportRow]:
    """The loaded rows with what an undo would do to each (``fate``): the words of ``FATES``, by the same tests as the undo itself."""
    model: Any = Contact if batch.kind == ImportKind.CONTACT else Account
    target = model.objects.filter(pk=OuterRef("target_id"))
    same = target.filter(version=OuterRef("after_version"))
    # A later row of the same file may have raised the version: it goes back first.
    later = ImportRow.objects.filter(batch=batch, applied=True, undone=False, target_id=OuterRef("target_id"), row_no__gt=OuterRef("row_no"))
    own = model.objects.filter(pk=OuterRef("target_id"), version=OuterRef("after_version"))
    by_later = Exists(later.filter(Exists(own)))
    created = Q(action=RowAction.CREATE)
    busy = Exists(target.filter(_worked_on(model)))
    follows = Q(values__has_key="follows")
    whens = [
        When(follows & Exists(Contact.objects.filter(pk=OuterRef("contact_id")).exclude(IDLE)), then=Value("busy")),
        When(follows, then=Value("delete")),
        When(created & ~Exists(target), then=Value("delete")),
        When(created & (~Exists(same.filter(deleted_at__isnull=True))) & ~by_later, then=Value("changed")),
        When(created & busy, then=Value("busy")),
    ]
    if model is Account:
        links = AccountContact.objects.filter(account=OuterRef("target_id"))
        strange = links.filter(~Exists(ImportRow.objects.filter(batch=batch, contact_id=OuterRef("contact_id"), applied=True)) | Q(contact__version__gt=1))
        moved = Ownership.objects.filter(account=OuterRef("target_id")).values("account").annotate(hands=Count("pk")).filter(hands__gt=1)
        whens += [When(created & Exists(moved), then=Value("moved")), When(created & Exists(strange), then=Value("shared"))]
    whens += [
        When(created, then=Value("delete")),
        When(~Exists(target), then=Value("gone")),
        When(~Exists(same) & ~by_later, then=Value("changed")),
        *([When(pk__in=taken, then=Value("taken"))] if (taken := _taken(batch, model)) else []),
    ]
    rows = ImportRow.objects.filter(batch=batch, applied=True, undone=False)
    return rows.annotate(fate=Case(*whens, default=Value("put_back"), output_field=models.CharField()))


def preview_undo(batch: ImportBatch) -> dict[str, int]:
    """How many rows an undo would take away, put back, or leave for which reason; nothing is written."""
    return dict(judged_rows(batch).order_by().values_list("fate").annotate(Count("pk")))  # type: ignore[misc]  # the stubs lose what annotate added


def _taken(batch: ImportBatch, model: Any) -> list[int]:
    """Rows whose record could not have its former unrepeatable value back, because another record has it by now."""
    rows = ImportRow.objects.filter(batch=batch, applied=True, undone=False, before__has_key="custom").exclude(action=RowAction.CREATE)
    if not unique_fields(model):
        return []
    own = set(ImportRow.objects.filter(batch=batch, applied=True, undone=False).values_list("target_id", flat=True))
    found: list[int] = []
    known = rows.order_by("row_no").only("pk", "target_id", "before").iterator(chunk_size=CHUNK)
    while part := [(row, (row.before or {})["custom"]) for row in islice(known, CHUNK)]:
        held = holders_of(model, [custom for _row, custom in part])
        # Who got it by this very import gives it back in the same undo.
        found += [row.pk for row, custom in part if (held.of(custom) - {row.target_id}) - own]
    return found


def _custom_before(rows: list[ImportRow]) -> dict[str, Any] | None:
    """The custom values that the record goes back to: those before the first of the rows, which come in reverse; None when they do not change."""
    return next((row.before["custom"] for row in reversed(rows) if row.before and "custom" in row.before), None)


def _worked_on(model: Any) -> Q:
    condition = Q()
    for name in [name for name in WORK if hasattr(model, name)]:
        condition |= Q(**{f"{name}__isnull": False})
    return condition


class _Undoer:
    """Takes the rows of one chunk back, the last of the file first."""

    def __init__(self, batch: ImportBatch, rows: list[ImportRow], by: User):
        self.batch, self.rows, self.by = batch, rows, by
        self.model: Any = Contact if batch.kind == ImportKind.CONTACT else Account
        self.targets = {row.pk: row for row in self.model.objects.select_for_update(of=("self",)).filter(pk__in=[row.target_id for row in rows]).order_by("pk")}
        self.contact_ids = {row.contact_id for row in rows if row.contact_id}

    def undo(self) -> None:
        """Mark every row as undone, or say why it stays."""
        following = [row for row in self.rows if (row.values or {}).get("follows")]
        self._undo_following(following)
        self._undo_created([row for row in self.rows if row.action == RowAction.CREATE])
        self._undo_changes([row for row in self.rows if row.action != RowAction.CREATE and row not in following])
        for row in self.rows:
            row.undone = not row.note

    def _undo_following(self, rows: list[ImportRow]) -> None:
        """Contacts that were added to the customers of earlier rows; before those, which stay when a contact stays."""
        if not rows:
            return
        pks = [row.contact_id for row in rows if row.contact_id]
        self._take_contacts(pks)
        left = set(Contact.objects.filter(pk__in=pks).values_list("pk", flat=True))
        self.contact_ids -= left
        for row in rows:
            if row.contact_id in left:
                row.note = _("There is work on it since; it stays.")

    def _undo_created(self, rows: list[ImportRow]) -> None:
        busy, moved, shared = self._busy(), self._moved(), self._shared()
        gone = []
        for row in rows:
            target = self.targets.get(row.target_id or 0)
            if target is None:
                continue
            if target.version != row.after_version or target.deleted_at:
                row.note = _("Changed since by somebody; it stays.")
            elif target.pk in busy:
                row.note = _("There is work on it since; it stays.")
            elif target.pk in moved:
                row.note = _("It changed hands since; it stays.")
            elif target.pk in shared:
                row.note = _("Contacts were added or changed since; it stays.")
            else:
                gone.append(row)
        self._delete(gone)

    def _busy(self) -> set[int]:
        """Records on which somebody has worked."""
        if not self.targets:
            return set()
        return set(self.model.objects.filter(_worked_on(self.model), pk__in=self.targets).values_list("pk", flat=True))

    def _moved(self) -> set[int]:
        if self.model is not Account:
            return set()
        return set(Account.objects.filter(pk__in=self.targets).annotate(hands=Count("ownerships")).filter(hands__gt=1).values_list("pk", flat=True))

    def _shared(self) -> set[int]:
        """Accounts with a contact that is not of this import, or that somebody changed."""
        if self.model is not Account:
            return set()
        links = AccountContact.objects.filter(account__in=self.targets)
        return set(links.filter(~Q(contact__in=self.contact_ids) | Q(contact__version__gt=1)).values_list("account_id", flat=True))

    def _delete(self, rows: list[ImportRow]) -> None:
        contacts = list(Contact.objects.filter(pk__in=[row.contact_id for row in rows if row.contact_id]))
        targets = [self.targets[row.target_id] for row in rows if row.target_id]
        try:
            with transaction.atomic():
                for model, found in ((Contact, contacts), (self.model, targets)):
                    self._delete_all(model, found)
        except models.ProtectedError:  # something else points at one of them: find out which
            for row in rows:
                self._delete_one(row, [contact for contact in contacts if contact.pk == row.contact_id])

    def _delete_one(self, row: ImportRow, contacts: list[Contact]) -> None:
        try:
            with transaction.atomic():
                self._delete_all(Contact, contacts)
                self._delete_all(self.model, [self.targets[row.target_id or 0]])
        except models.ProtectedError:
            row.note = _("There is work on it since; it stays.")

    def _delete_all(self, model: Any, found: list[Any]) -> None:
        if not found:
            return
        pks = [one.pk for one in found]
        for one in found:
            unindex(one)
        drop_keys(found)
        model.objects.filter(pk__in=pks).delete()
        model.history.filter(id__in=pks, history_type="-").update(history_user=self.by, history_change_reason=REASON)

    # --- updates ------------------------------------------------------------------------------------
    def _undo_changes(self, rows: list[ImportRow]) -> None:
        """Put back what was there before; of several rows about one record the last goes first."""
        back: dict[int, list[ImportRow]] = {}
        for row in rows:
            target = self.targets.get(row.target_id or 0)
            if target is None:
                row.note = _("It is gone.")
            elif target.pk not in back and target.version != row.after_version:
                row.note = _("Changed since by somebody; it stays.")
            else:
                back.setdefault(target.pk, []).append(row)
        for pk in hold_again(self.model, {pk: _custom_before(mine) for pk, mine in back.items()}):
            for row in back.pop(pk):
                row.note = _("Another record has its value that must not repeat by now; it stays.")
        fields: set[str] = set()
        for pk, mine in back.items():
            for row in mine:
                before = dict(row.before or {})
                self._put_title_back(before.pop(LINK_TITLE, None))
                fields |= before.keys()
                for key, value in before.items():
                    setattr(self.targets[pk], key, value)
        self._save([self.targets[pk] for pk in back], fields)
        self._take_contacts([row.contact_id for row in rows if row.contact_id and not row.note])

    def _put_title_back(self, kept: list[Any] | None) -> None:
        if kept and (link := AccountContact.objects.filter(pk=kept[0]).first()):
            link.title = kept[1]
            link.save(update_fields=["title"])

    def _save(self, targets: list[Any], fields: set[str]) -> None:
        if not targets:
            return
        for target in targets:
            target.version += 1
            target.phone_key, target.updated_at = phone_key(target.phone) if target.phone else "", timezone.now()
            target.set_keys()
        self.model.objects.bulk_create(targets, update_conflicts=True, unique_fields=["id"], update_fields=sorted(fields | keys_of(self.model)))
        note_history(targets, by=self.by, reason=REASON)
        bulk_index((target, Entry(**target.search_entry())) for target in targets)
        earlier = ImportRow.objects.filter(batch=self.batch, applied=True, undone=False, note="").exclude(pk__in=[row.pk for row in self.rows])
        others = set(earlier.filter(target_id__in=[target.pk for target in targets]).values_list("target_id", flat=True))
        for target in targets:  # rows of the same file about the same record: the version they wait for is ours
            if target.pk in others:
                earlier.filter(target_id=target.pk).exclude(action=RowAction.CREATE).update(after_version=target.version)

    def _take_contacts(self, pks: list[int]) -> None:
        """Contacts that an update brought go too, unless somebody works with them."""
        idle = Contact.objects.filter(IDLE, pk__in=pks)
        self._delete_all(Contact, list(idle))
