from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation.notices.kinds import kinds
from foundation.notices.models import CalendarDay, Channel, Preference, Rhythm


class PreferenceForm(forms.Form):
    """One row per kind: where it is told, and when by e-mail."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        chosen = {row.kind: row for row in Preference.objects.filter(user=user)}
        self.kinds = list(kinds().values())
        for kind in self.kinds:
            row = chosen.get(kind.key)
            channels = [choice for choice in Channel.choices if not (kind.must and choice[0] == Channel.NONE)]
            self.fields[f"{kind.key}-channel"] = forms.ChoiceField(
                choices=channels, initial=row.channel if row else kind.channel, label=gettext("%(kind)s: where") % {"kind": kind.name}, widget=_select()
            )
            self.fields[f"{kind.key}-rhythm"] = forms.ChoiceField(
                choices=Rhythm.choices, initial=row.rhythm if row else kind.rhythm, label=gettext("%(kind)s: e-mail") % {"kind": kind.name}, widget=_select()
            )

    def rows(self) -> list[dict[str, Any]]:
        """For the table on the page: each kind with its two fields."""
        return [{"kind": kind, "channel": self[f"{kind.key}-channel"], "rhythm": self[f"{kind.key}-rhythm"]} for kind in self.kinds]

    def choices(self) -> dict[str, tuple[str, str]]:
        """What was chosen, by kind."""
        return {kind.key: (self.cleaned_data[f"{kind.key}-channel"], self.cleaned_data[f"{kind.key}-rhythm"]) for kind in self.kinds}


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select form-select-sm"})


class CalendarDayForm(forms.ModelForm):
    """A company day off or a day worked."""

    is_workday = forms.TypedChoiceField(
        label=_("On this day"), coerce=lambda value: value == "yes", choices=[("no", _("nobody works")), ("yes", _("people work"))], widget=forms.Select()
    )

    class Meta:
        model = CalendarDay
        fields = ["day", "is_workday", "name"]
        widgets = {"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2100:
            raise ValidationError(gettext("Enter a day between 2000 and 2100."))
        return day
