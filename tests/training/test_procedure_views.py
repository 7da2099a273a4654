"""Pages of training: writing, publishing, assigning, learning; the manual of each role as page and PDF."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from foundation.people.access import roles
from foundation.reading import answer_of
from foundation.usage.models import Feature
from foundation.usage.services import record
from tests.factories.training import ProcedureFactory, ProcedureStepFactory, TrainingAssignmentFactory
from training.models import Completion, Procedure, ProcedureStep, TrainingAssignment
from training.reports import manual_bytes, waiting_items
from training.services.procedure import CannotPublish, publish_procedure

pytestmark = pytest.mark.django_db


@pytest.fixture
def procedure(world):
    return ProcedureFactory(owner=world.trainer, code="SOP-01", title="登记一次拜访", title_en="Log a visit")


def at(name, procedure):
    return reverse(f"training:procedure_{name}", args=[procedure.pk])


def typed(steps=(), **values):
    """What the form sends: the procedure and its steps."""
    data = {"code": "SOP-77", "title": "新建客户", "title_en": "New account", "roles": ["sales_rep"], "sent_version": 1, **values}
    data |= {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": sum("id" in step for step in steps)}
    for n, step in enumerate(steps):
        data |= {f"steps-{n}-{name}": value for name, value in {"action": "go", "ORDER": n + 1, **step}.items()}
    return data


def expecting(key="crm.account.create", **values):
    return {"text": "保存", "text_en": "Save it", "action": "expect", "expected_feature": Feature.objects.get(key=key).pk, **values}


def test_each_page_opens(client_of, world, procedure):
    TrainingAssignmentFactory(user=world.sales_rep, procedure=procedure, department=world.team_a)
    for who, url in [
        (world.sales_rep, reverse("training:home")),
        (world.sales_rep, reverse("training:manual")),
        (world.sales_rep, at("detail", procedure)),
        (world.trainer, reverse("training:procedure_list")),
        (world.trainer, reverse("training:procedure_create")),
        (world.trainer, at("edit", procedure)),
        (world.trainer, at("assign", procedure)),
        (world.trainer, reverse("training:progress")),
        (world.liaison, reverse("training:progress")),
    ]:
        assert client_of(who).get(url).status_code == 200, url


def test_outsiders_find_nothing(client_of, world, procedure):
    client = client_of(world.outsider)
    for name in ("detail", "edit", "assign"):
        assert client.get(at(name, procedure)).status_code == 404, name
    for name in ("publish", "retire", "start", "check"):
        assert client.post(at(name, procedure)).status_code == 404, name


def test_learners_may_not_write(client_of, world, procedure):
    client = client_of(world.sales_rep)
    for url in (reverse("training:procedure_create"), at("edit", procedure), at("assign", procedure), reverse("training:progress")):
        assert client.get(url).status_code == 403, url
    for name in ("publish", "retire"):
        assert client.post(at(name, procedure)).status_code == 403
    assert client_of(world.service_agent).get(at("detail", procedure)).status_code == 404  # not of that role


def test_wrong_methods(client_of, world, procedure):
    client = client_of(world.trainer)
    for name in ("publish", "retire", "start", "check"):
        assert client.get(at(name, procedure)).status_code == 405, name
    for name in ("home", "manual", "manual_pdf", "progress", "procedure_list"):
        assert client.post(reverse(f"training:{name}")).status_code == 405, name


def test_write_publish_change_and_retire(client_of, world):
    client = client_of(world.trainer)
    client.post(reverse("training:procedure_create"), typed([{"text": "打开客户", "text_en": "Open accounts"}, expecting()]))
    made = Procedure.objects.get(code="SOP-77")
    assert (made.state, made.owner, [step.order for step in made.steps.all()]) == ("draft", world.trainer, [1, 2])
    assert client_of(world.sales_rep).get(at("detail", made)).status_code == 404
    client.post(at("publish", made))
    made.refresh_from_db()
    assert made.state == "published"
    assert made.fingerprint == made.compute_fingerprint()
    assert client_of(world.sales_rep).get(at("detail", made)).status_code == 200
    first, second = made.steps.all()
    swapped = [{"id": first.pk, "text": "打开", "text_en": "Open", "ORDER": 2}, expecting(id=second.pk, ORDER=1)]
    assert client.post(at("edit", made), typed(swapped)).status_code == 302
    assert [step.pk for step in made.steps.order_by("order")] == [second.pk, first.pk]
    client.post(at("retire", made))
    assert client_of(world.sales_rep).get(at("detail", made)).status_code == 404
    assert client.get(at("edit", made)).status_code == 404


def test_a_stale_edit_keeps_the_words(client_of, world, procedure):
    Procedure.objects.filter(pk=procedure.pk).update(version=4)
    answer = client_of(world.trainer).post(at("edit", procedure), typed([expecting()], title="我改的标题"))
    assert answer.status_code == 409
    assert "我改的标题" in answer.content.decode()
    procedure.refresh_from_db()
    assert procedure.title == "登记一次拜访"
    assert procedure.steps.count() == 1
    assert client_of(world.trainer).post(at("edit", procedure), typed([expecting()], sent_version=4)).status_code == 302


def test_bad_input_is_400(client_of, world, procedure):
    client = client_of(world.trainer)
    assert client.post(reverse("training:procedure_create"), typed([{"text": "x", "action": "expect"}])).status_code == 400
    assert client.post(reverse("training:procedure_create"), typed([], roles=["nobody"])).status_code == 400
    assert client.post(at("assign", procedure), {"due_on": "2099-01-01"}).status_code == 400
    assert client.post(at("assign", procedure), {"due_on": "2020-01-01", "people": [world.sales_rep.pk]}).status_code == 400


@pytest.mark.parametrize("lack", ["steps", "event", "roles", "language"])
def test_publishing_is_refused_with_the_reason(client_of, world, lack):
    draft = ProcedureFactory(owner=world.trainer, state="draft")
    if lack == "steps":
        draft.steps.all().delete()
    if lack == "event":
        draft.steps.update(action="go")
    if lack == "roles":
        draft.procedure_roles.all().delete()
    if lack == "language":
        draft.steps.update(text_en="")
    with pytest.raises(CannotPublish):
        publish_procedure(procedure=draft, by=world.trainer, now=timezone.now())
    answer = client_of(world.trainer).post(at("publish", draft), follow=True)
    draft.refresh_from_db()
    assert answer.status_code == 200
    assert draft.state == "draft"


def test_assigning_a_department_asks_its_roles_only(client_of, world, procedure):
    due = (timezone.localdate() + timedelta(days=7)).isoformat()
    assert client_of(world.trainer).post(at("assign", procedure), {"department": world.sales.pk, "due_on": due}).status_code == 302
    assert set(TrainingAssignment.objects.values_list("user__username", flat=True)) == {"sales_rep", "other_rep"}
    assert len(answer_of(waiting_items(world.sales_rep))) == 1
    assert answer_of(waiting_items(world.west_rep)) == []


def test_start_do_and_check(client_of, world, procedure):
    client = client_of(world.sales_rep)
    assert client.post(at("check", procedure)).status_code == 404  # nothing begun
    client.post(at("start", procedure))
    client.post(at("check", procedure))
    assert Completion.objects.get().completed_at is None
    record(by=world.sales_rep, feature="crm.activity.log", verb="log", surface="ui")
    assert "You can do this" in client.get(at("detail", procedure)).content.decode()
    client.post(at("check", procedure))
    assert Completion.objects.get().completed_at
    assert answer_of(waiting_items(world.sales_rep)) == []


def test_the_manual_shows_what_the_role_may_do(client_of, world, procedure):
    ProcedureStepFactory(procedure=procedure, text="批量导入", text_en="Import many", permission="crm_core.import_account")
    assert "Import many" not in client_of(world.sales_rep).get(reverse("training:manual")).content.decode()
    assert "Import many" not in client_of(world.sales_rep).get(at("detail", procedure)).content.decode()
    draft = ProcedureFactory(owner=world.trainer, state="draft", title_en="Not yet")
    assert str(draft) not in client_of(world.sales_rep).get(reverse("training:manual")).content.decode()


def test_manuals_of_other_roles_are_for_writers(client_of, world, procedure):
    url = reverse("training:manual") + "?role=sales_rep"
    assert "Log a visit" in client_of(world.trainer).get(url).content.decode()
    assert client_of(world.service_agent).get(url).status_code == 403
    assert client_of(world.sales_rep).get(reverse("training:manual") + "?role=nobody").status_code == 404
    assert client_of(world.sales_rep).get(reverse("training:manual_pdf") + "?language=fr").status_code == 404


@pytest.mark.parametrize(
    ("language", "title", "step", "not_there"), [("en", "Log a visit", "Do crm.activity.log", "登记"), ("zh-hans", "登记一次拜访", "做", "Log a visit")]
)
def test_the_pdf_speaks_its_language(client_of, world, procedure, language, title, step, not_there):
    answer = client_of(world.sales_rep).get(reverse("training:manual_pdf"), {"language": language})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert title in text
    assert step in text
    assert not_there not in text


def test_the_pdf_is_kept_until_something_changes(world, procedure, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    drawn = []
    monkeypatch.setattr("training.reports.render_pdf", lambda *a, **k: drawn.append(1) or b"%PDF-" + str(len(drawn)).encode())
    role = roles()["sales_rep"]
    first = manual_bytes(role, permissions=role.permissions, language="en")
    assert manual_bytes(role, permissions=role.permissions, language="en") == first
    assert len(drawn) == 1
    ProcedureStep.objects.filter(procedure=procedure).update(text_en="Do it otherwise")
    assert manual_bytes(role, permissions=role.permissions, language="en") != first
    assert len(drawn) == 2


@pytest.mark.parametrize(("who", "name"), [("trainer", "procedure_list"), ("trainer", "progress"), ("sales_rep", "home"), ("sales_rep", "manual")])
def test_lists_do_not_grow_in_queries(client_of, world, who, name):
    client = client_of(getattr(world, who))

    def count(n):
        for _ in range(n):
            TrainingAssignmentFactory(user=world.sales_rep, procedure=ProcedureFactory(owner=world.trainer), assigned_by=world.trainer)
        client.get(reverse(f"training:{name}"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"training:{name}")).status_code == 200
        return len(seen)

    assert count(2) == count(8)
