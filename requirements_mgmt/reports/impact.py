"""What a change of a requirement would touch: links, what points at it from other apps, and confirmations that would expire."""

from dataclasses import dataclass, field
from typing import Any

from foundation.people.models import User
from foundation.reading import read_together
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, Confirmation, Requirement, Verdict
from requirements_mgmt.reports.links import LinkEnd, links_of
from requirements_mgmt.trace_types import trace_types

MOST_ROWS = 50


@dataclass
class PointingRow:
    """A row of another app that names the requirement: a procedure, a ticket, an item of the backlog."""

    kind_label: Any
    title: str
    url: str


@dataclass
class Impact:
    """Everything that hangs on one requirement at this moment."""

    links: list[LinkEnd] = field(default_factory=list)
    pointing: list[PointingRow] = field(default_factory=list)
    expiring: list[Confirmation] = field(default_factory=list)
    children: list[Requirement] = field(default_factory=list)
    other_changes: list[ChangeRequest] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.links) + len(self.pointing) + len(self.expiring) + len(self.children)

    def as_json(self) -> dict[str, Any]:
        """The impact in words, to be kept with a decision; what the decider could not see stays unnamed."""
        return {
            "links": [f"{end.phrase}: {end.title}" for end in self.links],
            "pointing": [f"{row.kind_label}: {row.title}" for row in self.pointing],
            "confirmations": [str(row.person) for row in self.expiring],
            "below": [str(row) for row in self.children],
        }


def impact_of(requirement: Requirement, user: User) -> Impact:
    """What would be touched, as far as the person may see it."""
    standing = Confirmation.objects.standing().filter(requirement=requirement, verdict=Verdict.CONFIRM, content_hash=requirement.content_hash)
    open_states = [ChangeRequestState.OPEN, ChangeRequestState.ACCEPTED]
    return Impact(
        links=links_of(requirement, user),
        pointing=pointing_at(requirement, user),
        expiring=list(standing.select_related("person")),
        children=list(Requirement.objects.visible_to(user).live().filter(parent=requirement)[:MOST_ROWS]),
        other_changes=list(ChangeRequest.objects.filter(requirement=requirement, state__in=open_states)),
    )


def pointing_at(requirement: Requirement, user: User) -> list[PointingRow]:
    """Rows of other apps with a foreign key to the requirement, of the kinds that links may join."""
    found = []
    for entry in trace_types().values():
        if entry.model._meta.app_label == "requirements_mgmt":
            continue
        names = [name.name for name in entry.model._meta.get_fields() if getattr(name, "many_to_one", False) and name.related_model is Requirement]
        found += [(entry, entry.visible(user).filter(**{name: requirement})[:MOST_ROWS]) for name in names]
    read_together(*(rows for _entry, rows in found))
    return [PointingRow(entry.label, str(row), entry.address(row)) for entry, rows in found for row in rows]
