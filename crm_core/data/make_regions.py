"""Writes regions.csv beside this file: code, Chinese name, English name, code of the place above, other names.

    python crm_core/data/make_regions.py pca-code.json

The argument is the list of provinces, cities and districts with GB/T 2260 codes of the project "Administrative-divisions-of-China" (WTFPL).
English names are made from pinyin, except those that the world knows under another name; countries come from Babel (ISO 3166-1), their first
level from subdivisions.csv (ISO 3166-2). Levels that are no place (市辖区, 县, 省直辖县级行政区划) are left out.
"""

import csv
import json
import re
import sys
from pathlib import Path

from babel import Locale
from pypinyin import lazy_pinyin

HERE = Path(__file__).parent
NO_PLACES = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
ENGLISH = {
    "内蒙古自治区": "Inner Mongolia", "西藏自治区": "Tibet", "新疆维吾尔自治区": "Xinjiang", "宁夏回族自治区": "Ningxia", "广西壮族自治区": "Guangxi", "陕西省": "Shaanxi",
    "香港特别行政区": "Hong Kong", "澳门特别行政区": "Macao", "台湾省": "Taiwan", "重庆市": "Chongqing", "厦门市": "Xiamen", "呼和浩特市": "Hohhot", "乌鲁木齐市": "Urumqi",
    "拉萨市": "Lhasa", "哈尔滨市": "Harbin", "齐齐哈尔市": "Qiqihar", "包头市": "Baotou", "鄂尔多斯市": "Ordos", "呼伦贝尔市": "Hulunbuir", "克拉玛依市": "Karamay", "喀什地区": "Kashgar",
    "吐鲁番市": "Turpan", "长治市": "Changzhi", "六安市": "Lu'an", "西安市": "Xi'an", "泰安市": "Tai'an", "延安市": "Yan'an", "淮安市": "Huai'an", "吉安市": "Ji'an", "雅安市": "Ya'an",
}  # fmt: skip
ALIASES = {"110000": "京", "310000": "沪", "500000": "渝", "120000": "津", "810000": "Hongkong|HK|香港", "820000": "Macau|MO|澳门", "710000": "TW|台湾|臺灣"}
KINDS = (("自治州", "Prefecture"), ("地区", "Prefecture"), ("盟", "League"), ("自治县", "County"), ("自治旗", "Banner"), ("新区", "New Area"), ("区", "District"), ("县", "County"), ("旗", "Banner"), ("省", ""), ("市", ""))  # fmt: skip
PEOPLES = re.compile(
    r"(?:(?:土家|蒙古|布依|朝鲜|哈尼|哈萨克|傈僳|拉祜|柯尔克孜|达斡尔|纳西|景颇|仡佬|毛南|仫佬|撒拉|东乡|保安|裕固|塔吉克|锡伯|普米|鄂温克|鄂伦春|各|[汉满回藏苗彝壮侗瑶白傣黎佤畲水土羌怒])族?)+(?=自治)"
)


def english(name):
    """The name in pinyin with what it is in English: 南山区 gives Nanshan District."""
    if name in ENGLISH:
        return ENGLISH[name]
    bare = cut if len(cut := PEOPLES.sub("", name)) > 4 else name  # 鄂温克族自治旗 has no other name
    for ending, word in KINDS:
        if bare.endswith(ending) and len(bare) > len(ending) + (1 if ending not in {"省", "市"} else 0):
            return f"{latin(bare.removesuffix(ending))} {word}".strip()
    return latin(bare)


def latin(name):
    """Pinyin as on maps: Xi'an with an apostrophe, u for ü."""
    first, *rest = lazy_pinyin(name)
    return (first + "".join(f"'{one}" if one[0] in "aoe" else one for one in rest)).replace("v", "u").capitalize()


def chinese_places(path):
    rows = []

    def walk(node, above):
        code = node["code"].ljust(6, "0")
        here = above
        if node["name"] not in NO_PLACES:
            rows.append((code, node["name"], english(node["name"]), above, ALIASES.get(code, "")))
            here = code
        for child in node.get("children", []):
            walk(child, here)

    for province in json.loads(path.read_text(encoding="utf-8")):
        walk(province, "CN")
    known = {row[0] for row in rows}
    rows += [
        (code, name, english(name), "CN", ALIASES[code])
        for code, name in (("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区"))
        if code not in known
    ]
    return sorted(rows)


def countries():
    zh, en, hant = (Locale.parse(name).territories for name in ("zh_Hans", "en", "zh_Hant"))
    not_countries = {"EU", "EZ", "UN", "XA", "XB", "QO", "ZZ", "HK", "MO", "TW", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
    more = {
        "US": "USA|America|美利坚合众国|美國",
        "GB": "UK|Great Britain|Britain",
        "KR": "Korea|大韩民国",
        "RU": "Russian Federation",
        "CN": "中国大陆|中华人民共和国|PRC|China",
        "AE": "UAE|阿联酋",
    }
    found = []
    for code in sorted(set(zh) & set(en)):
        if len(code) == 2 and code.isalpha() and code not in not_countries:
            others = [hant.get(code, ""), *more.get(code, "").split("|")]
            found.append((code, zh[code], en[code], "", "|".join(dict.fromkeys(other for other in others if other and other not in {zh[code], en[code]}))))
    return sorted(found, key=lambda row: row[0] != "CN")


def main():
    with (HERE / "subdivisions.csv").open(encoding="utf-8") as file:
        parts = [(code, name, name_en, code[:2], "") for code, name, name_en in csv.reader(file)]
    abroad = countries()
    rows = [abroad[0], *chinese_places(Path(sys.argv[1])), *abroad[1:], *parts]
    with (HERE / "regions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "name_en", "parent", "aliases"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
