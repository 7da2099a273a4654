"""Pages of the flow check and of data objects, systems and interfaces: who sees what, who may do what, and what they say."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from requirements_mgmt.models import DataObject, FindingAcceptance, FlowCheck, FlowFinding, Interface, Requirement, System
from requirements_mgmt.services import check_flow, data_objects
from tests.factories.implementation import RolloutFactory, TeamMemberFactory
from tests.factories.requirements_mgmt import DataObjectFactory, InterfaceFactory, SystemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(world, rollout):
    """Consultant and liaison work in the rollout."""
    TeamMemberFactory(rollout=rollout, user=world.consultant, role="consultant", starts_on=rollout.starts_on)
    TeamMemberFactory(rollout=rollout, user=world.liaison, role="liaison", department=world.sales, starts_on=rollout.starts_on)


@pytest.fixture
def checked(faulty, world, team):
    """A finding of every kind, checked once."""
    check_flow(rollout=faulty, by=world.pm, now=timezone.now())
    return faulty


def page(name, *args):
    return reverse(f"requirements_mgmt:{name}", args=args)


def finding_of(kind):
    return FlowFinding.objects.filter(kind=kind).first()


def test_the_page_counts_the_kinds_and_lists_the_findings(world, client_of, checked):
    response = client_of(world.pm).get(page("flow_check"), {"rollout": checked.pk})
    body = response.content.decode()
    assert response.status_code == 200
    assert "A-2" in body
    assert {kind["key"]: kind["open"] for kind in response.context["kinds"]}["dead_loop"] == 2
    assert response.context["open_count"] == FlowFinding.objects.count()
    assert not response.context["is_stale"]
    narrowed = client_of(world.pm).get(page("flow_check"), {"rollout": checked.pk, "kind": "unfed"})
    assert {row.cells[1].value for row in narrowed.context["table"].rows} == {FlowFinding(kind="unfed").get_kind_display()}
    assert [row.cells[0].value for row in narrowed.context["table"].rows] == ["C-1"]


def test_the_page_says_when_rows_have_changed_since(world, client_of, checked, flow):
    flow("Z-1", "订单", "报表")
    assert client_of(world.pm).get(page("flow_check")).context["is_stale"]
    assert client_of(world.pm).post(page("flow_run"), {"rollout": checked.pk}).status_code == 302
    assert not client_of(world.pm).get(page("flow_check")).context["is_stale"]


def test_findings_are_narrowed_by_department_state_and_words(world, client_of, checked, written, now):
    written("西区", code="W-1", department=world.west, inputs=data_objects(checked, ["西区数据"]), outputs=data_objects(checked, ["报表"]))
    check_flow(rollout=checked, by=world.pm, now=now)
    client = client_of(world.pm)

    def found(**query):
        return [row.cells[0].value for row in client.get(page("flow_check"), {"rollout": checked.pk, "kind": "unfed", **query}).context["table"].rows]

    assert found() == ["C-1", "W-1"]
    assert found(department=world.west.pk) == ["W-1"]
    assert found(q="价格表") == ["C-1"]
    client.post(page("finding_accept", finding_of("unfed").pk), {"reason": "二期"})
    assert found(state="open") == ["W-1"]
    assert found(state="accepted") == ["C-1"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_finding_has_a_page_with_its_picture(world, client_of, checked, language):
    client = client_of(world.pm)
    type(world.pm).objects.filter(pk=world.pm.pk).update(language=language)
    seen = set()
    for finding in FlowFinding.objects.all():
        response = client.get(finding.get_absolute_url())
        body = response.content.decode()
        assert response.status_code == 200
        assert "<svg" in body
        assert escape(response.context["message"]) in body
        assert response.context["message"].endswith("." if language == "en" else "。")
        assert response.context["picture"].boxes
        assert all(arrow.path for arrow in response.context["picture"].arrows)
        seen.add(finding.kind)
    assert len(seen) == 10


def test_names_in_the_picture_stay_text(world, client_of, rollout, flow, team, now):
    flow("A-1", "<script>alert(1)</script>", "报表")
    check_flow(rollout=rollout, by=world.pm, now=now)
    body = client_of(world.pm).get(finding_of("unfed").get_absolute_url()).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_accepting_and_taking_back(world, client_of, checked):
    client, finding = client_of(world.consultant), finding_of("dead_loop")
    assert client.get(page("finding_accept", finding.pk)).status_code == 200
    assert client.post(page("finding_accept", finding.pk), {"reason": ""}).status_code == 422
    assert client.post(page("finding_accept", finding.pk), {"reason": "试点期允许"}).status_code == 302
    again = client.post(page("finding_accept", finding.pk), {"reason": "再来"})
    assert again.status_code == 409
    assert "试点期允许" in again.content.decode()
    assert "试点期允许" in client.get(finding.get_absolute_url()).content.decode()
    assert client.post(page("finding_take_back", finding.pk)).status_code == 302
    assert client.post(page("finding_take_back", finding.pk)).status_code == 409
    assert FindingAcceptance.objects.get().ended_by == world.consultant


def test_several_are_accepted_for_one_reason(world, client_of, checked):
    client, rows = client_of(world.pm), list(FlowFinding.objects.all()[:3])
    picked = {"pk": [row.pk for row in rows]}
    assert client.post(page("finding_accept_many"), {}).status_code == 302
    shown = client.post(page("finding_accept_many"), picked)
    assert shown.status_code == 200
    assert not FindingAcceptance.objects.exists()
    assert client.post(page("finding_accept_many"), {**picked, "apply": "1", "reason": "二期统一处理"}).status_code == 302
    assert FindingAcceptance.objects.count() == 3


def test_a_finding_is_put_right_on_its_page(world, client_of, checked):
    client = client_of(world.pm)
    assert client.post(page("finding_fix", finding_of("missing_input").pk)).status_code == 302
    assert Requirement.objects.get(code="B-1").is_origin
    unfed = finding_of("unfed")
    assert client.post(page("finding_fix", unfed.pk), {"name": ""}).status_code == 409
    assert client.post(page("finding_fix", unfed.pk), {"name": "x" * 81}).status_code == 422
    assert client.post(page("finding_fix", unfed.pk), {"name": "市场部"}).status_code == 302
    assert DataObject.objects.get(name="价格表").source_name == "市场部"
    assert not FlowFinding.objects.filter(pk=unfed.pk).exists()
    assert not FlowFinding.objects.filter(kind="missing_input").exists()


def test_readers_read_and_do_no_more(world, client_of, checked):
    """A liaison of the team may write requirements, but neither accepts findings nor describes data and systems."""
    client, finding = client_of(world.liaison), finding_of("unfed")
    data, system, interface = DataObject.objects.first(), System.objects.first(), Interface.objects.first()
    for name, *args in (
        ("flow_check",),
        ("finding_detail", finding.pk),
        ("data_object_list",),
        ("data_object_detail", data.pk),
        ("system_list",),
        ("system_detail", system.pk),
        ("interface_list",),
        ("interface_detail", interface.pk),
    ):
        assert client.get(page(name, *args)).status_code == 200, name
    for name, *args in (
        ("flow_run",),
        ("finding_accept_many",),
        ("finding_accept", finding.pk),
        ("finding_take_back", finding.pk),
        ("finding_fix", finding.pk),
        ("data_object_create",),
        ("data_object_edit", data.pk),
        ("data_object_delete", data.pk),
        ("system_create",),
        ("system_edit", system.pk),
        ("system_delete", system.pk),
        ("interface_create",),
        ("interface_edit", interface.pk),
        ("interface_delete", interface.pk),
    ):
        assert client.post(page(name, *args), {"rollout": checked.pk, "reason": "x", "name": "x"}).status_code == 403, name
    assert client_of(world.sales_rep).get(page("flow_check")).status_code == 403
    assert not FindingAcceptance.objects.exists()


def test_outsiders_see_nothing(world, client_of, checked, client):
    finding, data, system, interface = finding_of("unfed"), DataObject.objects.first(), System.objects.first(), Interface.objects.first()
    outside = client_of(world.outsider)
    for name, pk in (
        ("finding_detail", finding.pk),
        ("data_object_detail", data.pk),
        ("data_object_edit", data.pk),
        ("system_detail", system.pk),
        ("system_edit", system.pk),
        ("interface_detail", interface.pk),
        ("interface_edit", interface.pk),
    ):
        assert outside.get(page(name, pk)).status_code == 404, name
    for name, pk in (
        ("finding_accept", finding.pk),
        ("finding_take_back", finding.pk),
        ("finding_fix", finding.pk),
        ("data_object_delete", data.pk),
        ("system_delete", system.pk),
        ("interface_delete", interface.pk),
    ):
        assert outside.post(page(name, pk), {"reason": "x"}).status_code == 404, name
    assert outside.get(page("flow_check"), {"rollout": checked.pk}).status_code == 404
    assert outside.post(page("flow_run"), {"rollout": checked.pk}).status_code == 404
    assert outside.post(page("finding_accept_many"), {"pk": finding.pk, "reason": "x", "apply": 1}).status_code == 302
    assert not FindingAcceptance.objects.exists()
    assert client.get(page("flow_check")).status_code == 302


def test_whoever_is_only_asked_about_one_requirement_does_not_see_the_flow(world, client_of, checked):
    """The list of a department's requirements is no key to the rollout."""
    response = client_of(world.west_liaison).get(page("flow_check"))
    assert "table" not in (response.context or {})
    assert "价格表" not in response.content.decode()


