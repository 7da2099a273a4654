from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.people.models import Department


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


class SheetReturnForm(forms.Form):
    file = forms.FileField(label=_("Your filled-in sheet"), help_text=_("XLSX as you downloaded it; ODS and CSV are taken too."))
