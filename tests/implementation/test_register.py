"""The document register: owed, started, signed, overdue; reminders once a day."""

from datetime import timedelta

import pytest
from django.urls import reverse

from docs_site.models import ProjectDocument
from foundation.notices.models import Notice
from foundation.reading import answer_of
from implementation import services
from implementation.models import RegisterEntry
from implementation.reports import register_matrix
from implementation.services.reminders import remind_all
from implementation.waiting import digest_lines, waiting_items
from tests.implementation.conftest import NOW, TODAY, sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def entry(rollout):
    return rollout.register.get(title="项目章程")


def test_state_follows_the_document(entry):
    assert (entry.state, entry.is_signed, entry.is_overdue(TODAY)) == ("missing", False, True)
    version = sign(entry)
    entry = RegisterEntry.objects.with_documents().get(pk=entry.pk)
    assert (entry.state, entry.signed_number, entry.is_overdue(TODAY)) == ("signed", 1, False)
    version.document.state = "draft"
    version.document.save()
    entry = RegisterEntry.objects.get(pk=entry.pk)
    assert (entry.state, entry.signed_number) == ("draft", 1)


def test_whoever_owes_it_starts_the_document_from_the_entry(entry, consultant, key_user, client_of):
    RegisterEntry.objects.filter(pk=entry.pk).update(owed_by=key_user)
    url = reverse("implementation:register_start", args=[entry.pk])
    assert client_of(key_user).post(url, {"version": 1}).status_code == 302
    document = ProjectDocument.objects.get()
    entry.refresh_from_db()
    assert entry.document == document
    assert document.owner == key_user
    assert document.kind == "charter"
    assert document.title.startswith("Project charter")
    assert client_of(key_user).post(url, {"version": 2}).status_code == 409


def test_others_do_not_start_it(entry, key_user, client_of):
    assert client_of(key_user).post(reverse("implementation:register_start", args=[entry.pk]), {"version": 1}).status_code == 403


def test_the_same_title_twice_is_refused(entry, pm):
    double = RegisterEntry(rollout=entry.rollout, phase=entry.phase, title=entry.title, kind="other", due_on=TODAY)
    with pytest.raises(services.CannotChangeRegister, match="already owes"):
        services.add_entry(entry=double, by=pm)


def test_a_signed_entry_stays(entry, pm):
    sign(entry)
    with pytest.raises(services.CannotChangeRegister, match="stays in the register"):
        services.remove_entry(entry=RegisterEntry.objects.get(pk=entry.pk), sent_version=1, by=pm)


def test_stale_entry_shows_both_versions(entry, pm, client_of):
    RegisterEntry.objects.filter(pk=entry.pk).update(version=5, note="theirs")
    data = {"title": entry.title, "phase": entry.phase_id, "kind": "charter", "due_on": entry.due_on, "note": "mine", "version": 1}
    response = client_of(pm).post(entry.get_absolute_url(), data)
    assert response.status_code == 409
    assert "theirs" in response.content.decode()
    assert "mine" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("overdue=on", True),
        ("state=missing", True),
        ("state=signed", False),
        ("q=项目章程", True),
        ("q=nichts", False),
        ("mine=on", True),
        ("phase=research", False),
    ],
)
def test_filters_of_the_list(entry, query, shown, pm, client_of):
    body = client_of(pm).get(f"{entry.rollout.register_url}?{query}").content.decode()
    assert (">Project charter<" in body) is shown


def test_matrix_counts_signed_per_phase(rollout, entry):
    sign(entry)
    matrix = register_matrix(rollout, TODAY)
    assert matrix.totals[0] == (1, 3)
    assert [phase.kind for phase in matrix.phases][:2] == ["kickoff", "research"]


# --- what waits and reminders ----------------------------------------------------------------------------
def test_waiting_items_name_documents_questions_and_gates(rollout, sponsor, pm):
    kinds = {item["kind"] for item in answer_of(waiting_items(pm))}
    assert kinds == {"Owed document", "Gate asks me"}  # questions of roles that nobody held when the rollout was made
    assert {item["kind"] for item in answer_of(waiting_items(sponsor))} == {"Gate asks me"}
    assert all(item["tone"] in ("bad", "watch") and item["url"] for item in answer_of(waiting_items(pm)))
    assert len(digest_lines(pm, NOW)) == 2


def test_reminders_are_sent_once_a_day_and_overdue_ones_weekly(rollout, pm, sponsor):
    first = remind_all(now=NOW, progress=lambda *_args: None)
    assert first["documents"] > 0
    assert first["answers"] > 0
    count = Notice.objects.count()
    again = remind_all(now=NOW, progress=lambda *_args: None)
    assert (again["documents"], again["answers"], Notice.objects.count()) == (0, 0, count)
    assert remind_all(now=NOW + timedelta(days=1), progress=lambda *_args: None)["documents"] == 0
    assert remind_all(now=NOW + timedelta(days=7), progress=lambda *_args: None)["documents"] >= first["documents"]


def test_no_reminders_on_a_day_off(rollout):
    sunday = NOW - timedelta(days=1)
    assert remind_all(now=sunday, progress=lambda *_args: None)["day_off"]
    assert not Notice.objects.exists()


def test_a_waiver_is_recalled_before_and_after_its_last_day(gate, pm, sponsor):
    criterion = gate.criteria.first()
    services.waive_criterion(criterion=criterion, owner=sponsor, reason="补签", expires_on=TODAY + timedelta(days=5), by=pm, now=NOW)
    assert remind_all(now=NOW, progress=lambda *_args: None)["waivers"] == 1
    assert remind_all(now=NOW + timedelta(days=1), progress=lambda *_args: None)["waivers"] == 0
    assert remind_all(now=NOW + timedelta(days=7), progress=lambda *_args: None)["waivers"] == 1
    assert Notice.objects.filter(kind="rollout_waiver_expires", to=sponsor).count() == 2
