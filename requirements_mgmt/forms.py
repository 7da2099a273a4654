"""Validation of what people type about requirements."""

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.people.access import roles
from foundation.people.models import Department, User
from foundation.usage.models import Feature
from implementation.models import Rollout
from requirements_mgmt.models import ChangeRequest, DataObject, Interface, Priority, Requirement, System, Verdict

NAMES = re.compile(r"[;；、,，\n]+")


class NamesField(forms.CharField):
    """Names of data objects, apart by comma or semicolon, Chinese signs included."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        names = list(dict.fromkeys(name.strip() for name in NAMES.split(text) if name.strip()))
        if any(len(name) > 80 for name in names):
            raise forms.ValidationError(_("A data object has a name of at most 80 characters. Separate names with a comma."))
        return names

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(getattr(one, "name", one) for one in value) if isinstance(value, list) else value


class RequirementForm(forms.ModelForm):
    """A requirement as people write it; saving is the service's."""

    inputs = NamesField(label=_("Inputs"), required=False, help_text=_("Data that it takes in, separated by commas: customer record, price list."))
    outputs = NamesField(label=_("Outputs"), required=False, help_text=_("Data that it hands on, separated by commas."))
    features = forms.ModelMultipleChoiceField(
        label=_("Features"),
        queryset=Feature.objects.none(),
        required=False,
        help_text=_("Screens and actions that fulfil it; their use is counted."),
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )
    roles = forms.MultipleChoiceField(
        label=_("Meant for"),
        required=False,
        help_text=_("Roles that shall work this way. None chosen means everybody in the department."),
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=1)

    class Meta:
        model = Requirement
        fields = [
            "title",
            "statement",
            "scenario",
            "department",
            "priority",
            "level",
            "source_kind",
            "source",
            "parent",
            "is_heading",
            "owner",
            "is_origin",
            "is_final",
            "is_day_one",
        ]
        widgets = {
            "statement": forms.Textarea(attrs={"rows": 5}),
            "scenario": forms.Textarea(attrs={"rows": 4}),
            "parent": forms.Select(attrs={"data-select": ""}),
            "owner": forms.Select(attrs={"data-select": ""}),
            "department": forms.Select(attrs={"data-select": ""}),
        }

    ORDER = (
        "title",
        "statement",
        "scenario",
        "department",
        "priority",
        "level",
        "source_kind",
        "source",
        "inputs",
        "outputs",
        "is_origin",
        "is_final",
        "is_day_one",
        "features",
        "roles",
        "parent",
        "owner",
        "is_heading",
        "version",
    )

    def __init__(self, *args: Any, rollout: Rollout, **kwargs: Any):
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            kwargs["initial"] = {
                "inputs": [row.name for row in instance.inputs.all()],
                "outputs": [row.name for row in instance.outputs.all()],
                "features": [row.pk for row in instance.features.all()],
                "roles": instance.roles,
                "version": instance.version,
                **(kwargs.get("initial") or {}),
            }
        super().__init__(*args, **kwargs)
        self.order_fields(self.ORDER)
        self.fields["features"].queryset = Feature.objects.current()  # type: ignore[attr-defined]
        self.fields["roles"].choices = [(key, role.name) for key, role in roles().items()]  # type: ignore[attr-defined]
        self.fields["department"].queryset = Department.objects.open()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        above = (
            Requirement.objects.filter(rollout=rollout)
            .live()
            .filter(Q(is_heading=True) | Q(children__isnull=False) | Q(pk=getattr(instance, "parent_id", None)))
        )
        self.fields["parent"].queryset = above.distinct()  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the service takes, names of data objects still as names."""
        data = self.cleaned_data
        return {**{name: data[name] for name in self.Meta.fields}, "roles": data["roles"], "features": list(data["features"])}


class DescribedForm(forms.ModelForm):
    """A data object, system or interface of a rollout; what it names is chosen among those of the rollout, saving is the service's."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    OF_ROLLOUT: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        row = kwargs["instance"]
        kwargs["initial"] = {"version": row.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for name in self.OF_ROLLOUT:
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(rollout=row.rollout_id)
        if "owner" in self.fields:
            self.fields["owner"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """The name, free within its rollout; the database has the last word."""
        name: str = self.cleaned_data["name"].strip()
        others = type(self.instance).objects.filter(rollout=self.instance.rollout_id, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("There is already one with this name in this rollout."))
        return name

    @property
    def sent_version(self) -> int:
        """The version that the person saw; none counts as out of date."""
        return self.cleaned_data["version"] or 0

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def _post_clean(self) -> None:
        """The row stays as it was read: the service writes it under its lock."""


class DataObjectForm(DescribedForm):
    """Where a data object comes from, where it goes and where it is kept."""

    OF_ROLLOUT = ("source_system", "consumer_system", "masters")

    class Meta:
        model = DataObject
        fields = ["name", "name_en", "source_name", "source_system", "consumer_name", "consumer_system", "masters"]
        widgets = {"masters": forms.SelectMultiple(attrs={"data-select": ""})}


class SystemForm(DescribedForm):
    """A system and whether people work with it."""

    class Meta:
        model = System
        fields = ["name", "name_en", "is_live", "live_on", "owner"]
        widgets = {"live_on": forms.DateInput(attrs={"type": "date"}), "owner": forms.Select(attrs={"data-select": ""})}


class InterfaceForm(DescribedForm):
    """An interface between two systems."""

    OF_ROLLOUT = ("from_system", "to_system", "data")

    class Meta:
        model = Interface
        fields = ["name", "name_en", "from_system", "to_system", "data", "state", "owner"]
        widgets = {"data": forms.SelectMultiple(attrs={"data-select": ""}), "owner": forms.Select(attrs={"data-select": ""})}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("from_system") and data.get("from_system") == data.get("to_system"):
            self.add_error("to_system", _("An interface joins two different systems."))
        return data


class AcceptForm(forms.Form):
    """Why a finding can stay."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever signs the baseline reads it. It holds until the finding changes."),
    )


class FixForm(forms.Form):
    """The person, post or organisation outside who gives or takes a data object."""

    name = forms.CharField(label=_("Person, post or organisation"), max_length=80, required=False)


class QuickForm(forms.Form):
    """One line that becomes a requirement: title, department, priority."""

    title = forms.CharField(label=_("Title"), max_length=200)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.open())
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.SHOULD)
    parent = forms.ModelChoiceField(queryset=Requirement.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rollout: Rollout, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Requirement.objects.filter(rollout=rollout).live()  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """A change of many requirements: only what is filled in is changed."""

    priority = forms.ChoiceField(label=_("Priority"), required=False, choices=[("", _("Leave as it is")), *Priority.choices])
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        required=False,
        queryset=User.objects.filter(is_active=True),
        empty_label=_("Leave as it is"),
        widget=forms.Select(attrs={"data-select": ""}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("priority") and not data.get("owner"):
            raise forms.ValidationError(_("Choose a priority or an owner to set."))
        return data


class AskForm(forms.Form):
    """Who shall confirm."""

    people = forms.ModelMultipleChoiceField(
        label=_("People"), required=False, queryset=User.objects.filter(is_active=True), widget=forms.SelectMultiple(attrs={"data-select": ""})
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Business liaisons of"),
        required=False,
        queryset=Department.objects.open(),
        help_text=_("Where a department has no liaison, the nearest one above is asked."),
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("people") and not data.get("departments"):
            raise forms.ValidationError(_("Name at least one person or department."))
        return data


class ConfirmForm(forms.Form):
    """A person's answer to the text with ``seen_hash``."""

    verdict = forms.ChoiceField(label=_("Answer"), choices=[(value, value) for value in (Verdict.CONFIRM, Verdict.OBJECT, Verdict.ASK)])
    note = forms.CharField(label=pgettext_lazy("confirmation", "Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    seen_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    person = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("verdict") in (Verdict.OBJECT, Verdict.ASK) and not data.get("note", "").strip():
            self.add_error("note", _("Say in a few words what is wrong or what you want to know."))
        return data


class ReasonForm(forms.Form):
    """A reason that others will read."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReplyForm(forms.Form):
    """A reply to an objection or a question."""

    reply = forms.CharField(label=pgettext_lazy("confirmation", "Reply"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class ChangeRequestForm(forms.ModelForm):
    """What shall change and why."""

    class Meta:
        model = ChangeRequest
        fields = ["title", "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 6})}


class DecisionForm(forms.Form):
    """The decision on a change request with its reason."""

    decision = forms.ChoiceField(label=_("Decision"), choices=[("accept", _("Accept")), ("reject", _("Reject"))], widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class ImportForm(forms.Form):
    """The sheet to bring in and where its rows belong."""

    rollout = forms.ModelChoiceField(label=_("Rollout"), queryset=Rollout.objects.none())
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.open(),
        help_text=_("For rows that name no department."),
        widget=forms.Select(attrs={"data-select": ""}),
    )
    file = forms.FileField(label=_("File"), help_text=_("CSV or Excel. The first row holds the headings, in English or Chinese."))


class MappingForm(forms.Form):
    """Which column of the sheet is which field."""

    def __init__(self, *args: Any, headers: list[str], current: dict[str, str], fields: list[tuple[str, Any]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, label in fields:
            choices = [("", _("Not in the sheet")), *((header, header) for header in headers if header)]
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False, initial=current.get(name, ""))

    def mapping(self) -> dict[str, str]:
        """Field to heading, for the columns that were chosen."""
        return {name: heading for name, heading in self.cleaned_data.items() if heading}


def data_object_names(rollout: Rollout) -> list[str]:
    """Names to choose from while typing."""
    return list(DataObject.objects.filter(rollout=rollout).values_list("name", flat=True)[:500])
