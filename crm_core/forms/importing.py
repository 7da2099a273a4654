from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_core.models import (
    ImportBatch,
    ImportKind,
    WhenHere,
    possible_owners,
)
from foundation.people.access import access_of
from foundation.people.models import Department, User


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("CSV, XLSX, XLS, ODS or vCard, in whatever encoding. The row of the column names is found."))
    kind = forms.ChoiceField(label=_("What is in it"), choices=ImportKind.choices, initial=ImportKind.ACCOUNT)
    source = forms.CharField(
        label=_("Source"), max_length=60, required=False, help_text=_("For example “Old CRM”. The matching of columns is kept under this name.")
    )
    default_owner = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Owner where the file names none"),
        required=False,
        empty_label=_("Nobody: into the pool"),
        widget=forms.Select(attrs={"data-select": ""}),
    )
    department = forms.ModelChoiceField(Department.objects.none(), label=_("Pool of"), help_text=_("Where accounts without an owner can be claimed."))
    when_here = forms.ChoiceField(
        label=_("Customers that are here already"), choices=WhenHere.choices, initial=WhenHere.UPDATE, help_text=_("Empty cells never erase anything.")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        access = access_of(by)
        self.fields["default_owner"].queryset = possible_owners(by)
        self.fields["default_owner"].initial = by.pk if by.has_perm("crm_core.claim_account") else None
        paths = [post.department_path for scope, post in access.scope_posts("crm_core.account")]
        within = models.Q(pk__in=access.department_ids)
        for path in paths:
            within |= models.Q(path__startswith=path)
        everything = Department.objects.open()
        self.fields["department"].queryset = everything if access.sees_all("crm_core.account") else everything.filter(within)
        self.fields["department"].initial = access.main_post.department_id if access.main_post else None


class MappingForm(forms.Form):
    """One choice per column of the file; built for a batch."""

    def __init__(self, *args: Any, batch: ImportBatch, choices: list[tuple[str, Any]], initial_mapping: dict[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for place, heading in enumerate(batch.headings):
            name = f"column_{place}"
            self.fields[name] = forms.ChoiceField(
                label=heading or _("Column %(number)d") % {"number": place + 1}, choices=[("", _("Leave out")), *choices], required=False
            )
            self.fields[name].initial = initial_mapping.get(str(place), "")

    def mapping(self) -> dict[str, str]:
        """Field by number of the column, without the columns left out."""
        return {name.removeprefix("column_"): value for name, value in self.cleaned_data.items() if value}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [value for value in cleaned.values() if value]
        for value in sorted({value for value in chosen if chosen.count(value) > 1}):
            for name in [name for name, field in cleaned.items() if field == value][1:]:
                self.add_error(name, _("Another column goes there already."))
        if "name" not in chosen:
            raise ValidationError(_("Say which column holds the name."))
        return cleaned
