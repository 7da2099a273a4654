"""Flow lint: what is wrong in the flow of data through requirements, told from the graph alone. Knows neither database nor language.

The graph. A requirement consumes its inputs and produces its outputs. A data object may also have an outside source or an outside
consumer: a person or a system. Dropped requirements and headings are not in the graph. Reading it, everybody counts the same:

``missing_input``     A requirement without an input that is not marked as origin. One finding per requirement.
``missing_output``    A requirement without an output that is not marked as final. One finding per requirement.
``unfed``             A data object that a requirement takes in, and that no requirement and no outside source produces. One finding per data object,
                      with the requirements that take it in.
``dead_end``          A data object that a requirement produces, and that no requirement and no outside consumer takes. One finding per data object,
                      with the requirements that produce it.
``dead_loop``         A strongly connected set of requirements (A hands to B what A's own input comes from in the end), or one that feeds itself, from
                      which no data object with an outside consumer can be reached by going on from output to taker. A mark as final is no outside
                      consumer. One finding per set, with the data objects that go round in it.
``island``            A weakly connected part of the graph (requirements and data objects together, arrows read both ways) with at least one
                      requirement, in which no data object has an outside source or an outside consumer. A requirement without any data object is
                      such a part.
``long_path``         A requirement that only passes on what it gets: it has outputs, each of them is one of its inputs, and each comes from another
                      giver (another requirement or an outside source); and at least one has another taker (another requirement or an outside
                      consumer), who could take it from the giver.
``two_masters``       A data object with more than one mastering system, with the requirements that take or produce it.
``orphan_interface``  An interface in the state reserved without an owner, with the requirements that take or produce its data.
``not_alone``         A requirement marked as needed on day one that cannot be reached without a system that is not live. Reached is what can work
                      when only persons and live systems give what they give: a data object can be had when a person or a live system gives it, or
                      when a requirement that is reached produces it; a requirement is reached when all its inputs can be had, and by nothing less
                      (the least such set). Two kinds of input are not waited for, because they are no matter of a system: an unfed one (that is a
                      finding of its own), and what a loop hands back to itself, where the taker and all producers belong to one strongly connected
                      set and no outside source gives it (on the first pass nothing has come back yet). So without a system that is not live
                      everything is reached, and each finding names such a system. One finding per requirement, with the inputs that it waits for.

Time and memory grow with the number of requirements, data objects and links.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

KINDS = (
    "dead_loop",
    "not_alone",
    "unfed",
    "dead_end",
    "missing_input",
    "missing_output",
    "two_masters",
    "orphan_interface",
    "island",
    "long_path",
)
PATH = 8  # so many places of the way from a system to a requirement are kept for the picture
NEAR = 3  # so many givers and takers are named


Place = tuple[str, int]  # ("step" | "data" | "system", key)


@dataclass(slots=True)
class Step:
    """A requirement in the flow; ``inputs`` and ``outputs`` are keys of data objects, each once."""

    key: int
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    is_origin: bool = False
    is_final: bool = False
    is_day_one: bool = False


@dataclass(slots=True)
class Datum:
    """A data object in the flow. ``waits_for`` is the system that gives it and is not live; ``is_given`` that a person or a live system gives it."""

    key: int
    is_given: bool = False
    waits_for: int | None = None
    is_consumed: bool = False
    masters: tuple[int, ...] = ()

    @property
    def has_source(self) -> bool:
        return self.is_given or self.waits_for is not None


@dataclass(slots=True)
class Channel:
    """An interface: its data, whether it is only reserved, and whether somebody answers for it."""

    key: int
    data: tuple[int, ...] = ()
    is_reserved: bool = True
    has_owner: bool = False


@dataclass(slots=True)
class Fault:
    """One finding by keys. ``givers`` and ``takers`` are at most three requirements at either end of a detour; ``path`` leads from a system to the requirement."""

    kind: str
    steps: list[int] = field(default_factory=list)
    data: list[int] = field(default_factory=list)
    systems: tuple[int, ...] = ()
    channel: int | None = None
    givers: tuple[int, ...] = ()
    takers: tuple[int, ...] = ()
    path: tuple[Place, ...] = ()


class Flow:
    """The graph, with both directions of every arrow."""

    def __init__(self, steps: Iterable[Step], data: Iterable[Datum], channels: Iterable[Channel] = ()):
        self.steps = {step.key: step for step in steps}
        self.data = {datum.key: datum for datum in data}
        self.channels = list(channels)
        self.makers: dict[int, list[int]] = {key: [] for key in self.data}
        self.takers: dict[int, list[int]] = {key: [] for key in self.data}
        for step in self.steps.values():
            for key in step.inputs:
                self.takers[key].append(step.key)
            for key in step.outputs:
                self.makers[key].append(step.key)

    def users(self, data: Iterable[int]) -> list[int]:
        """Requirements that take or produce one of the data objects."""
        return sorted({step for key in data if key in self.makers for step in (*self.makers[key], *self.takers[key])})


def lint_flow(flow: Flow) -> list[Fault]:
    """Every finding of the graph, by kind in the order of ``KINDS``, within a kind by key."""
    sets = _strong_sets(flow)
    found = [
        *_ends(flow),
        *_unmet(flow),
        *_dead_loops(flow, sets),
        *_islands(flow),
        *_detours(flow),
        *_masters(flow),
        *_orphans(flow),
        *_dependent(flow, sets),
    ]
    rank = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda fault: (rank[fault.kind], fault.steps[:1], fault.data[:1], fault.channel or 0))


def _ends(flow: Flow) -> Iterator[Fault]:
    for step in flow.steps.values():
        if not step.inputs and not step.is_origin:
            yield Fault("missing_input", [step.key])
        if not step.outputs and not step.is_final:
            yield Fault("missing_output", [step.key])


def _unmet(flow: Flow) -> Iterator[Fault]:
    for key, datum in flow.data.items():
        makers, takers = flow.makers[key], flow.takers[key]
        if takers and not makers and not datum.has_source:
            yield Fault("unfed", sorted(takers), [key])
        if makers and not takers and not datum.is_consumed:
            yield Fault("dead_end", sorted(makers), [key])


class _StrongSets:
    """The strongly connected set of every requirement and data object, as a number; sets of one node have a number too."""

    def __init__(self) -> None:
        self.of_step: dict[int, int] = {}
        self.of_datum: dict[int, int] = {}
        self.loops: list[tuple[list[int], list[int]]] = []


def _strong_sets(flow: Flow) -> _StrongSets:
    """Tarjan's strongly connected components without recursion; a data object is a node between producer and taker, so a self-feeder is a set of two."""
    steps, data = list(flow.steps), list(flow.data)
    place = {key: len(steps) + number for number, key in enumerate(data)}
    of_step = {key: number for number, key in enumerate(steps)}
    after = [[place[key] for key in flow.steps[step].outputs] for step in steps]
    after += [[of_step[step] for step in flow.takers[key]] for key in data]
    found = _StrongSets()
    for number, nodes in enumerate(_components(after)):
        inside = [steps[node] for node in nodes if node < len(steps)]
        between = [data[node - len(steps)] for node in nodes if node >= len(steps)]
        found.of_step.update(dict.fromkeys(inside, number))
        found.of_datum.update(dict.fromkeys(between, number))
        if inside and between:
            found.loops.append((sorted(inside), sorted(between)))
    return found


