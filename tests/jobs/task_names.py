"""Paths of the sample tasks; imports nothing, so that settings can read it."""

TASKS = [f"tests.jobs.sample_tasks.{name}" for name in ("count_up", "killed_once", "broken", "refused", "waits", "answers")]
