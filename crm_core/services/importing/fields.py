"""The fields that a file may bring, the headings under which they are known, and how a cell becomes a value."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

import phonenumbers
from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from crm_core.codes import clean_credit_code, clean_phone, clean_website
from crm_core.models import AccountKind, AccountLevel, DealRole, ImportKind, Industry
from crm_core.services.dictionaries import code_of
from foundation.text import fold


@dataclass(frozen=True)
class ImportField:
    """Something that a column may hold."""

    key: str
    label: Any
    headings: str
    max_length: int = 200


ACCOUNT_FIELDS = (
    ImportField(
        "name",
        _("Name"),
        "name accountname companyname company customername customer 名称 客户名称 客户 公司名称 公司 单位名称 企业名称 客戶名稱 客戶 公司名稱 公司 名稱 企業名稱",
        160,
    ),
    ImportField("name_en", _("English name"), "englishname nameen 英文名称 英文名 英文名稱", 160),
    ImportField("short_name", _("Short name"), "shortname abbreviation 简称 客户简称 簡稱", 60),
    ImportField("kind", _("Kind"), "kind type accounttype customertype 类型 客户类型 類型 客戶類型"),
    ImportField(
        "credit_code",
        _("Unified social credit code"),
        "creditcode uscc unifiedsocialcreditcode 统一社会信用代码 信用代码 社会信用代码 税号 統一社會信用代碼",
        40,
    ),
    ImportField("industry", _("Industry"), "industry sector 行业 所属行业 行業 所屬行業"),
    ImportField("level", pgettext_lazy("account", "Level"), "level grade rating 级别 客户级别 等级 級別 客戶級別 等級"),
    ImportField("region", _("Region"), "region province state area 地区 区域 省份 省 地區 區域", 80),
    ImportField("city", _("City"), "city town 城市 市", 80),
    ImportField("country", _("Country"), "country nation 国家 國家", 80),
    ImportField("address", _("Address"), "address street addressline 地址 详细地址 详细住址 詳細地址", 250),
    ImportField("postal_code", _("Postal code"), "postalcode zip zipcode postcode 邮编 邮政编码 郵編 郵遞區號", 20),
    ImportField("phone", _("Phone"), "phone telephone tel phonenumber 电话 联系电话 公司电话 座机 電話 聯絡電話", 40),
    ImportField("email", _("E-mail"), "email mail emailaddress 邮箱 电子邮箱 电子邮件 電子郵件 郵箱", 254),
    ImportField("website", _("Website"), "website web url homepage 网址 网站 公司网址 網址 網站", 200),
    ImportField("source", _("Source"), "source leadsource 来源 客户来源 來源 客戶來源", 80),
    ImportField("remark", _("Remark"), "remark remarks note notes description 备注 说明 描述 備註 說明", 2000),
    ImportField(
        "external_key",
        _("Key in another system"),
        "id customerid accountid externalkey externalid code customercode 编号 客户编号 客户编码 代码 編號 客戶編號",
        110,
    ),
    ImportField("owner", _("Owner"), "owner accountmanager salesrep salesperson assignedto 负责人 所有人 客户经理 业务员 销售 負責人 業務員"),
    ImportField("author", _("Created by"), "createdby author 创建人 录入人 創建人 建立者"),
    ImportField("created_at", _("Created"), "created createdat createdon createddate 创建时间 创建日期 录入时间 創建時間 建立日期"),
    ImportField("contact_name", _("Contact: name"), "contact contactname contactperson 联系人 联系人姓名 主要联系人 聯絡人 聯繫人", 80),
    ImportField("contact_title", _("Contact: title"), "contacttitle jobtitle 联系人职务 职务 职位 聯絡人職稱 職稱 職務", 80),
    ImportField("contact_phone", _("Contact: phone"), "contactphone mobile mobilephone cell 联系人电话 联系人手机 手机 手机号 手机号码 手機 手機號碼", 40),
    ImportField("contact_email", _("Contact: e-mail"), "contactemail 联系人邮箱 聯絡人郵箱", 254),
    ImportField("contact_wechat", _("Contact: WeChat"), "contactwechat wechat 微信 微信号 微信號", 60),
)
CONTACT_FIELDS = (
    ImportField("name", _("Name"), "name contact contactname fullname 姓名 联系人 联系人姓名 名称 聯絡人 聯繫人", 80),
    ImportField("account", _("Account"), "account accountname company companyname customer 客户 客户名称 公司 公司名称 单位 客戶 客戶名稱 公司名稱", 160),
    ImportField("title", _("Title"), "title jobtitle contacttitle position 职务 职位 头衔 職稱 職務", 80),
    ImportField("deal_role", _("Role in the deal"), "role dealrole 角色 决策角色 決策角色"),
    ImportField("name_en", _("English name"), "englishname nameen 英文名 英文名", 80),
    ImportField("phone", _("Phone"), "phone mobile mobilephone telephone tel 手机 手机号 手机号码 电话 联系电话 手機 電話", 40),
    ImportField("email", _("E-mail"), "email mail emailaddress 邮箱 电子邮箱 电子邮件 電子郵件 郵箱", 254),
    ImportField("wechat", _("WeChat"), "wechat weixin 微信 微信号 微信號", 60),
    ImportField("country", _("Country"), "country nation 国家 國家", 80),
    ImportField("remark", _("Remark"), "remark remarks note notes 备注 说明 備註", 2000),
    ImportField("external_key", _("Key in another system"), "id contactid externalkey externalid 编号 联系人编号 編號", 110),
    ImportField("author", _("Created by"), "createdby author 创建人 录入人 創建人"),
    ImportField("created_at", _("Created"), "created createdat createdon 创建时间 创建日期 創建時間"),
)


def fields_of(kind: str) -> tuple[ImportField, ...]:
    """The fields that an import of this kind knows."""
    return CONTACT_FIELDS if kind == ImportKind.CONTACT else ACCOUNT_FIELDS


def field_choices(kind: str) -> list[tuple[str, Any]]:
    """The fields as a person chooses among them."""
    return [(field.key, field.label) for field in fields_of(kind)]


def heading_key(text: str) -> str:
    """A heading without case, spaces and punctuation: ``E-mail Address *`` gives emailaddress."""
    return re.sub(r"[\W_]+", "", fold(text))


def auto_mapping(kind: str, headings: list[str], kept: dict[str, str] | None = None) -> dict[str, str]:
    """Match columns by what their headings are usually called, what was kept for the source first; each field once."""
    known: dict[str, str] = {}
    for field in fields_of(kind):
        names = [*field.headings.split(), field.key]
        for language in ("en", "zh-hans"):
            with override(language):
                names.append(str(field.label))
        for name in names:
            known.setdefault(heading_key(name), field.key)
    mapping: dict[str, str] = {}
    for place, heading in enumerate(headings):
        wanted = (kept or {}).get(heading) if heading in (kept or {}) else known.get(heading_key(heading))
        if wanted and wanted not in mapping.values():
            mapping[str(place)] = wanted
    return mapping


# --- cells ------------------------------------------------------------------------------------------


def text_of(cell: Any) -> str:
    """A cell as a person would read it: whole floats without the point, moments in ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return str(cell).replace("\x00", "").strip()


