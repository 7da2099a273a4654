"""Custom fields in the API: read by key, written by key, refused by key."""

from typing import Any

from django.utils.translation import gettext as _
from ninja import Schema
from ninja.errors import ValidationError
from pydantic import Field

from crm_core.field_values import filled_fields, seen_fields
from crm_core.models.custom_field import PREFIX


class CustomOut(Schema):
    custom: dict[str, Any] = Field(description="Values of custom fields by key, those that you may see; keys without a value are left out.")

    @staticmethod
    def resolve_custom(obj: Any, context: Any) -> dict[str, Any]:
        fields = seen_fields(obj._meta.model_name, context["request"].user)
        return {field.key: obj.custom[field.key] for field in fields if field.key in obj.custom}


CUSTOM_IN: Any = Field(default_factory=dict, description="Values of custom fields by key; null clears one, keys that are not sent stay.")


def api_name(name: str) -> str:
    """A field of a form as the API calls it: custom.key."""
    return f"custom.{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name


def typed(noun: str, data: dict[str, Any], user: Any, kind: str = "") -> dict[str, Any]:
    """What a form takes, from what was sent; 422 for a key of a custom field that is not there or not to be filled."""
    given = data.pop("custom", None) or {}
    known = {field.key: field for field in filled_fields(noun, user, kind)}
    if unknown := [key for key in given if key not in known]:
        sentence = _("There is no such field here, or you may not fill it.")
        raise ValidationError([{"fields": {f"custom.{key}"[:80]: [sentence] for key in unknown[:20]}}])
    return {name: value for name, value in data.items() if value is not None} | {known[key].name: value for key, value in given.items()}
