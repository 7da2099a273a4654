"""Background work of this app: load by id, call one service."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.jobs.runner import JobRun
from foundation.people.models import User
from implementation.models import Rollout
from requirements_mgmt.models import RequirementImport
from requirements_mgmt.services import apply_import as apply_service
from requirements_mgmt.services import check_flow as check_service
from requirements_mgmt.services import undo_import as undo_service


def apply_import(job: JobRun) -> dict[str, Any]:
    """Write the staged rows of an import."""
    batch = RequirementImport.objects.get(pk=job.payload["batch"])
    return apply_service(batch=batch, by=_starter(job), now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Writing requirements")))


def undo_import(job: JobRun) -> dict[str, Any]:
    """Take an applied import back."""
    batch = RequirementImport.objects.get(pk=job.payload["batch"])
    return undo_service(
        batch=batch, by=_starter(job), now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Taking requirements back"))
    )


def check_flow(job: JobRun) -> dict[str, Any]:
    """Check the flow of a large rollout and keep the findings."""
    rollout = Rollout.objects.get(pk=job.payload["rollout"])
    job.progress(0, None, _("Reading requirements and data objects"))
    check = check_service(
        rollout=rollout, by=_starter(job), now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Keeping the findings"))
    )
    return {"requirements": check.requirements, "findings": sum(check.counts.values())}


def _starter(job: JobRun) -> User:
    """Imports always have a starter; a job without one was not made by this app."""
    if job.by is None:
        raise ValueError("An import runs with the rights of the person who started it.")
    return job.by
