"""The committed description of the API equals what the code says; `manage.py export_openapi` writes it."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import translation

FILE = Path(settings.BASE_DIR) / "docs" / "openapi.json"


def test_openapi_equals_the_committed_file():
    from suite.api import api

    with translation.override("en"):
        told = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    assert told == json.loads(FILE.read_text()), "the API changed: run manage.py export_openapi and commit docs/openapi.json"


def test_openapi_export_writes_the_same(tmp_path):
    call_command("export_openapi", output=str(tmp_path / "openapi.json"))
    assert (tmp_path / "openapi.json").read_text() == FILE.read_text()
