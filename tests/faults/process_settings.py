"""The suite's settings for processes that are to be killed: a queue of their own on a shared broker, a clock that looks often."""

import os

from suite.settings import *  # noqa: F403, TID251

CELERY_TASK_DEFAULT_QUEUE = os.environ.get("FAULT_QUEUE", "celery")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
