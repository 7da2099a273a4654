from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_core.forms.record import RecordForm
from crm_core.models import (
    Account,
    Activity,
    Contact,
    Opportunity,
)
from foundation.ui.fields import BLANK


class ActivityForm(RecordForm):
    """One line: kind, words, when; behind it details, and the next step with its day."""

    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = forms.DateField(label=_("On"), required=False, widget=forms.DateInput)

    class Meta:
        model = Activity
        fields = ["kind", "subject", "body", "occurred_at", "contact", "opportunity", "is_promise"]
        widgets = {"body": forms.Textarea(attrs={"rows": 3}), "occurred_at": forms.DateTimeInput}

    def __init__(self, *args: Any, account: Account, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["occurred_at"].required = False
        self.fields["occurred_at"].help_text = _("Empty means now.")
        self.fields["contact"].queryset = Contact.objects.live().filter(account_links__account=account).distinct()
        self.fields["opportunity"].queryset = Opportunity.objects.visible_to(self.by).filter(account=account)

    def offer(self, *, contacts: Iterable[Contact], opportunities: Iterable[Opportunity]) -> None:
        """Show these to choose from, where the page has read them already: the form then asks nothing."""
        for name, rows in (("contact", contacts), ("opportunity", opportunities)):
            self.fields[name].choices = [("", BLANK), *((row.pk, str(row)) for row in rows)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("next_step") and not cleaned.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", ValidationError(_("Say on which day, so that it becomes a task.")))
        return cleaned
