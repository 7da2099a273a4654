"""Forms of feedback: validation only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.models import Severity, Ticket, TicketKind
from foundation.people.models import User
from foundation.uploads import IMAGES, Accepted, accept
from requirements_mgmt.models import Requirement


class ReportForm(forms.Form):
    """What the reporter says; the rest the server knows."""

    kind = forms.ChoiceField(label=_("What is it"), choices=TicketKind.choices, initial=TicketKind.BUG, widget=forms.RadioSelect)
    title = forms.CharField(label=_("In one sentence"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    body = forms.CharField(label=_("What happened, and what did you expect"), max_length=10000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    severity = forms.ChoiceField(label=_("How bad is it"), choices=Severity.choices, initial=Severity.HINDERS, widget=forms.RadioSelect)
    screenshot = forms.FileField(
        label=pgettext_lazy("report", "Picture"), required=False, help_text=_("PNG, JPEG, WebP or GIF. You can also paste a picture anywhere in this form.")
    )
    page_url = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)

    def clean_screenshot(self) -> Accepted | None:
        """The picture, drawn anew; anything else is refused with its reason."""
        file = self.cleaned_data.get("screenshot")
        return accept(file, kinds=IMAGES) if file else None

    def clean_page_url(self) -> str:
        """A path of this suite; anything else is dropped, the report is what counts."""
        page = self.cleaned_data.get("page_url") or ""
        return page if page.startswith("/") and not page.startswith(("//", "/\\")) else ""


class WordsForm(forms.Form):
    """Words on a ticket, and the version and the last message that the writer has seen."""

    body = forms.CharField(label=_("Words"), max_length=10000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    internal = forms.BooleanField(label=_("Only for liaison and team"), required=False)


class FactForm(forms.ModelForm):
    """Facts of a ticket that liaison and team put right."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Ticket
        fields = ["kind", "severity", "requirement", "title"]
        widgets = {"requirement": forms.Select(attrs={"data-select": ""})}

    def __init__(self, *args: Any, requirements: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["requirement"].queryset = requirements


class MergeForm(forms.Form):
    """Which ticket to merge into, among those that the person may see."""

    into = forms.ModelChoiceField(label=_("Merge into"), queryset=Ticket.objects.none())
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, visible: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = visible


class TakeForm(forms.Form):
    """The team's analysis: who fixes it and what lies behind it."""

    assignee = forms.ModelChoiceField(label=_("Who fixes it"), queryset=User.objects.none())
    analysis = forms.CharField(label=_("What the analysis found"), max_length=10000, widget=forms.Textarea(attrs={"rows": 3}))
    requirement = forms.ModelChoiceField(label=_("Requirement behind it"), queryset=Requirement.objects.none(), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, people: Any, requirements: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people
        self.fields["requirement"].queryset = requirements


class DecideForm(forms.Form):
    """The decision on a backlog item."""

    requirement = forms.ModelChoiceField(label=_("Requirement behind it"), queryset=Requirement.objects.none(), required=False)
    note = forms.CharField(label=_("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, requirements: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["requirement"].queryset = requirements
