"""The flow lint of a rollout: its rows read into the graph of ``requirements_mgmt.flow``, and what is found told with codes and names."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from implementation.models import Rollout
from requirements_mgmt.flow import KINDS, Channel, Datum, Fault, Flow, Step, lint_flow
from requirements_mgmt.models import DataObject, FindingAcceptance, Interface, InterfaceState, Requirement, System
from requirements_mgmt.models.requirement import code_key
from requirements_mgmt.reports.flow_words import sentence

KEPT = 60  # so many requirements and data objects of one finding are kept by name
WORDS = 2_000


@dataclass
class Names:
    """What the keys of the graph are called."""

    steps: dict[int, tuple[str, str]] = field(default_factory=dict)
    data: dict[int, tuple[str, str]] = field(default_factory=dict)
    systems: dict[int, tuple[str, str]] = field(default_factory=dict)
    interfaces: dict[int, Interface] = field(default_factory=dict)


class Finding:
    """One finding of the lint; ``message`` is in the language of whoever asks."""

    def __init__(self, fault: Fault, names: Names):
        self.fault, self._names = fault, names
        self.kind = fault.kind
        self.rank = KINDS.index(fault.kind)
        self.steps = _by_name(fault.steps, names.steps)
        self._data = _by_name(fault.data, names.data)

    @property
    def requirements(self) -> list[str]:
        """Codes, sorted."""
        return [self._names.steps[key][0] for key in self.steps]

    @property
    def data(self) -> list[str]:
        """Names of data objects, sorted."""
        return [self._names.data[key][0] for key in self._data]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the finding is about: kind, requirements, data objects, systems and interface; renaming one changes nothing.

        For several masters and for an interface the requirements around do not count: the fault is in the data object or the interface alone.
        """
        fault = self.fault
        steps = [] if self.kind in ("two_masters", "orphan_interface") else fault.steps
        parts = (self.kind, sorted(steps), sorted(fault.data), sorted(fault.systems), fault.channel)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def place(self) -> str:
        """Where it stands among findings of its kind: by the first code, else by the name of what is at fault."""
        if self.fault.channel is not None:
            return self._names.interfaces[self.fault.channel].name
        if self.steps and self.kind != "two_masters":
            return code_key(self._names.steps[self.steps[0]][0])
        return self._names.data[self._data[0]][0] if self._data else ""

    @property
    def detail(self) -> dict[str, Any]:
        """What is kept of it, enough for the sentence and the picture; of very many requirements and data objects the first ones and their number."""
        names, fault = self._names, self.fault
        return {
            "requirements": [[key, *names.steps[key]] for key in self.steps[:KEPT]],
            "requirement_count": len(self.steps),
            "data": [[key, *names.data[key]] for key in self._data[:KEPT]],
            "data_count": len(self._data),
            "systems": [[key, *names.systems[key]] for key in fault.systems],
            "interface": _interface(names.interfaces[fault.channel]) if fault.channel is not None else None,
            "givers": [[key, names.steps[key][0]] for key in fault.givers],
            "takers": [[key, names.steps[key][0]] for key in fault.takers],
            "path": [list(place) for place in fault.path],
        }

    @property
    def words(self) -> str:
        """Codes, titles and names, to be searched."""
        detail = self.detail
        found = [" ".join(str(part) for part in entry[1:]) for entry in (*detail["requirements"], *detail["data"], *detail["systems"])]
        return " ".join([*found, *(str(part) for part in (detail["interface"] or [])[1:])])[:WORDS]

    @property
    def message(self) -> str:
        """What is the matter and what to do, as a sentence in the active language."""
        return sentence(self.kind, self.detail)

    def as_dict(self) -> dict[str, Any]:
        """The finding as programs read it."""
        return {"kind": self.kind, "requirements": self.requirements, "data": self.data, "message": self.message}


def _by_name(keys: list[int], names: dict[int, tuple[str, str]]) -> list[int]:
    return sorted(keys, key=lambda key: names[key][0]) if len(keys) > 1 else keys


