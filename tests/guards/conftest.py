import os
import sys
from unittest.mock import patch

import pytest
import yaml
from django.conf import settings
from django.db import transaction

from tests.conftest import build_world
from tests.guards.stage import Stage


@pytest.fixture
def media(tmp_path, monkeypatch):
    """Files of these tests go to a folder of their own."""
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker, tmp_path_factory):
    """World and samples made once for all tests of a module; these tests must not ask for ``db``, which would close the connection."""
    media, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path_factory.mktemp("media")
    # Walks read answers, not contexts: what the test client keeps of every template drawn is a tenth of a request.
    with django_db_blocker.unblock(), patch("django.test.client.store_rendered_templates", lambda *args, **kwargs: None):
        try:
            with transaction.atomic():
                yield Stage(build_world())
                transaction.set_rollback(True)
        finally:
            settings.MEDIA_ROOT = media


def pytest_sessionfinish(session, exitstatus):
    """Write the authorization tables when asked to."""
    if not os.environ.get("UPDATE_AUTHZ"):
        return
    for module_name, what in (("test_authz", "address"), ("test_authz_api", "operation of the API")):
        module = sys.modules.get(f"tests.guards.{module_name}")
        if module and module.RECORDED:
            kept = {name: line for name, line in module.KNOWN.items() if name in module.NAMES}
            module.TABLE.write_text(
                f"# What each actor receives at each {what}; see {module_name}.py. Read the diff before you commit it.\n"
                + yaml.safe_dump({**kept, **module.RECORDED}, sort_keys=True, width=1000, allow_unicode=True)
            )
