import pytest
from django.urls import reverse

from requirements_mgmt.models import ChangeRequest, Confirmation, Requirement, Trace
from requirements_mgmt.services import ask_confirmation, confirm_requirement, open_change_request
from tests.factories.requirements_mgmt import RequirementAttachmentFactory

FORM = {
    "title": "合同到期提醒",
    "statement": "合同到期前三十天提醒负责人。",
    "priority": "must",
    "level": "department",
    "source_kind": "interview",
    "inputs": "合同，客户",
    "outputs": "提醒",
}


def url(name, *args):
    return reverse(f"requirements_mgmt:{name}", args=args)


@pytest.fixture
def change(world, requirement, now):
    return open_change_request(requirement=requirement, title="加电话", reason="名称会变", by=world.consultant, now=now)


@pytest.fixture
def row_pages(world, requirement, change, now):
    """Every page with a row in its address: name, arguments, who may."""
    row = ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now).asked[0]
    confirm_requirement(requirement=requirement, verdict="ask", note="为什么？", by=world.key_user, now=now)
    file = RequirementAttachmentFactory(requirement=requirement)
    pk = requirement.pk
    return [
        url("requirement_detail", pk),
        url("requirement_edit", pk),
        url("requirement_children", pk),
        url("requirement_drop", pk),
        url("requirement_history", pk),
        url("requirement_use", pk),
        url("use_weeks", pk),
        url("requirement_confirm", pk),
        url("trace_find", pk) + "?q=a&type=feature",
        url("change_request_create", pk),
        url("change_request_detail", change.pk),
        url("change_request_decide", change.pk),
        url("confirmation_reply", row.pk),
        url("attachment_download", file.pk),
    ]


