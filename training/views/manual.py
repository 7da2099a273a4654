from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from foundation.people.access import Role, access_of, roles
from foundation.text import fold
from training.reports import manual_bytes, manual_context


def _role(request: HttpRequest) -> Role:
    """The asked role, the own main role else; another's manual only for those who write manuals."""
    access = access_of(request.user)
    own = [post.role for post in access.posts]
    asked = request.GET.get("role", "")
    if asked:
        role = roles().get(asked)
        if role is None:
            raise Http404
        if role.key not in access.role_keys and not request.user.has_perm("training.change_procedure"):
            raise PermissionDenied
        return role
    if not own:
        raise Http404
    return own[0]


def _permissions(request: HttpRequest, role: Role) -> frozenset[str]:
    """A reader sees the steps that the reader may do; a writer looking at another role sees that role's."""
    access = access_of(request.user)
    return access.permissions if role.key in access.role_keys else role.permissions


@require_GET
@permission_required("training.view_procedure", raise_exception=True)
def manual(request: HttpRequest) -> HttpResponse:
    """The manual of a role as a page."""
    role = _role(request)
    writer = request.user.has_perm("training.change_procedure")
    choices = list(roles().values()) if writer else [roles()[key] for key in sorted(access_of(request.user).role_keys) if key in roles()]
    context = {**manual_context(role, permissions=_permissions(request, role)), "choices": choices, "text": fold(request.GET.get("q", ""))[:100]}
    return render(request, "training/manual.html", context)


@require_GET
@permission_required("training.view_procedure", raise_exception=True)
def manual_pdf(request: HttpRequest) -> HttpResponse:
    """The manual of a role as PDF, in the reader's language or the one asked for."""
    role = _role(request)
    language = request.GET.get("language") or get_language() or "zh-hans"
    if language not in ("en", "zh-hans"):
        raise Http404
    pdf = manual_bytes(role, permissions=_permissions(request, role), language=language)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="manual-{role.key}-{language}.pdf"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
