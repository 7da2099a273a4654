"""Names taken apart: one core for all spellings of a company, whatever is typed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.names import BRAND_MAX, CORE_MAX, SOUND_MAX, brand_of, company_name, name_core, person_core, person_sound, sound_of
from foundation.hanzi import near_syllable, simplified

HUAWEI = [
    "华为技术有限公司",
    "華為技術有限公司",
    "深圳市华为技术有限公司",
    "广东省深圳市南山区华为技术有限公司",
    "华为技术（中国）有限公司",
    "华为技术(深圳)有限公司",
    "华为 技术 有限公司",
    "华为技术股份有限公司",
    "华为技术有限责任公司",
    "华为技术集团",
    "　华为技术有限公司　",
    "华\u200b为技术有限公司",
]
ACME = [
    "Acme Trading Co., Ltd.",
    "ACME TRADING COMPANY LIMITED",
    "Ａｃｍｅ Ｔｒａｄｉｎｇ",
    "Shanghai Acme Trading (China) Co.,Ltd",
    "acme trading inc.",
    "Acme Trading GmbH",
    "Ácme Trading S.A.",
]
WORDS = st.sampled_from([*"华为青山北京市上海（中国）()有限公司集团科技分 ", "有限公司", "集团", "深圳市", "科技", "Co., Ltd", "GmbH", "分公司", "ｌｔｄ", " "])
NAMES = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=12).map("".join))
HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "hostile_blns" / "blns.json"


@pytest.mark.parametrize("name", HUAWEI)
def test_name_core_is_one_for_every_spelling(name):
    assert name_core(name) == "华为技术"
    assert brand_of(name) == "华为"


@pytest.mark.parametrize("name", ACME)
def test_name_core_knows_latin_forms(name):
    assert name_core(name) == "acmetrading"
    assert brand_of(name) == "acme"


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("上海电气集团股份有限公司", "上海电气"),  # nothing of its own would be left without the place
        ("北京银行股份有限公司", "北京银行"),
        ("阿里巴巴（中国）网络技术有限公司", "阿里巴巴网络技术"),  # 阿里 is a place too
        ("朝阳轮胎有限公司", "朝阳轮胎"),
        ("内蒙古伊利实业集团股份有限公司", "伊利实业"),
        ("I.B.M. Corp", "ibm"),
        ("!!!", "!!!"),
        ("", ""),
    ],
)
def test_name_core_keeps_what_is_its_own(name, core):
    assert name_core(name) == core


def test_branch_is_told_from_the_company():
    branch = company_name("华为技术有限公司深圳分公司")
    assert (branch.core, branch.branch) == ("华为技术", "深圳分公司")
    assert company_name("华为技术有限公司").branch == ""


def test_sound_brings_homophones_and_latin_slips_together():
    assert sound_of("青山") == sound_of("清山") == sound_of("青三")
    assert sound_of("青山") != sound_of("黄河")
    assert sound_of("microsoft") == sound_of("mikrosoft").replace("k", "c")
    assert sound_of("accenture") == sound_of("acenture")
    assert near_syllable("张") == near_syllable("詹")


def test_people_are_compared_whatever_the_order_of_their_names():
    assert person_core("Li Lei") == person_core("LEI, Li") == person_core("Mr. Lei Li")
    assert person_core("李雷 先生") == person_core("李 雷") == "李雷"
    assert person_sound("李雷") == person_sound("Li Lei") == person_sound("Lei Li")
    assert person_sound("章伟") == person_sound("张伟")
    assert person_core("王总") == "王总"


def test_traditional_and_simplified_are_one():
    assert simplified("華為 臺灣 颱風") == "华为 台湾 台风"
    assert simplified(simplified("龍頭")) == simplified("龍頭")


@given(NAMES)
def test_name_core_of_a_core_is_itself(text):
    core = name_core(text)
    assert name_core(core) == core
    assert (len(core) <= CORE_MAX, len(brand_of(text)) <= BRAND_MAX, len(sound_of(core)) <= SOUND_MAX) == (True, True, True)
    assert "\x00" not in core
    if text.strip().isalnum():
        assert core


@given(NAMES)
def test_people_names_are_stable(text):
    assert person_core(person_core(text)) == person_core(text) or " " in text.strip()
    assert len(person_sound(text)) <= SOUND_MAX
    assert "\x00" not in person_core(text)


def test_naughty_names_have_keys_without_harm():
    if not HOSTILE.exists():
        pytest.skip("the naughty strings are not here")
    for text in json.loads(HOSTILE.read_text()):
        assert name_core(name_core(text)) == name_core(text)
        assert len(sound_of(name_core(text))) <= SOUND_MAX
        assert len(person_sound(text)) <= SOUND_MAX
