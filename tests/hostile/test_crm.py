"""Hostile files and naughty words at every door of the CRM: a clear sentence, or kept as they came and shown as harmless text."""

import csv
import html
import io
import json
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm_core.models import Account, BatchState, ImportBatch, ImportRow
from crm_core.services.importing import apply_chunk, check_batch, finish_apply, save_mapping, stage_file, start_apply
from foundation.integrity import Refused
from foundation.jobs.models import Job, JobState
from foundation.jobs.sweep import run_waiting
from foundation.people.tokens import issue_token
from foundation.search.lists import IndexedSearch

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not (DATA / "hostile_blns").exists(), reason="the real data beside the project is absent")]

FILES = sorted(path for path in DATA.glob("hostile_*/**/*") if path.is_file())
# Each with what it may hold; a text goes into the first that is long enough and free.
PLACES = (("short_name", 60), ("name", 160), ("name_en", 160), ("address", 250), ("remark", 2_000))


@pytest.fixture(scope="module")
def naughty():
    texts = json.loads((DATA / "hostile_blns" / "blns.json").read_text(encoding="utf-8"))
    return [text for text in dict.fromkeys(texts) if text.replace("\x00", "").strip()]


def handed_out(texts):
    """Records that hold all of the texts, each in a field that can take it; the name is never empty."""
    found, waiting = [], sorted(texts, key=len)
    while waiting:
        record = {}
        for name, most in PLACES:
            if waiting and len(waiting[0]) <= most:
                record[name] = waiting.pop(0)
        if not record:
            break
        found.append({"name": f"普通{len(found)}"} | record)
    return found


