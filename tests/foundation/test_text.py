"""Sounds of names: words are remembered, what comes out is what pypinyin gives for the whole text."""

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from foundation.text import fold, syllables

WORDS = ("重庆", "银行", "音乐", "行长", "长大", "有限公司", "科技", "〇", "々", "Apex", "12", " ", "（", "·", "𠀋", "乐")
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=4), max_size=6).map("".join)


@given(TEXTS)
def test_syllables_are_those_of_the_whole_text(text):
    assert list(syllables(text)) == lazy_pinyin(text, style=Style.NORMAL, errors="default")


def test_a_character_sounds_as_its_word_says():
    assert syllables("重庆银行") == ("chong", "qing", "yin", "hang")
    assert syllables("行走") == ("xing", "zou")


def test_folding_takes_spaces_of_every_kind_together():
    assert fold("  ＡＣＭＥ\u3000 Co.\t\x1f Ltd\u00a0") == "acme co. ltd"
    assert fold(" Straße \n 12 ") == "strasse 12"
