"""How an app names its screens and actions: the lists that ``settings.FEATURES`` points at."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class FeatureSpec:
    """A screen or an action under a key that never changes, so that requirements, steps and metrics can point at it."""

    key: str
    kind: str
    name: Any
    url_name: str = ""
    permission: str = ""
    verb: str = ""

    @property
    def app(self) -> str:
        """The label of the app whose feature this is: of its address or permission, else the start of its key."""
        if ":" in self.url_name:
            return self.url_name.split(":")[0]
        return (self.permission or self.key).split(".")[0]


@cache
def _specs(paths: tuple[str, ...]) -> dict[str, FeatureSpec]:
    found: dict[str, FeatureSpec] = {}
    for path in paths:
        for spec in import_string(path):
            if spec.key in found:
                raise ValueError(f"The feature key {spec.key} is declared twice.")
            found[spec.key] = spec
    return found


def declared() -> dict[str, FeatureSpec]:
    """Every feature of this build by its key, from the lists that ``settings.FEATURES`` names."""
    return _specs(tuple(settings.FEATURES))


@cache
def _by_url(paths: tuple[str, ...]) -> dict[str, dict[str, FeatureSpec]]:
    found: dict[str, dict[str, FeatureSpec]] = {}
    for spec in _specs(paths).values():
        if spec.url_name:
            found.setdefault(spec.url_name, {}).setdefault(spec.kind, spec)
    return found


def feature_of_view(url_name: str, *, writes: bool) -> FeatureSpec | None:
    """The feature behind an address: its action for a request that writes, its screen for one that reads, else what there is."""
    kinds = _by_url(tuple(settings.FEATURES)).get(url_name, {})
    wanted = "action" if writes else "screen"
    return kinds.get(wanted) or next(iter(kinds.values()), None)