def _interface(row: Interface) -> list[Any]:
    return [row.pk, row.name, row.name_en, row.from_system.name, row.from_system.name_en, row.to_system.name, row.to_system.name_en]


@dataclass
class Lint:
    """What a lint found: over how many requirements, and the findings in their order."""

    requirements: int
    findings: list[Finding]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)


def lint(rollout: Rollout) -> Lint:
    """Every finding in the flow of a rollout as it stands now, accepted or not; what each kind means says ``requirements_mgmt.flow``."""
    flow, names = _read(rollout)
    findings = [Finding(fault, names) for fault in lint_flow(flow)]
    return Lint(len(flow.steps), sorted(findings, key=lambda finding: (finding.rank, finding.place)))


def open_findings(rollout: Rollout) -> list[Finding]:
    """Findings of this moment that nobody has accepted; a baseline is refused while there are any."""
    accepted = set(FindingAcceptance.objects.filter(rollout=rollout, ended_at__isnull=True).values_list("fingerprint", flat=True))
    return [finding for finding in lint(rollout) if finding.fingerprint not in accepted]


def _read(rollout: Rollout) -> tuple[Flow, Names]:
    """The rows of a rollout as a graph: requirements that are neither dropped nor headings, all data objects, all interfaces."""
    names = Names()
    live = Requirement.objects.filter(rollout=rollout).live().countable().order_by()
    steps = {}
    for key, code, title, is_origin, is_final, is_day_one in live.values_list("pk", "code", "title", "is_origin", "is_final", "is_day_one").iterator():
        steps[key] = Step(key, is_origin=is_origin, is_final=is_final, is_day_one=is_day_one)
        names.steps[key] = (code, title)
    systems = {}
    for key, name, name_en, is_live in System.objects.filter(rollout=rollout).values_list("pk", "name", "name_en", "is_live"):
        systems[key] = is_live
        names.systems[key] = (name, name_en)
    data = {datum.key: datum for datum in _data(rollout, systems, names)}
    for relation in ("inputs", "outputs"):
        for step, key in _pairs(Requirement, relation, "requirement", rollout):
            if step in steps and key in data:
                getattr(steps[step], relation).append(key)
    return Flow(steps.values(), data.values(), _channels(rollout, set(data), names)), names


def _data(rollout: Rollout, systems: dict[int, bool], names: Names) -> Iterator[Datum]:
    masters: dict[int, list[int]] = {}
    for key, system in _pairs(DataObject, "masters", "dataobject", rollout):
        masters.setdefault(key, []).append(system)
    rows = DataObject.objects.filter(rollout=rollout).order_by()
    fields = ("pk", "name", "name_en", "source_name", "source_system_id", "consumer_name", "consumer_system_id")
    for key, name, name_en, giver, giving, taker, taking in rows.values_list(*fields).iterator():
        names.data[key] = (name, name_en)
        is_given = bool(giver) or systems.get(giving, False)
        waits_for = giving if giving is not None and not is_given else None
        yield Datum(key, is_given, waits_for, bool(taker) or taking is not None, tuple(masters.get(key, ())))


def _channels(rollout: Rollout, known: set[int], names: Names) -> Iterator[Channel]:
    carried: dict[int, list[int]] = {}
    for key, datum in _pairs(Interface, "data", "interface", rollout):
        if datum in known:
            carried.setdefault(key, []).append(datum)
    for row in Interface.objects.filter(rollout=rollout).select_related("from_system", "to_system").order_by("pk"):
        names.interfaces[row.pk] = row
        yield Channel(row.pk, tuple(carried.get(row.pk, ())), row.state == InterfaceState.RESERVED, row.owner_id is not None)


def _pairs(model: Any, relation: str, own: str, rollout: Rollout) -> Iterable[tuple[int, int]]:
    """The keys that a relation of many joins, for rows of the rollout."""
    through = getattr(model, relation).through
    other = next(field.attname for field in through._meta.fields if field.is_relation and field.name != own)
    pairs: Iterable[tuple[int, int]] = through.objects.filter(**{f"{own}__rollout": rollout}).values_list(f"{own}_id", other).iterator()
    return pairs