def test_looking_writes_nothing(world, client_of, checked):
    client = client_of(world.pm)
    addresses = [
        page("flow_check"),
        page("data_object_list"),
        page("system_list"),
        page("interface_list"),
        finding_of("unfed").get_absolute_url(),
        page("finding_accept", finding_of("unfed").pk),
        DataObject.objects.first().get_absolute_url(),
        page("data_object_edit", DataObject.objects.first().pk),
    ]
    before = [model.objects.count() for model in (FlowCheck, FlowFinding, FindingAcceptance, DataObject)]
    for address in addresses:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        writes = [one["sql"] for one in seen if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"} and "requirements_mgmt" in one["sql"]]
        assert not writes, address
    assert [model.objects.count() for model in (FlowCheck, FlowFinding, FindingAcceptance, DataObject)] == before


def test_pages_cost_the_same_for_few_and_many(world, client_of, checked, flow, now):
    client = client_of(world.pm)

    def cost(address):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    addresses = [page("flow_check"), page("data_object_list"), page("system_list"), page("interface_list"), finding_of("dead_loop").get_absolute_url()]
    for address in addresses:
        cost(address)
    before = [cost(address) for address in addresses]
    for number in range(6):
        flow(f"X-{number}", f"订单 少{number}", f"多{number}")
        SystemFactory(rollout=checked)
        InterfaceFactory(rollout=checked).data.set(DataObject.objects.all()[:3])
    check_flow(rollout=checked, by=world.pm, now=timezone.now())
    assert [cost(address) for address in addresses] == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_findings_and_data_objects_go_out_as_files(world, client_of, checked, kind):
    for name in ("flow_check", "data_object_list", "system_list", "interface_list"):
        response = client_of(world.pm).get(page(name), {"export": kind})
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200
        assert len(content) > 60
        if kind == "csv" and name == "flow_check":
            assert "价格表" in content.decode("utf-8-sig")


def test_a_data_object_is_written_changed_and_deleted(world, client_of, checked):
    client, erp = client_of(world.pm), System.objects.get(name="财务系统")
    made = client.post(
        page("data_object_create"),
        {"rollout": checked.pk, "name": "报价单", "name_en": "Quote", "source_name": "供应商", "consumer_system": erp.pk, "masters": [erp.pk]},
    )
    row = DataObject.objects.get(name="报价单")
    assert made.headers["Location"] == row.get_absolute_url()
    assert (row.source_name, row.consumer_system, list(row.masters.all()), row.version) == ("供应商", erp, [erp], 1)
    assert row.history.count() == 1
    assert client.post(page("data_object_create"), {"rollout": checked.pk, "name": "报价单"}).status_code == 422
    assert client.post(page("data_object_edit", row.pk), {"name": "报价", "version": 1}).status_code == 302
    stale = client.post(page("data_object_edit", row.pk), {"name": "别的", "version": 1})
    assert stale.status_code == 409
    assert stale.context["conflict"]
    used = DataObject.objects.get(name="订单")
    refused = client.post(page("data_object_delete", used.pk), follow=True)
    assert "A-1" in refused.content.decode()
    assert DataObject.objects.filter(pk=used.pk).exists()
    client.post(page("data_object_delete", row.pk))
    assert not DataObject.objects.filter(pk=row.pk).exists()


def test_a_system_or_data_object_of_another_rollout_is_refused(world, client_of, checked):
    foreign = SystemFactory(rollout=RolloutFactory())
    row = DataObject.objects.get(name="订单")
    assert client_of(world.pm).post(page("data_object_edit", row.pk), {"name": "订单", "source_system": foreign.pk, "version": row.version}).status_code == 422
    crm = System.objects.get(name="客户系统")
    sent = {"rollout": checked.pk, "name": "接口", "from_system": crm.pk, "to_system": crm.pk, "state": "reserved"}
    assert client_of(world.pm).post(page("interface_create"), sent).status_code == 422
    strange = DataObjectFactory(rollout=foreign.rollout)
    other = {**sent, "to_system": System.objects.get(name="财务系统").pk, "data": [strange.pk]}
    assert client_of(world.pm).post(page("interface_create"), other).status_code == 422


def test_systems_and_interfaces_are_written_changed_and_deleted(world, client_of, checked):
    client = client_of(world.pm)
    assert client.post(page("system_create"), {"rollout": checked.pk, "name": "数据平台", "live_on": "2027-03-01", "owner": world.pm.pk}).status_code == 302
    system = System.objects.get(name="数据平台")
    assert not system.is_live
    crm = System.objects.get(name="客户系统")
    sent = {
        "rollout": checked.pk,
        "name": "指标接口",
        "from_system": system.pk,
        "to_system": crm.pk,
        "state": "reserved",
        "data": [DataObject.objects.get(name="报表").pk],
    }
    assert client.post(page("interface_create"), sent).status_code == 302
    interface = Interface.objects.get(name="指标接口")
    refused = client.post(page("system_delete", system.pk), follow=True)
    assert "指标接口" in refused.content.decode()
    assert client.post(page("interface_edit", interface.pk), {**sent, "state": "live", "version": 1}).status_code == 302
    assert Interface.objects.get(pk=interface.pk).state == "live"
    assert client.post(page("interface_delete", interface.pk)).status_code == 302
    assert client.post(page("system_delete", system.pk)).status_code == 302
    assert not System.objects.filter(pk=system.pk).exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a\x00b"},
        {"name": "好", "source_system": "999999"},
        {"name": "好", "masters": ["x"]},
        {"name": "好", "version": "-1"},
    ],
)
def test_bad_input_is_answered_beside_the_field(world, client_of, checked, sent):
    row = DataObject.objects.get(name="订单")
    assert client_of(world.pm).post(page("data_object_edit", row.pk), {"version": row.version, **sent}).status_code == 422
    assert DataObject.objects.get(pk=row.pk).name == "订单"