PAGES = ["requirement_list", "requirement_tree", "requirement_matrix", "requirement_board", "confirmation_list", "change_request_list"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_shows(world, client_of, row_pages, language):
    world.pm.language = language
    world.pm.save()
    client = client_of(world.pm)
    for page in [*map(url, PAGES), url("requirement_create"), url("import_list"), url("import_create"), *row_pages]:
        assert client.get(page).status_code == 200, page
    for axis in ("features", "departments", "people"):
        assert client.get(url("requirement_matrix"), {"by": axis}).status_code == 200


def test_pages_stand_with_nothing_in_them(world, rollout, client_of):
    client = client_of(world.pm)
    for page in PAGES:
        assert client.get(url(page)).status_code == 200, page


@pytest.mark.parametrize(("language", "word"), [("en", "You take part in no rollout yet"), ("zh-hans", "您尚未参与任何上线项目")])
def test_without_a_rollout_the_pages_say_what_to_do(world, client_of, language, word):
    world.pm.language = language
    world.pm.save()
    client = client_of(world.pm)
    for name in ("requirement_tree", "requirement_matrix", "requirement_board", "requirement_create"):
        answer = client.get(url(name))
        assert answer.status_code == 200, name
        assert word in answer.content.decode(), name
    assert client.get(url("requirement_tree"), {"rollout": 1}).status_code == 404
    assert client.post(url("requirement_create"), {"title": "x"}).status_code == 404


def test_outsider_finds_nothing(world, client_of, row_pages):
    client = client_of(world.outsider)
    for page in row_pages:
        assert client.get(page).status_code == 404, page
    assert "查重" not in client.get(url("requirement_list")).content.decode()


def test_reader_may_not_write(world, client_of, requirement, change):
    client = client_of(world.auditor)
    assert client.get(url("requirement_detail", requirement.pk)).status_code == 200
    pk = requirement.pk
    for page in (url("requirement_edit", pk), url("requirement_drop", pk), url("change_request_create", pk), url("change_request_decide", change.pk)):
        assert client.get(page).status_code == 403, page
    for page in (url("requirement_quick"), url("requirement_bulk"), url("confirmation_ask"), url("trace_create", pk), url("attachment_create", pk)):
        assert client.post(page).status_code == 403, page
    cell = f"{pk}:1"
    for axis in ("features", "people"):
        assert client.post(url("matrix_fill"), {"by": axis, "cell": cell}).status_code == 403


@pytest.mark.parametrize("name", ["requirement_move", "requirement_comment", "attachment_create", "trace_create"])
def test_get_of_a_verb_is_405(world, client_of, requirement, name):
    assert client_of(world.pm).get(url(name, requirement.pk)).status_code == 405
    assert client_of(world.pm).get(url("requirement_bulk")).status_code == 405


def test_create_by_form_numbers_in_the_department(world, rollout, client_of, requirement):
    client = client_of(world.pm)
    answer = client.post(url("requirement_create"), {**FORM, "department": world.sales.pk, "rollout": rollout.pk, "roles": ["sales_rep"]})
    made = Requirement.objects.get(title="合同到期提醒")
    assert answer.status_code == 302
    assert (requirement.code, made.code) == ("E-SALES-001", "E-SALES-002")
    assert [row.name for row in made.inputs.all()] == ["合同", "客户"]
    assert made.history.count() == 1
    assert made.history.get().inputs.count() == 2


def test_invalid_form_keeps_what_was_typed(world, rollout, client_of):
    answer = client_of(world.pm).post(url("requirement_create"), {**FORM, "title": "", "department": world.sales.pk})
    assert answer.status_code == 422
    assert "合同到期前三十天" in answer.content.decode()


def test_edit_of_a_stale_version_shows_both(world, client_of, requirement):
    client = client_of(world.pm)
    data = {**FORM, "department": world.sales.pk, "version": 1}
    assert client.post(url("requirement_edit", requirement.pk), data).status_code == 302
    answer = client.post(url("requirement_edit", requirement.pk), {**data, "title": "另一个标题"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "另一个标题" in page
    assert "合同到期提醒" in page
    assert Requirement.objects.get(pk=requirement.pk).title == "合同到期提醒"


def test_confirm_in_one_tap_then_the_next(world, client_of, requirement, written, now):
    other = written("第二条")
    ask_confirmation(requirements=[requirement, other], people=[world.sales_rep], by=world.pm, now=now)
    client = client_of(world.sales_rep)
    page = client.get(url("requirement_confirm", requirement.pk))
    assert page.status_code == 200
    answer = client.post(url("requirement_confirm", requirement.pk), {"verdict": "confirm", "seen_hash": requirement.content_hash})
    assert answer.status_code == 302
    assert answer["Location"] == url("requirement_confirm", other.pk)
    assert Confirmation.objects.get(requirement=requirement).verdict == "confirm"


def test_confirm_of_a_text_that_changed_is_409_and_keeps_the_note(world, client_of, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.sales_rep], by=world.pm, now=now)
    client = client_of(world.sales_rep)
    data = {**FORM, "department": world.sales.pk, "version": 1}
    assert client_of(world.pm).post(url("requirement_edit", requirement.pk), data).status_code == 302
    answer = client.post(url("requirement_confirm", requirement.pk), {"verdict": "object", "note": "我的意见", "seen_hash": requirement.content_hash})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "我的意见" in page
    assert "<ins>" in page
    assert Confirmation.objects.get().verdict == "asked"
    fresh = Requirement.objects.get(pk=requirement.pk)
    assert fresh.content_hash in page
    assert client.post(url("requirement_confirm", requirement.pk), {"verdict": "confirm", "seen_hash": fresh.content_hash}).status_code == 302


def test_objection_without_words_is_asked_for(world, client_of, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.sales_rep], by=world.pm, now=now)
    answer = client_of(world.sales_rep).post(url("requirement_confirm", requirement.pk), {"verdict": "object", "seen_hash": requirement.content_hash})
    assert answer.status_code == 422


def test_nobody_answers_for_another(world, client_of, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.sales_rep, world.key_user], by=world.pm, now=now)
    data = {"verdict": "confirm", "seen_hash": requirement.content_hash, "person": world.key_user.pk}
    assert client_of(world.sales_rep).post(url("requirement_confirm", requirement.pk), data).status_code == 404


