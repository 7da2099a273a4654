"""What people type about rollouts; validation only."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from docs_site.models import ProjectDocument
from foundation.people.models import Department, User
from implementation.models import (
    GateCheck,
    GateCriterion,
    Goal,
    Milestone,
    Phase,
    PhaseKind,
    RegisterEntry,
    Rollout,
    Status,
    TeamMember,
    Wave,
)
from implementation.models.team import PER_DEPARTMENT

SEARCHABLE = {"data-select": ""}


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class Versioned(forms.ModelForm):
    """Carries the version that the person saw, so that a lost update is noticed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    apart = ("version", "reason", "move_followers")

    def values(self) -> dict[str, Any]:
        """What goes onto the row."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.apart}

    @property
    def sent_version(self) -> int:
        return self.cleaned_data.get("version") or 0

    @property
    def given_reason(self) -> str:
        return self.cleaned_data.get("reason") or ""


class PeopleFields:
    """Choices of people are the active ones, of departments the open ones."""

    fields: dict[str, forms.Field]

    def narrow(self) -> None:
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                if field.queryset.model is User:
                    field.queryset = User.objects.filter(is_active=True)
                    field.widget.attrs.update(SEARCHABLE)
                elif field.queryset.model is Department:
                    field.queryset = Department.objects.open()
                    field.widget.attrs.update(SEARCHABLE)


class RolloutForm(PeopleFields, Versioned):
    class Meta:
        model = Rollout
        fields = ["name", "name_en", "code", "sponsor", "project_manager", "department", "departments", "starts_on", "go_live_on", "goal", "version"]
        widgets = {"starts_on": day_input(), "go_live_on": day_input(), "goal": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "code": _("Short, for documents and search, for example CRM-2026."),
            "sponsor": _("Decides what the project manager cannot, and signs the gates."),
            "project_manager": _("Runs the rollout day by day; not the sponsor."),
            "department": _("Leads the rollout."),
            "departments": _("Everybody who will work in the CRM. Each needs a liaison and a deputy later."),
            "goal": _("What shall be different for the business, in two or three sentences."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("sponsor") and data.get("sponsor") == data.get("project_manager"):
            self.add_error("project_manager", _("Sponsor and project manager must be two people."))
        if data.get("starts_on") and data.get("go_live_on") and data["go_live_on"] <= data["starts_on"]:
            self.add_error("go_live_on", _("Go-live must come after the start."))
        return data


class RolloutCreateForm(RolloutForm):
    """The wizard: either date may be missing, the plan is worked out from the other."""

    class Meta(RolloutForm.Meta):
        fields = [name for name in RolloutForm.Meta.fields if name != "version"]
        help_texts = {
            **RolloutForm.Meta.help_texts,
            "starts_on": _("Leave it empty to plan backward from the go-live date."),
            "go_live_on": _("Leave it empty to plan forward in standard length."),
        }

    version = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].required = self.fields["go_live_on"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("starts_on") and not data.get("go_live_on") and not {"starts_on", "go_live_on"} & set(self.errors):
            self.add_error("go_live_on", _("Give the start, the go-live date, or both."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """Empty dates are worked out by the plan, so the row's own date rules are asked of the plan instead."""
        return {*super()._get_validation_exclusions(), "starts_on", "go_live_on"}


class WaveForm(PeopleFields, forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label=_("Phases of its own"),
        choices=PhaseKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They are planned backward from the wave's go-live date. Without any, the wave goes through the phases of the rollout."),
    )

    class Meta:
        model = Wave
        fields = ["name", "name_en", "departments", "go_live_on", "kinds"]
        widgets = {"go_live_on": day_input()}

    def __init__(self, *args: Any, rollout: Rollout | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()
        self.fields["departments"].widget.attrs.update(SEARCHABLE)
        if rollout is not None:
            self.fields["departments"].queryset = rollout.departments.all()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kinds") and not data.get("go_live_on"):
            self.add_error("go_live_on", _("Phases of its own need a go-live date of the wave."))
        return data


class MoveForm(forms.Form):
    """Closing, pausing and so on, with the version that was seen."""

    to = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Closing note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why it ends, what was reached, and who looks after the CRM from now on."),
    )


class GoalForm(Versioned):
    class Meta:
        model = Goal
        fields = ["statement", "measure", "before", "target", "due_on", "result", "version"]
        widgets = {"due_on": day_input()}


