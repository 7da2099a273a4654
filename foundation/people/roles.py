"""What a role is: verbs as permissions and how far it sees. The table itself stands in ``settings.ROLES``."""

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """How far a role sees into one kind of row, from nothing to everything."""

    NONE = "none", _("Nothing")
    OWN = "own", _("Own")
    REPORTS = "reports", _("Own and reports")
    DEPARTMENT = "department", _("Department")
    BELOW = "below", _("Department and below")
    BUSINESS_UNIT = "business_unit", _("Business unit")
    ALL = "all", _("All")


@dataclass(frozen=True)
class Role:
    """A post's rights: verbs as permissions, rows as scopes per model label (``crm_core.account``)."""

    key: str
    name: Any
    permissions: frozenset[str] = frozenset()
    scopes: dict[str, Scope] = field(default_factory=dict)
    home: str = "employee"

    def scope_for(self, label: str) -> Scope:
        """The scope for a model; ``app.*`` serves models not named, nothing serves the rest."""
        app = label.split(".")[0]
        return self.scopes.get(label, self.scopes.get(f"{app}.*", Scope.NONE))
