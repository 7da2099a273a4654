from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.people.models import Department, User


class RoundForm(forms.Form):
    """Whom to ask, for what, by when."""

    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("Department"),
        widget=forms.Select(attrs={"data-select": ""}),
        help_text=_("Everybody there and below who looks after customers gets a sheet of their own."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    due_on = forms.DateField(
        label=_("Due"), widget=forms.DateInput, help_text=_("People are reminded two working days ahead; when the day has passed their managers are told.")
    )
    message = forms.CharField(
        label=_("What people are asked"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands in the notice and on the first page of the workbook."),
    )

    def __init__(self, *args: Any, departments: Iterable[Department], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(pk__in=[one.pk for one in departments]).order_by("path")


class ExtendForm(forms.Form):
    due_on = forms.DateField(label=_("New day"), widget=forms.DateInput)


class AddPeopleForm(forms.Form):
    """Who else gets a sheet of a running round."""

    people = forms.ModelMultipleChoiceField(User.objects.none(), label=_("People"), required=False, widget=forms.SelectMultiple(attrs={"data-select": ""}))
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("Everybody of a department"),
        required=False,
        widget=forms.Select(attrs={"data-select": ""}),
        help_text=_("Everybody there and below who looks after customers and has no sheet of this round yet."),
    )

    def __init__(self, *args: Any, people: Iterable[tuple[User, Department]], departments: Iterable[Department], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = User.objects.filter(pk__in=[person.pk for person, _place in people]).order_by("name_key", "pk")
        self.fields["department"].queryset = Department.objects.filter(pk__in=[one.pk for one in departments]).order_by("path")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("people") and not cleaned.get("department"):
            raise forms.ValidationError(_("Name people or a department."))
        return cleaned


class TakeOutForm(forms.Form):
    """Why somebody need not hand back a sheet."""

    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("The person reads it, and it stays with the round."))


class SheetReturnForm(forms.Form):
    file = forms.FileField(label=_("Your filled-in sheet"), help_text=_("XLSX as you downloaded it; ODS and CSV are taken too."))
