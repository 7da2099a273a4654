"""The same doors with what others wrote: a standard's requirements, a wholesaler's customers, a browser's bugs, a vendor's checklists.

What is refused is counted, and every refusal says why.
"""

import csv
import io
import re
import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm_core.models import Account, AccountContact, BatchState, Contact, ImportBatch
from docs_site.models import ProjectDocument
from docs_site.services import import_markdown
from feedback.models import Ticket
from feedback.services.tickets import report_ticket
from foundation.integrity import Refused
from foundation.jobs.sweep import run_waiting
from requirements_mgmt.models import Requirement, RequirementImport
from tests.factories.implementation import RolloutFactory
from tests.journeys.acting import Person, words

SHARED = next((folder / "shared/data" for folder in list(Path(settings.BASE_DIR).parents)[:2] if (folder / "shared/data").is_dir()), Path("/nowhere"))
pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not beside the project")]

ASVS = SHARED / "req_asvs/5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"
NORTHWIND = SHARED / "northwind/src/create.sql"
# The file with the words; SeaMonkey_bugs-combined.csv beside it names only which reports are the same.
BUGS = SHARED / "bugs_seamonkey/SeaMonkey_bugs.csv"
CHECKLISTS = SHARED / "proj_golive_d365"
SQL_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|(NULL))\s*(?:,|$)")
HEADINGS = ["客户编号", "客户名称", "联系人", "联系人职务", "地址", "城市", "地区", "邮编", "国家", "电话"]
ACTIONS = ("create", "update", "skip", "refuse")


@pytest.fixture
def rollout(world):
    return RolloutFactory(code="CRM", sponsor=world.sponsor, project_manager=world.pm, department=world.office)


@pytest.fixture
def pm(world, rollout, client_of):
    return Person(client_of(world.pm), world.pm)


@pytest.fixture
def told(capsys):
    """One line of counts per source, seen also when the test passes."""
    began = time.monotonic()

    def tell(source, **counts):
        with capsys.disabled():
            figures = ", ".join(f"{name} {value}" for name, value in counts.items())
            print(f"\n[{source}] {figures} ({time.monotonic() - began:.1f} s)")

    return tell


# --- the standard's requirements ------------------------------------------------------------------


def test_the_requirements_of_a_standard(world, rollout, pm, client_of, told):
    data = {"rollout": rollout.pk, "department": world.sales.pk, "file": SimpleUploadedFile("asvs.csv", ASVS.read_bytes(), "text/csv")}
    pm.press("requirements_mgmt:import_create", **data)
    batch = RequirementImport.objects.get()
    assert {name: batch.counts[name] for name in ACTIONS} == {"create": 345, "update": 0, "skip": 0, "refuse": 0}
    assert not Requirement.objects.exists(), "looking at a file writes nothing"
    pm.press("requirements_mgmt:import_apply", batch.pk)
    run_waiting()
    assert Requirement.objects.countable().count() == 345
    assert Requirement.objects.filter(is_heading=True).count() == 97
    # The same file once more changes nothing.
    data["file"].seek(0)
    pm.press("requirements_mgmt:import_create", **data)
    again = RequirementImport.objects.latest("pk")
    assert {name: again.counts[name] for name in ACTIONS} == {"create": 0, "update": 0, "skip": 345, "refuse": 0}
    # One is found by a word of its text, asked for and confirmed.
    assert "V1.1.1" in pm.see("search", q="unescaped into a canonical")
    one = Requirement.objects.get(code="V1.1.1")
    pm.press("requirements_mgmt:confirmation_ask", pk=[one.pk], apply="1", people=[world.key_user.pk])
    reader = Person(client_of(world.key_user), world.key_user)
    reader.fill("requirements_mgmt:requirement_confirm", one.pk, verdict="confirm")
    one.refresh_from_db()
    assert one.state == "confirmed"
    told("req_asvs", **{name: batch.counts[name] for name in ACTIONS}, headings=97, again_skipped=again.counts["skip"], confirmed=1)


# --- the wholesaler's customers ---------------------------------------------------------------------


