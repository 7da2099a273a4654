"""Whether the process lives, whether it can serve, and figures for a monitor; no secrets, no names."""

import ipaddress
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from foundation.jobs.models import Job, JobState

MIN_FREE_DISK = 0.05
SLOW_QUEUE_SECONDS = 600
OK, WARNING, FAILED = "ok", "warning", "failed"
_migrated_until = 0.0  # asking the migration graph costs 50 ms: a good answer holds for a minute


@login_not_required
@require_GET
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": OK})


@login_not_required
@require_GET
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve people; 503 as long as database, migrations or disk fail."""
    checks = {name: _guarded(check) for name, check in CHECKS.items()}
    failed = any(found["status"] == FAILED for found in checks.values())
    response = JsonResponse({"status": FAILED if failed else OK, "checks": checks}, status=503 if failed else 200)
    if failed:
        response.headers["Retry-After"] = "5"
    return response


@login_not_required
@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' format, for allowed networks or people with the permission."""
    if not _from_allowed_network(request) and not request.user.has_perm("suite.view_metrics"):
        raise PermissionDenied
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


# --- checks --------------------------------------------------------------------------------------
def _guarded(check: Callable[[], dict]) -> dict:
    try:
        return check()
    except (DatabaseError, OSError):
        return {"status": FAILED}


def _database() -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"status": OK}


def _migrations() -> dict:
    global _migrated_until  # noqa: PLW0603
    if time.monotonic() > _migrated_until:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if waiting:
            return {"status": FAILED, "waiting": waiting}
        _migrated_until = time.monotonic() + 60
    return {"status": OK}


def _disk() -> dict:
    usage = shutil.disk_usage(settings.DATA_DIR)
    free = usage.free / usage.total
    return {"status": OK if free >= MIN_FREE_DISK else FAILED, "free": round(free, 3)}


def _queue() -> dict:
    oldest = Job.objects.filter(state=JobState.QUEUED, not_before__lte=timezone.now()).aggregate(oldest=Min("not_before"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    return {"status": OK if age < SLOW_QUEUE_SECONDS else WARNING, "oldest_seconds": int(age)}


def _broker() -> dict:
    """Work waits in the database while the broker is away: a warning, no failure."""
    try:
        if settings.CELERY_BROKER_URL == "filesystem://":
            reachable = (Path(settings.QUEUE_DIR) / "messages").is_dir()
        else:
            parts = urlsplit(settings.CELERY_BROKER_URL)
            with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=1):
                reachable = True
    except (OSError, ValueError):
        reachable = False
    return {"status": OK if reachable else WARNING}


CHECKS: dict[str, Callable[[], dict]] = {"database": _database, "migrations": _migrations, "disk": _disk, "queue": _queue, "broker": _broker}


# --- figures -------------------------------------------------------------------------------------
def _from_allowed_network(request: HttpRequest) -> bool:
    """By the address of the peer; what came through a proxy does not count as the proxy's own."""
    if any(request.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        return any(peer in ipaddress.ip_network(network) for network in settings.METRICS_NETWORKS)
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    """Read from the database at each scrape, so that every web process tells the same."""
    registry = CollectorRegistry()
    Gauge("suite_build_info", "The build that runs.", ["build"], registry=registry).labels(settings.BUILD).set(1)
    jobs = Gauge("suite_jobs", "Background jobs by state.", ["state"], registry=registry)
    counts = dict(Job.objects.values_list("state").annotate(Count("pk")).order_by())
    for state in JobState.values:
        jobs.labels(state).set(counts.get(state, 0))
    Gauge("suite_queue_oldest_seconds", "Age of the oldest job that waits.", registry=registry).set(_queue()["oldest_seconds"])
    Gauge("suite_disk_free_ratio", "Free share of the data disk.", registry=registry).set(_disk()["free"])
    up = Gauge("suite_check_ok", "1 while a readiness check is good, 0 otherwise.", ["check"], registry=registry)
    for name, check in CHECKS.items():
        up.labels(name).set(_guarded(check)["status"] == OK)
    return registry
