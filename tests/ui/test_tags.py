"""Template tags: what they say, and that text from outside stays text."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from foundation.ui.dates import say_day, say_moment, say_money

EVIL = '<img src=x onerror="alert(1)">'


def show(source, **context):
    return Template(source).render(Context(context))


class TestPieces:
    @pytest.mark.parametrize(
        "source",
        [
            "{% badge text 'good' %}",
            "{% person text %}",
            "{% stat text text help=text %}",
            "{% empty_state title=text text=text url='/' label=text %}",
            "{% crumbs text '/x/' text %}",
            "{% confirm_post '/x/' text question=text %}",
            "{% chart '/x/' text %}",
            "{% icon text text %}",
            "{% include 'ui/timeline.html' with items=items %}",
        ],
    )
    def test_text_from_outside_stays_text(self, source):
        html = show(source, text=EVIL, items=[{"at": timezone.now(), "who": EVIL, "title": EVIL, "body": EVIL, "icon": "check"}])
        assert "<img" not in html

    def test_badge_knows_only_the_four_meanings(self):
        assert "tone-neutral" in show("{% badge 'x' 'purple' %}")
        assert "tone-watch" in show("{% badge 'x' 'watch' %}")

    def test_person_shows_initials_in_either_script(self):
        assert ">LH<" in show("{% person 'Lena Hoffmann' %}")
        assert ">明<" in show("{% person '王小明 16' %}")
        assert "—" in show("{% person None %}")

    def test_crumbs_take_pairs_and_a_last_label(self):
        html = show("{% crumbs 'A' '/a/' 'B' %}")
        assert '<a href="/a/">A</a>' in html
        assert 'aria-current="page">B' in html

    def test_query_set_changes_one_thing(self):
        request = RequestFactory().get("/x/?a=1&b=2&b=3")
        html = show("{% query_set a='' c='ü&' %}", request=request)
        assert html == "?b=2&amp;b=3&amp;c=%C3%BC%26"

    def test_title_is_rendered_twice(self, rf):
        from django.template.loader import render_to_string

        html = render_to_string("409.html", {"sentence": "No."})
        assert html.count("This was not done") == 2


class TestTimes:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai

    @pytest.mark.parametrize(
        ("ago", "said", "gesagt"),
        [
            (timedelta(seconds=5), "just now", "刚刚"),
            (timedelta(minutes=1), "1 minute ago", "1 分钟前"),
            (timedelta(minutes=59), "59 minutes ago", "59 分钟前"),
            (timedelta(hours=3), "today 09:00", "今天 09:00"),
            (timedelta(hours=13), "yesterday 23:00", "昨天 23:00"),
            (timedelta(days=5), "17 Nov 12:00", "11月17日 12:00"),
            (timedelta(days=40), "13 Oct", "10月13日"),
            (timedelta(days=400), "18 Oct 2025", "2025年10月18日"),
            (timedelta(hours=-26), "tomorrow 14:00", "明天 14:00"),
        ],
    )
    def test_moments_in_both_languages(self, ago, said, gesagt):
        assert say_moment(self.now - ago, self.now) == said
        with translation.override("zh-hans"):
            assert say_moment(self.now - ago, self.now) == gesagt

    def test_days(self):
        today = date(2026, 11, 22)
        assert [say_day(today + timedelta(days=n), today) for n in (-1, 0, 1, 2, 60)] == ["yesterday", "today", "tomorrow", "24 Nov", "21 Jan 2027"]

    def test_the_exact_time_is_on_hover(self):
        assert 'title="2025-01-02 11:04"' in show("{% when value %}", value=datetime(2025, 1, 2, 3, 4, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("amount", "currency", "en", "zh"),
        [
            (Decimal("1234567.50"), "CNY", "¥1,234,567.50", "¥1,234,567.50"),
            (98000, "CNY", "¥98,000", "¥98,000"),
            (Decimal("-12.30"), "EUR", "-€12.30", "-€12.30"),
            (0, "", "¥0", "¥0"),
        ],
    )
    def test_money(self, amount, currency, en, zh):
        assert say_money(amount, currency) == en
        with translation.override("zh-hans"):
            assert say_money(amount, currency) == zh


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the licence.")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect)
    due = forms.DateField(label="Due", required=False)
    agree = forms.BooleanField(label="Agreed", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, initial="7")


class TestForms:
    def test_every_control_has_its_name_help_and_kind(self):
        html = show("{% form_fields form %}", form=Sample())
        assert '<label class="form-label" for="id_name">' in html
        assert 'aria-describedby="id_name_help"' in html
        assert 'type="date"' in html
        assert "<legend" in html
        assert html.count('name="secret"') == 1
        assert html.count("required</span>") == 2

    def test_errors_stand_beside_the_field_and_are_counted_above(self):
        html = show("{% form_fields form %}", form=Sample({"name": "", "due": "soon", "secret": "7"}))
        assert "3 things need your attention" in html
        assert 'href="#id_name"' in html
        assert 'aria-describedby="id_name_error id_name_help"' in html
        assert 'aria-invalid="true"' in html
        assert 'value="soon"' in html

    def test_errors_of_the_whole_form_are_said(self):
        form = Sample({"name": "x", "kind": "a", "secret": "7"})
        form.add_error(None, "The gate is closed.")
        assert "The gate is closed." in show("{% form_fields form %}", form=form)
