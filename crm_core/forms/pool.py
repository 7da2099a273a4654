"""Forms of the pools: their rules, members, recycle rules, capacity, exemptions; validation only."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_core.forms.record import RecordForm
from crm_core.models import Account, AccountKind, CapacityRule, FallKind, OwnershipPer, Pool, RecycleRule, offered_kinds
from crm_core.models.book import book_of
from foundation.people.models import Department, User


class ManyChoice(forms.MultipleChoiceField):
    """Several codes as ticks; stored as a list."""

    widget = forms.CheckboxSelectMultiple


def _kinds(label: Any, help_text: Any = "") -> ManyChoice:
    return ManyChoice(label=label, choices=AccountKind.choices, required=False, help_text=help_text)


def _levels(label: Any, help_text: Any = "") -> ManyChoice:
    return ManyChoice(label=label, choices=lambda: book_of("level").choices(), required=False, help_text=help_text)


class PoolForm(RecordForm):
    kinds = _kinds(_("Account kinds"), _("Only these fall in here; none ticked means every kind."))

    class Meta:
        model = Pool
        fields = [
            "name",
            "name_en",
            "department",
            "more_departments",
            "members_only",
            "is_default",
            "is_active",
            "order",
            "quota",
            "quota_period",
            "cooldown_owner_days",
            "cooldown_team_days",
            "quiet_hours_after_fall",
            "quiet_from",
            "quiet_to",
        ]
        widgets = {"department": forms.Select(attrs={"data-select": ""}), "more_departments": forms.SelectMultiple(attrs={"data-select": ""})}

    field_order = ["name", "name_en", "department", "more_departments", "kinds"]

    def __init__(self, *args: Any, departments: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments
        self.fields["more_departments"].queryset = Department.objects.filter(closed_on__isnull=True)
        if self.row is not None:
            self.fields["kinds"].initial = self.row.kinds

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_to")
        if (start is None) != (end is None):
            self.add_error("quiet_to" if start else "quiet_from", _("Quiet time needs both ends."))
        elif start is not None and start == end:
            self.add_error("quiet_to", _("Beginning and end are the same; nobody could tell whether that is always or never."))
        return cleaned

    def validate_constraints(self) -> None:
        """The service says in words what the database would refuse."""


class RecycleRuleForm(RecordForm):
    kinds = _kinds(_("Only these kinds"), _("None ticked means every kind of the pool."))
    levels = _levels(_("Only these levels"), _("None ticked means every level."))
    exempt_levels = _levels(_("Never these levels"))

    class Meta:
        model = RecycleRule
        fields = ["kind", "days", "in_workdays", "remind_days", "exempt_tags", "exempt_open_deals", "is_active"]
        help_texts = {
            "remind_days": _("The owner is told, and sees it in My day. 0 means no reminder."),
            "exempt_open_deals": _(
                "Such accounts never fall. Ticked: they are left out quietly. Not ticked: the run reports them, so that somebody settles it."
            ),
            "is_active": _("A rule that is not in use does nothing; the count beside it says what it would do."),
        }

    field_order = ["kind", "days", "in_workdays", "remind_days", "kinds", "levels", "exempt_levels", "exempt_tags", "exempt_open_deals", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        names = dict(FallKind.choices)
        self.fields["kind"].choices = [(kind, names[FallKind(kind)]) for kind in offered_kinds()]
        self.fields["exempt_tags"].widget = forms.CheckboxSelectMultiple(choices=self.fields["exempt_tags"].choices)
        self.fields["days"].required = False
        if self.row is not None:
            for name in ("kinds", "levels", "exempt_levels"):
                self.fields[name].initial = getattr(self.row, name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == FallKind.OWNER_LEFT:
            cleaned["days"] = 0
        elif not cleaned.get("days"):
            self.add_error("days", _("Say after how many days, at least 1."))
        return cleaned

    def validate_constraints(self) -> None:
        """``clean`` says it in words."""


class CapacityRuleForm(RecordForm):
    kinds = _kinds(_("Account kinds"), _("None ticked means every kind."))
    levels = _levels(_("Levels"), _("None ticked means every level."))

    class Meta:
        model = CapacityRule
        fields = ["name", "name_en", "limit", "department", "counts_new", "is_active"]
        widgets = {"department": forms.Select(attrs={"data-select": ""})}

    field_order = ["name", "name_en", "limit", "department", "kinds", "levels"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(closed_on__isnull=True)
        if self.row is not None:
            for name in ("kinds", "levels"):
                self.fields[name].initial = getattr(self.row, name)


def _in_a_month() -> Any:
    return timezone.localdate() + timedelta(days=30)


class PersonExemptionForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), widget=forms.Select(attrs={"data-select": ""}))
    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=1_000_000, required=False, help_text=_("Empty means without limit."))
    expires_on = forms.DateField(
        label=_("Until"), initial=_in_a_month, widget=forms.DateInput, help_text=_("The last day; from the next day on the rule applies again.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(is_active=True)


class AccountExemptionForm(forms.Form):
    expires_on = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput, help_text=_("The last day; empty means for good."))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Whoever looks at the ledger reads this."))


class PoolMemberForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), widget=forms.Select(attrs={"data-select": ""}))
    is_admin = forms.BooleanField(
        label=_("Looks after the pool"), required=False, help_text=_("May change the rules of this pool, if the person's role may do so at all.")
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(is_active=True)


class MovePoolForm(forms.Form):
    pool = forms.ModelChoiceField(Pool.objects.none(), label=_("Into which pool"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, pools: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools


class ReturnForm(forms.Form):
    """Why an account goes back, and into which pool where there is a choice."""

    pool = forms.ModelChoiceField(Pool.objects.none(), label=_("Pool"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The next owner reads this."))

    def __init__(self, *args: Any, account: Account, pools: list[Pool], **kwargs: Any):
        super().__init__(*args, **kwargs)
        if len(pools) < 2:
            del self.fields["pool"]
        else:
            self.fields["pool"].queryset = Pool.objects.filter(pk__in=[pool.pk for pool in pools])
            self.fields["pool"].initial = pools[0].pk
            self.fields["pool"].empty_label = None


class OwnershipModeForm(forms.Form):
    per = forms.ChoiceField(label=_("How many owners an account has"), choices=OwnershipPer.choices, widget=forms.RadioSelect)
