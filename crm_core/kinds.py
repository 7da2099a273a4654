"""The three kinds of accounts side by side: what each is asked, what it must say, and what its facts are called."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REGISTER = ("registered_status", "registered_status_on", "registered_status_source")
PLACE = ("region", "region_text", "address")


@dataclass(frozen=True)
class KindForm:
    """The form of one kind of account: fields in their order, required ones, labels of its own."""

    icon: str
    fields: tuple[str, ...]
    required: frozenset[str] = frozenset({"name"})
    labels: dict[str, Any] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()


KIND_FORMS = {
    "company": KindForm(
        icon="building",
        fields=("name", "name_en", "short_name", "credit_code", *REGISTER, "industry", "level", *PLACE, "phone", "email", "website", "source", "remark"),
        wanted=("name", "kind", "credit_code", "industry", "level", "region", "address", "phone", "source"),
    ),
    "merchant": KindForm(
        icon="building-store",
        fields=("name", "short_name", "credit_code", *REGISTER, "industry", "level", *PLACE, "phone", "email", "website", "source", "remark"),
        required=frozenset({"name", "phone"}),
        labels={"name": _("Shop name"), "short_name": _("Name on the sign"), "industry": _("Line of trade"), "address": _("Address of the shop")},
        wanted=("name", "kind", "credit_code", "industry", "level", "region", "address", "phone", "source"),
    ),
    "individual": KindForm(
        icon="user",
        fields=("name", "name_en", "id_number", "phone", "email", "level", *PLACE, "source", "remark"),
        required=frozenset({"name", "phone"}),
        labels={"name": pgettext_lazy("person", "Name"), "phone": _("Mobile"), "address": _("Home address")},
        wanted=("name", "kind", "level", "region", "address", "phone", "email", "source"),
    ),
}


def kind_form(kind: str) -> KindForm:
    """The form of a kind; an unknown kind is asked what a company is asked."""
    return KIND_FORMS.get(kind, KIND_FORMS["company"])