@cache
def _words(choices: type[models.TextChoices]) -> dict[str, str]:
    words = {}
    for value in choices:
        words[fold(value.value)] = value.value
        for language in ("en", "zh-hans"):
            with override(language):
                label = fold(str(value.label))
                words[label] = value.value
                for part in re.split(r"[·,、和及]| and ", label):
                    if len(part.strip()) > 1:
                        words.setdefault(part.strip(), value.value)
    return words


EXTRA_WORDS = {
    "企业": "company", "公司": "company", "企業": "company", "商户": "merchant", "商戶": "merchant", "个人": "individual", "個人": "individual", "person": "individual",
    "重点": "A", "重点客户": "A", "key": "A", "重要": "B", "important": "B", "普通": "C", "一般": "C", "normal": "C", "小型": "D", "small": "D",
    "it": "software", "软件": "software", "互联网": "telecom", "制造": "manufacturing", "制造业": "manufacturing", "金融": "finance", "教育": "education", "医疗": "health",
    "零售": "trade", "批发": "trade", "贸易": "trade", "建筑": "construction", "建筑业": "construction", "物流": "logistics", "房地产": "real_estate", "政府": "public", "retail": "trade",
}  # fmt: skip


def choice_of(choices: type[models.TextChoices], text: str) -> str:
    """The value that a word stands for in either language; refuses words that stand for nothing."""
    if not text:
        return ""
    key = fold(text)
    value = _words(choices).get(key) or EXTRA_WORDS.get(key, "")
    if value not in choices.values:
        known = "、".join(str(label) for label in choices.labels[:6])
        raise ValidationError(_now("“%(text)s” is not known here. Known are for example: %(known)s.") % {"text": text, "known": known})
    return value


DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
OTHER_DAY = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def moment_of(text: str) -> datetime | None:
    """A day or moment; of 3/4/2024 nobody knows whether it is March or April, so it is refused."""
    if not text:
        return None
    try:
        if found := DAY.match(text):
            numbers = [int(part or 0) for part in found.groups()]
            return timezone.make_aware(datetime(*numbers))  # type: ignore[arg-type]  # noqa: DTZ001
        if found := OTHER_DAY.match(text):
            first, second, year = (int(part) for part in found.groups())
            if first <= 12 and second <= 12 and first != second:
                raise ValidationError(_now("“%(text)s” may be two different days. Write it as 2024-04-03.") % {"text": text})
            month, day = (second, first) if first > 12 else (first, second)
            return timezone.make_aware(datetime(year, month, day))  # noqa: DTZ001
    except (ValueError, OverflowError):
        pass
    raise ValidationError(_now("“%(text)s” is not a day. Write it as 2024-04-03.") % {"text": text})


@cache
def _countries() -> dict[str, str]:
    names = {"uk": "GB", "usa": "US", "英国": "GB", "美国": "US", "中国大陆": "CN", "korea": "KR"}
    for language in ("en", "zh_Hans", "zh_Hant"):
        names |= {fold(name): code for code, name in Locale.parse(language).territories.items() if len(code) == 2 and code.isalpha()}
    return names | {code.lower(): code for code in _codes()}


def _codes() -> set[str]:
    return set(phonenumbers.SUPPORTED_REGIONS)


def country_code(text: str) -> str:
    """ISO code of a country by its name in English or Chinese; '' when unknown."""
    return _countries().get(fold(text), "")


def phone_of(text: str, country: str = "") -> str:
    """A phone number as of the country that the row names, else Chinese."""
    region = country_code(country)
    if text and region and region != "CN" and not text.strip().startswith("+"):
        try:
            number = phonenumbers.parse(text, region)
            if phonenumbers.is_possible_number(number):
                return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
        except phonenumbers.NumberParseException:
            pass
    return clean_phone(text)


def email_of(text: str) -> str:
    """An e-mail address in lower case."""
    return str(forms.EmailField(required=False).clean(text)).lower()


def website_of(text: str) -> str:
    """A web address with its scheme."""
    return str(forms.URLField(required=False, assume_scheme="https").clean(clean_website(text)))


PLAIN = {
    "kind": lambda text: choice_of(AccountKind, text),
    "level": lambda text: choice_of(AccountLevel, text),
    "industry": lambda text: choice_of(Industry, text),
    "deal_role": lambda text: choice_of(DealRole, text),
    "credit_code": clean_credit_code,
    "email": email_of,
    "contact_email": email_of,
    "website": website_of,
    "created_at": moment_of,
    "source": lambda text: code_of("source", text) or text,
    "title": lambda text: code_of("title", text) or text,
    "contact_title": lambda text: code_of("title", text) or text,
}


def clean_row(kind: str, mapping: dict[str, str], raw: list[Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a row by field, and the reasons why cells cannot be taken, by field; empty cells give nothing."""
    fields = {field.key: field for field in fields_of(kind)}
    texts = {key: text for place, key in mapping.items() if int(place) < len(raw) and key in fields and (text := text_of(raw[int(place)]))}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for key, text in texts.items():
        try:
            if len(text) > fields[key].max_length:
                raise ValidationError(_now("Too long: %(count)d characters, at most %(most)d.") % {"count": len(text), "most": fields[key].max_length})
            if key in {"phone", "contact_phone"}:
                values[key] = phone_of(text, texts.get("country", ""))
            else:
                values[key] = PLAIN[key](text) if key in PLAIN else text
        except ValidationError as error:
            problems[key] = " ".join(error.messages)
    if "name" not in texts:
        problems["name"] = _now("The name is missing.")
    _join_places(values)
    return values, problems


def _join_places(values: dict[str, Any]) -> None:
    """Region from province, city and country; the postal code stands before the address."""
    country, city, region, postal = (values.pop(key, "") for key in ("country", "city", "region", "postal_code"))
    abroad = country if country_code(country) != "CN" else ""
    whole = [part for part in (abroad, region, city) if part]
    if whole:
        text = " ".join(dict.fromkeys(whole))[:160]
        code = code_of("region", text)
        values |= {"region": code, "region_text": "" if code else text}
    if postal and values.get("address"):
        values["address"] = f"{postal} {values['address']}"[:250]
