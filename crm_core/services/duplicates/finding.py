"""The search for duplicates over the whole base, or over what changed: block after block, in bounded memory, to be gone on with after a kill.

Rows are brought together by equal values of indexed columns (a block) or by standing beside each other in the order of their names; only
rows of one block are compared. The base is read in the order of each column, so that nothing but the blocks in hand is in memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rapidfuzz.fuzz import ratio

from crm_core import notices
from crm_core.models import UNDECIDED, AccountContact, DuplicatePair, DuplicateRun, PairState, RunKind, Subject
from crm_core.services.duplicates.facts import Kind, kind_of, load, person_keys
from crm_core.services.duplicates.matching import DEEP, matches_of_rows
from crm_core.services.duplicates.scoring import Scorer
from foundation.integrity import Refused
from foundation.jobs.models import OPEN_STATES
from foundation.loading import revise
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

READ = 20_000  # rows of one column read at once
WIDE = 40  # a block up to this size is compared row with row, a bigger one with its neighbours only
WINDOW = 6
NEAR = 4
LOAD = 2_000
WRITE = 500
MOST = 10  # so many rows belong together at most: as many as can be merged at once
OVERLAP = timedelta(minutes=5)
Progress = Callable[[int, int], None]


class CannotSearch(Refused):
    """A search is under way already."""


@dataclass
class Step:
    """What one step read: which rows to compare, where the next step goes on, how many rows that were."""

    pairs: set[tuple[int, int]] = field(default_factory=set)
    cursor: dict[str, Any] | None = None
    rows: int = 0


# --- starting and ending -------------------------------------------------------------------------------
@transaction.atomic
def start_search(*, subject: str, by: User | None, now: datetime, kind: str = RunKind.FULL) -> DuplicateRun:
    """Begin a search, or go on with one that was killed; raises CannotSearch while another one is at work."""
    standing = DuplicateRun.objects.select_related("job").filter(subject=subject, finished_at__isnull=True).first()
    if standing is None:
        try:
            with transaction.atomic():
                return DuplicateRun.objects.create(subject=subject, kind=kind, started_by=by, started_at=now)
        except IntegrityError:
            standing = None
    if standing is None or (standing.job is not None and standing.job.state in OPEN_STATES):
        raise CannotSearch(_("A search for duplicates is under way already. Wait until it has finished."))
    return standing


def search(*, run: DuplicateRun, progress: Progress | None = None) -> DuplicateRun:
    """Go through all steps that are left, then count and group what was found."""
    model = kind_of(run.subject).model
    stages = len(_stages(run))
    total = model.objects.live().count() * stages
    scorer = Scorer(run.subject)
    while search_step(run=run, scorer=scorer):
        if progress:
            progress(min(int(run.cursor.get("rows", 0)), total), total)
    return finish_search(run=run, now=timezone.now())


def search_step(*, run: DuplicateRun, scorer: Scorer | None = None) -> bool:
    """Read, compare and write one step; False at the end. Two runners of one search do each step once, or twice without harm."""
    scorer = scorer or Scorer(run.subject)
    before = dict(run.cursor)
    stages = _stages(run)
    place = int(before.get("stage", 0))
    if place >= len(stages):
        return False
    step = stages[place](run, before)
    found = _scored(kind_of(run.subject), step.pairs, scorer)
    after = step.cursor if step.cursor is not None else {"stage": place + 1}
    after["rows"] = int(before.get("rows", 0)) + step.rows
    return _write(run, before, after, found, scorer)


def _write(run: DuplicateRun, before: dict[str, Any], after: dict[str, Any], found: list[DuplicatePair], scorer: Scorer) -> bool:
    """The pairs of a step, in short transactions, and with the last of them the place to go on at."""
    for start in range(0, max(len(found), 1), WRITE):
        is_last = start + WRITE >= len(found)
        with transaction.atomic():
            locked = DuplicateRun.objects.select_for_update().get(pk=run.pk)
            if locked.finished_at is not None or locked.cursor != before:
                run.refresh_from_db()  # somebody else did this step
                return locked.finished_at is None
            _save_pairs(run, found[start : start + WRITE])
            if is_last:
                locked.cursor = after
                locked.save(update_fields=["cursor"])
    run.cursor = after
    return True


def _save_pairs(run: DuplicateRun, found: list[DuplicatePair]) -> None:
    if not found:
        return
    for pair in found:
        pair.run_id = run.pk
    DuplicatePair.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["subject", "left_id", "right_id"], update_fields=["score", "is_certain", "reasons", "run_id"]
    )


def finish_search(*, run: DuplicateRun, now: datetime) -> DuplicateRun:
    """Pairs that are alike no more leave the queue, those that are again come back; count, group, tell. Done anew after a kill, without harm."""
    pairs = DuplicatePair.objects.filter(subject=run.subject)
    with transaction.atomic():
        if DuplicateRun.objects.select_for_update().get(pk=run.pk).finished_at is not None:
            run.refresh_from_db()
            return run
        pairs.filter(state=PairState.GONE, run_id=run.pk).update(state=PairState.OPEN)
        if run.kind == RunKind.FULL:
            pairs.filter(state__in=UNDECIDED).exclude(run_id=run.pk).update(state=PairState.GONE)
    groups = group_pairs(run.subject)  # in short transactions of its own: of very many pairs it takes a while
    with transaction.atomic():
        locked = DuplicateRun.objects.select_for_update().get(pk=run.pk)
        if locked.finished_at is None:
            certain = pairs.filter(state__in=UNDECIDED, is_certain=True).count()
            every = pairs.filter(state__in=UNDECIDED).count()
            locked.counts = {"pairs": every, "groups": groups, "certain": certain, "probable": every - certain, "rows": int(locked.cursor.get("rows", 0))}
            locked.finished_at = now
            locked.save(update_fields=["counts", "finished_at"])
            if locked.started_by is not None:
                record(by=locked.started_by, feature="crm.duplicate.find", verb=Verb.RUN, obj=locked, now=now)
                notices.duplicates_found(run=locked)
    run.refresh_from_db()
    return run


# --- stages: how the base is read ------------------------------------------------------------------------
Stage = Callable[[DuplicateRun, dict[str, Any]], Step]


def _stages(run: DuplicateRun) -> list[Stage]:
    kind = kind_of(run.subject)
    if run.kind == RunKind.CHANGED:
        return [_changed_rows]
    stages: list[Stage] = [_column_stage(kind, column) for column in kind.columns]
    stages += [_near_stage(kind, column) for column in kind.near]
    if kind.subject == Subject.CONTACT:
        stages += [_same_account_rows, _custom_facts]
    return stages


def _column_stage(kind: Kind, column: str) -> Stage:
    return lambda run, cursor: _column_rows(kind, column, cursor)


def _near_stage(kind: Kind, column: str) -> Stage:
    return lambda run, cursor: _near_rows(kind, column, cursor)


def _column_rows(kind: Kind, column: str, cursor: dict[str, Any]) -> Step:
    """Rows with the same value; of a company's own word only those that bear nothing but it, each with the others."""
    by_word = column == "name_brand"
    fields = (column, "pk", "name_core") if by_word else (column, "pk")
    rows = list(kind.model.objects.live().filter(**{f"{column}__gt": cursor.get("after", "")}).order_by(column, "pk").values_list(*fields)[:READ])
    step = Step(rows=len(rows))
    if len(rows) == READ:
        last = rows[-1][0]
        whole = [row for row in rows if row[0] != last]
        rows = whole or rows  # one value on very many rows: the first of them stand for all
        step.cursor = {"stage": cursor.get("stage", 0), "after": rows[-1][0]}
        step.rows = len(rows)
    for block in _blocks(rows):
        if by_word:
            words = [row[1] for row in block if row[2] == row[0]][:WIDE]
            step.pairs |= {_ordered(word, row[1]) for word in words for row in block[: WIDE * 5] if row[1] != word}
        else:
            step.pairs.update(_within([row[1] for row in block]))
    return step


