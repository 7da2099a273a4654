"""What the API of customers takes and gives."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ninja import Schema
from pydantic import Field

from crm_core.services.custom_fields import seen_fields
from crm_core.veils import reads_task, reads_words, shown, veiled_words

PAGE = 50
MOST = 200


def seen_values(row: Any, model: str, kind: str, context: Any) -> dict[str, Any]:
    """The values of the custom fields that the caller may see."""
    request = (context or {}).get("request")
    if not row.custom or request is None:
        return {}
    return {field.key: row.custom[field.key] for field in seen_fields(model, request.user, kind) if field.key in row.custom}


def seen_value(row: Any, field: str, context: Any) -> Any:
    """The value of a field as the caller may see it: whole, masked, or empty."""
    request = (context or {}).get("request")
    return shown(row, field, request.user) if request is not None else ""


def seen_words(row: Any, text: str, context: Any) -> str:
    """Free words of an activity as the caller may see them."""
    request = (context or {}).get("request")
    if request is None:
        return ""
    return veiled_words(text, request.user, own=reads_words(request.user, author=row.author_id, owner=row.account.owner_id))


class Person(Schema):
    id: int
    name: str

    @staticmethod
    def resolve_name(obj: Any) -> str:
        return str(obj)


class AccountOut(Schema):
    id: int
    version: int
    kind: str
    name: str
    name_en: str
    short_name: str
    credit_code: str
    industry: str
    level: str
    region: str = Field(description="GB/T 2260 in China, ISO 3166 elsewhere.")
    region_name: str
    region_text: str
    registered_status: str
    registered_status_on: date | None
    registered_status_source: str
    address: str
    phone: str
    email: str
    website: str
    source: str
    remark: str
    owner: Person | None
    department_id: int
    custom: dict[str, Any] = Field({}, description="Values of custom fields by key; only of fields that you may see.")
    last_activity_at: datetime | None
    next_step_on: date | None
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_custom(obj: Any, context: Any) -> dict[str, Any]:
        return seen_values(obj, "account", obj.kind, context)

    @staticmethod
    def resolve_phone(obj: Any, context: Any) -> Any:
        return seen_value(obj, "phone", context)

    @staticmethod
    def resolve_email(obj: Any, context: Any) -> Any:
        return seen_value(obj, "email", context)

    @staticmethod
    def resolve_address(obj: Any, context: Any) -> Any:
        return seen_value(obj, "address", context)


class AccountIn(Schema):
    name: str = Field(max_length=160)
    kind: str = "company"
    name_en: str = ""
    short_name: str = ""
    credit_code: str = ""
    industry: str = ""
    level: str = ""
    region: str = ""
    registered_status: str = ""
    registered_status_on: date | None = None
    registered_status_source: str = ""
    id_number: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    source: str = ""
    remark: str = ""
    custom: dict[str, Any] = {}


class AccountPatch(Schema):
    name: str | None = None
    kind: str | None = None
    name_en: str | None = None
    short_name: str | None = None
    credit_code: str | None = None
    industry: str | None = None
    level: str | None = None
    region: str | None = None
    registered_status: str | None = None
    registered_status_on: date | None = None
    registered_status_source: str | None = None
    id_number: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    source: str | None = None
    remark: str | None = None
    custom: dict[str, Any] | None = None


class ContactOut(Schema):
    id: int
    version: int
    name: str
    name_en: str
    phone: str
    email: str
    wechat: str
    remark: str
    owner: Person | None
    custom: dict[str, Any] = Field({}, description="Values of custom fields by key; only of fields that you may see.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_custom(obj: Any, context: Any) -> dict[str, Any]:
        return seen_values(obj, "contact", "", context)

    @staticmethod
    def resolve_phone(obj: Any, context: Any) -> Any:
        return seen_value(obj, "phone", context)

    @staticmethod
    def resolve_email(obj: Any, context: Any) -> Any:
        return seen_value(obj, "email", context)

    @staticmethod
    def resolve_wechat(obj: Any, context: Any) -> Any:
        return seen_value(obj, "wechat", context)


class ContactIn(Schema):
    account: int
    name: str
    title: str = ""
    deal_role: str = ""
    name_en: str = ""
    phone: str = ""
    email: str = ""
    wechat: str = ""
    remark: str = ""
    custom: dict[str, Any] = {}


class ContactPatch(Schema):
    name: str | None = None
    name_en: str | None = None
    phone: str | None = None
    email: str | None = None
    wechat: str | None = None
    remark: str | None = None
    custom: dict[str, Any] | None = None


class OpportunityOut(Schema):
    id: int
    version: int
    account_id: int
    contact_id: int | None
    name: str
    amount: Decimal | None
    currency: str
    pipeline_id: int
    stage_id: int
    stage: str
    outcome: str
    owner: Person
    close_on: date | None
    close_reason: str
    next_step_on: date | None
    custom: dict[str, Any] = Field({}, description="Values of custom fields by key; only of fields that you may see.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_custom(obj: Any, context: Any) -> dict[str, Any]:
        return seen_values(obj, "opportunity", "", context)

    @staticmethod
    def resolve_stage(obj: Any) -> str:
        return str(obj.stage)

    @staticmethod
    def resolve_outcome(obj: Any) -> str:
        return str(obj.stage.outcome)


class OpportunityIn(Schema):
    account: int
    name: str
    pipeline: int
    contact: int | None = None
    amount: Decimal | None = None
    currency: str = "CNY"
    close_on: date | None = None
    remark: str = ""
    custom: dict[str, Any] = {}


class OpportunityPatch(Schema):
    name: str | None = None
    contact: int | None = None
    amount: Decimal | None = None
    currency: str | None = None
    close_on: date | None = None
    remark: str | None = None
    custom: dict[str, Any] | None = None


class ActivityIn(Schema):
    account: int
    kind: str = "call"
    subject: str
    body: str = ""
    occurred_at: datetime | None = None
    contact: int | None = None
    opportunity: int | None = None
    is_promise: bool = False
    next_step: str = ""
    next_on: date | None = None


class ActivityOut(Schema):
    id: int
    version: int
    account_id: int
    contact_id: int | None
    opportunity_id: int | None
    kind: str
    subject: str
    body: str
    occurred_at: datetime
    recorded_at: datetime
    author: Person

    @staticmethod
    def resolve_subject(obj: Any, context: Any) -> str:
        return seen_words(obj, obj.subject, context)

    @staticmethod
    def resolve_body(obj: Any, context: Any) -> str:
        return seen_words(obj, obj.body, context)


class ActivityPatch(Schema):
    kind: str | None = None
    subject: str | None = None
    body: str | None = None


class LinkOut(Schema):
    id: int
    account_id: int
    account: str
    contact_id: int
    contact: str
    title: str
    deal_role: str
    is_main: bool
    starts_on: date | None
    ends_on: date | None

    @staticmethod
    def resolve_account(obj: Any) -> str:
        return str(obj.account.name)

    @staticmethod
    def resolve_contact(obj: Any) -> str:
        return str(obj.contact.name)


class LinkIn(Schema):
    account: int
    title: str = Field("", max_length=80)
    deal_role: str = ""
    is_main: bool = False
    starts_on: date | None = None


class TaskOut(Schema):
    id: int
    version: int
    title: str
    due_on: date
    owner: Person
    account_id: int | None
    opportunity_id: int | None
    done_at: datetime | None
    created_at: datetime

    @staticmethod
    def resolve_title(obj: Any, context: Any) -> str:
        request = (context or {}).get("request")
        return veiled_words(obj.title, request.user, own=reads_task(obj, request.user)) if request is not None else ""


class TaskIn(Schema):
    title: str
    due_on: date
    owner: int | None = None
    account: int | None = None
    opportunity: int | None = None


class TaskPatch(Schema):
    title: str | None = None
    due_on: date | None = None
    owner: int | None = None
    account: int | None = None
    opportunity: int | None = None


class Page(Schema):
    next: int | None = Field(description="Pass it as `after` to get what follows; null at the end.")


class AccountPage(Page):
    items: list[AccountOut]


class ContactPage(Page):
    items: list[ContactOut]


class OpportunityPage(Page):
    items: list[OpportunityOut]


class ActivityPage(Page):
    items: list[ActivityOut]


class TaskPage(Page):
    items: list[TaskOut]


class LinkPage(Page):
    items: list[LinkOut]


class KnownOut(Schema):
    """A record that may be the same; of one that you do not see only the department is told."""

    id: int | None = None
    name: str = ""
    because: str = ""
    where: str
    score: int | None = None
    is_certain: bool | None = None


class Problem(Schema):
    detail: str
    fields: dict[str, list[str]] = {}
    candidates: list[KnownOut] = []
    version: int | None = Field(None, description="With 412: the version that the record has now.")
    merged_into: int | None = Field(None, description="With 410: the record into which this one was merged.")


class Paging(Schema):
    after: int = Field(0, ge=0, le=2**62, description="Id of the last record that you have.")
    limit: int = Field(PAGE, ge=1, le=MOST)
    q: str = Field("", max_length=100, description="What is searched for: part of a name, pinyin, a code, the end of a phone number.")
    owner: int | None = Field(None, description="Id of the person to whom the records belong.")
    updated_since: datetime | None = Field(None, description="Only records changed at or after this moment.")
