"""One rollout from its first day to the change that its use asks for, walked by its people on their own pages."""

import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from crm_core.models import Account, Activity, Opportunity, Stage, StageMove
from docs_site.models import DocumentVersion, ProjectDocument
from feedback.models import BacklogItem, Diagnosis, MetricValue, Ticket
from feedback.services.backlog import diagnose_day
from feedback.services.metrics import measure_day
from foundation.integrity import sha256_of
from foundation.jobs.sweep import run_waiting
from foundation.usage.models import Feature, UsageDay
from foundation.usage.rollup import roll_up_day
from implementation.models import Gate, GatePassage, Rollout
from requirements_mgmt.models import ChangeRequest, Requirement
from tests.factories.people import person
from tests.journeys.acting import Person
from training.models import Completion, Procedure

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai
TODAY = date(2026, 11, 23)
PASSWORD = "correct horse battery 9"


@pytest.fixture
def story(world, client_of, time_machine):
    """The cast at their desks; team A has five sales reps, so that its figures may be shown."""
    time_machine.move_to(MONDAY)
    world.sponsor.set_password(PASSWORD)
    world.sponsor.save()
    world.colleagues = [person(f"rep_{n}", "sales_rep", world.team_a) for n in range(4)]
    people = {name: Person(client_of(user), user) for name, user in vars(world).items() if hasattr(user, "username")}
    return SimpleNamespace(world=world, later=lambda **span: time_machine.shift(timedelta(**span)), **people)


def test_the_whole_loop(story, tmp_path):
    plan_the_rollout(story)
    sign_the_charter(story)
    prove_the_pdf(story, tmp_path)
    write_and_confirm_the_requirement(story)
    open_an_account(story)
    teach_the_way_of_working(story)
    work_in_the_crm(story)
    learn_by_doing(story)
    read_the_manual(story)
    count_the_use(story)
    report_a_bug_and_hear_back(story)
    let_the_figures_ask_for_work(story)
    pass_the_gate(story)


def plan_the_rollout(story):
    world, pm = story.world, story.pm
    values = {
        "name": "客户管理系统上线", "name_en": "CRM rollout", "code": "CRM-26", "sponsor": world.sponsor.pk, "project_manager": world.pm.pk,
        "department": world.office.pk, "departments": [world.sales.pk], "starts_on": "2026-11-23", "go_live_on": "2027-03-15", "goal": "拜访当天录入",
        "waves-TOTAL_FORMS": 0, "waves-INITIAL_FORMS": 0,
    }  # fmt: skip
    plan = pm.press("implementation:rollout_create", expect=200, **values)
    assert [one.template.kind for one in plan.context["plan"].phases] == ["kickoff", "research", "design", "testing", "go_live", "iteration"]
    assert not Rollout.objects.exists(), "looking at the plan creates nothing"
    pm.press("implementation:rollout_create", create="1", **values)
    story.rollout = Rollout.objects.get(code="CRM-26")
    assert "CRM rollout" in pm.see("implementation:rollout_detail", story.rollout.pk)
    for user, role, department in (
        (world.consultant, "consultant", ""),
        (world.liaison, "liaison", world.sales.pk),
        (world.key_user, "deputy", world.sales.pk),
    ):
        pm.fill("implementation:member_create", story.rollout.pk, user=user.pk, role=role, department=department, share=20, starts_on="2026-11-23")
    assert "Liaison" in pm.see("implementation:rollout_team", story.rollout.pk)
    story.gate = Gate.objects.get(phase__rollout=story.rollout, phase__kind="kickoff")
    page = pm.see("implementation:gate_detail", story.gate.pk)
    assert "Not ready" in page
    assert "0 of 3 owed documents are signed" in page


