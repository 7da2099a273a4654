"""Lists of choices are drawn in Python: what comes out is what Django's own templates say."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy

from foundation.ui.renderer import FormRenderer

CHOICES = [("", "—"), ("a&b", "<b>bold</b> & \"quotes\" 'single'"), ("1", 1_234), ("Group <x>", [("g1", gettext_lazy("Save")), ("g2", "二")])]
WIDGETS = {
    "select": lambda: forms.Select(choices=CHOICES, attrs={"class": 'a "b"', "required": True, "disabled": False}),
    "several": lambda: forms.SelectMultiple(choices=CHOICES),
    "date": lambda: forms.SelectDateWidget(years=[2026]),
    "boxes": lambda: forms.CheckboxSelectMultiple(choices=CHOICES),
}


def plain(html):
    return re.sub(r">\s+<", "><", html).strip()


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
@pytest.mark.parametrize("value", ["a&b", "g2", "1", None, 1])
def test_same_as_django(make, value):
    drawn = [make().render("na<me", value, attrs={"id": "id_x", "data-n": 1_234}, renderer=renderer()) for renderer in (FormRenderer, DjangoTemplates)]
    assert plain(drawn[0]) == plain(drawn[1])
    assert "<b>bold" not in drawn[0]


def test_forms_use_it():
    form = forms.Form()
    assert isinstance(form.renderer, FormRenderer)
