from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.forms.record import RecordForm
from crm_core.models import (
    Account,
    AccountKind,
    CloseReason,
    Contact,
    Opportunity,
    Pipeline,
    Stage,
)
from foundation.ui.fields import RemoteSelect


class OpportunityForm(RecordForm):
    class Meta:
        model = Opportunity
        fields = ["account", "name", "pipeline", "amount", "currency", "close_on", "contact", "remark"]
        widgets = {
            "account": RemoteSelect("crm_core:account_choices"),
            "contact": RemoteSelect("crm_core:contact_choices"),
            "close_on": forms.DateInput,
            "remark": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any):
        self.account = account
        super().__init__(*args, **kwargs)
        if "account" in self.fields:
            self.fields["account"].queryset = Account.objects.visible_to(self.by)
        if "pipeline" in self.fields:
            serving = [pipeline for pipeline in Pipeline.objects.filter(is_active=True) if not account or pipeline.serves(account.kind)]
            self.fields["pipeline"].queryset = Pipeline.objects.filter(pk__in=[pipeline.pk for pipeline in serving])
            kind = account.kind if account else AccountKind.COMPANY
            self.fields["pipeline"].initial = min(
                (one for one in serving if one.serves(kind)), key=lambda one: (not one.kinds, one.order, one.pk), default=None
            )
        if self.row is not None:  # a deal stays at its account and in its pipeline
            account = self.row.account
            for name in {"account", "pipeline"} & set(self.fields):
                del self.fields[name]
        if "contact" in self.fields:
            contacts = Contact.objects.visible_to(self.by)
            self.fields["contact"].queryset = contacts.filter(account_links__account=account).distinct() if account else contacts

    @property
    def kind(self) -> str:
        """The kind of the account at which the deal stands, when it is known already."""
        account = self.row.account if self.row is not None else self.account
        return account.kind if account else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        account, contact, pipeline = cleaned.get("account"), cleaned.get("contact"), cleaned.get("pipeline")
        if account and pipeline and not pipeline.serves(account.kind):
            words = {"pipeline": pipeline, "kind": account.get_kind_display()}
            self.add_error("pipeline", _("“%(pipeline)s” is not for accounts of the kind “%(kind)s”.") % words)
        if account and contact and not contact.account_links.filter(account=account).exists():
            self.add_error("contact", _("This contact does not belong to the account."))
        return cleaned


class MoveForm(forms.Form):
    """A stage, and what the stage asks for; ``to`` and ``version`` as the board sends them."""

    to = forms.ModelChoiceField(Stage.objects.none(), label=_("Sales stage"))
    version = forms.IntegerField(widget=forms.HiddenInput)
    amount = forms.DecimalField(label=_("Amount"), max_digits=16, decimal_places=2, min_value=0, required=False)
    close_on = forms.DateField(label=_("Close date"), required=False, widget=forms.DateInput)
    close_reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *CloseReason.choices], required=False)
    lost_reason = forms.CharField(label=_("What decided it"), max_length=300, required=False)

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = opportunity.pipeline.stages.all()

    def extra(self) -> dict[str, Any]:
        """What the stage may ask for."""
        return {name: self.cleaned_data.get(name) for name in ("amount", "close_on", "close_reason", "lost_reason")}
