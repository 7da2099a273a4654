import json
from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from foundation.jobs.models import Job
from suite.views import health


@pytest.fixture(autouse=True)
def _fresh():
    health._migrated_until = 0.0


def test_healthz_says_that_the_process_lives_without_a_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert "no-cache" in response.headers["Cache-Control"]


def test_readyz_is_good_and_tells_no_secret(client, db, settings):
    response = client.get("/readyz")
    assert response.status_code == 200, response.json()
    checks = response.json()["checks"]
    assert {name: check["status"] for name, check in checks.items()} == dict.fromkeys(["database", "migrations", "disk", "queue", "broker"], "ok")
    text = response.content.decode()
    assert settings.SECRET_KEY not in text
    assert str(settings.DATA_DIR) not in text


def test_readyz_fails_without_database(client, db, monkeypatch):
    def gone():
        raise DatabaseError("password=secret host=db")

    monkeypatch.setitem(health.CHECKS, "database", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "secret" not in response.content.decode()


def test_readyz_fails_on_waiting_migrations_and_a_full_disk(client, db, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [1, 2])
    assert client.get("/readyz").json()["checks"]["migrations"] == {"status": "failed", "waiting": 2}
    monkeypatch.undo()
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: namedtuple("usage", "total used free")(100, 96, 4))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["disk"] == {"status": "failed", "free": 0.04}


def test_readyz_warns_of_a_slow_queue_and_a_broker_that_is_away(client, db, settings):
    now = timezone.now()
    Job.objects.create(task="x.y", title="x", created_at=now, not_before=now - timedelta(hours=1))
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["checks"]["queue"]["status"] == "warning"
    assert response.json()["checks"]["queue"]["oldest_seconds"] >= 3600
    assert response.json()["checks"]["broker"] == {"status": "warning"}


def test_metrics_for_loopback_and_permission_only(client, client_of, admin, sales_rep):
    response = client.get("/metrics")
    assert response.status_code == 200
    assert 'suite_jobs{state="queued"} 0.0' in response.content.decode()
    assert client.get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 403
    assert client.get("/metrics", headers={"x-forwarded-for": "8.8.8.8"}).status_code == 403, "through a proxy on the same machine"
    assert client_of(admin).get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 200
    assert client_of(sales_rep).get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_take_get_only(client, db, path):
    assert client.post(path).status_code == 405
    assert json.loads(client.get("/healthz").content) == {"status": "ok"}
