"""A feature key that code records under is declared: an undeclared one would be an error page for whoever meets it."""

import re
from pathlib import Path

from django.conf import settings

from foundation.usage.catalogue import declared

BASE = Path(settings.BASE_DIR)
APPS = ("foundation", "docs_site", "crm_core", "implementation", "requirements_mgmt", "training", "feedback", "suite")
KEY = re.compile(r'\b(?:export_)?feature="([a-z_]+(?:\.[a-z_]+)+)"')


def test_every_recorded_feature_is_declared():
    unknown = {}
    for app in APPS:
        for path in (BASE / app).rglob("*.py"):
            found = set(KEY.findall(path.read_text())) - set(declared())
            if found and "/demo/" not in str(path):
                unknown[str(path.relative_to(BASE))] = sorted(found)
    assert not unknown


def test_negative_control_the_pattern_reads_keys():
    assert KEY.findall('record(by=by, feature="crm.nothing.here", verb=x)') == ["crm.nothing.here"]
    assert "crm.nothing.here" not in declared()
