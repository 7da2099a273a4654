from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.ui.responses import redirect_with
from foundation.uploads import UploadRefused, accept, serve
from requirements_mgmt.models import RequirementAttachment
from requirements_mgmt.services import attach_to_requirement, comment_requirement
from requirements_mgmt.views.standing import edits, reads_asked, visible_requirement


@require_POST
@permission_required("requirements_mgmt.comment_requirement", raise_exception=True)
def requirement_comment(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    comment_requirement(requirement=requirement, body=request.POST.get("body", ""), by=request.user, now=timezone.now())
    return redirect_with(request, f"{requirement.get_absolute_url()}#comments", _("Your comment is there."))


@require_POST
@edits
def attachment_create(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    try:
        accepted = accept(request.FILES.get("file"))
    except UploadRefused as refusal:
        return redirect_with(request, requirement.get_absolute_url(), str(refusal), tone="bad")
    attach_to_requirement(requirement=requirement, accepted=accepted, by=request.user, now=timezone.now())
    return redirect_with(request, f"{requirement.get_absolute_url()}#attachments", _("%(name)s is attached.") % {"name": accepted.name})


@require_GET
@reads_asked
def attachment_download(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = get_object_or_404(RequirementAttachment.objects.visible_to(request.user), pk=pk)
    return serve(attachment.file, attachment.name)
