import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.people.models import SavedView
from foundation.people.models.user import Theme
from foundation.ui.responses import redirect_with

LIST_KEY = re.compile(r"[a-z0-9_.:-]{1,60}")
COLUMN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def _back(request: HttpRequest) -> str:
    """Where the person came from, when that is ours."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()) else "/"


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest("language")
    if request.user.is_authenticated and request.user.language != wanted:
        request.user.language = wanted
        request.user.save(update_fields=["language", "updated_at"])
    translation.activate(wanted)
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("theme", "")
    if wanted not in Theme.values:
        return HttpResponseBadRequest("theme")
    request.user.theme = wanted
    request.user.save(update_fields=["theme", "updated_at"])
    return HttpResponse(status=204) if request.htmx else HttpResponseRedirect(_back(request))


@require_POST
def rail(request: HttpRequest) -> HttpResponse:
    """Remember whether the rail is folded."""
    request.user.preferences["rail_folded"] = request.POST.get("folded") == "true"
    request.user.save(update_fields=["preferences", "updated_at"])
    return HttpResponse(status=204)


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns of a list the person wants; ``reset`` forgets them."""
    key = request.POST.get("list", "")
    chosen = [name for name in request.POST.getlist("columns") if COLUMN_KEY.fullmatch(name)][:60]
    if not LIST_KEY.fullmatch(key):
        return HttpResponseBadRequest("list")
    kept = request.user.preferences.setdefault("columns", {})
    if request.POST.get("reset"):
        kept.pop(key, None)
    else:
        kept[key] = chosen
    while len(kept) > 200:
        kept.pop(next(iter(kept)))
    request.user.save(update_fields=["preferences", "updated_at"])
    return HttpResponseRedirect(_back(request))


@require_POST
def view_create(request: HttpRequest) -> HttpResponse:
    key, name = request.POST.get("list", ""), request.POST.get("name", "").strip()
    query = request.POST.get("query", "")
    if not LIST_KEY.fullmatch(key) or "\x00" in name + query:
        return HttpResponseBadRequest("list")
    if not name or len(name) > 40 or len(query) > 1000:
        return redirect_with(request, _back(request), _("A view needs a name of at most 40 characters, and a filter that is not too long."), "bad")
    shared = bool(request.POST.get("shared")) and request.user.has_perm("ui.share_view")
    view, _created = SavedView.objects.update_or_create(list_key=key, owner=request.user, name=name, defaults={"query": query, "is_shared": shared})
    return redirect_with(request, f"{_back(request)}?{view.query}{'&' if view.query else ''}view={view.pk}", _("View “%(name)s” saved.") % {"name": view.name})


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(SavedView, pk=pk, owner=request.user).delete()
    return redirect_with(request, _back(request), _("View deleted."))
