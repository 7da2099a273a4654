"""Both versions after a lost update: every kind of field, in both languages."""

import json
from datetime import date

import pytest
from django import forms
from django.utils import translation

from crm_core.models import Task
from foundation.people.models import Department, User
from foundation.ui.conflicts import both_versions
from tests.factories.crm_core import TaskFactory


class TaskForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    extra = forms.MultipleChoiceField(label="Extra", choices=[("a", "Alpha"), ("b", "Beta")], required=False)

    class Meta:
        model = Task
        fields = ["title", "due_on", "owner"]


@pytest.fixture
def stored(world):
    return TaskFactory(title="<b>theirs</b>", due_on=date(2026, 5, 4), owner=world.sales_rep, version=7)


def bound(world, **more):
    data = {"title": "mine", "due_on": "2026-05-04", "owner": world.sales_rep.pk, "extra": ["b"], "version": 6}
    form = TaskForm(data | more)
    form.is_valid()
    return form


def test_only_what_differs_and_the_newer_version(world, stored):
    form = bound(world)
    found = both_versions(form, stored, saved={"extra": ["b"]})
    assert [(row.name, row.theirs, row.mine) for row in found] == [("title", "<b>theirs</b>", "mine")]
    assert form.data["version"] == "7"


def test_dates_people_and_choices_are_shown_in_words_and_kept_as_values(world, stored):
    form = bound(world, due_on="2026-05-06", owner=world.other_rep.pk, title="<b>theirs</b>")
    found = {row.name: row for row in both_versions(form, stored, saved={"extra": ["a"]})}
    assert (found["owner"].theirs, found["owner"].mine) == (str(world.sales_rep), str(world.other_rep))
    assert json.loads(found["owner"].their_value) == [str(world.sales_rep.pk)]
    assert json.loads(found["due_on"].their_value) == ["2026-05-04"]
    assert (found["extra"].theirs, found["extra"].mine) == ("Alpha", "Beta")
    with translation.override("zh-hans"):
        assert next(row for row in both_versions(form, stored) if row.name == "due_on").theirs == "2026年5月4日"


def test_a_person_whom_the_form_no_longer_offers_keeps_the_name(world, stored):
    form = bound(world, owner=world.other_rep.pk)
    form.fields["owner"].queryset = User.objects.filter(pk=world.other_rep.pk)
    assert next(row for row in both_versions(form, stored) if row.name == "owner").theirs == str(world.sales_rep)


def test_fields_that_are_none_of_the_row_are_left_out(world, stored):
    assert "extra" not in {row.name for row in both_versions(bound(world), stored)}


@pytest.mark.parametrize(("language", "word"), [("en", "Take the saved one"), ("zh-hans", "采用已保存的")])
def test_the_page_offers_both_and_escapes_them(world, client_of, language, word):
    world.admin.language = language
    world.admin.save()
    team = world.team_a
    url = f"/people/departments/{team.pk}/edit/"
    data = {"parent": team.parent_id, "kind": "team", "code": team.code, "name": "我的", "name_en": "", "version": team.version}
    Department.objects.filter(pk=team.pk).update(name="<i>他的</i>", version=team.version + 1)
    answer = client_of(world.admin).post(url, data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert word in text
    assert "&lt;i&gt;他的&lt;/i&gt;" in text
    assert "<i>他的" not in text
    assert f'href="{url}"' in text
