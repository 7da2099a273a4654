"""Trace links read from one end: what is at the other, and whether either end has changed since they were joined."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.reading import read_together
from requirements_mgmt.models import Trace, TraceKind
from requirements_mgmt.trace_types import TraceType, trace_types

BACKWARDS = {
    TraceKind.REFINES: lambda: pgettext("trace", "is refined by"),
    TraceKind.DEPENDS: lambda: pgettext("trace", "is needed by"),
    TraceKind.CONFLICTS: lambda: pgettext("trace", "conflicts with"),
    TraceKind.SATISFIES: lambda: pgettext("trace", "is satisfied by"),
    TraceKind.VERIFIES: lambda: pgettext("trace", "is verified by"),
    TraceKind.DOCUMENTS: lambda: pgettext("trace", "is documented by"),
    TraceKind.MEASURES: lambda: pgettext("trace", "is measured by"),
}


@dataclass
class LinkEnd:
    """A link as seen from one thing: the words of the link, the other end, and what is suspect."""

    trace: Trace
    phrase: str | Promise
    kind_label: Any
    title: str
    url: str
    is_outgoing: bool
    is_visible: bool = True
    is_gone: bool = False
    changed_here: bool = False
    changed_there: bool = False

    @property
    def is_suspect(self) -> bool:
        """Whether an end says something else than when the link was made or last checked."""
        return self.changed_here or self.changed_there or self.is_gone


def links_of(row: models.Model, user: Any) -> list[LinkEnd]:
    """Every link of a thing; ends that the person may not see are counted but not named. All kinds of ends are read together."""
    types = trace_types()
    here = next(entry for entry in types.values() if entry.model is type(row))
    traces = list(Trace.objects.touching(here.key, [row.pk]).select_related("created_by"))
    wanted: dict[str, set[int]] = defaultdict(set)
    sides = []
    for trace in traces:
        outgoing = trace.source_type == here.key and trace.source_id == row.pk
        kind, pk = (trace.target_type, trace.target_id) if outgoing else (trace.source_type, trace.source_id)
        wanted[kind].add(pk)
        sides.append((trace, outgoing, kind, pk))
    seen = _by_key({kind: types[kind].visible(user).filter(pk__in=ids) for kind, ids in wanted.items() if kind in types})
    hidden = _alive({kind: ids - set(seen.get(kind, {})) for kind, ids in wanted.items()}, types)
    pin = here.pin(row)
    ends = [
        _end(trace, outgoing, types.get(kind), seen.get(kind, {}).get(pk) or hidden.get((kind, pk)), (kind, pk) in hidden, pin)
        for trace, outgoing, kind, pk in sides
    ]
    return sorted(ends, key=lambda end: (not end.is_suspect, str(end.phrase), end.title))


def _by_key(rows: dict[str, models.QuerySet]) -> dict[str, dict[int, models.Model]]:
    """The rows of each kind by their keys, all kinds read together."""
    read_together(*rows.values())
    return {kind: {row.pk: row for row in found} for kind, found in rows.items()}


def _alive(ids: dict[str, set[int]], types: dict[str, TraceType]) -> dict[tuple[str, int], models.Model]:
    """Ends outside the person's sight that still exist: their hash may be compared, their words not shown."""
    found = _by_key({kind: types[kind].model._default_manager.filter(pk__in=pks) for kind, pks in ids.items() if pks and kind in types})
    return {(kind, pk): row for kind, rows in found.items() for pk, row in rows.items()}


def _end(trace: Trace, outgoing: bool, entry: TraceType | None, other: models.Model | None, hidden: bool, pin: str) -> LinkEnd:
    kind = TraceKind(trace.kind)
    pinned_here, pinned_there = (trace.source_hash, trace.target_hash) if outgoing else (trace.target_hash, trace.source_hash)
    gone = other is None or entry is None
    title = _("This is gone") if gone else _("Something that you may not see") if hidden else str(other)
    return LinkEnd(
        trace=trace,
        phrase=kind.label if outgoing else BACKWARDS[kind](),
        kind_label=entry.label if entry else trace.target_type,
        title=title,
        url="" if gone or hidden or entry is None or other is None else entry.address(other),
        is_outgoing=outgoing,
        is_visible=not hidden and not gone,
        is_gone=gone,
        changed_here=pinned_here != pin,
        changed_there=bool(entry and other is not None and entry.pin(other) != pinned_there),
    )


def suspect_ids(ids: Iterable[int]) -> set[int]:
    """Of requirements, those with a link whose requirement end changed; a fixed number of queries for any number of rows."""
    wanted = list(ids)
    traces = list(Trace.objects.touching("requirement", wanted))
    entry = trace_types()["requirement"]
    ends = {trace.source_id for trace in traces if trace.source_type == "requirement"} | {
        trace.target_id for trace in traces if trace.target_type == "requirement"
    }
    pins: dict[int, str] = dict(entry.model._default_manager.filter(pk__in=ends).values_list("pk", "content_hash"))
    found: set[int] = set()
    for trace in traces:
        changed = (trace.source_type == "requirement" and pins.get(trace.source_id) != trace.source_hash) or (
            trace.target_type == "requirement" and pins.get(trace.target_id) != trace.target_hash
        )
        if changed:
            found |= {pk for kind, pk in ((trace.source_type, trace.source_id), (trace.target_type, trace.target_id)) if kind == "requirement"}
    return found & set(wanted)
