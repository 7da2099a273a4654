"""What search finds equals what reading every row finds, on whatever texts come along."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docs_site.models import ProjectDocument
from foundation.search.models import SearchDocument
from foundation.search.services import CANDIDATES, Entry, bulk_index, find
from foundation.search.tokens import runs_of
from foundation.text import fold, syllables

HANZI = "青山科技有限公司东方贸易合同管理"
names = st.lists(st.sampled_from([*HANZI, *"abcde", " ", "1", "2", "3"]), min_size=1, max_size=12).map("".join)


def scan(text, name, body):
    """The definition of found, read from the texts themselves."""
    runs = runs_of(text)
    return bool(runs) and all(_stands(paired, run, name, body) for paired, run in runs)


def _stands(paired, run, name, body):
    if paired:
        return run in fold(name) or run in fold(body)
    inside = [word for is_hanzi, word in runs_of(name) if not is_hanzi]
    texts = [word for is_hanzi, word in runs_of(body) if not is_hanzi]
    if any(word.startswith(run) for word in [*inside, *texts]):
        return True
    for hanzi in re.findall(r"[一-鿿]{2,}", fold(name)):
        read = syllables(hanzi)
        first = "".join(one[0] for one in read)
        if first.startswith(run) or (len(run) >= 3 and run in first):
            return True
        if len(run) >= 3 and run in "".join(read):
            return True
    return len(run) >= 3 and any(run in word for word in inside)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=8, unique=True), names)
def test_find_equals_a_scan(world, sources, rows, text):
    SearchDocument.objects.all().delete()
    ProjectDocument.objects.all().delete()
    made = ProjectDocument.objects.bulk_create(
        [ProjectDocument(code=f"S-{place}", title=name[:200] or "x", owner=world.outsider, department=world.far) for place, (name, _body) in enumerate(rows)]
    )
    bulk_index((row, Entry(title=name, body=body)) for row, (name, body) in zip(made, rows, strict=True))
    wanted = {row.pk for row, (name, body) in zip(made, rows, strict=True) if scan(text, name, body)}
    assert {hit.object_id for hit in find(text, by=world.outsider, limit=100)} == wanted


@pytest.mark.parametrize("typed", ["青山科枝", "青科技", "青山高科技", "清山科技", "轻山科技"])
def test_find_guesses_a_hanzi_name_with_one_slip(world, paper, typed):
    row = paper("青山科技有限公司")
    found = find(typed, by=world.outsider, guess=True)
    assert not found.rows
    assert [hit.object_id for hit in found.similar] == [row.pk]
    assert found.did_you_mean


@pytest.mark.parametrize("typed", ["Meridan", "Meridiann", "Merydian", "Meirdian"])
def test_find_guesses_a_latin_name_with_one_slip(world, paper, typed):
    row = paper("Meridian Trading Ltd")
    found = find(typed, by=world.outsider, guess=True)
    assert ([hit.object_id for hit in found.similar], found.did_you_mean) == ([row.pk], ["meridian"])


def test_the_page_offers_similar_names_where_nothing_was_found(world, paper, client_of):
    row = paper("青山科技有限公司")
    page = client_of(world.outsider).get(reverse("search"), {"q": "青山科枝"}).content.decode()
    assert "Similar names" in page
    assert row.title in re.sub("<[^>]+>", "", page)
    assert "Nothing found for" not in page


def test_find_guesses_nothing_that_the_person_may_not_see(world, paper):
    paper("Meridian 青山科技")
    for typed in ("Meridan", "青山科枝"):
        found = find(typed, by=world.sales_rep, guess=True)
        assert (found.rows, found.similar, found.did_you_mean) == ([], [], [])


def test_find_ends_early_on_a_common_word_and_says_so(world, sources):
    made = ProjectDocument.objects.bulk_create(
        [ProjectDocument(code=f"C-{place}", title=f"合同{place}", owner=world.outsider, department=world.far) for place in range(320)]
        + [ProjectDocument(code="C-x", title="合同", owner=world.outsider, department=world.far)]
    )
    bulk_index((row, Entry(title=row.title)) for row in made)
    found = find("合同", by=world.outsider, limit=20)
    assert found.is_capped
    assert (found[0].title, len(found)) == ("合同", 20)
    assert sum(found.counts.values()) == CANDIDATES


def test_search_command_prints_json_with_the_rights_of_the_person(world, paper):
    row = paper("青山合同")
    out = StringIO()
    call_command("search", "青山", "--as", world.outsider.username, stdout=out)
    summary = json.loads(out.getvalue().strip().splitlines()[-1])
    assert ([one["id"] for one in summary["rows"]], summary["count"]) == ([row.pk], 1)
    out = StringIO()
    call_command("search", "青山", "--as", world.sales_rep.username, stdout=out)
    assert json.loads(out.getvalue().strip().splitlines()[-1])["count"] == 0
    with pytest.raises(CommandError):
        call_command("search", "x", "--as", "nobody-here")


def test_find_survives_every_kind_of_text(world, paper):
    paper("青山")
    strange = ["\x00", "' OR 1=1 --", "\ud800", "🧨" * 50, "a" * 10_000, "ا" * 30, "﷽", "%_\\", "NEAR(", "ﬁ", "İ" * 20, "１２３", "\u202e青山", "Ω≈ç√"]
    folder = Path(project.BASE_DIR) / "tests" / "hostile"
    lists = [path for path in folder.rglob("*.txt") if path.is_file()]
    strange += [line for path in lists for line in path.read_text(errors="replace").splitlines()[:600]]
    for text in strange:
        find(text, by=world.outsider, guess=True)
