"""Writing what people do: one event per use, in the transaction of the change itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone, translation

from foundation.people.access import Access, access_of
from foundation.usage.catalogue import FeatureSpec, declared
from foundation.usage.context import current_context
from foundation.usage.models import Feature, FeatureKind, Outcome, UsageEvent, Verb
from foundation.usage.rollup import roll_up_day, roll_up_pending

__all__ = [
    "UnknownFeature",
    "event_of",
    "feature_fields",
    "feature_id",
    "forget_feature_ids",
    "record",
    "record_invalid",
    "roll_up_day",
    "roll_up_pending",
    "sync_features",
    "verb_of_key",
]

_ids: dict[tuple[str, str], int] = {}
_born: set[tuple[str, str]] = set()  # written by this process in a transaction that may yet be rolled back


class UnknownFeature(LookupError):
    """A key that no ``features.py`` declares: a typing error in the code that records."""


def forget_feature_ids() -> None:
    """Drop the kept feature numbers; after a restore or between tests."""
    _ids.clear()
    _born.clear()


def feature_id(key: str) -> int:
    """The number of a feature, read once per process; a declared feature not yet in the table is written."""
    place = (str(connection.settings_dict["NAME"]), key)
    known = _ids.get(place)
    if known is not None:
        return known
    found = Feature.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        spec = declared().get(key)
        if spec is None:
            raise UnknownFeature(f"No features.py in settings.FEATURES declares the feature {key}.")
        _born.add(place)
        found = Feature.objects.get_or_create(key=key, defaults=feature_fields(spec))[0].pk
        transaction.on_commit(lambda: _born.discard(place))
    if place not in _born:  # a row that is rolled back must not be pointed at
        _ids[place] = found
    return found


def feature_fields(spec: FeatureSpec) -> dict[str, Any]:
    """The columns of a feature as its spec says, named in both languages."""
    names = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            names[language] = str(spec.name)
    return {
        "kind": FeatureKind(spec.kind),
        "name": names["zh-hans"],
        "name_en": names["en"],
        "app": spec.app,
        "url_name": spec.url_name,
        "permission": spec.permission,
        "is_retired": False,
    }


def event_of(
    *,
    by: Any,
    feature: str | Feature,
    verb: str,
    obj: models.Model | None = None,
    outcome: str = Outcome.OK,
    filled: int | None = None,
    required: int | None = None,
    occurred_at: datetime | None = None,
    now: datetime | None = None,
    surface: str | None = None,
    access: Access | None = None,
) -> UsageEvent:
    """An event that is not yet written; for ``record`` and for writers of many (``UsageEvent.objects.bulk_create``)."""
    at = now or timezone.now()
    context = current_context()
    post = (access or access_of(by)).main_post
    return UsageEvent(
        recorded_at=at,
        occurred_at=occurred_at or at,
        user=by,
        department_id=post.department_id if post else None,
        role=post.role.key if post else "",
        verb=Verb(verb),
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        feature_id=feature.pk if isinstance(feature, Feature) else feature_id(feature),
        outcome=Outcome(outcome),
        filled=filled,
        required=required,
        surface=surface or context.surface,
        session_hash=context.session_hash,
        build=context.build,
        language=(translation.get_language() or "")[:10],
    )


def record(*, by: Any, feature: str | Feature, verb: str, **details: Any) -> UsageEvent:
    """Write one event with one INSERT, in the transaction of the caller; details as ``event_of`` takes them.

    Surface, session and build come from the context, department and role from the person's main post today
    (pass ``access=access_of(user, day)`` with ``now=`` for another day).
    """
    event = event_of(by=by, feature=feature, verb=verb, **details)
    event.save(force_insert=True)
    return event


def record_invalid(*, by: Any, feature: str | Feature, form: Any, verb: str = "", obj: models.Model | None = None) -> UsageEvent | None:
    """Write that a form refused what was typed: how many fields were required and how many of those were filled, never their text."""
    if not getattr(by, "is_authenticated", False):
        return None
    needed = [name for name, field in form.fields.items() if field.required]
    filled = sum(1 for name in needed if form[name].value() not in (None, "", []))
    key = feature.key if isinstance(feature, Feature) else feature
    return record(by=by, feature=feature, verb=verb or verb_of_key(key), obj=obj, outcome=Outcome.INVALID, filled=filled, required=len(needed))


def verb_of_key(key: str) -> str:
    """The verb that a feature's key ends in (``crm.account.create``), else the one its spec names, else ``update``."""
    spec = declared().get(key)
    if spec and spec.verb:
        return Verb(spec.verb)
    last = key.rsplit(".", 1)[-1]
    return Verb(last) if last in Verb.values else Verb.UPDATE


@dataclass(frozen=True)
class Synced:
    """What a run of ``sync_features`` did."""

    total: int
    added: int
    changed: int
    retired: int


@transaction.atomic
def sync_features() -> Synced:
    """Make the Feature table say what this build declares; keys that vanished are retired, never deleted."""
    specs, known = declared(), {row.key: row for row in Feature.objects.all()}
    added = [Feature(key=key, **feature_fields(spec)) for key, spec in specs.items() if key not in known]
    changed = []
    for key, row in known.items():
        wanted = feature_fields(specs[key]) if key in specs else {"is_retired": True}
        different = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if different:
            for name, value in different.items():
                setattr(row, name, value)
            changed.append(row)
    Feature.objects.bulk_create(added)
    Feature.objects.bulk_update(changed, ["kind", "name", "name_en", "app", "url_name", "permission", "is_retired"])
    retired = sum(1 for row in changed if row.key not in specs)
    return Synced(total=len(specs), added=len(added), changed=len(changed) - retired, retired=retired)
