"""The picture of a finding: the requirements, data objects, persons and systems that it is about, laid out."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from implementation.models.naming import in_language
from requirements_mgmt.flow_layout import Arrow, Box, Drawing, draw, fit
from requirements_mgmt.models import DataObject, FlowFinding, Requirement

MOST = 7  # of requirements and of data objects each


class _Sketch:
    """Boxes and arrows as they come together."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.arrows: list[Arrow] = []

    def step(self, row: Requirement, *, is_focus: bool) -> None:
        self.boxes[f"step{row.pk}"] = Box(
            f"step{row.pk}", "step", row.code, fit(row.title, 23), _("Requirement %(name)s") % {"name": row}, row.get_absolute_url(), is_focus
        )

    def datum(self, row: DataObject, *, is_focus: bool) -> None:
        self.boxes[f"data{row.pk}"] = Box(
            f"data{row.pk}", "datum", fit(str(row), 18), "", _("Data object %(name)s") % {"name": row}, row.get_absolute_url(), is_focus
        )

    def person(self, name: str, *, role: str) -> str:
        key = f"{role}{name}"
        self.boxes[key] = Box(key, "person", fit(name, 16), "", _("Outside: %(name)s") % {"name": name})
        return key

    def system(self, key: int, name: str, *, is_live: bool = True, role: str = "") -> str:
        place = f"system{role}{key}"
        title = _("System %(name)s") % {"name": name} if is_live else _("System %(name)s, not live") % {"name": name}
        self.boxes[place] = Box(place, "system", fit(name, 16), "", title, reverse("requirements_mgmt:system_detail", args=[key]), not is_live)
        return place

    def gap(self, label: str) -> str:
        self.boxes["gap"] = Box("gap", "gap", label, "", label, "", True)
        return "gap"

    def join(self, start: str, end: str, *, is_fault: bool = False) -> None:
        self.arrows.append(Arrow(start, end, is_fault))


def picture_of(finding: FlowFinding) -> Drawing:
    """The finding drawn from the rows as they are now; of large ones the first few of each kind."""
    detail, kind = finding.detail, finding.kind
    steps, data = _keys(detail)
    around = kind in ("missing_input", "missing_output", "dead_loop", "island", "long_path", "not_alone")
    rows = Requirement.objects.filter(rollout=finding.rollout_id, pk__in=steps).live().countable()
    rows = rows.prefetch_related("inputs__source_system", "inputs__consumer_system", "outputs__source_system", "outputs__consumer_system")
    sketch = _Sketch()
    shown: dict[int, DataObject] = {
        row.pk: row for row in DataObject.objects.filter(rollout=finding.rollout_id, pk__in=data).select_related("source_system", "consumer_system")
    }
    pairs = []
    for row in rows:
        sketch.step(row, is_focus=kind in ("dead_loop", "island") or (around and row.pk == steps[0]))
        for relation in ("inputs", "outputs"):
            for datum in getattr(row, relation).all():
                if datum.pk in data or (around and not data and len(shown) < MOST):
                    shown[datum.pk] = datum
                    pairs.append((row.pk, datum.pk, relation))
    for datum in shown.values():
        sketch.datum(datum, is_focus=kind in ("unfed", "dead_end", "two_masters"))
        _outside(sketch, datum)
    for step, key, relation in pairs:
        start, end = (f"data{key}", f"step{step}") if relation == "inputs" else (f"step{step}", f"data{key}")
        sketch.join(start, end, is_fault=kind == "dead_loop")
    _fault(sketch, finding, list(shown))
    more = max(detail["requirement_count"] - len(rows), 0) if kind in ("dead_loop", "island", "unfed", "dead_end", "two_masters") else 0
    return draw(sketch.boxes.values(), sketch.arrows, more)


def _keys(detail: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The keys of requirements and data objects to be drawn, the finding's own first."""
    steps = [entry[0] for entry in detail["requirements"][:MOST]]
    data = [entry[0] for entry in detail["data"][:MOST]]
    steps += [entry[0] for side in ("givers", "takers") for entry in detail[side]]
    steps += [key for kind, key in reversed(detail["path"]) if kind == "step"]
    data += [key for kind, key in reversed(detail["path"]) if kind == "data"]
    return list(dict.fromkeys(steps)), list(dict.fromkeys(data))


def _outside(sketch: _Sketch, datum: DataObject) -> None:
    place = f"data{datum.pk}"
    if datum.source_name:
        sketch.join(sketch.person(datum.source_name, role="from"), place)
    if datum.source_system:
        sketch.join(sketch.system(datum.source_system.pk, str(datum.source_system), is_live=datum.source_system.is_live, role="from"), place)
    if datum.consumer_name:
        sketch.join(place, sketch.person(datum.consumer_name, role="to"))
    if datum.consumer_system:
        sketch.join(place, sketch.system(datum.consumer_system.pk, str(datum.consumer_system), is_live=datum.consumer_system.is_live, role="to"))


def _fault(sketch: _Sketch, finding: FlowFinding, data: list[int]) -> None:
    """What is wrong, drawn: the gap where something is missing, the masters, the reserved way."""
    kind, detail = finding.kind, finding.detail
    first = f"step{detail['requirements'][0][0]}" if detail["requirements"] else ""
    if kind == "missing_input":
        sketch.join(sketch.gap(_("nothing")), first, is_fault=True)
    elif kind == "missing_output":
        sketch.join(first, sketch.gap(_("nothing")), is_fault=True)
    elif kind == "unfed" and data:
        sketch.join(sketch.gap(_("nobody yet")), f"data{data[0]}", is_fault=True)
    elif kind == "dead_end" and data:
        sketch.join(f"data{data[0]}", sketch.gap(_("nobody yet")), is_fault=True)
    elif kind == "two_masters" and data:
        for key, name, name_en in detail["systems"]:
            sketch.join(sketch.system(key, in_language(name, name_en), role="master"), f"data{data[0]}", is_fault=True)
    elif kind == "orphan_interface":
        name, name_en, from_name, from_en, to_name, to_en = detail["interface"][1:]
        start, end = sketch.person(in_language(from_name, from_en), role="near"), sketch.person(in_language(to_name, to_en), role="far")
        way = Box("way", "gap", fit(in_language(name, name_en), 16), "", _("Interface %(name)s without owner") % {"name": in_language(name, name_en)})
        sketch.boxes["way"] = way
        sketch.join(start, "way", is_fault=True)
        sketch.join("way", end, is_fault=True)
