from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import DuplicatePolicy, DuplicateRule, Subject


class KnownForm(forms.Form):
    """What one knows of somebody who may be a customer already."""

    subject = forms.ChoiceField(label=gettext_lazy("Look among"), choices=Subject.choices, initial=Subject.ACCOUNT)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=160, required=False)
    credit_code = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=18, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)

    def clean(self):
        cleaned = super().clean()
        if not any(cleaned.get(name) for name in ("name", "credit_code", "phone", "email")):
            raise forms.ValidationError(_("Type a name, a code, a phone or an e-mail address."))
        return cleaned


class RulesForm(forms.ModelForm):
    """Rules and weights of one kind of row beside its thresholds; carries the version that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = DuplicatePolicy
        fields = ["probable_from", "certain_from", "is_checked", "checks_per_hour", "probing_after"]

    def __init__(self, *args, subject, catalogue, policy, **kwargs):
        super().__init__(*args, instance=policy, **kwargs)
        self.catalogue = catalogue
        self.fields["version"].initial = self.instance.version
        changed = {row.key: row for row in DuplicateRule.objects.filter(subject=subject)}
        for rule in catalogue:
            row = changed.get(rule.key)
            self.fields[f"on_{rule.key}"] = forms.BooleanField(label=rule.label, required=False, initial=row.is_on if row else True)
            weight = forms.IntegerField(
                label=gettext_lazy("Weight"),
                min_value=0,
                max_value=100,
                initial=row.weight if row else rule.weight,
                widget=forms.NumberInput(attrs={"step": 1}),
            )
            self.fields[f"weight_{rule.key}"] = weight

    def rows(self):
        """The rules with their two fields: those that speak for a match, then those against."""
        for rule in self.catalogue:
            yield {"rule": rule, "on": self[f"on_{rule.key}"], "weight": self[f"weight_{rule.key}"]}

    def policy_fields(self):
        """The thresholds."""
        return [self[name] for name in self._meta.fields]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("certain_from", 0) < cleaned.get("probable_from", 0):
            self.add_error("certain_from", _("What counts as certain cannot need fewer points than what counts as probable."))
        return cleaned

    def rules(self):
        """Whether each rule is in use, and its weight."""
        return {rule.key: (self.cleaned_data[f"on_{rule.key}"], self.cleaned_data[f"weight_{rule.key}"]) for rule in self.catalogue}


class BenchForm(forms.Form):
    """Two rows as somebody might have typed them, to see what the rules make of them."""

    name_a = forms.CharField(label=gettext_lazy("First name"), max_length=160, required=False)
    name_b = forms.CharField(label=gettext_lazy("Second name"), max_length=160, required=False)
    short_name_a = forms.CharField(label=gettext_lazy("Short name"), max_length=60, required=False)
    short_name_b = forms.CharField(label=gettext_lazy("Short name"), max_length=60, required=False)
    credit_code_a = forms.CharField(label=gettext_lazy("Credit code"), max_length=18, required=False)
    credit_code_b = forms.CharField(label=gettext_lazy("Credit code"), max_length=18, required=False)
    phone_a = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    phone_b = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    email_a = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    email_b = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)

    def candidate(self, side):
        """The facts of one of the two."""
        return {name: self.cleaned_data.get(f"{name}_{side}", "") for name in ("name", "short_name", "credit_code", "phone", "email")}

    def pairs(self):
        """The fields side by side."""
        return [(self[f"{name}_a"], self[f"{name}_b"]) for name in ("name", "short_name", "credit_code", "phone", "email")]
