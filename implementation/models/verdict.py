from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from foundation.reading import Asking


class Status(models.TextChoices):
    """What one criterion says."""

    MET = "met", _("Met")
    RISK = "risk", _("At risk")
    NOT_MET = "not_met", _("Not met")


class Verdict(models.TextChoices):
    """What a gate says, in words and never as a score."""

    READY = "ready", _("Ready")
    READY_WITH_RISKS = "ready_with_risks", _("Ready with risks")
    NOT_READY = "not_ready", _("Not ready")


@dataclass(frozen=True)
class CheckResult:
    """The answer of a live check: status, a sentence with figures, the value behind it and the rows as (label, address)."""

    status: str
    sentence: str
    value: Any = None
    rows: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class GateCheck:
    """A live check under a key that never changes.

    ``function(*, phase, parameters, today)`` yields the querysets that it needs and returns a ``CheckResult``; ``phases`` are the kinds
    of phase whose new gates get the check as a criterion, ``parameters`` the values they start with, ``labels`` the parameters' names for the form.
    """

    key: str
    name: Any
    function: Callable[..., Asking[CheckResult] | CheckResult]
    phases: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """The check's name in each language, as a criterion keeps it."""
        found = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found[language] = str(self.name)
        return found


def verdict_of(statuses: Iterable[str]) -> Verdict:
    """Not ready as soon as one criterion is not met, ready with risks as soon as one is at risk, else ready."""
    seen = set(statuses)
    if Status.NOT_MET in seen or not seen:
        return Verdict.NOT_READY
    return Verdict.READY_WITH_RISKS if Status.RISK in seen else Verdict.READY