def customers():
    """Customer, company, contact, title, address, city, region, postal code, country, phone: 93 rows as the SQL file has them."""
    rows = []
    for line in re.findall(r"INSERT INTO Customers .*?\)\s*VALUES\s*\((.*?)\);", NORTHWIND.read_text(encoding="utf-8"), re.DOTALL):
        cells = [text.replace("''", "'") if not null else "" for text, null in SQL_VALUE.findall(line)]
        rows.append(cells[:10])
    return rows


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    return SimpleUploadedFile("客户.csv", text.getvalue().encode("gb18030"), "text/csv")


def as_workbook(rows):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in [HEADINGS, *rows]:
        book.active.append(row)
    book.save(buffer)
    return SimpleUploadedFile("客户.xlsx", buffer.getvalue())


def bring_in(manager, file, rows=93):
    """Upload, accept the columns as they were recognised, look, apply."""
    manager.fill("crm_core:import_create", kind="account", source="northwind", file=file)
    batch = ImportBatch.objects.latest("pk")
    manager.fill("crm_core:import_map", batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    assert sum(batch.counts[name] for name in ACTIONS) == batch.row_count == rows
    for row in batch.rows.filter(action="refuse"):
        assert row.problems, row.raw
    return batch


def apply(manager, batch):
    manager.press("crm_core:import_apply", batch.pk)
    run_waiting()
    batch.refresh_from_db()
    assert batch.state == BatchState.APPLIED
    return batch


def reasons(batch):
    return Counter(f"{field}: {why}" for row in batch.rows.filter(action="refuse") for field, why in row.problems.items())


@pytest.mark.parametrize("written", [as_csv, as_workbook], ids=["gb18030-csv", "xlsx"])
def test_the_customers_of_a_wholesaler(world, client_of, told, written):
    rows = customers()
    assert len(rows) == 93
    manager = Person(client_of(world.sales_manager), world.sales_manager)
    batch = bring_in(manager, written(rows))
    assert not Account.objects.exists()
    apply(manager, batch)
    counts = dict(batch.counts)
    assert Account.objects.count() == counts["create"]
    assert counts["create"] + counts["refuse"] + counts["skip"] == 93
    taken = set(Account.objects.values_list("name", flat=True))
    assert {"Alfreds Futterkiste", "Berglunds snabbköp", "Folk och fä HB", "B's Beverages"} <= taken, "letters beyond ASCII survive the file"
    assert AccountContact.objects.count() == Contact.objects.count() > 80
    assert "Alfreds Futterkiste" in manager.see("search", q="futterk")
    # The same again creates nothing.
    again = bring_in(manager, written(rows))
    assert again.counts["create"] == 0
    assert again.counts["refuse"] == counts["refuse"]
    # Two spoiled lines at the end: the one without a name is refused with its reason, the one that stands above is skipped.
    spoiled = bring_in(manager, written([*rows, ["ZZZZZ", "", *rows[0][2:]], rows[0]]), rows=95)
    assert {name: spoiled.counts[name] for name in ACTIONS} == {"create": 0, "update": 0, "skip": 94, "refuse": 1}
    assert reasons(spoiled) == {"name: The name is missing.": 1}
    book = openpyxl.load_workbook(io.BytesIO(manager.open("crm_core:import_refused", spoiled.pk).content)).active
    assert "The name is missing." in str([cell.value for cell in list(book.rows)[-1]])
    # One address is Chinese now: the sheet updates that account and no other.
    changed = [[*row[:4], "黄浦区南京东路1号", *row[5:]] if row[0] == "ALFKI" else row for row in rows]
    update = apply(manager, bring_in(manager, written(changed)))
    assert (update.counts["create"], update.counts["update"]) == (0, 1)
    assert Account.objects.get(name="Alfreds Futterkiste").address == "12209 黄浦区南京东路1号"
    assert "Alfreds Futterkiste" in manager.see("search", q="南京东"), "found by a Chinese fragment of its address"
    # Taken back, the newest first: the address returns, then the accounts are gone but the one that a later import has touched.
    for undone in (update, batch):
        manager.press("crm_core:import_undo", undone.pk)
        run_waiting()
        undone.refresh_from_db()
        assert undone.state == BatchState.UNDONE
        if undone == update:
            assert Account.objects.get(name="Alfreds Futterkiste").address == "12209 Obere Str. 57"
    kept = batch.rows.get(applied=True, undone=False)
    assert "stays" in kept.note
    assert list(Account.objects.live().values_list("pk", flat=True)) == [kept.target_id]
    assert kept.note in manager.see("crm_core:import_detail", batch.pk, action="kept")
    told(
        f"northwind {written.__name__[3:]}",
        **{name: counts[name] for name in ACTIONS},
        refused_for=dict(reasons(batch)),
        again_created=0,
        undone=batch.counts["undone"],
        kept=1,
    )


# --- a browser's bugs -------------------------------------------------------------------------------


def reports():
    with BUGS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[:200]


def bring_in_reports(by):
    taken, refused = [], Counter()
    for row in reports():
        severity = {"P1": "stops", "P2": "stops", "P3": "hinders"}.get(row["Priority"], "annoys")
        try:
            ticket = report_ticket(
                kind="bug", title=row["Summary"], body=row["Description"] or "", severity=severity, by=by, now=timezone.now(),
                source_key=f"seamonkey-{row['Issue id']}",
            )  # fmt: skip
        except Refused as why:
            refused[str(why)] += 1
        else:
            taken.append(ticket.pk)
    return taken, refused


def test_the_reports_of_a_browser(world, rollout, pm, client_of, told):
    taken, refused = bring_in_reports(world.sales_rep)
    assert len(taken) + refused.total() == 200
    assert Ticket.objects.count() == len(set(taken))
    again, refused_again = bring_in_reports(world.sales_rep)
    assert (again, refused_again) == (taken, refused), "brought in twice, each stands once"
    assert Ticket.objects.count() == len(set(taken))
    for title in ("", "  ", "x" * 201):
        with pytest.raises(Refused, match="one sentence"):
            report_ticket(kind="bug", title=title, body="", severity="annoys", by=world.sales_rep, now=timezone.now(), source_key="seamonkey-0")
    assert not any(trail for trail in Ticket.objects.values_list("trail", flat=True)), "the importer's own steps are not the reporter's"
    liaison = Person(client_of(world.liaison), world.liaison)
    assert "Port |Bug 752376" in liaison.see("search", q="scrollbox.ensureElement")
    # One goes to its end.
    ticket = Ticket.objects.get(source_key="seamonkey-1606681")
    developer, reporter = Person(client_of(world.developer), world.developer), Person(client_of(world.sales_rep), world.sales_rep)
    for who, step, values in (
        (liaison, "forward", {"body": "来自旧系统"}),
        (developer, "take", {"assignee": world.developer.pk, "analysis": "ported from upstream", "requirement": ""}),
        (developer, "fix", {"body": "Tab strip no longer flushes."}),
        (liaison, "tell", {"body": ""}),
    ):
        who.press(f"feedback:ticket_{step}", ticket.pk, version=Ticket.objects.get(pk=ticket.pk).version, **values)
    ticket.refresh_from_db()
    assert ticket.state == "closed"
    assert "Tab strip no longer flushes." in reporter.see("feedback:ticket_detail", ticket.pk)
    for pk in taken:
        assert "Server Error" not in words(liaison.client.get(f"/feedback/tickets/{pk}/"))
    told("bugs_seamonkey", taken=len(taken), refused=refused.total(), refused_for=dict(refused), twice=Ticket.objects.count(), closed=1)


# --- a vendor's checklists --------------------------------------------------------------------------


def test_the_checklists_of_a_vendor(world, pm, told):
    files = sorted(CHECKLISTS.rglob("*.md"))
    made, refused = [], Counter()
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
            made.append(import_markdown(text=text, name=path.name, kind="checklist", language="en", by=world.pm, now=timezone.now(), department=world.office))
        except Refused as why:
            refused[str(why)] += 1
    assert len(made) + refused.total() == len(files)
    assert ProjectDocument.objects.count() == len(made) == len({document.code for document in made})
    sections = sum(document.sections.count() for document in made)
    for document in made:
        page = pm.see("docs_site:document_detail", document.pk)
        assert document.title in page
        assert document.sections.first().heading in page
    assert "go-live" in pm.see("search", q="cutover").lower()
    told("proj_golive_d365", files=len(files), documents=len(made), sections=sections, refused=refused.total(), refused_for=dict(refused))
