"""Background work: the PDF of a signed version, reminders to signers."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from docs_site.models import DocumentVersion
from docs_site.services import remind_signers
from docs_site.services import render_version as render


def render_version(job: Any) -> dict[str, Any]:
    """Render and keep the PDF of the version in the payload."""
    version = DocumentVersion.objects.get(pk=job.payload["version"])
    job.progress(0, 1, _("Rendering the PDF"))
    version = render(version=version)
    return {"version": version.pk, "pdf_sha256": version.pdf_sha256}


def remind(job: Any) -> dict[str, Any]:
    """Remind signers once a day of what is due."""
    return {"versions": remind_signers(today=timezone.localdate())}
