from copy import copy
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_core.codes import clean_credit_code, clean_phone, clean_website
from crm_core.models import (
    Account,
    AccountContact,
    Activity,
    CloseReason,
    Contact,
    DealRole,
    ImportBatch,
    ImportKind,
    Opportunity,
    Pipeline,
    Stage,
    Task,
    possible_owners,
)
from foundation.people.access import access_of
from foundation.people.models import Department, User


class RecordForm(forms.ModelForm):
    """Validates facts of one row without touching the row itself; carries the version that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: User, instance: Any = None, only: str = "", **kwargs: Any):
        self.by = by
        self.row = instance
        super().__init__(*args, instance=copy(instance) if instance else None, **kwargs)
        self.fields["version"].initial = getattr(instance, "version", 1)
        if only:
            for name in [name for name in self.fields if name not in {only, "version"}]:
                del self.fields[name]

    @property
    def changes(self) -> dict[str, Any]:
        """The cleaned facts, by field of the model."""
        known = {field.name for field in self._meta.model._meta.get_fields()}
        return {name: value for name, value in self.cleaned_data.items() if name != "version" and name in known}

    def sent_version(self) -> int:
        """The version that stood in the form; 0 never matches."""
        return self.cleaned_data.get("version") or 0

    def take_version(self, version: int) -> None:
        """Carry on from a newer version, once the person has seen it."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(version)


class CodesMixin:
    """Cleans the identifiers that accounts and contacts share."""

    cleaned_data: dict[str, Any]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class AccountForm(CodesMixin, RecordForm):
    class Meta:
        model = Account
        fields = [
            "kind",
            "name",
            "name_en",
            "short_name",
            "credit_code",
            "industry",
            "level",
            "region",
            "phone",
            "email",
            "website",
            "address",
            "source",
            "remark",
        ]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3}), "credit_code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "website" in self.fields:
            self.fields["website"] = forms.CharField(label=_("website"), required=False, max_length=200)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and field.label:
                field.label = str(field.label)

    def clean_credit_code(self) -> str:
        return clean_credit_code(self.cleaned_data["credit_code"])

    def clean_website(self) -> str:
        address = clean_website(self.cleaned_data["website"])
        if address:
            forms.URLField(assume_scheme="https").clean(address)
        return address


class ContactForm(CodesMixin, RecordForm):
    class Meta:
        model = Contact
        fields = ["name", "name_en", "phone", "email", "wechat", "remark"]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}


class NewContactForm(ContactForm):
    """A contact with its first account."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("Account"), widget=forms.Select(attrs={"data-select": ""}))
    title = forms.CharField(label=_("Title"), max_length=80, required=False)
    deal_role = forms.ChoiceField(label=_("Role in the deal"), choices=[("", "—"), *DealRole.choices], required=False)

    field_order = ["account", "name", "title", "deal_role", "phone", "email", "wechat", "name_en", "remark"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(self.by)


class LinkForm(forms.ModelForm):
    """One more account for a contact."""

    class Meta:
        model = AccountContact
        fields = ["account", "title", "deal_role", "starts_on"]
        widgets = {"account": forms.Select(attrs={"data-select": ""}), "starts_on": forms.DateInput}

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(by)


class OwnerForm(forms.Form):
    """To whom, why, and whether open work goes along."""

    owner = forms.ModelChoiceField(User.objects.none(), label=_("New owner"), widget=forms.Select(attrs={"data-select": ""}))
    reason = forms.CharField(label=_("Reason"), max_length=200)
    take_along = forms.BooleanField(
        label=_("Open opportunities, contacts and tasks go along"), required=False, initial=True, help_text=_("Their stages stay as they are.")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners(by)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The next owner reads this."))


class ShareForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=_("Collaborator"), widget=forms.Select(attrs={"data-select": ""}))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(is_active=True)


class TagForm(forms.Form):
    name = forms.CharField(label=_("Tag"), max_length=40, help_text=_("One word or two, for example “Trade fair 2026”."))


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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("next_step") and not cleaned.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", ValidationError(_("Say on which day, so that it becomes a task.")))
        return cleaned


class TaskForm(RecordForm):
    class Meta:
        model = Task
        fields = ["title", "due_on", "owner", "account", "opportunity"]
        widgets = {"due_on": forms.DateInput, "account": forms.Select(attrs={"data-select": ""}), "owner": forms.Select(attrs={"data-select": ""})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        own = models.Q(pk=self.by.pk) | models.Q(pk=self.row.owner_id if self.row else None)
        self.fields["owner"].queryset = User.objects.filter(own | models.Q(pk__in=possible_owners(self.by).values("pk")))
        self.fields["owner"].initial = self.by.pk
        self.fields["account"].queryset = Account.objects.visible_to(self.by)
        self.fields["opportunity"].queryset = Opportunity.objects.visible_to(self.by).select_related("account")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        account, deal = cleaned.get("account"), cleaned.get("opportunity")
        if deal and account and deal.account_id != account.pk:
            self.add_error("opportunity", _("This opportunity belongs to another account."))
        if deal and not account:
            cleaned["account"] = deal.account
        return cleaned


class SnoozeForm(forms.Form):
    """Until when; a number of days or a date."""

    days = forms.IntegerField(min_value=1, max_value=365, required=False)
    until = forms.DateField(required=False, widget=forms.DateInput)

    def day(self, today: Any) -> Any:
        return self.cleaned_data.get("until") or today + timedelta(days=self.cleaned_data.get("days") or 1)


class OpportunityForm(RecordForm):
    class Meta:
        model = Opportunity
        fields = ["account", "name", "pipeline", "amount", "currency", "close_on", "contact", "remark"]
        widgets = {
            "account": forms.Select(attrs={"data-select": ""}),
            "contact": forms.Select(attrs={"data-select": ""}),
            "close_on": forms.DateInput,
            "remark": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "account" in self.fields:
            self.fields["account"].queryset = Account.objects.visible_to(self.by)
        if "pipeline" in self.fields:
            self.fields["pipeline"].queryset = Pipeline.objects.filter(is_active=True)
            self.fields["pipeline"].initial = Pipeline.objects.filter(is_active=True).first()
        if self.row is not None:  # a deal stays at its account and in its pipeline
            account = self.row.account
            for name in {"account", "pipeline"} & set(self.fields):
                del self.fields[name]
        if "contact" in self.fields:
            contacts = Contact.objects.visible_to(self.by)
            self.fields["contact"].queryset = contacts.filter(account_links__account=account).distinct() if account else contacts

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        account, contact = cleaned.get("account"), cleaned.get("contact")
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


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("CSV (UTF-8, UTF-16, GB18030) or XLSX, with the column names in the first row."))
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
    update_existing = forms.BooleanField(
        label=_("Update what is here already"),
        required=False,
        initial=True,
        help_text=_("Otherwise rows that are found here are skipped. Empty cells never erase anything."),
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
