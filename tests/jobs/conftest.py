import pytest

from tests.jobs import sample_tasks
from tests.jobs.task_names import TASKS


@pytest.fixture(autouse=True)
def sample_jobs(settings):
    settings.JOB_TASKS = [*settings.JOB_TASKS, *TASKS]
    settings.JOB_RETRY_SECONDS = 0
    sample_tasks.gate.clear()


@pytest.fixture
def ask():
    from foundation.jobs.services import enqueue

    def make(by, task="count_up", **fields):
        return enqueue(task=f"tests.jobs.sample_tasks.{task}", by=by, title="导入客户", **fields)

    return make
