"""The table of roles: complete, without leftovers, and naming only models that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from suite.roles import ROLES

pytestmark = pytest.mark.once
BASE = Path(settings.BASE_DIR)
APPS = ("foundation", "docs_site", "crm_core", "implementation", "requirements_mgmt", "training", "feedback", "suite")
LABELS = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in APPS}
PERMISSION = re.compile(r"^[a-z_]+\.[a-z]+_[a-z_]+$")
IN_TEMPLATE = re.compile(r"\bperms\.([a-z_]+)\.([a-z_]+)")
ISSUE_ROLES = {
    "sponsor",
    "project_manager",
    "consultant",
    "developer",
    "liaison",
    "key_user",
    "trainer",
    "sales_rep",
    "sales_manager",
    "marketing",
    "service_agent",
    "finance",
    "executive",
    "administrator",
    "auditor",
}
# Verbs that data names, not code: permission strings of procedures' steps and the like would stand here with a reason.
NAMED_IN_DATA: dict[str, str] = {}


def _strings(tree):
    """Every string literal that can be a permission, docstrings left out, since they hold spaces."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and PERMISSION.match(node.value)}


def _asked(tree):
    """Strings handed to permission_required, has_perm, has_perms or given as ``permission=``."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in {"permission_required", "has_perm", "has_perms"}:
            for argument in node.args:
                found |= _strings(argument)
        for keyword in node.keywords:
            if keyword.arg in {"permission", "export_permission"}:
                found |= _strings(keyword.value)
    return {text for text in found if text.split(".")[0] in LABELS}


@cache
def _sources():
    paths = [path for app in APPS for path in sorted((BASE / app).rglob("*.py")) if "migrations" not in path.parts]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths if path != BASE / "suite" / "roles.py"]


def _granted():
    return frozenset().union(*(role.permissions for role in ROLES))


def test_roles_are_the_fifteen_of_the_house_each_once():
    assert [role.key for role in ROLES].count("sponsor") == 1
    assert {role.key for role in ROLES} == ISSUE_ROLES
    assert len(ROLES) == len(ISSUE_ROLES)


def test_roles_grant_every_permission_that_code_asks_for():
    missing = {}
    for path, tree in _sources():
        for permission in _asked(tree) - _granted():
            missing.setdefault(permission, str(path.relative_to(BASE)))
    specs = {spec.permission for dotted in settings.FEATURES for spec in import_string(dotted) if spec.permission}
    missing |= dict.fromkeys(specs - _granted(), "FeatureSpec")
    for app in APPS:
        for path in (BASE / app).rglob("*.html"):
            for label, verb in IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
                if label in LABELS and f"{label}.{verb}" not in _granted():
                    missing[f"{label}.{verb}"] = str(path.relative_to(BASE))
    assert missing == {}


def test_roles_grant_nothing_that_no_code_asks_for():
    used = set().union(*(_strings(tree) for _path, tree in _sources())) | {spec.permission for dotted in settings.FEATURES for spec in import_string(dotted)}
    for app in APPS:
        for path in (BASE / app).rglob("*.html"):
            used |= {f"{label}.{verb}" for label, verb in IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))}
    assert _granted() - used - set(NAMED_IN_DATA) == set()
    assert set(NAMED_IN_DATA) <= _granted()


def test_roles_scopes_name_models_that_exist():
    models = {model._meta.label_lower for model in apps.get_models()}
    wrong = {
        (role.key, label) for role in ROLES for label in role.scopes if (label.split(".")[0] not in LABELS if label.endswith(".*") else label not in models)
    }
    assert wrong == set()


def test_roles_have_names_in_both_languages(settings):
    from django.utils import translation

    for role in ROLES:
        with translation.override("en"):
            english = str(role.name)
        with translation.override("zh-hans"):
            assert re.search(r"[\u4e00-\u9fff]", str(role.name)), role.key
        assert english.isascii()
