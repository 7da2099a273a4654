"""Thin job entry points: e-mail of notices, digests, and what was left over."""

from smtplib import SMTPException

from foundation.jobs.runner import JobRun
from foundation.notices import delivery, digest


def send_mail(job: JobRun) -> dict[str, int]:
    """Send the e-mails of the notices named in the job."""
    return delivery.send_mail(ids=job.payload["notices"], progress=job.progress)


def send_leftover_mail(job: JobRun) -> dict[str, int]:
    """Send e-mails that no job has sent for a while; a server that is still down is no error here, the next run tries again."""
    try:
        return delivery.send_leftover_mail(progress=job.progress)
    except (OSError, SMTPException):
        return {"sent": 0, "server_down": 1}


def send_digests(job: JobRun) -> dict[str, int]:
    """Send the digests of the day, on workdays."""
    return digest.send_digests(progress=job.progress)
