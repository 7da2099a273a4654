"""What the manager decides before the load: rows that may be here already, that belong to somebody else, and words nobody knows."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import BatchState, Decision, ImportBatch, ImportRow, ImportWord
from crm_core.services.importing.checking import CHUNK, DECIDABLE, PLANNED, counts_of, keep_rows
from crm_core.services.importing.planning import Planner
from crm_core.services.importing.words import is_choice, is_matchable
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.text import fold
from foundation.usage.models import Verb
from foundation.usage.services import record

DECIDED = [*PLANNED, "decision", "decided_by", "decided_at"]


class CannotDecide(Refused):
    """The batch is not waiting for decisions, or there is nothing to choose from."""


def decide_rows(
    *,
    batch: ImportBatch,
    decision: str,
    by: User,
    now: datetime,
    rows: list[int] | None = None,
    question: str = "",
    target: int | None = None,
    was: str | None = None,
) -> int:
    """Decide about rows in question: those given by number, else all that are open of one kind or of all; gives how many.

    ``was`` is the decision that the person saw standing: when another was taken meanwhile, this one is refused.
    """
    if batch.state not in DECIDABLE:
        raise CannotDecide(_("Rows are decided after the check and before the import."))
    if decision not in Decision.values:
        raise CannotDecide(_("Say what to do with the row."))
    asked = ImportRow.objects.filter(batch=batch, applied=False).exclude(question="")
    asked = asked.filter(row_no__in=rows) if rows is not None else asked.filter(decision="")
    if question:
        asked = asked.filter(question=question)
    planner, after, done = Planner(batch, by), 0, 0
    while chunk := list(asked.filter(row_no__gt=after).order_by("row_no")[:CHUNK]):
        after = chunk[-1].row_no
        if was is not None and (other := next((row for row in chunk if row.decision != was), None)):
            raise CannotDecide(_meanwhile(other))
        done += (decided := _decide(planner, chunk, decision, by, now, target))
        if was is not None and decided < len(chunk):
            _refuse_if_decided(batch, [row.row_no for row in chunk], was, by, now)
    if was is not None and rows is not None and done < len(rows):  # the decision of somebody else may have ended the question
        _refuse_if_decided(batch, rows, was, by, now)
    batch.counts = counts_of(batch)
    batch.save(update_fields=["counts"])
    if done:
        record(by=by, feature="crm.import.decide", verb=Verb.CONFIRM, obj=batch, now=now)
    return done


def _refuse_if_decided(batch: ImportBatch, rows: list[int], was: str, by: User, now: datetime) -> None:
    """Raise CannotDecide when somebody else has decided about one of the rows since this person looked."""
    others = ImportRow.objects.filter(batch=batch, row_no__in=rows).exclude(decision__in=["", was]).exclude(decided_by=by, decided_at=now)
    if other := others.select_related("decided_by").order_by("row_no").first():
        raise CannotDecide(_meanwhile(other))


def _meanwhile(row: ImportRow) -> str:
    return _("%(person)s has decided about row %(row)d meanwhile: %(decision)s. Look again.") % {
        "person": row.decided_by or "-",
        "row": row.row_no,
        "decision": row.get_decision_display(),
    }


def _decide(planner: Planner, chunk: list[ImportRow], decision: str, by: User, now: datetime, target: int | None) -> int:
    seen = {row.pk: (row.decision, row.decided_at) for row in chunk}
    for row in chunk:
        pks = [one["pk"] for one in row.candidates if one["pk"]]
        if decision in (Decision.UPDATE, Decision.MERGE) and not pks:
            continue  # the one it may be is not to be seen: it can only be created or skipped
        row.decision, row.decided_by, row.decided_at = decision, by, now
        row.target_id = (target if target in pks else pks[0]) if decision in (Decision.UPDATE, Decision.MERGE) else None
    for plan in planner.plan(chunk):
        plan.settle()
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().only("state").get(pk=planner.batch.pk)
        if batch.state not in DECIDABLE:
            raise CannotDecide(_("Rows are decided after the check and before the import."))
        # Rows that somebody else decided while these were planned stay as that person wanted them.
        standing = {row.pk: (row.decision, row.decided_at) for row in ImportRow.objects.filter(pk__in=seen).only("decision", "decided_at")}
        chunk = [row for row in chunk if standing.get(row.pk) == seen[row.pk]]
        keep_rows(chunk, DECIDED)
    return sum(1 for row in chunk if row.decision == decision)


@transaction.atomic
def forget_word(*, batch: ImportBatch, word: int, by: User, now: datetime) -> None:
    """Take back what a word of the batch's source was matched to; the rows are to be checked again."""
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKED):
        raise CannotDecide(_("This import is past matching."))
    gone, _by_model = ImportWord.objects.filter(source=batch.source_key, pk=word).delete()
    if not gone:
        raise CannotDecide(_("This word is not matched any more."))
    record(by=by, feature="crm.import.words", verb=Verb.UPDATE, obj=batch, now=now)


@transaction.atomic
def match_words(*, batch: ImportBatch, words: dict[tuple[str, str], str], by: User, now: datetime) -> int:
    """Say what words of a source stand for ('' leaves them out); kept for its next file. The rows are to be checked again."""
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKED):
        raise CannotDecide(_("This import is past matching."))
    for (field, word), code in words.items():
        if not is_matchable(field) or (code and not is_choice(field, code)):
            raise CannotDecide(_("“%(code)s” is no value that can be chosen here.") % {"code": code})
        facts = {"word": word[:200], "code": code, "decided_by": by, "decided_at": now}
        ImportWord.objects.update_or_create(source=batch.source_key, field=field, word_fold=fold(word)[:200], defaults=facts)
    if words:
        record(by=by, feature="crm.import.words", verb=Verb.UPDATE, obj=batch, now=now)
    return len(words)
