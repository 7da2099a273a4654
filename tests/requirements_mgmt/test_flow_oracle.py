"""The flow lint against an oracle that knows nothing of its ways: closures of sets and walks along every path, on small random graphs."""

from itertools import chain, combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from requirements_mgmt.flow import KINDS, Channel, Datum, Flow, Step, lint_flow

pytestmark = pytest.mark.once

MOST_STEPS, MOST_DATA = 6, 6


def graph(steps, data, channels=()):
    """A flow from plain tuples: steps are (inputs, outputs, marks), data are (is_given, waits_for, is_consumed, masters)."""
    return Flow(
        [Step(key, list(ins), list(outs), "o" in marks, "f" in marks, "d" in marks) for key, (ins, outs, marks) in enumerate(steps)],
        [Datum(key, given, waits, consumed, tuple(masters)) for key, (given, waits, consumed, masters) in enumerate(data)],
        [Channel(key, tuple(names), reserved, owned) for key, (names, reserved, owned) in enumerate(channels)],
    )


@st.composite
def graphs(draw):
    count = draw(st.integers(1, MOST_DATA))
    keys = st.lists(st.integers(0, count - 1), unique=True, max_size=3)
    steps = draw(st.lists(st.tuples(keys, keys, st.sets(st.sampled_from("ofd"))), min_size=1, max_size=MOST_STEPS))
    datum = st.tuples(st.booleans(), st.sampled_from([None, None, 7, 8]), st.booleans(), st.lists(st.integers(1, 3), unique=True, max_size=3))
    data = draw(st.lists(datum, min_size=count, max_size=count))
    channels = draw(st.lists(st.tuples(keys, st.booleans(), st.booleans()), max_size=2))
    return graph(steps, data, channels)


# --- the oracle --------------------------------------------------------------------------------------


def simple_paths(flow, start):
    """Every requirement that a walk from ``start`` along output and taker comes to, by listing all walks without a repeated requirement."""
    ends = set()

    def walk(step, visited):
        for other in flow.steps.values():
            if set(flow.steps[step].outputs) & set(other.inputs):
                ends.add(other.key)
                if other.key not in visited:
                    walk(other.key, visited | {other.key})

    walk(start, {start})
    return ends


def oracle(flow):
    """The same findings as a set of (kind, requirements, data), by the words of the definitions."""
    steps, data = flow.steps, flow.data
    sourced = {key for key, one in data.items() if one.is_given or one.waits_for is not None}
    consumed = {key for key, one in data.items() if one.is_consumed}
    makers = {key: {step.key for step in steps.values() if key in step.outputs} for key in data}
    takers = {key: {step.key for step in steps.values() if key in step.inputs} for key in data}
    return {*of_one(flow, sourced, consumed, makers, takers), *of_many(flow, sourced, consumed, makers, takers)}


def of_one(flow, sourced, consumed, makers, takers):
    """What is said of a single requirement, data object or interface."""
    for step in flow.steps.values():
        if not step.inputs and not step.is_origin:
            yield said_of("missing_input", [step.key])
        if not step.outputs and not step.is_final:
            yield said_of("missing_output", [step.key])
        if is_detour(step, sourced, consumed, makers, takers):
            yield said_of("long_path", [step.key], step.outputs)
    for key, one in flow.data.items():
        if takers[key] and not makers[key] and key not in sourced:
            yield said_of("unfed", takers[key], [key])
        if makers[key] and not takers[key] and key not in consumed:
            yield said_of("dead_end", makers[key], [key])
        if len(one.masters) > 1:
            yield said_of("two_masters", makers[key] | takers[key], [key])
    for channel in (one for one in flow.channels if one.is_reserved and not one.has_owner):
        yield said_of("orphan_interface", set().union(*(makers[key] | takers[key] for key in channel.data)), channel.data)


def said_of(kind, requirements=(), names=()):
    return kind, frozenset(requirements), frozenset(names)


def of_many(flow, sourced, consumed, makers, takers):
    """What is said of requirements together: loops, parts, and what can be reached."""
    steps, data = flow.steps, flow.data
    after = {key: simple_paths(flow, key) for key in steps}
    together = {key: frozenset({key} | {other for other in after[key] if key in after[other]}) for key in steps}
    for group in set(together.values()):
        one = min(group)
        beyond = group | after[one]
        if one in after[one] and not consumed & set(chain.from_iterable(steps[key].outputs for key in beyond)):
            loop = {key for key in data if makers[key] & group and takers[key] & group}
            yield said_of("dead_loop", group, loop)
    for part in parts(steps):
        names = set(chain.from_iterable((*steps[key].inputs, *steps[key].outputs) for key in part))
        if not names & (sourced | consumed):
            yield said_of("island", part, names)
    possible = reachable(steps, data, makers, takers, together, {key for key, one in data.items() if one.is_given}, sourced)
    for step in steps.values():
        if step.is_day_one and step.key not in possible[0]:
            missed = {key for key in step.inputs if key not in possible[1] and not granted(key, step.key, sourced, makers, together)}
            yield said_of("not_alone", [step.key], missed)


def is_detour(step, sourced, consumed, makers, takers):
    own = {step.key}
    return (
        bool(step.outputs)
        and all(key in step.inputs and (key in sourced or makers[key] - own) for key in step.outputs)
        and any(key in consumed or takers[key] - own for key in step.outputs)
    )