def sign_the_charter(story):
    pm, sponsor = story.pm, story.sponsor
    entry = story.gate.phase.register.get(kind="charter")
    pm.press("implementation:register_start", entry.pk, version=entry.version)
    document = ProjectDocument.objects.get(kind="charter")
    sections = pm.open("docs_site:document_edit", document.pk).context["rows"]
    written = ["<p>拜访当天录入，活跃率 85%。</p>", *("<p>华东销售部</p>" for _row in sections[1:])]
    columns = {name: [row[name] for row in sections] for name in ("key", "heading", "base")}
    pm.press("docs_site:document_edit", document.pk, sent=document.version, title="项目章程", summary="", body=written, **columns)
    document.refresh_from_db()
    signers = {"signers-TOTAL_FORMS": 1, "signers-INITIAL_FORMS": 0, "signers-0-signer": sponsor.user.pk, "signers-0-meaning": "approved"}
    pm.press("docs_site:document_submit", document.pk, sent=document.version, note="", due_on="", **signers)
    version = DocumentVersion.objects.get(document=document)
    assert "项目章程" in sponsor.see("docs_site:signature_list")
    assert "拜访当天录入" in sponsor.see("docs_site:version_sign", version.pk)
    shown = {"content_sha256": version.content_sha256}
    refused = sponsor.press("docs_site:version_sign", version.pk, expect=409, password="not my password", **shown)
    assert refused.context["form"].errors
    sponsor.press("docs_site:version_sign", version.pk, password=PASSWORD, **shown)
    version.refresh_from_db()
    assert (version.state, version.content_sha256) == ("signed", sha256_of(version.content))
    assert "Sponsor" in pm.see("docs_site:version_detail", version.pk)
    assert "1 of 3 owed documents are signed" in pm.see("implementation:gate_detail", story.gate.pk), "the gate counts live"
    # What was signed stays as it was, whatever happens to the draft.
    document.refresh_from_db()
    pm.press("docs_site:document_edit", document.pk, sent=document.version, title="项目章程", summary="", body=["<p>改写</p>"] * len(sections), **columns)
    again = DocumentVersion.objects.get(pk=version.pk)
    assert (again.content, again.content_sha256) == (version.content, version.content_sha256)
    assert "改写" in pm.see("docs_site:version_compare", document.pk, old="1", new="draft")
    story.version = version


def blank_pdf():
    paper, writer = io.BytesIO(), pypdf.PdfWriter()
    writer.add_blank_page(210, 297)
    writer.write(paper)
    return paper.getvalue()


def prove_the_pdf(story, tmp_path):
    run_waiting()
    response = story.pm.open("docs_site:version_pdf", story.version.pk)
    data = response.content
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    assert "拜访当天录入" in text.replace("\n", "")
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for name, content, verdict, code in (("真.pdf", data, "Untouched", 0), ("假.pdf", flipped, "Altered", 1), ("别.pdf", blank_pdf(), "Not ours", 2)):
        answer = story.pm.press("docs_site:document_verify", expect=200, file=SimpleUploadedFile(name, content, "application/pdf"))
        assert verdict in answer.content.decode()
        path = tmp_path / name
        path.write_bytes(content)
        out = io.StringIO()
        if code:
            with pytest.raises(SystemExit) as stop:
                call_command("verify_document", str(path), stdout=out)
            assert stop.value.code == code
        else:
            call_command("verify_document", str(path), stdout=out)
            assert story.version.document.code in out.getvalue()


def write_and_confirm_the_requirement(story):
    pm, liaison = story.pm, story.liaison
    features = [Feature.objects.get(key=key).pk for key in ("crm.activity.log", "crm.account.create")]
    pm.fill(
        "requirements_mgmt:requirement_create", title="拜访当天录入", statement="拜访后 48 小时内登记。", department=story.world.sales.pk, priority="must",
        roles=["sales_rep"], features=features, inputs="拜访计划", outputs="跟进记录",
    )  # fmt: skip
    requirement = Requirement.objects.get(rollout=story.rollout)
    pm.press("requirements_mgmt:confirmation_ask", pk=[requirement.pk], apply="1", departments=[story.world.sales.pk])
    assert "拜访当天录入" in liaison.see("requirements_mgmt:confirmation_list")
    assert "拜访当天录入" in liaison.see("notices:notice_list")
    read = liaison.open("requirements_mgmt:requirement_confirm", requirement.pk).context["form"]["seen_hash"].value()
    pm.fill("requirements_mgmt:requirement_edit", requirement.pk, statement="拜访后 24 小时内登记。", roles=["sales_rep"], features=features)
    stale = liaison.press("requirements_mgmt:requirement_confirm", requirement.pk, expect=409, verdict="confirm", note="", seen_hash=read)
    assert "24" in stale.content.decode(), "the new text is shown before it can be confirmed"
    requirement.refresh_from_db()
    assert requirement.state == "open"
    liaison.press("requirements_mgmt:requirement_confirm", requirement.pk, verdict="confirm", note="", seen_hash=stale.context["form"]["seen_hash"].value())
    requirement.refresh_from_db()
    assert requirement.state == "confirmed"
    page = pm.see("requirements_mgmt:requirement_detail", requirement.pk)
    assert "Used by 0 of 6 people" in page
    # A confirmed text is changed by a change request, never in place.
    pm.fill("requirements_mgmt:requirement_edit", requirement.pk, expect=422, statement="随便什么时候登记。")
    requirement.refresh_from_db()
    assert "24" in requirement.statement
    story.requirement = requirement


