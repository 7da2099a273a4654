"""A lost update, shown: what was typed beside what somebody else saved meanwhile."""

from typing import Any

from django.db.models import Model
from django.forms import ModelForm


def both_versions(form: ModelForm, stored: Model) -> list[dict[str, Any]]:
    """The fields that differ; the form now starts from the stored version, so that saving again is a decision."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data["version"] = str(stored.version)  # type: ignore[attr-defined]
    form.data = data
    rows = []
    for name in form._meta.fields or ():
        typed, kept = form.cleaned_data.get(name), getattr(stored, name)
        if typed != kept:
            show = getattr(stored, f"get_{name}_display", None)
            rows.append({"label": form.fields[name].label, "typed": typed, "stored": show() if show else kept})
    return rows