class PhaseForm(Versioned):
    reason = forms.CharField(
        label=_("Reason for moving the plan"), required=False, max_length=500, help_text=_("Needed when a planned date changes; it is kept with the change.")
    )
    move_followers = forms.BooleanField(
        label=_("Later phases move by as many workdays"), required=False, help_text=_("With their open milestones and unsigned documents.")
    )

    class Meta:
        model = Phase
        fields = ["planned_start", "planned_end", "forecast_end", "actual_start", "actual_end", "version"]
        widgets = {name: day_input() for name in fields if name != "version"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("planned_start") and data.get("planned_end") and data["planned_end"] < data["planned_start"]:
            self.add_error("planned_end", _("The end comes before the start."))
        if data.get("actual_end") and not data.get("actual_start"):
            self.add_error("actual_start", _("What has ended has also begun: give the day."))
        elif data.get("actual_end") and data["actual_end"] < data["actual_start"]:
            self.add_error("actual_end", _("The end comes before the start."))
        return data


class MilestoneForm(PeopleFields, Versioned):
    reason = forms.CharField(
        label=_("Reason for moving the plan"), required=False, max_length=500, help_text=_("Needed when the planned date changes; it is kept with the change.")
    )

    class Meta:
        model = Milestone
        fields = ["name", "name_en", "phase", "owner", "planned_on", "forecast_on", "actual_on", "version"]
        widgets = {name: day_input() for name in ("planned_on", "forecast_on", "actual_on")}

    def __init__(self, *args: Any, rollout: Rollout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()
        self.fields["phase"].queryset = rollout.phases.select_related("wave")
        if self.instance.pk is None:
            del self.fields["reason"], self.fields["version"]


class MemberForm(PeopleFields, Versioned):
    class Meta:
        model = TeamMember
        fields = ["user", "role", "department", "share", "starts_on", "ends_on", "version"]
        widgets = {"starts_on": day_input(), "ends_on": day_input()}
        help_texts = {"department": _("Needed for liaisons and their deputies: the department they speak for.")}

    def __init__(self, *args: Any, rollout: Rollout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()
        if self.instance.pk is None:
            del self.fields["version"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") in PER_DEPARTMENT and not data.get("department"):
            self.add_error("department", _("Say for which department."))
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("The end comes before the start."))
        return data


class EntryForm(PeopleFields, Versioned):
    class Meta:
        model = RegisterEntry
        fields = ["title", "title_en", "phase", "kind", "owed_by", "due_on", "document", "note", "version"]
        widgets = {"due_on": day_input()}
        help_texts = {"document": _("An existing document. To start a new one, save and use “Start document”.")}

    def __init__(self, *args: Any, rollout: Rollout, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()
        self.fields["phase"].queryset = rollout.phases.select_related("wave")
        seen = ProjectDocument.objects.visible_to(user).kept().values("pk")
        self.fields["document"].queryset = ProjectDocument.objects.filter(Q(pk__in=seen) | Q(pk=self.instance.document_id)).order_by("code")
        self.fields["document"].widget.attrs.update(SEARCHABLE)
        if self.instance.pk is None:
            del self.fields["version"]


class WaiverForm(PeopleFields, forms.Form):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Who answers for it"))
    reason = forms.CharField(label=_("Why it may stay unmet"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    expires_on = forms.DateField(label=_("Until"), widget=day_input(), help_text=_("After this day the criterion counts again. A year at most."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()


class AnswerForm(forms.Form):
    status = forms.ChoiceField(label=pgettext_lazy("criterion", "Answer"), choices=Status.choices, widget=forms.RadioSelect)
    evidence = forms.CharField(
        label=_("What shows it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Minutes, a document, what you saw and when.")
    )


class PassForm(forms.Form):
    meaning = forms.CharField(label=_("In which meaning"), max_length=300, help_text=_("Stands beside your name in the record."))
    reason = forms.CharField(
        label=_("Why the risks may be accepted"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed while a criterion is at risk."),
    )


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why it is re-opened"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class CriterionForm(PeopleFields, Versioned):
    """A criterion; each number among the check's parameters gets a field of its own."""

    class Meta:
        model = GateCriterion
        fields = ["check_key", "name", "name_en", "answerer", "version"]

    def __init__(self, *args: Any, checks: dict[str, GateCheck], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.narrow()
        self.checks = checks
        self.fields["answerer"].help_text = _("For a question only: who must answer it.")
        if self.instance.pk is None:
            del self.fields["version"]
            self.fields["name"].required = False
            self.fields["name"].help_text = _("Leave it empty to take the name of the check.")
            choices = [(GateCriterion.MANUAL, _("A question that a person answers"))] + [(key, check.name) for key, check in checks.items()]
            self.fields["check_key"] = forms.ChoiceField(label=_("Criterion"), choices=choices)
        else:
            del self.fields["check_key"]
            self._parameter_fields()

    def _parameter_fields(self) -> None:
        check = self.checks.get(self.instance.check_key)
        for name, value in {**(check.parameters if check else {}), **self.instance.parameters}.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                label = check.labels.get(name, name) if check else name
                self.fields[f"parameter_{name}"] = forms.FloatField(label=label, initial=value)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        key = data.get("check_key") or self.instance.check_key
        if key == GateCriterion.MANUAL:
            if not data.get("answerer"):
                self.add_error("answerer", _("Say who must answer the question."))
            if not data.get("name"):
                self.add_error("name", _("Write the question."))
        elif not data.get("name") and key in self.checks:
            names = self.checks[key].names()
            data["name"], data["name_en"] = names["zh-hans"], names["en"]
        return data

    def values(self) -> dict[str, Any]:
        """What goes onto the row; the parameters in one."""
        values = super().values()
        given = {name.removeprefix("parameter_"): values.pop(name) for name in list(values) if name.startswith("parameter_")}
        whole = {name: int(value) if float(value).is_integer() else value for name, value in given.items()}
        return {**values, "parameters": {**self.instance.parameters, **whole}}


class StoryForm(forms.Form):
    """The two days that the activity page compares."""

    first = forms.DateField(label=_("From the evening of"), widget=day_input())
    last = forms.DateField(label=_("To the evening of"), widget=day_input())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] <= data["first"]:
            self.add_error("last", _("The second day must come after the first."))
        return data
