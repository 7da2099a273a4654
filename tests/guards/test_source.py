"""Rules about files that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template import engines
from django.template.loaders.app_directories import get_app_template_dirs

pytestmark = pytest.mark.once
BASE = Path(settings.BASE_DIR)
OURS = ("suite", "foundation", "docs_site", "crm_core", "implementation", "requirements_mgmt", "training", "feedback")

# Models without readable history, and why.
WITHOUT_HISTORY = {
    "crm_core.ApiReplay": "written once, never changed",
    "crm_core.CollectionReturn": "is itself the record of what was handed back; the load only stamps it",
    "crm_core.DuplicateCheck": "a line of a log, written once",
    "crm_core.DuplicatePair": "found by a search; who decided and when stands in the row",
    "crm_core.DuplicateRun": "is itself the record of a search",
    "crm_core.Merge": "is itself the record of a merge; taking it back only stamps the row",
    "crm_core.MergeChange": "is itself the record of what a merge did",
    "crm_core.CustomKey": "guards a value of a row that has history",
    "crm_core.Handover": "is itself the record of who gave what to whom; only its acknowledgement is added",
    "crm_core.HandoverItem": "is only added",
    "crm_core.ImportBatch": "each row keeps what it did and what was before",
    "crm_core.ImportMapping": "never changed: a change makes a new version",
    "crm_core.ImportRow": "is itself the record of what an import did",
    "crm_core.ImportWord": "says itself who matched it and when; every import keeps what it did",
    "crm_core.Ownership": "is itself the history of who owned an account",
    "crm_core.PoolEvent": "is itself the history of what happened at a pool; rows are only added",
    "crm_core.RecycleRun": "is itself the record of a night's run",
    "crm_core.Remap": "is itself the record of a re-mapping",
    "crm_core.RemapRow": "is itself the record of what a re-mapping moved",
    "crm_core.StatusReview": "is itself the record of a look; nothing changes it",
    "crm_core.Reveal": "is itself a log; rows are only added, which triggers hold",
    "crm_core.Stamp": "a mark for caches, nothing is decided by it",
    "crm_core.StageMove": "is itself the history of a deal; rows are only added",
    "crm_core.Tag": "a word, without facts of its own",
    "implementation.CriterionAnswer": "rows are only added, the latest counts",
    "implementation.GatePassage": "frozen under a checksum; re-opening only stamps the row",
    "implementation.PlanChange": "is itself the history of a moved date",
    "feedback.MetricValue": "counted anew each night from rollups",
    "feedback.Diagnosis": "computed from the metrics of a day",
    "feedback.TicketHop": "is itself the history of who held a ticket",
    "feedback.TicketMessage": "written once",
    "training.ProcedureRole": "the fingerprint and the history of the procedure tell",
    "training.ProcedureStep": "the fingerprint of the procedure tells what changed",
    "training.Completion": "is itself a record of the past",
    "training.StepCompletion": "is itself a record of the past",
    "requirements_mgmt.FlowCheck": "is itself the record of a check",
    "requirements_mgmt.FlowFinding": "found anew by every check; what people decide about it is an acceptance, which has history",
    "requirements_mgmt.RequirementImportRow": "lineage of an import, written by it alone",
    "people.ApiToken": "made and revoked, never changed",
    "people.Connector": "made and closed, never changed",
    "people.PeopleImport": "a staged file with its own states",
    "people.PeopleImportRow": "lineage of an import, written by it alone",
    "usage.Feature": "written by the build, retired and never deleted",
    "usage.RetentionWindow": "lives for one transaction",
    "usage.UsageEvent": "append-only by triggers",
    "usage.UsageDay": "counted from events",
    "usage.Rollup": "a mark of the rollup",
    "notices.Preference": "a person's own convenience",
    "notices.Digest": "a record of what was sent",
    "notices.Notice": "a message, written once",
    "jobs.Job": "is itself the record of a run",
    "search.SearchDocument": "an index, made from rows that have history",
    "search.SearchWord": "a list of words, made from rows that have history",
    "people.SavedView": "a person's own convenience, nothing is decided by it",
    "docs_site.DocumentAttachment": "never changed: removing one only stamps the row",
    "docs_site.DocumentComment": "never rewritten: resolving one only stamps the row",
    "docs_site.DocumentReader": "says itself who named whom and when",
    "docs_site.DocumentVersion": "a record in itself, kept unchanged by triggers",
    "docs_site.GuideIndexPage": "Wagtail keeps its own revisions",
    "docs_site.GuidePage": "Wagtail keeps its own revisions",
    "docs_site.GuideVote": "only the last answer counts",
    "docs_site.HomePage": "Wagtail keeps its own revisions",
    "docs_site.Signature": "a record in itself, kept unchanged by triggers",
    "docs_site.SignatureRequest": "a record in itself, kept unchanged by triggers once the version is closed",
}


def tracked(*suffixes):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=BASE, capture_output=True, text=True, check=True).stdout.splitlines()
    return [BASE / name for name in names if name.endswith(suffixes) and (BASE / name).is_file()]


def test_source_python_files_stay_within_500_lines():
    long = {
        str(p.relative_to(BASE)): n
        for p in tracked(".py")
        if "migrations" not in p.parts and "tests" not in p.parts and (n := len(p.read_text().splitlines())) > 500
    }
    assert not long


def test_source_templates_stay_within_200_lines():
    long = {str(p.relative_to(BASE)): n for p in tracked(".html") if (n := len(p.read_text().splitlines())) > 200}
    assert not long


def test_source_has_no_catch_all_modules():
    assert not [p for p in tracked(".py") if p.name in {"utils.py", "helpers.py", "misc.py", "core.py"} and p.relative_to(BASE).parts[0] in OURS]


def test_source_has_no_left_overs():
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|[Cc]oming soon|[Ll]orem ipsum|即将推出")
    files = [p for p in tracked(".py", ".html", ".js", ".css") if p.relative_to(BASE).parts[0] in OURS]
    assert not [f"{p.relative_to(BASE)}: {m.group(0)}" for p in files for m in pattern.finditer(p.read_text())]


def test_source_templates_have_no_inline_script_or_handler():
    """The content security policy forbids them; this says where before a browser does."""
    script = re.compile(r"<script(?![^>]*(\bsrc=|application/json))[^>]*>", re.IGNORECASE)
    handler = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE)
    files = [p for p in tracked(".html") if p.relative_to(BASE).parts[0] in OURS]
    assert not [str(p.relative_to(BASE)) for p in files if script.search(p.read_text()) or handler.search(p.read_text())]


def test_source_templates_do_not_mark_values_safe():
    allowed = {
        "foundation/ui/templates/ui/_field_notes.html": "help texts of fields are ours, and Django's password rules are a list in HTML",
    }
    files = [p for p in tracked(".html") if p.relative_to(BASE).parts[0] in OURS]
    found = {str(p.relative_to(BASE)) for p in files if re.search(r"\|\s*safe\b|autoescape off", p.read_text())}
    assert found == set(allowed)


def _templates():
    for folder in get_app_template_dirs("templates"):
        if Path(folder).is_relative_to(BASE) and "site-packages" not in str(folder):
            for path in sorted(Path(folder).rglob("*.html")):
                yield str(path.relative_to(folder))


@pytest.mark.parametrize("name", sorted(set(_templates())))
def test_source_template_compiles(name):
    engines["django"].get_template(name)


def test_source_models_have_history_or_a_reason():
    without = set()
    for config in apps.get_app_configs():
        if config.name.split(".")[0] not in OURS:
            continue
        for model in config.get_models():
            if not model.__name__.startswith("Historical") and not hasattr(model, "history") and not hasattr(model, "_meta_is_page"):
                without.add(model._meta.label)
    unexplained = without - set(WITHOUT_HISTORY)
    stale = set(WITHOUT_HISTORY) - without
    assert not unexplained, "give these models history, or a reason in WITHOUT_HISTORY"
    assert not stale, "these entries of WITHOUT_HISTORY are not needed any more"


def test_source_models_say_what_they_mean():
    silent = [
        model._meta.label
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in OURS
        for model in config.get_models()
        if not model.__name__.startswith("Historical") and (model.__doc__ or "").startswith(f"{model.__name__}(")
    ]
    assert not silent


def test_source_names_no_registry_host():
    hosts = re.compile(r"https?://(registry\.npmjs|pypi\.org|files\.pythonhosted|deb\.debian)")
    files = [p for p in tracked(".txt", ".json", ".toml", ".py", ".md", "run", ".yml") if "docs" not in p.parts]
    assert not [str(p.relative_to(BASE)) for p in files if hosts.search(p.read_text(errors="replace"))]