def test_asked_person_sees_the_one_requirement_only(world, client_of, requirement, written, now):
    other = written("看不到的")
    ask_confirmation(requirements=[requirement], people=[world.west_rep], by=world.pm, now=now)
    client = client_of(world.west_rep)
    assert client.get(url("requirement_detail", requirement.pk)).status_code == 200
    assert client.get(url("requirement_detail", other.pk)).status_code == 404


def test_bulk_ask_and_bulk_change(world, client_of, requirement, written):
    other = written()
    client = client_of(world.pm)
    ticked = {"pk": [requirement.pk, other.pk], "next": url("requirement_list")}
    assert client.post(url("confirmation_ask"), ticked).status_code == 200
    assert client.post(url("confirmation_ask"), {**ticked, "apply": "1"}).status_code == 422
    assert client.post(url("confirmation_ask"), {**ticked, "apply": "1", "departments": [world.sales.pk]}).status_code == 302
    assert set(Confirmation.objects.values_list("person", flat=True)) == {world.liaison.pk}
    assert client.post(url("requirement_bulk"), {**ticked, "apply": "1", "priority": "could"}).status_code == 302
    assert set(Requirement.objects.values_list("priority", flat=True)) == {"could"}


def test_quick_row_board_move_and_comment(world, client_of, rollout, requirement):
    client = client_of(world.pm)
    quick = {"title": "一句话需求", "department": world.sales.pk, "priority": "should", "next": "//evil.example/"}
    answer = client.post(url("requirement_quick"), quick)
    assert answer["Location"] == url("requirement_list")
    assert Requirement.objects.filter(title="一句话需求").exists()
    move = url("requirement_move", requirement.pk)
    assert client.post(move, {"to": "open", "version": requirement.version}).status_code == 204
    assert client.post(move, {"to": "confirmed", "version": requirement.version + 1}).status_code == 409
    assert client.post(move, {"to": "draft", "version": requirement.version}).status_code == 409
    assert client.post(url("requirement_comment", requirement.pk), {"body": "好"}).status_code == 302
    assert requirement.comments.get().author == world.pm


def test_matrix_hole_is_filled_by_a_click(world, client_of, requirement, written, now):
    from foundation.usage.models import Feature

    feature = Feature.objects.first()
    written("已关联", features=[feature])
    client = client_of(world.pm)
    page = client.get(url("requirement_matrix")).content.decode()
    assert f'value="{requirement.pk}:{feature.pk}"' in page
    assert client.post(url("matrix_fill"), {"by": "features", "cell": f"{requirement.pk}:{feature.pk}"}).status_code == 302
    assert list(requirement.features.all()) == [feature]
    assert client.post(url("matrix_fill"), {"by": "departments", "cell": f"{requirement.pk}:{world.sales.pk}"}).status_code == 302
    assert Confirmation.objects.get().person == world.liaison
    book = client.get(url("requirement_matrix"), {"export": "xlsx"})
    assert book.status_code == 200
    assert book["Content-Type"].startswith("application/vnd.openxmlformats")


def test_links_are_found_added_cleared_and_removed(world, client_of, requirement, written):
    other = written("客户移交")
    client = client_of(world.pm)
    found = client.get(url("trace_find", requirement.pk), {"q": "移交", "type": "requirement", "kind": "depends"}).content.decode()
    assert other.code in found
    assert requirement.code not in found
    post = {"type": "requirement", "other": other.pk, "kind": "depends"}
    assert client.post(url("trace_create", requirement.pk), post).status_code == 302
    assert client.post(url("trace_create", requirement.pk), post).status_code == 409
    trace = Trace.objects.get()
    assert client.post(url("trace_clear", requirement.pk, trace.pk)).status_code == 302
    assert client.post(url("trace_remove", requirement.pk, trace.pk)).status_code == 302
    assert not Trace.objects.exists()
    assert client.post(url("trace_create", requirement.pk), {**post, "type": "people.user"}).status_code == 404


