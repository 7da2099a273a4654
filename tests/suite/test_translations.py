from pathlib import Path

import pytest
from django.conf import settings

from suite.management.commands.check_translations import differences

pytestmark = pytest.mark.once


def catalogue(base: Path, folder: str, entries: str) -> None:
    file = base / folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n' + entries, encoding="utf-8")


def test_no_text_of_the_project_has_two_translations() -> None:
    assert differences(settings.BASE_DIR) == []


def test_a_planted_difference_is_told_with_both_places(tmp_path: Path) -> None:
    catalogue(tmp_path, "feedback", 'msgid "size"\nmsgstr "工作量"\n')
    catalogue(tmp_path, "docs_site", 'msgid "size"\nmsgstr "大小"\n\nmsgid "title"\nmsgstr "标题"\n')
    catalogue(tmp_path, "foundation/people", 'msgid "title"\nmsgstr "标题"\n')
    (told,) = differences(tmp_path)
    assert told == "translated differently: 'size': 大小 (docs_site) | 工作量 (feedback)"


def test_a_context_makes_two_texts_of_one_but_not_two_words_of_itself(tmp_path: Path) -> None:
    catalogue(tmp_path, "crm_core", 'msgctxt "contact"\nmsgid "Title"\nmsgstr "职务"\n')
    catalogue(tmp_path, "training", 'msgid "Title"\nmsgstr "标题"\n')
    assert differences(tmp_path) == []
    catalogue(tmp_path, "suite", 'msgctxt "contact"\nmsgid "Title"\nmsgstr "头衔"\n')
    (told,) = differences(tmp_path)
    assert "(contact)" in told


def test_a_text_with_a_plural_is_compared_by_its_one_chinese_form(tmp_path: Path) -> None:
    catalogue(tmp_path, "crm_core", 'msgid "%(count)s row"\nmsgid_plural "%(count)s rows"\nmsgstr[0] "%(count)s 行"\n')
    catalogue(tmp_path, "foundation/ui", 'msgid "%(count)s row"\nmsgid_plural "%(count)s rows"\nmsgstr[0] "共 %(count)s 行"\n')
    assert len(differences(tmp_path)) == 1
