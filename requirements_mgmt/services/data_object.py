"""Data objects, systems and interfaces: written, changed and deleted, each within its rollout."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record
from implementation.models import Rollout
from requirements_mgmt.models import DataObject, FlowFinding, Interface, Requirement, System
from requirements_mgmt.services.requirement import edit_requirement

Row = TypeVar("Row", DataObject, System, Interface)
FEATURE = {DataObject: "requirements.data", System: "requirements.system", Interface: "requirements.interface"}
SETS = {DataObject: "masters", System: "", Interface: "data"}


class CannotSave(Refused):
    """The row does not fit its rollout, or its name is taken."""


class CannotDelete(Refused):
    """Something still uses it."""


class CannotFix(Refused):
    """This finding is not put right by a single step, or is another one now."""


def save_described(*, row: Row, values: dict[str, Any], sent_version: int | None, by: User) -> Row:
    """Write a new data object, system or interface (``sent_version`` None), or change one; systems and data objects named must be of the same rollout."""
    model = type(row)
    several: Any = values.get(SETS[model]) if SETS[model] else None
    with transaction.atomic():
        if sent_version is not None:
            row = model.objects.select_for_update().get(pk=row.pk)
            claim_version(row, sent_version)
        for name, value in values.items():
            if name != SETS[model]:
                setattr(row, name, value)
        _check_rollout(row, [*(value for value in values.values() if isinstance(value, models.Model)), *(several or [])])
        try:
            with transaction.atomic():
                _save(row, several, SETS[model])
        except IntegrityError as error:
            raise CannotSave(_("There is already one with the name %(name)s in this rollout.") % {"name": row.name}) from error
        verb = Verb.UPDATE if sent_version is not None else Verb.CREATE
        record(by=by, feature=f"{FEATURE[model]}.{'edit' if sent_version is not None else 'create'}", verb=verb, obj=row, outcome=Outcome.OK)
    return row


def _save(row: Any, several: Iterable[models.Model] | None, name: str) -> None:
    """The row and what it is joined with; a change of both is one line of history."""
    if several is None or not name:
        row.save()
        return
    is_new = row.pk is None
    row.skip_history_when_saving = True
    if is_new:
        row.save()
    getattr(row, name).set(several)
    del row.skip_history_when_saving
    row.save()
    if is_new:
        row.history.update(history_type="+")


def _check_rollout(row: Row, named: Iterable[Any]) -> None:
    for other in named:
        if getattr(other, "rollout_id", row.rollout_id) != row.rollout_id:
            raise CannotSave(_("%(name)s belongs to another rollout.") % {"name": other})


def delete_data_object(*, data_object: DataObject, by: User) -> None:
    """Delete a data object that no requirement (dropped ones included) and no interface names."""
    with transaction.atomic():
        locked = DataObject.objects.select_for_update().get(pk=data_object.pk)
        codes = list(Requirement.objects.filter(models.Q(inputs=locked) | models.Q(outputs=locked)).distinct().values_list("code", flat=True)[:4])
        if codes:
            words = {"name": locked, "codes": _(", ").join(codes)}
            raise CannotDelete(_("%(name)s is an input or output of %(codes)s. Take it out there first.") % words)
        interface = locked.interfaces.first()  # type: ignore[attr-defined]
        if interface:
            raise CannotDelete(_("%(name)s goes over the interface %(interface)s. Take it out there first.") % {"name": locked, "interface": interface})
        _delete(locked, by)


def delete_system(*, system: System, by: User) -> None:
    """Delete a system that no data object and no interface names."""
    with transaction.atomic():
        locked = System.objects.select_for_update().get(pk=system.pk)
        data = DataObject.objects.filter(models.Q(source_system=locked) | models.Q(consumer_system=locked) | models.Q(masters=locked)).distinct().first()
        user = data or Interface.objects.filter(models.Q(from_system=locked) | models.Q(to_system=locked)).first()
        if user:
            raise CannotDelete(_("%(user)s names the system %(name)s. Take it out there first.") % {"user": user, "name": locked})
        _delete(locked, by)


def delete_interface(*, interface: Interface, by: User) -> None:
    """Delete an interface; its data objects and systems stay."""
    with transaction.atomic():
        _delete(Interface.objects.select_for_update().get(pk=interface.pk), by)


def _delete(row: DataObject | System | Interface, by: User) -> None:
    record(by=by, feature=f"{FEATURE[type(row)]}.delete", verb=Verb.DELETE, obj=row, outcome=Outcome.OK)
    row.delete()


FIXES = {
    "missing_input": "requirements_mgmt.change_requirement",
    "missing_output": "requirements_mgmt.change_requirement",
    "unfed": "requirements_mgmt.change_dataobject",
    "dead_end": "requirements_mgmt.change_dataobject",
}


def fix_finding(*, finding: FlowFinding, name: str, by: User, now: datetime) -> None:
    """Put a finding right in one step: mark its requirement as origin or final, or name the person who gives or takes its data object."""
    field = {"missing_input": "is_origin", "missing_output": "is_final", "unfed": "source_name", "dead_end": "consumer_name"}.get(finding.kind)
    if field is None:
        raise CannotFix(_("This finding is put right where its requirements or data objects are described."))
    detail = finding.detail
    if field.startswith("is_"):
        requirement = Requirement.objects.filter(pk=detail["requirements"][0][0]).first()
        if requirement is None:
            raise CannotFix(_("The requirement is gone. Check the flow again."))
        edit_requirement(requirement=requirement, values={field: True}, sent_version=requirement.version, by=by, now=now)
        return
    name = name.strip()
    if not name:
        raise CannotFix(_("Name the person, post or organisation."))
    if len(name) > 80:
        raise CannotFix(_("The name has more than 80 characters. Say it shorter."))
    data_object = DataObject.objects.filter(pk=detail["data"][0][0]).first()
    if data_object is None:
        raise CannotFix(_("The data object is gone. Check the flow again."))
    save_described(row=data_object, values={field: name}, sent_version=data_object.version, by=by)


def new_row(model: type[Row], rollout: Rollout) -> Row:
    """An empty row of the rollout, to be filled by ``save_described``."""
    return model(rollout=rollout)
