"""CRM core runs alone: without the four rollout apps it checks, migrates and shows its main pages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import others_in

pytestmark = pytest.mark.once
SCRIPT = """
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
for label in ("implementation", "requirements_mgmt", "training", "feedback"):
    assert not apps.is_installed(label), label
call_command("check")
call_command("migrate", verbosity=0, interactive=False)
call_command("createcachetable", verbosity=0)
from django.test import Client
from django.utils import timezone
from tests.factories.people import DepartmentFactory, person
from crm_core.services.account import create_account
rep = person("rep", "sales_rep", DepartmentFactory(name="Sales"))
account = create_account(data={"name": "独立运行公司"}, by=rep, now=timezone.now())
client = Client()
client.force_login(rep, backend="foundation.people.backends.RoleBackend")
assert client.get("/", follow=True).status_code == 200
pages = ["accounts/", f"accounts/{account.pk}/", "contacts/", "activities/", "tasks/", "my-day/", "opportunities/", "opportunities/board/", "opportunities/forecast/", "bin/"]
for page in pages:
    status = client.get(f"/crm/{page}").status_code
    assert status == 200, (page, status)
print("ALONE", len(pages))
"""


def test_crm_core_runs_alone(tmp_path):
    others = others_in(Path(settings.DATA_DIR) / "testdb")
    if others.exists():  # what the apps of others make is the same without the rollout apps, and half of the minute
        shutil.copyfile(others, tmp_path / "a.sqlite3")
    env = os.environ | {
        "SUITE_CRM_ONLY": "1",
        "SUITE_MODE": "test",
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "suite.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3",
    }
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=170)
    assert "ALONE 10" in done.stdout, done.stdout[-2000:] + done.stderr[-3000:]
