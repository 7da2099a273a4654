"""Custom fields through the API: safe in type, told by key, within the same rights as on the pages."""

import pytest
from django.urls import reverse

from crm_core.models import Account
from tests.crm_core.test_api import URL, call  # noqa: F401  (the fixture)
from tests.crm_core.test_custom_field_use import STORED, add_field, every_type, grades  # noqa: F401  (fixtures)


def test_custom_values_go_in_and_out_by_key(every_type, call, account):  # noqa: F811
    sent = {"name": "接口公司", "custom": {**STORED, "f_relation": account.pk}}
    made = call("POST", URL, sent)
    assert made.status_code == 201, made.content
    assert made.json()["custom"] == STORED | {"f_relation": account.pk}
    etag = made.headers["ETag"]
    url = f"{URL}/{made.json()['id']}"
    changed = call("PATCH", url, {"custom": {"f_number": 7, "f_text": None}}, HTTP_IF_MATCH=etag)
    assert changed.status_code == 200, changed.content
    wanted = STORED | {"f_relation": account.pk, "f_number": 7}
    del wanted["f_text"]
    assert call("GET", url).json()["custom"] == wanted
    kept = call("PATCH", url, {"phone": "021-62345678"}, HTTP_IF_MATCH=changed.headers["ETag"])
    assert kept.json()["custom"] == wanted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("f_number", "many"),
        ("f_number", True),
        ("f_number", [1]),
        ("f_number", {"a": 1}),
        ("f_number", "1e400"),
        ("f_number", 12345678901234567890),
        ("f_money", 1.005),
        ("f_money", "NaN"),
        ("f_date", "31.02.2024"),
        ("f_date", 20240101),
        ("f_choice", "platinum"),
        ("f_choice", ["gold"]),
        ("f_multi", ["gold", "platinum"]),
        ("f_multi", [["gold"]]),
        ("f_multi", {"gold": 1}),
        ("f_boolean", "perhaps"),
        ("f_boolean", 2),
        ("f_relation", 987654321),
        ("f_relation", "987654321987654321987"),
        ("f_relation", True),
        ("f_text", ["a"]),
        ("f_text", "x" * 501),
        ("nothing", 1),
        ("__class__", 1),
        ("f_text\" = '1", 1),
    ],
)
def test_custom_value_of_the_wrong_type_is_refused_by_key(every_type, call, key, value):  # noqa: F811
    answer = call("POST", URL, {"name": "坏值公司", "custom": {key: value}})
    assert answer.status_code == 422, answer.content
    assert list(answer.json()["fields"]) == [f"custom.{key}"]
    assert not Account.objects.filter(name="坏值公司").exists()


@pytest.mark.parametrize("custom", ["text", [1], 5, None, {"f_text": "\x00\ud83d"}])
def test_custom_that_is_no_object_is_refused_or_cleaned(every_type, call, custom):  # noqa: F811
    assert call("POST", URL, {"name": "怪公司", "custom": custom}).status_code in {201, 400, 422}


def test_half_a_character_is_refused_wherever_it_stands(every_type, call):  # noqa: F811
    for body in ({"name": "怪\ud83d公司"}, {"name": "怪公司", "custom": {"f_text": "\ud83d"}}, {"name": "怪公司", "custom": {"\udc00": 1}}):
        assert call("POST", URL, body).status_code == 400
    assert call("POST", URL, {"name": "笑脸\U0001f600公司"}).status_code == 201


def test_custom_value_that_some_roles_may_not_see_is_not_told(call, account, sales_rep, client_of):  # noqa: F811
    add_field(key="secret", see_roles=["sales_manager"], label="内部评级")
    add_field(key="read_only", edit_roles=["sales_manager"], see_roles=["sales_rep"], label="复核结果")
    Account.objects.filter(pk=account.pk).update(custom={"secret": "机密", "read_only": "通过"})
    assert call("GET", f"{URL}/{account.pk}").json()["custom"] == {"read_only": "通过"}
    for key in ("secret", "read_only"):
        assert call("PATCH", f"{URL}/{account.pk}", {"custom": {key: "改"}}, HTTP_IF_MATCH='"1"').status_code == 422
    assert "机密" not in client_of(sales_rep).get(reverse("crm_core:account_detail", args=[account.pk])).content.decode()
    changed = call("PATCH", f"{URL}/{account.pk}", {"short_name": "青山"}, HTTP_IF_MATCH='"1"')
    assert changed.status_code == 200
    account.refresh_from_db()
    assert account.custom == {"secret": "机密", "read_only": "通过"}


def test_required_and_unique_custom_values_are_asked_for_and_not_repeated(call, sales_rep):  # noqa: F811
    add_field(key="code", is_required=True, is_unique=True, label="内部编号")
    missing = call("POST", URL, {"name": "甲公司"})
    assert list(missing.json()["fields"]) == ["custom.code"]
    assert call("POST", URL, {"name": "甲公司", "custom": {"code": "AB 1"}}).status_code == 201
    twice = call("POST", URL, {"name": "乙公司", "custom": {"code": "ａｂ　1"}})
    assert twice.status_code == 409
    assert not Account.objects.filter(name="乙公司").exists()
