"""How an app names its screens and actions: the lists that ``settings.FEATURES`` points at."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FeatureSpec:
    """A screen or an action under a key that never changes, so that requirements, steps and metrics can point at it."""

    key: str
    kind: str
    name: Any
    url_name: str = ""
    permission: str = ""
