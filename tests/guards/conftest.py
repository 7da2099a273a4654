import os
import sys

import pytest
import yaml
from django.conf import settings


@pytest.fixture
def media(tmp_path, monkeypatch):
    """Files of these tests go to a folder of their own."""
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")


def pytest_sessionfinish(session, exitstatus):
    """Write the authorization table when asked to."""
    module = sys.modules.get("tests.guards.test_authz")
    if os.environ.get("UPDATE_AUTHZ") and module and module.RECORDED:
        kept = {name: line for name, line in module.KNOWN.items() if name in {route.name for route in module.OURS}}
        module.TABLE.write_text(
            "# What each actor receives at each address; see test_authz.py. Read the diff before you commit it.\n"
            + yaml.safe_dump({**kept, **module.RECORDED}, sort_keys=True, width=1000, allow_unicode=True)
        )
