import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.search.tokens import body_tokens, query_phrases, title_tokens, tokens


def test_tokens_are_overlapping_pairs_with_a_tail():
    assert len(list(tokens("合同管理"))) == 4
    assert [len(token) for token in tokens("合同管理")] == [9, 9, 9, 5]


def test_tokens_fold_width_case_and_accents():
    assert list(tokens("ＣＲＭ")) == list(tokens("crm")) == ["wcrm"]
    assert list(tokens("Café")) == ["wcafe"]


def test_title_tokens_hold_pinyin_initials_codes_and_number_tails():
    found = title_tokens("合同管理", ["REQ-0012", "138 0013 8000"]).split()
    assert "whtgl" in found
    assert {"wreq", "w0012", "wreq0012"} <= set(found)
    assert "i8000" in found
    assert "i00138000" in found


@given(st.text(max_size=300))
def test_tokens_are_plain_words_whatever_comes_in(text):
    for token in [*tokens(text), *title_tokens(text, [text]).split(), *body_tokens(text).split(), *(t for p in query_phrases(text) for t in p.tokens)]:
        assert re.fullmatch(r"[hwoi][a-z0-9]+", token), token


@pytest.mark.parametrize("text", ['a"b', "NEAR(", "'':*", "*", "", "   ", "-", "\x00", "AND OR NOT", "a" * 5000, "合" * 5000])
def test_query_phrases_stay_short_and_harmless(text):
    phrases = query_phrases(text)
    assert len(phrases) <= 24
    assert sum(len(p.tokens) for p in phrases) <= 200
