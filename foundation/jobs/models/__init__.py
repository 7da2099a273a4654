from foundation.jobs.models.job import OPEN_STATES, Job, JobState

__all__ = ["OPEN_STATES", "Job", "JobState"]
