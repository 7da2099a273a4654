"""Where the boxes and arrows of a small graph stand: layers from left to right. Knows neither database nor language."""

from collections.abc import Iterable
from dataclasses import dataclass, field

STEP, DATUM, OUTSIDE = (164, 46), (128, 32), (120, 32)
GAP_X, GAP_Y, EDGE = 36, 16, 6
SWEEPS = 4


@dataclass
class Box:
    """A node: what kind of thing, what it is called in one or two lines, where a click leads, and after layout its place."""

    key: str
    kind: str  # step, datum, person, system, gap
    label: str
    note: str = ""
    title: str = ""
    url: str = ""
    is_focus: bool = False
    x: float = 0
    y: float = 0

    @property
    def width(self) -> int:
        return {"step": STEP, "datum": DATUM}.get(self.kind, OUTSIDE)[0]

    @property
    def height(self) -> int:
        return {"step": STEP, "datum": DATUM}.get(self.kind, OUTSIDE)[1]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def baseline(self) -> float:
        return self.y + (19 if self.note else self.height / 2 + 4)


@dataclass
class Arrow:
    """From one box to another; a fault is drawn in its own way."""

    start: str
    end: str
    is_fault: bool = False
    path: str = ""


@dataclass
class Drawing:
    """A laid out graph with its measures."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: int = 0
    height: int = 0
    more: int = 0
    titles: list[str] = field(default_factory=list)


def fit(text: str, most: int) -> str:
    """The text cut to so many half-widths; a hanzi takes two."""
    taken = 0
    for place, sign in enumerate(text):
        taken += 2 if ord(sign) > 0x2E7F else 1
        if taken > most:
            return text[: max(place - 1, 1)] + "…"
    return text


def draw(boxes: Iterable[Box], arrows: Iterable[Arrow], more: int = 0) -> Drawing:
    """Place the boxes in layers so that arrows run to the right, except where a loop turns back."""
    nodes = {box.key: box for box in boxes}
    edges = [arrow for arrow in arrows if arrow.start in nodes and arrow.end in nodes and arrow.start != arrow.end]
    forward = _forward(nodes, edges)
    layers = _layers(nodes, forward)
    _order(layers, forward)
    tallest = max((sum(nodes[key].height + GAP_Y for key in layer) - GAP_Y for layer in layers), default=0)
    x = float(EDGE)
    for layer in layers:
        width = max(nodes[key].width for key in layer)
        y = EDGE + (tallest - sum(nodes[key].height + GAP_Y for key in layer) + GAP_Y) / 2
        for key in layer:
            nodes[key].x, nodes[key].y = x + (width - nodes[key].width) / 2, y
            y += nodes[key].height + GAP_Y
        x += width + GAP_X
    lowest = tallest + EDGE
    turned = 0
    for arrow in edges:
        start, end = nodes[arrow.start], nodes[arrow.end]
        if end.x > start.x:
            arrow.path = _straight(start, end)
        else:
            turned += 1
            arrow.path = _turned(start, end, lowest + 6 + 10 * turned)
    drawing = Drawing(list(nodes.values()), edges, more=more)
    drawing.width, drawing.height = round(x - GAP_X + EDGE), round(lowest + EDGE + (10 + 10 * turned if turned else 0))
    return drawing


def _forward(nodes: dict[str, Box], edges: list[Arrow]) -> dict[str, list[str]]:
    """The edges without those that close a loop on a walk from the first boxes on."""
    after: dict[str, list[str]] = {key: [] for key in nodes}
    entered = dict.fromkeys(nodes, 0)
    for edge in edges:
        after[edge.start].append(edge.end)
        entered[edge.end] += 1
    kept: dict[str, list[str]] = {key: [] for key in nodes}
    state = dict.fromkeys(nodes, "new")
    for first in sorted(nodes, key=lambda key: entered[key]):  # sources first; stable, so the same picture each time
        if state[first] == "new":
            _walk(first, after, kept, state)
    return kept


def _walk(key: str, after: dict[str, list[str]], kept: dict[str, list[str]], state: dict[str, str]) -> None:
    state[key] = "open"
    for other in after[key]:
        if state[other] == "open":
            continue
        kept[key].append(other)
        if state[other] == "new":
            _walk(other, after, kept, state)
    state[key] = "done"


def _layers(nodes: dict[str, Box], forward: dict[str, list[str]]) -> list[list[str]]:
    depth = dict.fromkeys(nodes, 0)
    for _round in nodes:
        for key, others in forward.items():
            for other in others:
                depth[other] = max(depth[other], depth[key] + 1)
    for key, others in forward.items():  # a source stands beside its first taker, not at the far left
        if others and not any(key in rest for rest in forward.values()):
            depth[key] = min(depth[other] for other in others) - 1
    layers: dict[int, list[str]] = {}
    for key in nodes:
        layers.setdefault(depth[key], []).append(key)
    return [layers[number] for number in sorted(layers)]


def _order(layers: list[list[str]], forward: dict[str, list[str]]) -> None:
    """Each box near the middle of those it is joined with, a few times to and fro."""
    near: dict[str, list[str]] = {key: list(others) for key, others in forward.items()}
    for key, others in forward.items():
        for other in others:
            near[other].append(key)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 else reversed(layers):
            place = {key: number - len(line) / 2 for line in layers for number, key in enumerate(line)}
            layer.sort(key=lambda key, place=place: sum(place[other] for other in near[key]) / len(near[key]) if near[key] else place[key])  # type: ignore[misc]


def _straight(start: Box, end: Box) -> str:
    x1, y1 = start.x + start.width, start.y + start.height / 2
    x2, y2 = end.x - 3, end.y + end.height / 2
    bend = max((x2 - x1) / 2, 14)
    return f"M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"


def _turned(start: Box, end: Box, low: float) -> str:
    """Down, back beneath everything and up: a loop is seen to turn."""
    x1, y1 = start.x + start.width / 2 + 8, start.y + start.height
    x2, y2 = end.x + end.width / 2 - 8, end.y + end.height + 3
    if start.key == end.key:
        x2 = x1 - 24
    return f"M{x1:.0f} {y1:.0f} C{x1:.0f} {low:.0f} {x1:.0f} {low:.0f} {(x1 + x2) / 2:.0f} {low:.0f} S{x2:.0f} {low:.0f} {x2:.0f} {y2:.0f}"