def parts(steps):
    """The finest grouping in which requirements that share a data object stand together: groups are merged until nothing changes."""
    groups = [{key} for key in steps]
    while True:
        for a, b in combinations(groups, 2):
            touched = [set(chain.from_iterable((*steps[key].inputs, *steps[key].outputs) for key in group)) for group in (a, b)]
            if touched[0] & touched[1]:
                groups = [group for group in groups if group not in (a, b)] + [a | b]
                break
        else:
            return groups


def granted(key, taker, sourced, makers, together):
    """Not waited for: what nobody gives, and what only the taker's own loop gives back."""
    return key not in sourced and makers[key] <= together[taker] - (set() if taker_loops(key, taker, makers, together) else {taker})


def taker_loops(key, taker, makers, together):
    """A requirement alone in its set is a loop only where it takes what it makes, which taking ``key`` from itself is."""
    return taker in makers[key] or len(together[taker]) > 1


def reachable(steps, data, makers, takers, together, given_names, sourced):
    """The least set of requirements closed under the rule, as the meet of all closed sets of requirements."""
    closed = []
    for size in range(len(steps) + 1):
        for group in combinations(steps, size):
            had = given_names | set(chain.from_iterable(steps[key].outputs for key in group))
            could = {key for key, step in steps.items() if all(name in had or granted(name, key, sourced, makers, together) for name in step.inputs)}
            if could <= set(group):
                closed.append(set(group))
    least = set.intersection(*closed)
    return least, given_names | set(chain.from_iterable(steps[key].outputs for key in least))


def said(flow):
    return {(fault.kind, frozenset(fault.steps), frozenset(fault.data)) for fault in lint_flow(flow)}


# --- what is proved ----------------------------------------------------------------------------------

EMPTY = (False, None, False, ())


@settings(max_examples=200)
@given(graphs())
@example(graph([((0,), (0,), "d")], [(False, 7, False, ())]))
@example(graph([((0,), (1,), "d"), ((1,), (0,), "d")], [(False, 7, False, ()), EMPTY]))
@example(graph([((0, 1), (2,), "d"), ((2,), (1,), "d")], [(True, None, False, ()), EMPTY, EMPTY]))
def test_findings_are_those_of_the_oracle(flow):
    assert said(flow) == oracle(flow)


@settings(max_examples=80)
@given(graphs())
def test_every_finding_is_said_once_and_sorted(flow):
    faults = lint_flow(flow)
    keys = [(fault.kind, tuple(fault.steps), tuple(fault.data), fault.channel) for fault in faults]
    assert len(set(keys)) == len(keys)
    assert [KINDS.index(fault.kind) for fault in faults] == sorted(KINDS.index(fault.kind) for fault in faults)
    assert all(fault.steps == sorted(set(fault.steps)) and fault.data == sorted(set(fault.data)) for fault in faults)


@settings(max_examples=80)
@given(graphs())
def test_what_cannot_run_alone_names_a_system_and_the_way_from_it(flow):
    waited_for = {one.waits_for for one in flow.data.values() if not one.is_given} - {None}
    for fault in (fault for fault in lint_flow(flow) if fault.kind == "not_alone"):
        assert set(fault.systems) <= waited_for
        assert len(fault.systems) == 1
        assert fault.data
        assert fault.path[-1] == ("step", fault.steps[0])
        for (kind, key), (then, other) in zip(fault.path, fault.path[1:], strict=False):
            if kind == "system":
                assert (then, flow.data[other].waits_for) == ("data", key)
            elif kind == "data":
                assert (then, key in flow.steps[other].inputs) == ("step", True)
            else:
                assert (then, other in flow.steps[key].outputs) == ("data", True)


@settings(max_examples=80)
@given(graphs())
def test_with_every_system_live_everything_runs_alone(flow):
    for one in flow.data.values():
        one.is_given, one.waits_for = one.has_source, None
    assert not [fault for fault in lint_flow(flow) if fault.kind == "not_alone"]


@settings(max_examples=80)
@given(graphs())
def test_the_order_in_which_rows_come_does_not_matter(flow):
    turned = Flow(reversed(flow.steps.values()), reversed(flow.data.values()), flow.channels)
    assert said(turned) == said(flow)


def test_the_random_graphs_show_every_kind():
    """A control: were a kind never drawn, the comparison above would prove nothing about it."""
    seen = set()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(graphs())
    def draw(flow):
        seen.update(fault.kind for fault in lint_flow(flow))

    draw()
    assert seen == set(KINDS)


def test_a_chain_of_any_length_is_no_matter_of_the_stack():
    count = 30_000
    steps = [((key,), (key + 1,), "d") for key in range(count)]
    data = [(False, 7, False, ())] + [EMPTY] * (count - 1) + [(False, None, True, ())]
    faults = lint_flow(graph(steps, data))
    assert {fault.kind for fault in faults} == {"not_alone"}
    assert len(faults) == count
    ring = [((key,), ((key + 1) % count,), "") for key in range(count)]
    assert [(fault.kind, len(fault.steps)) for fault in lint_flow(graph(ring, [EMPTY] * count))] == [("dead_loop", count), ("island", count)]
