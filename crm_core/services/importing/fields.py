"""The fields that a file may bring, and the headings under which they are known."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from crm_core.models import CustomField, ImportKind
from crm_core.services.custom_fields import fields_of as live_fields
from foundation.text import fold

# What a custom field needs besides its own reading: the order of days or the form of amounts of its column.
FORMS = {"date": "date", "money": "money", "number": "money"}


@dataclass(frozen=True)
class ImportField:
    """Something that a column may hold."""

    key: str
    label: Any
    headings: str
    max_length: int = 200
    kind: str = "text"


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
    ImportField("registered_status", _("Registered status"), "registeredstatus 登记状态 经营状态 企业状态 登記狀態 經營狀態"),
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
        "id uid customerid accountid externalkey externalid code customercode 编号 客户编号 客户编码 代码 編號 客戶編號",
        110,
    ),
    ImportField("owner", _("Owner"), "owner accountmanager salesrep salesperson assignedto 负责人 所有人 客户经理 业务员 销售 負責人 業務員"),
    ImportField("author", _("Created by"), "createdby author 创建人 录入人 創建人 建立者"),
    ImportField(
        "created_at",
        pgettext_lazy("import", "Created"),
        "created createdat createdon createddate datecreated 创建时间 创建日期 录入时间 建档日期 創建時間 建立日期 建檔日期",
        kind="date",
    ),
    ImportField("contact_name", _("Contact: name"), "contact contactname contactperson fullname 联系人 姓名 联系人姓名 主要联系人 聯絡人 聯繫人", 80),
    ImportField("contact_title", _("Contact: title"), "contacttitle jobtitle 联系人职务 职务 职位 聯絡人職稱 職稱 職務", 80),
    ImportField(
        "contact_phone", _("Contact: phone"), "contactphone mobile mobilephone cell cellphone 联系人电话 联系人手机 手机 手机号 手机号码 手機 手機號碼", 40
    ),
    ImportField("contact_email", _("Contact: e-mail"), "contactemail 联系人邮箱 聯絡人郵箱", 254),
    ImportField("contact_wechat", _("Contact: WeChat"), "contactwechat wechat 微信 微信号 微信號", 60),
    ImportField("record_key", _("Key of the collection sheet"), "recordkey 系统标识 系統標識", 40),
    ImportField("import_row", _("Row of the import before"), "importrow 原导入行", 40),
)
CONTACT_FIELDS = (
    ImportField("name", _("Name"), "name contact contactname fullname 姓名 联系人 联系人姓名 名称 聯絡人 聯繫人", 80),
    ImportField("account", _("Account"), "account accountname company companyname customer 客户 客户名称 公司 公司名称 单位 客戶 客戶名稱 公司名稱", 160),
    ImportField("title", pgettext_lazy("contact", "Title"), "title jobtitle contacttitle position 职务 职位 头衔 職稱 職務", 80),
    ImportField("deal_role", _("Role in the deal"), "role dealrole 角色 决策角色 決策角色"),
    ImportField("name_en", _("English name"), "englishname nameen 英文名 英文名", 80),
    ImportField("phone", _("Phone"), "phone mobile mobilephone telephone tel 手机 手机号 手机号码 电话 联系电话 手機 電話", 40),
    ImportField("email", _("E-mail"), "email mail emailaddress 邮箱 电子邮箱 电子邮件 電子郵件 郵箱", 254),
    ImportField("wechat", _("WeChat"), "wechat weixin 微信 微信号 微信號", 60),
    ImportField("country", _("Country"), "country nation 国家 國家", 80),
    ImportField("remark", _("Remark"), "remark remarks note notes 备注 说明 備註", 2000),
    ImportField("external_key", _("Key in another system"), "id uid contactid externalkey externalid 编号 联系人编号 編號", 110),
    ImportField("author", _("Created by"), "createdby author 创建人 录入人 創建人"),
    ImportField("created_at", pgettext_lazy("import", "Created"), "created createdat createdon 创建时间 创建日期 創建時間", kind="date"),
    ImportField("record_key", _("Key of the collection sheet"), "recordkey 系统标识 系統標識", 40),
    ImportField("import_row", _("Row of the import before"), "importrow 原导入行", 40),
)


# Of a business card: what is the person's goes to the person; the card's own key is none of the customer's.
COMPANY_EMAIL = "Company e-mail"
CARD_FIELDS: dict[str, dict[str, str]] = {ImportKind.ACCOUNT: {"E-mail": "contact_email", COMPANY_EMAIL: "email", "UID": ""}, ImportKind.CONTACT: {}}


def custom_fields(kind: str) -> dict[str, CustomField]:
    """The fields that administrators added, by the key under which a column is matched to them."""
    return {field.name: field for field in live_fields("contact" if kind == ImportKind.CONTACT else "account")}


def fields_of(kind: str) -> tuple[ImportField, ...]:
    """The fields that an import of this kind knows, those of administrators last."""
    added = (ImportField(key, str(field), f"{field.label_en or field.key}", 500, FORMS.get(field.type, "text")) for key, field in custom_fields(kind).items())
    return (*(CONTACT_FIELDS if kind == ImportKind.CONTACT else ACCOUNT_FIELDS), *added)


def field_choices(kind: str) -> list[tuple[str, Any]]:
    """The fields as a person chooses among them."""
    return [(field.key, field.label) for field in fields_of(kind)]


def heading_key(text: str) -> str:
    """A heading without case, spaces and punctuation: ``E-mail Address *`` gives emailaddress."""
    return re.sub(r"[\W_]+", "", fold(text))


@cache
def _usual(kind: str) -> dict[str, str]:
    """Field by heading, in English, simplified and traditional Chinese."""
    known: dict[str, str] = {}
    for field in CONTACT_FIELDS if kind == ImportKind.CONTACT else ACCOUNT_FIELDS:
        names = [*field.headings.split(), field.key]
        for language in ("en", "zh-hans"):
            with override(language):
                names.append(str(field.label))
        for name in names:
            known.setdefault(heading_key(name), field.key)
    return known


def _known(kind: str) -> dict[str, str]:
    known = dict(_usual(kind))
    for key, field in custom_fields(kind).items():
        for name in filter(None, (field.label, field.label_en, field.key)):
            known.setdefault(heading_key(name), key)
    return known


def is_heading(kind: str) -> Callable[[str], bool]:
    """Asks of a text whether it is a heading that we know."""
    known = _known(kind)
    return lambda text: heading_key(text) in known


def auto_mapping(kind: str, headings: list[str], kept: dict[str, str] | None = None) -> dict[str, str]:
    """Match columns by what their headings are usually called, what was kept for the source first; each field once."""
    known, kept = _known(kind), kept or {}
    mapping: dict[str, str] = {}
    for is_own in (True, False):
        for place, heading in enumerate(headings):
            if (heading in kept) != is_own:
                continue
            wanted = kept[heading] if is_own else known.get(heading_key(heading))
            if wanted and wanted not in mapping.values():
                mapping[str(place)] = wanted
    return {place: mapping[place] for place in sorted(mapping, key=int)}
