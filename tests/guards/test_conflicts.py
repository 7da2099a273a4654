"""One way to show a lost update: no template and no view of its own."""

from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)
APPS = ("foundation", "docs_site", "crm_core", "implementation", "requirements_mgmt", "training", "feedback", "suite")
OWN_PAGE = {"crm_core/views/merge.py": "the page is itself the comparison of the records, drawn anew with the values that are there now"}
OWN_WAY = {"docs_site": "a document is compared section by section with a redline, see docs_site/views/editing.py"}


def test_both_versions_are_computed_in_one_place():
    found = [path for app in APPS for path in (BASE / app).rglob("*.py") if "def both_versions(" in path.read_text()]
    assert found == [BASE / "foundation/ui/conflicts.py"]


def test_every_view_that_meets_a_stale_form_shows_both_versions():
    """A file of views that catches Stale, or hands the sent version of a form to a service, compares with the shared function."""
    silent = []
    for app in APPS:
        if app in OWN_WAY:
            continue
        for path in (BASE / app).rglob("views/*.py"):
            text = path.read_text()
            if str(path.relative_to(BASE)) in OWN_PAGE:
                continue
            catches = "except Stale" in text or "isinstance(error, Stale)" in text or 'cleaned_data["version"]' in text or 'values["version"]' in text
            if catches and "both_versions(" not in text and "answer_fact(" not in text:
                silent.append(str(path.relative_to(BASE)))
    assert not silent


def test_the_exception_is_still_needed():
    assert all("except Stale" in (BASE / path).read_text() for path in OWN_PAGE)
    assert all("except Stale" in (BASE / app / "views/editing.py").read_text() for app in OWN_WAY)
