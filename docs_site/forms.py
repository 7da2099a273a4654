"""Forms of documents: validation only."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from docs_site.models import DocumentKind, Meaning, ProjectDocument
from foundation.people.models import Department, User

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
SIGNER_ROWS = 8


def people() -> Any:
    """Everybody who can sign in, by name."""
    return User.objects.filter(is_active=True).order_by("name_key", "pk")


class DocumentForm(forms.Form):
    """A new document."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentKind.choices, help_text=_("The document starts with the headings of its kind."))
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    code = forms.CharField(label=_("Code"), max_length=40, required=False, help_text=_("Leave empty for the next free one, such as CHA-2026-003."))
    summary = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.open()

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if code and ProjectDocument.objects.filter(code=code).exists():
            raise forms.ValidationError(_("The code %(code)s is taken. Choose another."), params={"code": code})
        return code


class ImportForm(forms.Form):
    """A Markdown file that becomes a document."""

    file = forms.FileField(
        label=_("Markdown file"), help_text=_("A .md or .txt file in UTF-8 or GB18030. Headings become sections; lists, tables and tick boxes are kept.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentKind.choices, initial=DocumentKind.CHECKLIST)
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.open()


class SubmitForm(forms.Form):
    """What changed, and until when to sign; the signers are a formset beside it."""

    sent = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=pgettext_lazy("version", "What changed"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One or two sentences for those who sign."),
    )
    due_on = forms.DateField(
        label=_("Sign by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Signers are reminded the day before and every day after."),
    )

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("The day to sign by has passed. Choose a later one."))
        return day


class SignerForm(forms.Form):
    """One person and what the signature says."""

    signer = forms.ModelChoiceField(label=_("Signer"), queryset=User.objects.none(), required=False, widget=forms.Select(attrs={"data-select": ""}))
    meaning = forms.ChoiceField(label=_("Meaning"), choices=Meaning.choices, initial=Meaning.APPROVED, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signer"].queryset = people()


SignerFormSet = forms.formset_factory(SignerForm, extra=3, max_num=SIGNER_ROWS, absolute_max=SIGNER_ROWS)


class SignForm(forms.Form):
    """The password again, bound to the text that was shown."""

    content_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    password = forms.CharField(label=_("Your password"), max_length=500, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class ReasonForm(forms.Form):
    """Why a version goes back."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReadersForm(forms.Form):
    """Who may read a document beyond those whom the scopes let in."""

    readers = forms.ModelMultipleChoiceField(
        label=_("Named readers"), queryset=User.objects.none(), required=False, widget=forms.SelectMultiple(attrs={"data-select": ""})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["readers"].queryset = people()


class PdfForm(forms.Form):
    """A PDF to be checked."""

    file = forms.FileField(label=_("PDF file"), help_text=_("The file is compared with every signed version that you may see. It is not kept."))