def open_an_account(story):
    rep = story.sales_rep
    rep.fill("crm_core:account_create", kind="company", name="青山科技有限公司", name_en="Green Hill Ltd", phone="021-62345678")
    story.account = account = Account.objects.get(name="青山科技有限公司")
    assert account.owner == rep.user
    rep.fill("crm_core:activity_log", account.pk, kind="call", subject="约定拜访")
    assert Activity.objects.get(account=account).author == rep.user
    story.later(seconds=1)


def teach_the_way_of_working(story):
    trainer = story.trainer
    log, account, assign = (Feature.objects.get(key=key).pk for key in ("crm.activity.log", "crm.account.view", "crm.account.transfer"))
    steps = [
        {"action": "go", "text": "打开客户。", "text_en": "Open the account.", "screen": account},
        {
            "action": "fill",
            "text": "把客户转给同事。",
            "text_en": "Hand the account over.",
            "permission": "crm_core.transfer_account",
            "expected_feature": assign,
        },
        {"action": "expect", "text": "登记跟进。", "text_en": "Log the activity.", "screen": account, "expected_feature": log},
    ]
    rows = {f"steps-{n}-{name}": value for n, step in enumerate(steps) for name, value in {**step, "ORDER": n + 1}.items()}
    trainer.press(
        "training:procedure_create", code="SOP-1", title="登记一次拜访", title_en="Log a visit", summary="当天登记。", summary_en="On the same day.",
        roles=["sales_rep", "sales_manager"], requirement="", **rows, **{"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": 0},
    )  # fmt: skip
    story.procedure = procedure = Procedure.objects.get(code="SOP-1")
    story.sales_rep.see("training:procedure_detail", procedure.pk, expect=404)  # a draft is nobody's manual
    trainer.press("training:procedure_publish", procedure.pk)
    trainer.press("training:procedure_assign", procedure.pk, department=story.world.team_a.pk, due_on="2026-12-04")
    assert "Log a visit" in story.sales_rep.see("training:home")
    assert "Log a visit" in story.sales_rep.see("notices:notice_list")
    page = story.sales_rep.see("training:procedure_detail", procedure.pk)
    assert "Log the activity." in page
    assert "Hand the account over." not in page, "a step that the role may not do is not shown, and not waited for"
    story.sales_rep.press("training:procedure_start", procedure.pk)
    story.later(seconds=1)
    story.sales_rep.press("training:procedure_check", procedure.pk)
    assert not Completion.objects.filter(completed_at__isnull=False).exists(), "neither ticking nor what was done before counts"


def work_in_the_crm(story):
    rep, account = story.sales_rep, story.account
    visited = "2026-11-20T10:00"
    rep.fill("crm_core:activity_log", account.pk, kind="visit", subject="拜访采购经理", occurred_at=visited, next_step="发送报价", next_on="2026-11-24")
    page = rep.see("crm_core:account_detail", account.pk)
    assert "拜访采购经理" in page
    assert "发送报价" in page
    rep.fill("crm_core:opportunity_create", account=account.pk, name="青山年度采购", amount="120000", close_on="2026-12-20")
    deal = Opportunity.objects.select_related("stage").get(account=account)
    following = Stage.objects.filter(pipeline=deal.pipeline, order__gt=deal.stage.order).order_by("order").first()
    moved = rep.press("crm_core:opportunity_move", deal.pk, expect=200, to=following.pk, version=deal.version)
    assert moved.json()["stage"] == following.pk
    late = rep.press("crm_core:opportunity_move", deal.pk, expect=409, to=deal.stage.pk, version=deal.version)
    assert late.content, "the board rolls the card back and says why"
    assert "青山年度采购" in rep.see("crm_core:opportunity_board")
    assert StageMove.objects.filter(opportunity=deal, to_stage=following, moved_by=rep.user).count() == 1
    story.other_rep.see("crm_core:account_detail", account.pk, expect=404)
    assert "青山科技" in rep.see("search", q="青山科")


