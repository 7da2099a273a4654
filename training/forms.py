"""Forms of training: validation only."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from foundation.people.access import roles
from foundation.people.models import Department, User
from foundation.usage.models import Feature, FeatureKind, Verb
from requirements_mgmt.models import Requirement
from training.models import Procedure, ProcedureStep, StepAction


def role_choices() -> list[tuple[str, Any]]:
    """Every role by its name."""
    return [(key, role.name) for key, role in roles().items()]


def permission_choices() -> list[tuple[str, str]]:
    """Every permission that some role grants; the empty one shows a step to everybody."""
    return [("", "—"), *((name, name) for name in sorted(frozenset().union(*(role.permissions for role in roles().values()))))]


class ProcedureForm(forms.ModelForm):
    """A procedure's words in both languages, and the roles whose manuals it belongs into."""

    roles = forms.MultipleChoiceField(label=_("Belongs into the manuals of"), widget=forms.CheckboxSelectMultiple)
    sent_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Procedure
        fields = ["code", "title", "title_en", "summary", "summary_en", "before", "before_en", "after", "after_en", "requirement"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("summary", "summary_en", "before", "before_en", "after", "after_en")}

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices()
        self.fields["requirement"].queryset = Requirement.objects.visible_to(user).order_by("code")
        if self.instance.pk:
            self.fields["roles"].initial = [row.role for row in self.instance.procedure_roles.all()]
            self.fields["sent_version"].initial = self.instance.version


class StepForm(forms.ModelForm):
    """One step; the event is asked for where the action is to check."""

    permission = forms.ChoiceField(label=_("Permission"), required=False)
    expected_verb = forms.ChoiceField(label=_("Expected verb"), required=False, choices=[("", "—"), *Verb.choices])

    class Meta:
        model = ProcedureStep
        fields = ["text", "text_en", "action", "screen", "element_role", "element_name", "element_name_en", "permission", "expected_feature", "expected_verb"]

    def __init__(self, *args: Any, features: Sequence[Feature], **kwargs: Any):
        """``features`` is the catalogue, read once for all steps of the form."""
        super().__init__(*args, **kwargs)
        self.fields["permission"].choices = permission_choices()
        current = Feature.objects.current()
        self.fields["screen"].queryset = current.filter(kind="screen")
        self.fields["screen"].choices = [("", "—"), *((row.pk, str(row)) for row in features if row.kind == FeatureKind.SCREEN)]
        self.fields["expected_feature"].queryset = current
        self.fields["expected_feature"].choices = [("", "—"), *((row.pk, str(row)) for row in features)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("action") == StepAction.EXPECT and not values.get("expected_feature"):
            self.add_error("expected_feature", _("A step that checks must name the event it waits for."))
        return values


class StepForms(forms.BaseInlineFormSet):
    """The steps of a procedure in one form."""

    @cached_property
    def features(self) -> list[Feature]:
        return list(Feature.objects.current())

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "features": self.features}


StepFormSet = forms.inlineformset_factory(
    Procedure, ProcedureStep, form=StepForm, formset=StepForms, fk_name="procedure", extra=3, can_order=True, can_delete=True, max_num=60, validate_max=True
)


class AssignForm(forms.Form):
    """Who is to learn it and by when: people one by one, or everybody with its roles in a department and below."""

    department = forms.ModelChoiceField(label=_("Everybody of its roles in"), queryset=Department.objects.none(), required=False)
    people = forms.ModelMultipleChoiceField(label=_("And these people"), queryset=User.objects.none(), required=False)
    due_on = forms.DateField(label=_("By"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.open()
        self.fields["people"].queryset = User.objects.filter(is_active=True).order_by("name_key")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("department") and not values.get("people"):
            raise forms.ValidationError(_("Choose a department or at least one person."))
        return values
