"""The suite's settings for a worker process of the tests, with the sample tasks permitted."""

from suite.settings import *  # noqa: F403, TID251
from suite.settings import JOB_TASKS  # noqa: TID251
from tests.jobs.task_names import TASKS as _sample

JOB_TASKS = [*JOB_TASKS, *_sample]
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