def _blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    block: list[tuple[Any, ...]] = []
    for row in rows:
        if block and row[0] != block[0][0]:
            if len(block) > 1:
                yield block
            block = []
        block.append(row)
    if len(block) > 1:
        yield block


def _within(pks: list[int]) -> Iterator[tuple[int, int]]:
    """Pairs of a block: all of a small one, neighbours of a big one."""
    if len(pks) <= WIDE:
        yield from (_ordered(a, b) for a, b in combinations(pks, 2))
    else:
        for place, pk in enumerate(pks):
            for other in pks[place + 1 : place + 1 + WINDOW]:
                yield _ordered(pk, other)


def _near_rows(kind: Kind, column: str, cursor: dict[str, Any]) -> Step:
    """Neighbours in the order of names: a slip further on leaves two names beside each other."""
    rows = list(kind.model.objects.live().filter(**{f"{column}__gt": cursor.get("after", "")}).order_by(column, "pk").values_list(column, "pk")[:READ])
    step = Step(rows=len(rows))
    if len(rows) == READ and READ > NEAR and rows[-NEAR - 1][0] > rows[0][0]:
        step.cursor = {"stage": cursor.get("stage", 0), "after": rows[-NEAR - 1][0]}
    elif len(rows) == READ:
        step.cursor = {"stage": cursor.get("stage", 0), "after": rows[-1][0]}
    names = _one_each(rows)
    for place, (name, pks) in enumerate(names):
        for other, others in names[place + 1 : place + 1 + NEAR]:
            if name[0] == other[0] and ratio(name, other, score_cutoff=80):
                step.pairs |= {_ordered(a, b) for a in pks for b in others}
    return step


