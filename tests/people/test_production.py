"""Production refuses to start with demo sign-ins, DEBUG, without a key of its own or without hosts: real processes, real settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once
BASE = Path(settings.BASE_DIR)
SOUND = {"SUITE_MODE": "production", "SECRET_KEY": "k" * 20 + "0123456789" * 4, "ALLOWED_HOSTS": "suite.example", "DEBUG": "false"}
START_WEB = "import suite.wsgi"
START_WORKER = "from suite.celery import app; from celery.signals import worker_init; import django; django.setup(); worker_init.send(sender=None)"


def run(code, tmp_path, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in {*SOUND, "DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    env = {**clean, **SOUND, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "suite.settings", **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=BASE, env=env, capture_output=True, text=True, timeout=120)


def database(tmp_path, *, demo):
    """The columns that the check reads are enough of a database here."""
    import sqlite3

    from django.db import connection

    from foundation.people.models import User

    path = tmp_path / "suite.sqlite3"
    columns = ", ".join(connection.ops.quote_name(field.column) for field in User._meta.concrete_fields)
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE people_user ({columns})")
        db.execute("INSERT INTO people_user (id, username, is_demo) VALUES (1, 'demo', ?)", [int(demo)])
    return path


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "true"}, "DEBUG"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_unsafe_settings(tmp_path, environment, sentence):
    ended = run("import django; django.setup()", tmp_path, **environment)
    assert ended.returncode != 0
    assert "ImproperlyConfigured" in ended.stderr
    assert sentence in ended.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("start", [START_WEB, START_WORKER], ids=["web", "worker"])
def test_production_refuses_demo_people(tmp_path, start):
    database(tmp_path, demo=True)
    ended = run(start, tmp_path)
    assert ended.returncode != 0
    assert "demo sign-ins" in ended.stderr


@pytest.mark.parametrize("start", [START_WEB, START_WORKER], ids=["web", "worker"])
def test_production_starts_without_demo_people(tmp_path, start):
    database(tmp_path, demo=False)
    ended = run(start, tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_demo_mode_starts_with_demo_people(tmp_path):
    database(tmp_path, demo=True)
    assert run(START_WEB, tmp_path, SUITE_MODE="demo").returncode == 0


def test_check_deploy_names_demo_people(tmp_path):
    database(tmp_path, demo=True)
    code = "import sys; from django.core.management import execute_from_command_line; execute_from_command_line(['manage.py', 'check', '--deploy', '--tag', 'security'])"
    ended = run(code, tmp_path)
    assert ended.returncode != 0
    assert "people.E001" in ended.stderr