def _components(after: list[list[int]]) -> Iterator[list[int]]:
    order = [0] * len(after)  # 0: not seen yet
    low = [0] * len(after)
    done = bytearray(len(after))
    open_nodes: list[int] = []
    seen = 0
    for start in range(len(after)):
        if order[start]:
            continue
        way = [(start, iter(after[start]))]
        seen += 1
        order[start] = low[start] = seen
        open_nodes.append(start)
        while way:
            node, rest = way[-1]
            for other in rest:
                if not order[other]:
                    seen += 1
                    order[other] = low[other] = seen
                    open_nodes.append(other)
                    way.append((other, iter(after[other])))
                    break
                if not done[other] and order[other] < low[node]:
                    low[node] = order[other]
            else:
                way.pop()
                if way and low[node] < low[way[-1][0]]:
                    low[way[-1][0]] = low[node]
                if low[node] == order[node]:
                    yield _closed(open_nodes, node, done)


def _closed(open_nodes: list[int], first: int, done: bytearray) -> list[int]:
    """Take a finished set off the open nodes."""
    nodes = [open_nodes.pop()]
    while nodes[-1] != first:
        nodes.append(open_nodes.pop())
    for one in nodes:
        done[one] = 1
    return nodes


def _dead_loops(flow: Flow, sets: _StrongSets) -> Iterator[Fault]:
    """Loops outside everything from which a consumed data object can be reached."""
    waiting = [key for key, datum in flow.data.items() if datum.is_consumed]
    good_data, good_steps = set(waiting), set()
    while waiting:
        for step in flow.makers[waiting.pop()]:
            if step not in good_steps:
                good_steps.add(step)
                for key in flow.steps[step].inputs:
                    if key not in good_data:
                        good_data.add(key)
                        waiting.append(key)
    for steps, data in sets.loops:
        if steps[0] not in good_steps:
            yield Fault("dead_loop", steps, data)


def _islands(flow: Flow) -> Iterator[Fault]:
    seen: set[int] = set()
    for start in flow.steps:
        if start in seen:
            continue
        steps, data = [start], set()
        seen.add(start)
        for step in steps:  # grows while it is walked
            for key in (*flow.steps[step].inputs, *flow.steps[step].outputs):
                if key in data:
                    continue
                data.add(key)
                for other in (*flow.makers[key], *flow.takers[key]):
                    if other not in seen:
                        seen.add(other)
                        steps.append(other)
        if not any(flow.data[key].has_source or flow.data[key].is_consumed for key in data):
            yield Fault("island", sorted(steps), sorted(data))