def _one_each(rows: Iterable[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    """Each name once, with a few of the rows that bear it."""
    names: list[tuple[str, list[int]]] = []
    for name, pk in rows:
        if names and names[-1][0] == name:
            if len(names[-1][1]) < NEAR:
                names[-1][1].append(pk)
        else:
            names.append((name, [pk]))
    return names


def _same_account_rows(run: DuplicateRun, cursor: dict[str, Any]) -> Step:
    """People at the same account, by account."""
    rows = list(
        AccountContact.objects.filter(account_id__gt=cursor.get("after", 0), contact__deleted_at__isnull=True)
        .order_by("account_id", "contact_id")
        .values_list("account_id", "contact_id")[:READ]
    )
    step = Step(rows=len(rows))
    if len(rows) == READ:
        rows = [row for row in rows if row[0] != rows[-1][0]] or rows
        step.cursor = {"stage": cursor.get("stage", 0), "after": rows[-1][0]}
        step.rows = len(rows)
    for block in _blocks(rows):
        step.pairs.update(pair for pair in _within(sorted({row[1] for row in block})))
    return step


def _custom_facts(run: DuplicateRun, cursor: dict[str, Any]) -> Step:
    """People with the same number, birthday or address in their custom fields; only digests of these are kept in memory."""
    kind = kind_of(run.subject)
    step, blocks = Step(), defaultdict(list)
    if "custom" not in kind.fields:
        return step
    rows = kind.model.objects.live().exclude(custom={}).order_by("pk").values_list(*kind.fields)
    for facts in load(run.subject, rows.iterator(chunk_size=LOAD)):
        step.rows += 1
        for key in person_keys(facts):
            blocks[hash(key)].append(facts.pk)
    for pks in blocks.values():
        if 1 < len(pks) <= WIDE * 2:
            step.pairs.update(_ordered(a, b) for a, b in combinations(pks, 2))
    return step


def _changed_rows(run: DuplicateRun, cursor: dict[str, Any]) -> Step:
    """Rows touched since the last search, each asked for as if it were typed anew; pairs of theirs that do not come back leave the queue."""
    kind = kind_of(run.subject)
    changed = kind.model.objects.filter(pk__gt=cursor.get("after", 0), updated_at__gte=changed_since(run)).order_by("pk")
    pks = list(changed.values_list("pk", flat=True)[:DEEP])
    step = Step(rows=len(pks))
    if not pks:
        return step
    step.cursor = {"stage": 0, "after": pks[-1]}
    asked = list(load(run.subject, kind.model.objects.live().filter(pk__in=pks).values_list(*kind.fields)))
    for facts, others in zip(asked, matches_of_rows(kind, asked), strict=True):
        step.pairs |= {_ordered(facts.pk, other) for other in others if other != facts.pk}
    DuplicatePair.objects.touching(run.subject, pks).undecided().update(state=PairState.GONE)  # those still alike come back at the end of the run
    return step


def changed_since(run: DuplicateRun) -> datetime:
    """The beginning of the last finished search, with a little overlap for transactions that were under way."""
    last = DuplicateRun.objects.filter(subject=run.subject, finished_at__isnull=False, pk__lt=run.pk).order_by("-pk").first()
    return (last.started_at if last else run.started_at - timedelta(days=36500)) - OVERLAP


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


# --- comparing and grouping -----------------------------------------------------------------------------------
def _scored(kind: Kind, pairs: set[tuple[int, int]], scorer: Scorer) -> list[DuplicatePair]:
    """The probable ones among the pairs of a step, ready to be written."""
    listed, found = sorted(pairs), []
    facts: dict[int, Any] = {}
    for start in range(0, len(listed), LOAD):
        part = listed[start : start + LOAD]
        needed = {pk for pair in part for pk in pair}
        facts = {pk: kept for pk, kept in facts.items() if pk in needed}
        rows = kind.model.objects.live().filter(pk__in=needed - facts.keys()).order_by().values_list(*kind.fields)
        facts |= {row.pk: row for row in load(kind.subject, rows)}
        scored = []
        for left, right in part:
            if left in facts and right in facts:
                score = scorer.score(facts[left], facts[right])
                if scorer.is_probable(score.points):
                    scored.append((left, right, score))
        owners = dict(kind.model.objects.filter(pk__in={pk for left, right, _score in scored for pk in (left, right)}).values_list("pk", "owner_id"))
        for left, right, score in scored:
            pair = DuplicatePair(subject=kind.subject, left_id=left, right_id=right, score=score.points, is_certain=scorer.is_certain(score.points))
            pair.reasons = [[reason.key, reason.strength] for reason in score.reasons]
            if owners.get(left) == owners.get(right):
                pair.assigned_to_id = owners.get(left)
            found.append(pair)
    return found


def group_pairs(subject: str) -> int:
    """Give pairs that hang together one group, the best first and at most ten rows in each; gives the number of groups."""
    parent: dict[int, int] = {}
    size: dict[int, int] = {}

    def root(pk: int) -> int:
        while parent.setdefault(pk, pk) != pk:
            parent[pk] = parent[parent[pk]]
            pk = parent[pk]
        return pk

    pairs = DuplicatePair.objects.filter(subject=subject).undecided()
    for left, right in pairs.order_by("-score", "pk").values_list("left_id", "right_id").iterator(chunk_size=LOAD):
        a, b = sorted((root(left), root(right)))
        if a != b and size.get(a, 1) + size.get(b, 1) <= MOST:
            parent[b] = a
            size[a] = size.get(a, 1) + size.get(b, 1)
    after = 0
    while part := list(pairs.filter(pk__gt=after).order_by("pk").values_list("pk", "left_id", "right_id", "group")[:LOAD]):
        after = part[-1][0]
        changed = []
        for pk, left, right, group in part:
            a, b = root(left), root(right)
            wanted = a if a == b and size.get(a, 1) > 2 else None
            if group != wanted:
                changed.append(DuplicatePair(pk=pk, group=wanted))
        with transaction.atomic():
            revise(DuplicatePair, changed, ["group"])
    return len({root(pk) for pk in list(parent)})