def kept(text):
    """As a field keeps a text: what the browser calls a line end, no space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_hostile_files_through_the_upload_form(world, client_of):
    """Each is read whole or refused with a sentence; nothing is left half written, and what was read can be imported."""
    client, answers = client_of(world.sales_manager), {}
    fields = {"kind": "account", "department": world.sales.pk, "when_here": "update"}
    for path in FILES:
        response = client.post(reverse("crm_core:import_create"), fields | {"file": SimpleUploadedFile(path.name, path.read_bytes())})
        answers[path.name] = response.status_code
        assert response.status_code in (302, 400, 409, 413, 422), path
        run_waiting()
    assert sum(1 for status in answers.values() if status == 302) > len(FILES) / 2, answers
    broken = Job.objects.exclude(state__in=[JobState.DONE, JobState.FAILED])
    assert not broken, list(broken.values_list("title", "detail"))
    assert all(job.error for job in Job.objects.filter(state=JobState.FAILED))
    whole = list(ImportBatch.objects.exclude(state=BatchState.READING))
    assert all(batch.rows.count() == batch.row_count > 0 for batch in whole)
    assert not ImportRow.objects.filter(batch__state=BatchState.READING).exists()
    for batch in whole[:: max(1, len(whole) // 25)]:
        loaded(batch, {"0": "name", **({"1": "remark"} if len(batch.headings) > 1 else {})}, world.sales_manager)


def loaded(batch, mapping, by):
    """Through the check and the load; a refusal is a sentence."""
    now = timezone.now()
    try:
        save_mapping(batch=batch, mapping=mapping, by=by, now=now)
        check_batch(batch=batch, by=by, now=now)
        start_apply(batch=batch, by=by, now=now, leave_open=True)
        while apply_chunk(batch=batch, by=by, now=now):
            pass
        finish_apply(batch=batch, by=by, now=now)
    except Refused as error:
        assert str(error).endswith(".")  # noqa: PT017
    return batch


def test_naughty_words_through_an_import(world, naughty):
    """A file with control characters is refused as a whole; every other word is kept to the letter, or its row says why not."""
    binary = [text for text in naughty if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r" for sign in text)]
    assert binary
    with pytest.raises(Refused, match="binary data"):
        stage_file(file=io.BytesIO(f"客户名称\n甲{binary[0]}".encode()), file_name="b.csv", by=world.sales_manager, now=timezone.now())
    assert not ImportBatch.objects.exists()
    naughty = [text for text in naughty if text not in binary]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["客户名称", "备注", "联系人", "编号"])
    writer.writerows([text, text, text, f"N{number}"] for number, text in enumerate(naughty))
    batch = stage_file(file=io.BytesIO(buffer.getvalue().encode()), file_name="naughty.csv", by=world.sales_manager, now=timezone.now())
    assert batch.row_count == len(naughty)
    loaded(batch, {"0": "name", "1": "remark", "2": "contact_name", "3": "external_key"}, world.sales_manager)
    stored = {account.external_key.rpartition(":N")[2]: account for account in Account.objects.all()}
    rows = list(batch.rows.order_by("row_no"))
    assert len(rows) == len(naughty)
    for number, (text, row) in enumerate(zip(naughty, rows, strict=True)):
        account = stored.get(str(number))
        if account is None:
            assert row.problems, text
            assert all(str(reason) for reason in row.problems.values())
        else:
            assert (kept(account.name), kept(account.remark)) == (kept(text), kept(text))
    assert len(stored) > len(naughty) * 0.6


def test_naughty_words_through_forms_and_pages(world, client_of, naughty):
    client = client_of(world.sales_rep)
    stored = 0
    for record in handed_out(naughty):
        response = client.post(reverse("crm_core:account_create"), {"kind": "company", "known": "1", "seen": "1", **record})
        assert response.status_code in (200, 302, 409, 422), record
        if response.status_code != 302:
            continue
        account = Account.objects.latest("pk")
        stored += 1
        for name, text in record.items():
            assert kept(getattr(account, name)) == kept(text)
        if stored % 3:  # every third page is looked at, and the list with all of them
            continue
        shown = client.get(reverse("crm_core:account_detail", args=[account.pk])).content.decode()
        for text in record.values():
            assert "<" not in text or text not in shown, "a mark-up that was typed stands in the page as mark-up"
        assert html.escape(kept(record["name"])) in shown, "it is shown as it was typed"
    assert stored > 40
    listed = client.get(reverse("crm_core:account_list")).content.decode()
    assert not [text for text in naughty if "<" in text and ">" in text and text in listed]


def test_naughty_words_are_searched(world, client_of, naughty):
    for text in naughty:
        list(IndexedSearch().narrow(Account.objects.visible_to(world.admin), text.replace("\x00", "")).queryset[:5])
    client = client_of(world.sales_rep)
    for text in naughty[::6]:
        assert client.get(reverse("crm_core:account_list"), {"q": text}).status_code == 200
        assert client.get("/search/", {"q": text}).status_code == 200


def test_naughty_words_through_the_api(world, naughty):
    now = timezone.now()
    _token, secret = issue_token(owner=world.sales_rep, name="erp", scope="write", expires_at=now + timedelta(days=1), now=now)
    headers, stored = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}, 0
    for number, record in enumerate(handed_out(naughty)):
        made = Client().post("/api/crm/accounts?known=true", record, content_type="application/json", HTTP_IDEMPOTENCY_KEY=f"n{number}", **headers)
        assert made.status_code in (201, 422), (record, made.content)
        if made.status_code == 422:
            assert all(reasons for reasons in made.json()["fields"].values())
            continue
        stored += 1
        read = Client().get(f"/api/crm/accounts/{made.json()['id']}", **headers).json()
        assert {name: kept(read[name]) for name in record if name in read} == {name: kept(text) for name, text in record.items() if name in read}
    assert stored > 40
    for text in naughty[::12]:
        assert Client().get("/api/crm/accounts", {"q": text[:100]}, **headers).status_code == 200
        assert Client().get(f"/api/crm/accounts/{'9' * 30}", **headers).status_code in (404, 422)