@pytest.mark.parametrize("query", ["kind=none", "department=x", "state=%00", "rollout=999999999999999999999", "outside=none", "after=x", "system=0"])
def test_forged_addresses_break_nothing(world, client_of, checked, query):
    for name in ("flow_check", "data_object_list", "system_list", "interface_list"):
        assert client_of(world.pm).get(f"{page(name)}?{query}").status_code in (200, 404)


def test_data_objects_are_narrowed_by_their_place_in_the_flow(world, client_of, checked):
    def found(**query):
        return [row.cells[0].value for row in client_of(world.pm).get(page("data_object_list"), query).context["table"].rows]

    DataObjectFactory(rollout=checked, name="没人用")
    assert sorted(found(outside="source")) == ["customer record", "invoice", "order"]
    assert found(outside="consumer") == ["报表"]
    assert found(outside="unused") == ["没人用"]
    assert found(outside="masters") == ["customer record"]
    assert "甲" in found(outside="neither")
    assert sorted(found(system=System.objects.get(name="财务系统").pk)) == ["customer record", "invoice"]


def test_marks_are_set_in_the_form_and_in_place(world, client_of, requirement):
    client = client_of(world.pm)
    assert client.post(page("requirement_fact", requirement.pk, "is_origin"), {"is_origin": "on", "version": 1}).status_code == 200
    row = Requirement.objects.get(pk=requirement.pk)
    assert (row.is_origin, row.is_day_one) == (True, False)
    told = client_of(world.pm).get(f"/api/requirements/{requirement.pk}").json()
    assert (told["is_origin"], told["is_final"], told["is_day_one"]) == (True, False, False)
    assert client.get(page("requirement_history", requirement.pk)).status_code == 200
