import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from docs_site.comparing import compare_contents, tokens, word_difference
from docs_site.markdown import read_markdown
from docs_site.richtext import blocks_of, clean_html, plain_text

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"
XSS = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1)>x</p>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example/">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<style>@import 'x'</style>",
    "<b><scr<script>ipt>alert(1)</script></b>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=//evil><input name=q></form>",
    "<template><script>alert(1)</script></template>",
    "<li class='todo x' onmouseover=alert(1)>x</li>",
    "<div><div><div><script>alert(1)</script></div></div></div>",
    "<td colspan=99999>x</td>",
    "<h1><h2 onload=alert(1)>x</h2></h1>",
]
BAD = (
    "<script",
    "onerror=",
    "onload=",
    "onclick=",
    "onmouseover=",
    "javascript:",
    "<img",
    "<svg",
    "<iframe",
    "<style",
    "<form",
    "<input",
    "style=",
    "srcdoc",
    "//evil",
    "99999",
)


@pytest.mark.parametrize("html", XSS)
def test_hostile_html_is_cleaned_and_stays_clean(html):
    for wrapped in (html, f"<p>{html}</p>", f"<ul><li>{html}</li></ul>", f"<table><tr><td>{html}</td></tr></table>", html * 3):
        cleaned = clean_html(wrapped)
        outside = cleaned.replace("&lt;", "\x00")  # escaped text is text
        assert not any(bad in outside.lower() for bad in BAD if bad.startswith("<"))
        assert not any(f" {bad}" in outside.lower() for bad in BAD if not bad.startswith("<"))
        assert "javascript:" not in cleaned.lower()
        assert clean_html(cleaned) == cleaned


def test_what_people_write_is_kept():
    html = '<h3>标题</h3><p>a <strong>b</strong> <em>c</em></p><ul><li class="todo">x</li><li class="done">y</li></ul><table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    assert clean_html(html) == html
    assert clean_html('<a href="https://a.example/?x=1&amp;y=2">a</a>') == '<a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer">a</a>'


@pace(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(XSS))
def test_cleaning_twice_changes_nothing(text, hostile):
    once = clean_html(text + hostile + text)
    assert clean_html(once) == once
    blocks_of(once)
    plain_text(once)


@pace(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_as_markdown(text):
    for section in read_markdown(text, opening="Text").sections:
        assert clean_html(section.body) == section.body
        assert section.heading


@pytest.mark.realdata
@pytest.mark.skipif(not (SHARED / "hostile_blns").is_dir(), reason="the strings lie beside the project")
def test_naughty_strings_go_through_cleaner_markdown_and_comparison():
    strings = json.loads((SHARED / "hostile_blns" / "blns.json").read_text())
    for text in strings:
        cleaned = clean_html(text)
        assert clean_html(cleaned) == cleaned
        assert "<script" not in cleaned.lower()
        read_markdown(f"# {text}\n\n{text}\n\n- {text}\n\n| a |\n|---|\n| {text} |")
        left, right = word_difference(text, text + "变")
        assert "<script" not in (left + right).lower()


@pytest.mark.realdata
@pytest.mark.skipif(not (SHARED / "proj_golive_d365").is_dir(), reason="the checklists lie beside the project")
def test_real_checklists_become_sections_with_their_tables_lists_and_links():
    files = sorted((SHARED / "proj_golive_d365").rglob("*.md"))
    assert len(files) >= 20
    for path in files:
        source = path.read_text()
        read = read_markdown(source, opening="Introduction")
        body = "".join(section.body for section in read.sections)
        assert read.title
        assert read.sections
        heads = [line for line in source.splitlines() if line.startswith("## ")]
        assert len([section for section in read.sections if section.heading != "Introduction"]) >= len(heads)
        rules = [line for line in source.splitlines() if set(line.strip()) <= set("|:- ") and line.count("|") > 1 and "-" in line]
        assert body.count("<table") == len(rules)
        assert body.count("<a ") == len(re.findall(r"(?<!!)\[[^\]]+\]\(<?https?://", source))
        assert body.count("&lt;") < 5
        assert "](" not in plain_text(body)


def content(*sections):
    return {"title": "t", "summary": "", "attachments": [], "sections": [{"key": key, "heading": heading, "body": body} for key, heading, body in sections]}


NAMES = {"title": "Title", "summary": "Summary", "attachments": "Attachments"}


def test_words_and_hanzi_are_compared_one_by_one():
    assert tokens("上线 go-live 2026") == ["上", "线", " ", "go-live", " ", "2026"]
    left, right = word_difference("上线日期是周五", "上线日期是周六 <b>")
    assert left == "上线日期是周<del>五</del>"
    assert right == "上线日期是周<ins>六 &lt;b&gt;</ins>"


def test_sections_added_removed_moved_and_renamed_are_told_apart():
    old = content(("a", "目标", "<p>甲</p>"), ("b", "范围", "<p>乙</p>"), ("c", "风险", "<p>丙</p>"))
    new = content(("c", "风险", "<p>丙</p>"), ("a", "目标与衡量", "<p>甲一</p>"), ("d", "预算", "<p>丁</p>"))
    result = compare_contents(old, new, NAMES)
    assert {(section.key, section.status) for section in result.sections} == {("c", "same"), ("a", "changed"), ("d", "added"), ("b", "removed")}
    assert result.counts == {"changed": 1, "added": 1, "removed": 1, "moved": 1}


def test_a_changed_link_or_format_is_not_invisible():
    old = content(("a", "h", '<p>see <a href="https://a.example/">here</a></p>'), ("b", "h2", "<p>bold</p>"))
    new = content(("a", "h", '<p>see <a href="https://b.example/">here</a></p>'), ("b", "h2", "<p><strong>bold</strong></p>"))
    assert compare_contents(old, new, NAMES).counts["changed"] == 2
    assert compare_contents(old, old, NAMES).is_same
