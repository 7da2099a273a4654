"""The roof: settings, addresses, roles, the shell, home pages, search and the demo rollout."""

from suite.celery import app as celery_app

__all__ = ["celery_app"]
