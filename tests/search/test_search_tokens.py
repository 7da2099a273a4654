import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.search.tokens import body_tokens, query_phrases, stands_in, title_tokens, tokens


def test_tokens_are_overlapping_pairs_with_a_tail():
    assert len(list(tokens("合同管理"))) == 4
    assert [len(token) for token in tokens("合同管理")] == [9, 9, 9, 5]


def test_tokens_fold_width_case_and_accents():
    assert list(tokens("ＣＲＭ")) == list(tokens("crm")) == ["wcrm"]
    assert list(tokens("Café")) == ["wcafe"]


def test_title_tokens_hold_every_place_of_pinyin_words_and_codes():
    found = title_tokens("合同管理 CRM", ["REQ-0012", "138 0013 8000", "8613800138000"])
    assert " ihtgl itgl " in found
    assert " iheto ieton itong " in found
    assert " icrm" in found
    assert " ireq0 ieq00 iq001 i0012 i012" in found
    assert found.split().count("i8000") == 1, "a number within another is there once"
    assert {"wcr", "wht", "wre", "w00", "w13"} <= set(found.split())


@pytest.mark.parametrize("typed", ["合同", "htgl", "htg", "het", "tonggua", "CRM", "cr", "req0012", "0012", "012", "re", "3800138", "13800138000"])
def test_what_is_typed_stands_in_the_tokens_of_the_title(typed):
    tokens_of = title_tokens("合同管理 CRM", ["REQ-0012", "138 0013 8000", "8613800138000"])
    assert all(stands_in(tokens_of, phrase) for phrase in query_phrases(typed))


@pytest.mark.parametrize("typed", ["同合", "htgla", "hegt", "CRMX", "rm", "req00123", "00121", "21380", "8613800138001"])
def test_what_is_nowhere_does_not_stand_in_the_tokens(typed):
    tokens_of = title_tokens("合同管理 CRM", ["REQ-0012", "138 0013 8000", "8613800138000"])
    assert not all(stands_in(tokens_of, phrase) for phrase in query_phrases(typed))


@given(st.lists(st.text("ab1", min_size=1, max_size=9), min_size=1, max_size=5), st.text("ab1", min_size=3, max_size=6))
def test_letters_are_found_in_a_word_and_never_across_two(words, typed):
    found = title_tokens(" ".join(words))
    assert all(stands_in(found, phrase) for phrase in query_phrases(typed)) == any(typed in word for word in words)


@given(st.text(max_size=300))
def test_tokens_are_plain_words_whatever_comes_in(text):
    for token in [*tokens(text), *title_tokens(text, [text]).split(), *body_tokens(text).split(), *(t for p in query_phrases(text) for t in p.tokens)]:
        assert re.fullmatch(r"[hwoi][a-z0-9]+", token), token


@pytest.mark.parametrize("text", ['a"b', "NEAR(", "'':*", "*", "", "   ", "-", "\x00", "AND OR NOT", "a" * 5000, "合" * 5000])
def test_query_phrases_stay_short_and_harmless(text):
    phrases = query_phrases(text)
    assert len(phrases) <= 24
    assert sum(len(p.tokens) for p in phrases) <= 200