def learn_by_doing(story):
    rep = story.sales_rep
    rep.press("training:procedure_check", story.procedure.pk)
    completion = Completion.objects.get(user=rep.user)
    proof = completion.step_completions.get()
    assert completion.completed_at == proof.event.recorded_at
    assert (proof.event.feature.key, proof.event.object_id) == ("crm.activity.log", str(Activity.objects.get(kind="visit").pk))
    assert "Done" in rep.see("training:home")


def read_the_manual(story):
    def pdf(who, language):
        data = who.open("training:manual_pdf", language=language).content
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).replace("\n", "")

    for read in (lambda who: who.see("training:manual"), lambda who: pdf(who, "en")):
        assert "Log the activity." in read(story.sales_rep)
        assert "Hand the account over." not in read(story.sales_rep)
        assert "Hand the account over." in read(story.sales_manager)
    chinese = pdf(story.sales_rep, "zh-hans")
    assert "登记跟进" in chinese
    assert "转给同事" not in chinese


def count_the_use(story):
    page = story.pm.see("requirements_mgmt:requirement_detail", story.requirement.pk)
    assert "Used by 0 of 6 people" in page, "pages read rollups, not events"
    assert roll_up_day(TODAY) == UsageDay.objects.count() > 0
    assert "Used by 1 of 6 people" in story.pm.see("requirements_mgmt:requirement_detail", story.requirement.pk)
    use = story.pm.see("requirements_mgmt:requirement_use", story.requirement.pk)
    assert "Used it in the last 28 days" in use
    assert "fewer than five people" in use, "team B has one person; its figure would be about that person"


def screenshot():
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "#c33").save(picture, "PNG")
    return SimpleUploadedFile("截图.png", picture.getvalue(), "image/png")


def report_a_bug_and_hear_back(story):
    rep, liaison, developer = story.sales_rep, story.liaison, story.developer
    page = f"/crm/accounts/{story.account.pk}/"
    rep.fill(
        "feedback:ticket_create",
        kind="bug",
        title="登记拜访时日期会跳回今天",
        body="选了昨天，保存后变成今天。",
        severity="hinders",
        page_url=page,
        screenshot=screenshot(),
    )
    ticket = Ticket.objects.get()
    assert (ticket.liaison, ticket.state, ticket.feature.key) == (liaison.user, "liaison", "crm.account.view")
    assert {"crm.activity.log", "crm.opportunity.move"} <= {step["feature"] for step in ticket.trail}
    assert "青山" not in str(ticket.trail), "steps carry no typed values"
    picture = rep.open("feedback:ticket_screenshot", ticket.pk)
    assert b"".join(picture.streaming_content).startswith(b"\x89PNG")
    story.other_rep.see("feedback:ticket_detail", ticket.pk, expect=404)
    assert ticket.title in liaison.see("feedback:liaison_desk")

    def step(who, name, **values):
        who.press(f"feedback:ticket_{name}", ticket.pk, version=Ticket.objects.get(pk=ticket.pk).version, **values)
        story.later(minutes=20)

    story.later(minutes=5)
    step(liaison, "forward", body="本组多人遇到。")
    assert ticket.title in developer.see("feedback:team_desk")
    assert "本组多人遇到" not in rep.see("feedback:ticket_detail", ticket.pk), "internal words stay inside"
    step(developer, "take", assignee=developer.user.pk, analysis="表单缓存了日期。", requirement="")
    step(developer, "fix", body="已修复，刷新后即可。")
    step(liaison, "tell", body="")
    ticket.refresh_from_db()
    assert ticket.state == "closed"
    assert not ticket.hops.filter(ended_at__isnull=True).exists()
    assert ticket.code in rep.see("notices:notice_list")
    assert "已修复，刷新后即可" in rep.see("feedback:ticket_detail", ticket.pk)