def test_change_request_from_opening_to_the_edit_that_answers_it(world, client_of, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    consultant, pm = client_of(world.consultant), client_of(world.pm)
    data = {**FORM, "department": world.sales.pk, "version": 1}
    assert consultant.post(url("requirement_edit", requirement.pk), data).status_code == 422
    assert consultant.post(url("change_request_create", requirement.pk), {"title": "加电话", "reason": "名称会变"}).status_code == 302
    change = ChangeRequest.objects.get()
    assert consultant.post(url("change_request_decide", change.pk), {"decision": "accept", "reason": "好"}).status_code == 403
    assert pm.post(url("change_request_decide", change.pk), {"decision": "accept"}).status_code == 422
    assert pm.post(url("change_request_decide", change.pk), {"decision": "accept", "reason": "好"}).status_code == 302
    assert pm.post(url("change_request_decide", change.pk), {"decision": "reject", "reason": "不"}).status_code == 409
    change.refresh_from_db()
    assert change.impact["confirmations"] == [str(world.key_user)]
    assert consultant.post(url("requirement_edit", requirement.pk), data).status_code == 302
    change.refresh_from_db()
    assert change.state == "done"
    assert requirement.history.first().history_change_reason == change.code


def test_drop_and_restore_with_reason(world, client_of, requirement):
    client = client_of(world.pm)
    drop = url("requirement_drop", requirement.pk)
    assert client.post(drop, {"version": 1}).status_code == 422
    assert client.post(drop, {"version": 9, "reason": "不做"}).status_code == 409
    assert client.post(drop, {"version": 1, "reason": "不做"}).status_code == 302
    assert requirement.title not in client.get(url("requirement_list")).content.decode()
    assert client.post(url("requirement_restore", requirement.pk), {"version": 2, "reason": "还是做"}).status_code == 302
    requirement.refresh_from_db()
    assert (requirement.state, requirement.state_reason) == ("draft", "还是做")


def test_history_reads_field_by_field(world, client_of, requirement):
    client = client_of(world.pm)
    client.post(url("requirement_edit", requirement.pk), {**FORM, "department": world.sales.pk, "version": 1, "owner": world.pm.pk})
    page = client.get(url("requirement_history", requirement.pk)).content.decode()
    assert "<ins>" in page
    assert "合同" in page
    assert str(world.pm) in page


def test_file_goes_through_the_one_door(world, client_of, requirement):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_of(world.pm)
    client.post(url("attachment_create", requirement.pk), {"file": SimpleUploadedFile("evil.exe", b"MZ")})
    assert not requirement.attachments.exists()
    client.post(url("attachment_create", requirement.pk), {"file": SimpleUploadedFile("纪要.txt", "会议".encode())})
    answer = client.get(url("attachment_download", requirement.attachments.get().pk))
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_exports_need_the_permission(world, client_of, requirement):
    assert client_of(world.pm).get(url("requirement_list"), {"export": "csv"}).status_code == 200
    world.office.refresh_from_db()
    assert client_of(world.sales_rep).get(url("requirement_list"), {"export": "csv"}).status_code == 403


def test_lists_cost_the_same_for_one_and_for_many(world, client_of, requirement, written, now, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from foundation.usage.models import Feature

    features = list(Feature.objects.all()[:2])
    client = client_of(world.pm)

    def cost():
        found = []
        for page in ("requirement_list", "requirement_tree", "requirement_matrix", "requirement_board"):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(url(page)).status_code == 200
            found.append(len(seen))
        return found

    written("有功能", features=features)
    cost()
    before = cost()
    rows = [written(f"需求{n}", features=features, owner=world.consultant) for n in range(12)]
    ask_confirmation(requirements=rows, people=[world.key_user, world.liaison], by=world.pm, now=now)
    assert cost() == before