def _detours(flow: Flow) -> Iterator[Fault]:
    for step in flow.steps.values():
        if not step.outputs or not set(step.outputs) <= set(step.inputs):
            continue
        givers, takers, outside = [], [], False
        for key in step.outputs:
            others = _others(flow.makers[key], step.key)
            if not others and not flow.data[key].has_source:
                break
            givers += others
            takers += _others(flow.takers[key], step.key)
            outside = outside or flow.data[key].is_consumed
        else:
            if takers or outside:
                yield Fault("long_path", [step.key], sorted(step.outputs), givers=_few(givers), takers=_few(takers))


def _others(steps: list[int], own: int) -> list[int]:
    """The first few of the steps beside the own one: enough to know that there are some and to name them."""
    found = []
    for step in steps:
        if step != own:
            found.append(step)
            if len(found) == NEAR:
                break
    return found


def _few(steps: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(steps))[:NEAR]


def _masters(flow: Flow) -> Iterator[Fault]:
    for key, datum in flow.data.items():
        if len(datum.masters) > 1:
            yield Fault("two_masters", flow.users([key]), [key], systems=tuple(sorted(datum.masters)))


def _orphans(flow: Flow) -> Iterator[Fault]:
    for channel in flow.channels:
        if channel.is_reserved and not channel.has_owner:
            yield Fault("orphan_interface", flow.users(channel.data), sorted(channel.data), channel=channel.key)


def _dependent(flow: Flow, sets: _StrongSets) -> Iterator[Fault]:
    if not any(datum.waits_for is not None for datum in flow.data.values()):
        return
    had, reached, granted = _reach(flow, sets)
    back, system_of = _causes(flow, had, reached, granted)
    for step in flow.steps.values():
        if step.is_day_one and step.key not in reached:
            missed = sorted(key for key in step.inputs if key not in had and (key, step.key) not in granted)
            yield Fault("not_alone", [step.key], missed, systems=(system_of["step", step.key],), path=_way(back, ("step", step.key)))


def _granted(flow: Flow, sets: _StrongSets) -> Iterator[tuple[int, int]]:
    """Data objects and takers that do not wait for them: what nobody gives at all, and what the taker's own loop hands back to itself."""
    for key, datum in flow.data.items():
        makers, own = flow.makers[key], sets.of_datum[key]
        if datum.has_source or any(sets.of_step[maker] != own for maker in makers):
            continue
        yield from ((key, taker) for taker in flow.takers[key] if not makers or sets.of_step[taker] == own)


def _reach(flow: Flow, sets: _StrongSets) -> tuple[set[int], set[int], set[tuple[int, int]]]:
    """What can be had and which requirements are reached by persons and live systems alone, and the inputs that are not waited for."""
    granted = set(_granted(flow, sets))
    missing = {key: len(step.inputs) for key, step in flow.steps.items()}
    for _key, taker in granted:
        missing[taker] -= 1
    had = {key for key, datum in flow.data.items() if datum.is_given}
    reached: set[int] = set()
    ready = [key for key, count in missing.items() if not count]
    line = list(had)
    while ready or line:
        for step in ready:
            reached.add(step)
            line += (key for key in flow.steps[step].outputs if key not in had)
            had.update(flow.steps[step].outputs)
        ready = []
        for key in line:
            for taker in flow.takers[key]:
                missing[taker] -= (key, taker) not in granted
                if not missing[taker] and taker not in reached:
                    ready.append(taker)
        line = []
    return had, reached, granted


def _causes(flow: Flow, had: set[int], reached: set[int], granted: set[tuple[int, int]]) -> tuple[dict[Place, Place], dict[Place, int]]:
    """For everything that cannot be had or reached, the next place on a shortest way back to a system that is not live, and that system."""
    back: dict[Place, Place] = {}
    system_of: dict[Place, int] = {}
    line: list[int] = []
    for key, datum in flow.data.items():
        if datum.waits_for is not None and key not in had:
            back["data", key], system_of["data", key] = ("system", datum.waits_for), datum.waits_for
            line.append(key)
    for key in line:  # grows while it is walked
        system = system_of["data", key]
        for taker in flow.takers[key]:
            if taker in reached or (key, taker) in granted or ("step", taker) in back:
                continue
            back["step", taker], system_of["step", taker] = ("data", key), system
            for other in flow.steps[taker].outputs:
                if other not in had and ("data", other) not in back:
                    back["data", other], system_of["data", other] = ("step", taker), system
                    line.append(other)
    return back, system_of


def _way(back: dict[Place, Place], place: Place) -> tuple[Place, ...]:
    """The last places of the way from the system, the system first where it is near enough."""
    path = [place]
    while path[-1] in back and len(path) < PATH:
        path.append(back[path[-1]])
    return tuple(reversed(path))