def let_the_figures_ask_for_work(story):
    pm = story.pm
    roll_up_day(TODAY)
    measure_day(day=TODAY)
    group = MetricValue.objects.filter(day=TODAY, department=story.world.team_a, role="sales_rep")
    figures = {row.metric: (row.numerator, row.denominator, row.people) for row in group}
    assert figures["training"] == (1, 5, 5)
    assert figures["active_ratio"] == (0, 5, 5)
    assert figures["ticket_rate"] == (1, 5, 5)
    diagnose_day(day=TODAY, now=MONDAY)
    assert set(Diagnosis.objects.filter(department=story.world.team_a).values_list("cause", flat=True)) >= {"not_trained", "costly_entry"}
    assert not Diagnosis.objects.exclude(department=story.world.team_a).exists(), "groups of fewer than five are not diagnosed"
    item = BacklogItem.objects.get(kind="training", department=story.world.team_a)
    assert (item.requirement, item.evidence["people"]) == (story.requirement, 5)
    assert item.score > 0
    assert item.code in pm.see("feedback:backlog_list")
    assert "20%" in pm.see("feedback:backlog_detail", item.pk)
    story.sales_rep.see("feedback:backlog_detail", item.pk, expect=403)
    pm.press("feedback:backlog_accept", item.pk, version=item.version, requirement=story.requirement.pk, note="下周补一场培训。")
    change = ChangeRequest.objects.get(requirement=story.requirement)
    item.refresh_from_db()
    assert (item.state, item.change_request, change.state) == ("accepted", change, "open")
    assert change.evidence["numerator"] == 1
    assert change.code in pm.see("requirements_mgmt:requirement_detail", story.requirement.pk)
    assert change.code in pm.see("feedback:backlog_detail", item.pk)
    pm.press("feedback:backlog_accept", item.pk, expect=409, version=item.version, requirement=story.requirement.pk, note="再来一次")
    assert ChangeRequest.objects.count() == 1


def pass_the_gate(story):
    pm, sponsor, gate = story.pm, story.sponsor, story.gate
    milestone = gate.phase.milestones.get()
    pm.press("implementation:milestone_reach", milestone.pk, version=milestone.version)
    refused = sponsor.press("implementation:gate_pass", gate.pk, expect=409, meaning="同意", reason="")
    assert "The gate is not ready" in refused.content.decode()
    question = gate.criteria.get(check_key="implementation.manual")
    pm.press("implementation:criterion_answer", question.pk, expect=403, status="met", evidence="我说的")
    sponsor.fill("implementation:criterion_answer", question.pk, status="met", evidence="启动会纪要第三条")
    blocking = [line["criterion"] for line in sponsor.open("implementation:gate_detail", gate.pk).context["lines"] if line["reading"].status == "not_met"]
    assert "implementation.documents_signed" in {criterion.check_key for criterion in blocking}
    for criterion in blocking:
        sponsor.fill("implementation:criterion_waive", criterion.pk, owner=pm.user.pk, reason="两周内补齐", expires_on="2026-12-07")
    page = sponsor.see("implementation:gate_detail", gate.pk)
    assert "Ready with risks" in page
    assert "1 of 3 owed documents are signed" in page, "a waiver hides no figure"
    sponsor.press("implementation:gate_pass", gate.pk, expect=409, meaning="同意进入调研", reason="")
    sponsor.press("implementation:gate_pass", gate.pk, meaning="同意进入调研", reason="风险有负责人与期限")
    passage = GatePassage.objects.get(gate=gate)
    assert (passage.verdict, passage.sha256) == ("ready_with_risks", sha256_of(passage.values))
    frozen = passage.values["criteria"]
    assert len(frozen) == gate.criteria.count()
    assert all(row["sentence"]["en"] and row["sentence"]["zh-hans"] for row in frozen)
    assert "Sponsor passed this gate" in pm.see("implementation:gate_detail", gate.pk)
    pm.press("implementation:gate_pass", gate.pk, expect=409, meaning="再过一次", reason="也行")
    # Life goes on behind the gate; what it said when it was passed does not change.
    Gate.objects.get(pk=gate.pk).phase.register.filter(document__isnull=False).update(document=None)
    page = pm.see("implementation:passage_detail", passage.pk)
    assert "1 of 3 owed documents are signed" in page
    assert "0 of 3 owed documents are signed" in page
    assert sha256_of(GatePassage.objects.get(pk=passage.pk).values) == passage.sha256
