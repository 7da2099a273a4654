"""The Celery application: only the wake-up of jobs, the truth is foundation.jobs.Job."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")

TRANSPORT_ALIASES["filesystem"] = "foundation.jobs.file_queue:Transport"
app = Celery("suite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _refuse_demo_people(**kwargs: Any) -> None:
    """A worker in production does not start on a database with demo sign-ins."""
    from foundation.people.checks import refuse_demo_people  # noqa: PLC0415  (applications are set up only now)

    try:
        refuse_demo_people()
    except ImproperlyConfigured as error:  # a signal swallows ordinary exceptions
        sys.exit(str(error))
