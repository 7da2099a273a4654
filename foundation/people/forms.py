"""Forms of the directory, of the profile and of posts: validation only."""

import re
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any

import phonenumbers
from django import forms
from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.people.access import roles
from foundation.people.models import Delegation, Department, Position, TokenScope, User

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
USERNAME = re.compile(r"^[\w.@+-]+$")


def clean_phone_text(text: str) -> str:
    """A phone number as +86 139 1234 5678; ValidationError when it is none."""
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise forms.ValidationError(_("This is not a phone number. Example: 139 1234 5678 or +49 89 123456."))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def role_choices(empty: Any = None) -> list[tuple[str, Any]]:
    """Roles of the table by key, in its order."""
    return ([("", empty)] if empty is not None else []) + [(role.key, role.name) for role in roles().values()]


class VersionedForm(forms.ModelForm):
    """Carries the version that the editor has before the eyes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].required = True
            self.initial["version"] = self.instance.version

    def values(self) -> dict[str, Any]:
        """What was entered, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PersonForm(VersionedForm):
    class Meta:
        model = User
        fields = ("display_name", "username", "email", "employee_number", "phone", "language")
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Letters, digits and . _ @ + - only.")
        self.fields["email"].label = _("E-mail")

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"].strip()
        if not USERNAME.match(username):
            raise forms.ValidationError(_("Letters, digits and . _ @ + - only."))
        if User.objects.filter(username__iexact=username).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This username is taken. Capitals make no difference."))
        return username

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip()
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This e-mail address belongs to somebody else here."))
        return email

    def clean_phone(self) -> str:
        return clean_phone_text(self.cleaned_data["phone"])


class PersonCreateForm(PersonForm):
    position = forms.ModelChoiceField(label=_("Position"), queryset=Position.objects.none(), required=False, widget=forms.Select(attrs={"data-select": ""}))
    starts_on = forms.DateField(label=pgettext_lazy("period", "From"), widget=DAY, required=False)
    invite = forms.BooleanField(label=_("Send an e-mail with a link for choosing a password"), required=False, initial=True)

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["position"].queryset = Position.objects.visible_to(user).open().select_related("department")  # type: ignore[attr-defined]
        self.initial.setdefault("starts_on", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("invite") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("The link needs an e-mail address. Enter one, or do not send a link."))
        return cleaned


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("language", "theme", "phone")
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}

    def clean_phone(self) -> str:
        return clean_phone_text(self.cleaned_data["phone"])


class DelegationForm(forms.ModelForm):
    class Meta:
        model = Delegation
        fields = ("deputy", "starts_on", "ends_on", "reason")
        widgets = {"starts_on": DAY, "ends_on": DAY, "deputy": forms.Select(attrs={"data-select": ""})}

    def __init__(self, *args: Any, user: Any, principal: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = User.objects.visible_to(user).active().exclude(pk=principal.pk)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("starts_on") and cleaned.get("ends_on") and cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("The last day lies before the first."))
        return cleaned


LIFETIMES = [("7", _("A week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year"))]


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What the token is for, so that you know later."))
    scope = forms.ChoiceField(label=_("Permission"), choices=TokenScope.choices, widget=forms.RadioSelect, initial=TokenScope.READ)
    scopes = forms.MultipleChoiceField(
        label=_("Kinds of records"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all kinds, as far as the permission goes."),
    )
    networks = forms.CharField(
        label=_("Only from these networks"), required=False, max_length=300, help_text=_("Such as 10.1.0.0/16, 203.0.113.7. Empty: from anywhere.")
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=LIFETIMES, initial="30")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        ways = (("read", pgettext_lazy("right", "read")), ("write", _("read and change")))
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (f"{noun}:{way}", f"{capfirst(apps.get_model(label)._meta.verbose_name_plural)}: {words}")
            for noun, label in settings.API_NOUNS.items()
            for way, words in ways
        ]

    def clean_networks(self) -> list[str]:
        """Addresses and networks, in the form in which they are compared."""
        found = []
        for text in re.split(r"[\s,;，；]+", self.cleaned_data["networks"].strip()):
            if text:
                try:
                    found.append(str(ip_network(text, strict=False)))
                except ValueError:
                    raise forms.ValidationError(_("“%(text)s” is no address and no network. Example: 10.1.0.0/16") % {"text": text}) from None
        return found[:20]

    def facts(self) -> dict[str, Any]:
        """What the form says of the token, besides how long it lives."""
        return {name: self.cleaned_data[name] for name in ("name", "scope", "scopes", "networks")}

    def lifetime(self) -> timedelta:
        """How long the token lives."""
        return timedelta(days=int(self.cleaned_data["days"]))


class ConnectorForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Of the other program, such as ERP or Feishu."))
    purpose = forms.CharField(label=_("Purpose"), max_length=200, required=False)
    position = forms.ModelChoiceField(
        label=_("Position"),
        queryset=Position.objects.none(),
        widget=forms.Select(attrs={"data-select": ""}),
        help_text=_("The program sees and does at most what this position may."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["position"].queryset = Position.objects.visible_to(user).open().select_related("department")  # type: ignore[attr-defined]


class DepartmentForm(VersionedForm):
    class Meta:
        model = Department
        fields = ("parent", "kind", "code", "name", "name_en")
        widgets = {"parent": forms.Select(attrs={"data-select": ""})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = Department.objects.visible_to(user).open()
        if self.instance.pk:
            choices = choices.exclude(path__startswith=self.instance.path)
        self.fields["parent"].queryset = choices  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = _("Nothing: a root of the chart")  # type: ignore[attr-defined]


class PositionForm(VersionedForm):
    role = forms.ChoiceField(label=_("Role"), help_text=_("Whoever holds the position has the rights of this role."))

    class Meta:
        model = Position
        fields = ("title", "title_en", "role", "reports_to", "is_head")
        widgets = {"reports_to": forms.Select(attrs={"data-select": ""})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices()  # type: ignore[attr-defined]
        self.fields["reports_to"].queryset = Position.objects.visible_to(user).open().exclude(pk=self.instance.pk).select_related("department")  # type: ignore[attr-defined]


class AssignmentForm(forms.Form):
    position = forms.ModelChoiceField(label=_("Position"), queryset=Position.objects.none(), widget=forms.Select(attrs={"data-select": ""}))
    starts_on = forms.DateField(label=pgettext_lazy("period", "From"), widget=DAY)
    ends_on = forms.DateField(label=pgettext_lazy("period", "To"), widget=DAY, required=False, help_text=_("Empty: until further notice."))
    is_main = forms.BooleanField(label=_("Main position"), required=False, initial=True)

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["position"].queryset = Position.objects.visible_to(user).open().select_related("department")  # type: ignore[attr-defined]
        self.initial.setdefault("starts_on", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("starts_on") and cleaned.get("ends_on") and cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("The last day lies before the first."))
        return cleaned


class EndAssignmentForm(forms.Form):
    ends_on = forms.DateField(label=_("Last day"), widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("ends_on", timezone.localdate())


class DayForm(forms.Form):
    """The day as of which a page is read."""

    on = forms.DateField(label=_("As of"), widget=DAY, required=False)

    def day(self) -> date:
        """The chosen day, or today where none or none that exists was chosen."""
        chosen = self.cleaned_data.get("on") if self.is_valid() else None
        return chosen or timezone.localdate()


class PeopleUploadForm(forms.Form):
    file = forms.FileField(label=_("Spreadsheet"), help_text=_("CSV (UTF-8 or GB18030) or XLSX, up to 5,000 rows; headings in English or Chinese."))
