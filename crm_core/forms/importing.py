from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_core.models import ImportBatch, ImportKind, SourceKind, WhenHere, possible_owners
from foundation.encodings import ENCODINGS
from foundation.people.access import access_of
from foundation.people.models import Department, User

DELIMITERS = (
    ("", _("Found by itself")),
    (",", _("Comma ,")),
    (";", _("Semicolon ;")),
    ("\t", _("Tab")),
    ("|", _("Vertical bar |")),
)


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("CSV, XLSX, XLS, ODS or vCard, in whatever encoding. The row of the column names is found."))
    kind = forms.ChoiceField(label=_("What is in it"), choices=ImportKind.choices, initial=ImportKind.ACCOUNT)
    source_kind = forms.ChoiceField(label=_("Where it comes from"), choices=SourceKind.choices, initial=SourceKind.OTHER, required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"list": "known-sources", "autocomplete": "off"}),
        help_text=_("For example “Old CRM”. The matching of columns is kept under this name."),
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

    def clean_source_kind(self) -> str:
        return self.cleaned_data["source_kind"] or SourceKind.OTHER


class ReadingForm(forms.Form):
    """How a file is to be read, where what was found is not what the person sees in it."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Cells are divided by"), choices=DELIMITERS, required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    heading_row = forms.IntegerField(label=_("Row of the headings"), min_value=1, max_value=10_000, required=False, help_text=_("Empty: it is found."))
    heading_rows = forms.TypedChoiceField(
        label=_("The headings fill"),
        choices=[("", _("as found")), (1, pgettext_lazy("headings", "one row")), (2, pgettext_lazy("headings", "two rows"))],
        coerce=int,
        empty_value=0,
        required=False,
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any):
        super().__init__(*args, **kwargs)
        found = batch.reading
        is_text = not batch.sheet and not found.get("sheets")
        known = dict.fromkeys([batch.encoding, *(name for name, _lines in found.get("encodings", [])), *ENCODINGS, "utf-16-le", "utf-16-be"])
        self.fields["encoding"].choices = [("", _("Found by itself")), *((name, name.upper()) for name in known if name)]
        self.fields["sheet"].choices = [("", _("The first that holds anything")), *((name, name) for name in found.get("sheets", []))]
        self.initial |= {
            "encoding": batch.encoding,
            "delimiter": batch.delimiter.replace("\\t", "\t"),
            "sheet": batch.sheet,
            "heading_row": batch.heading_row,
            "heading_rows": batch.heading_rows,
        }
        if batch.delimiter and self.initial["delimiter"] not in dict(DELIMITERS):
            self.fields["delimiter"].choices = [*DELIMITERS, (batch.delimiter, batch.delimiter)]
        for name in ("sheet",) if is_text else ("encoding", "delimiter"):
            del self.fields[name]
        if found.get("is_cards"):  # cards have neither cells nor headings
            for name in ("delimiter", "heading_row", "heading_rows"):
                self.fields.pop(name, None)

    def said(self) -> dict[str, Any]:
        """What the person said, without what is left to be found."""
        return {name: value for name, value in self.cleaned_data.items() if value}
