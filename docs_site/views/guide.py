from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from wagtail import views as wagtail_views
from wagtail.images import get_image_model
from wagtail.models import Page

from docs_site.models import GuidePage, GuidePageBase, GuideVote
from docs_site.services.guide import home_for, neighbours, search_guide, sibling_in, tree_of, vote_on_page
from foundation.ui.responses import redirect_with
from foundation.usage.models import Verb
from foundation.usage.services import record

IMAGE_TYPES = {"gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@require_GET
def guide_home(request: HttpRequest) -> HttpResponse:
    home = home_for(get_language() or "")
    if home is None:
        return render(request, "docs_site/guide/none.html", {"may_write": request.user.has_perm("wagtailadmin.access_admin")})
    return HttpResponseRedirect(home.get_url(request))


@require_GET
def guide_page(request: HttpRequest, path: str) -> HttpResponse:
    """A page as Wagtail serves it, with the tree, the neighbours and the other language around it."""
    response = wagtail_views.serve(request, path)
    page = getattr(response, "context_data", None) and response.context_data.get("page")
    if isinstance(page, GuidePageBase):
        before, after = neighbours(page=page)
        code = page.locale.language_code
        other = next(language for language, _name in settings.LANGUAGES if language != code)
        response.context_data |= {
            "tree": tree_of(page=page),
            "before": before,
            "after": after,
            "other": sibling_in(page=page, language=other),
            "guide_home": home_for(code),
            "children": page.get_children().live().specific(),
            "vote": GuideVote.objects.filter(page_id=page.pk, user=request.user).first(),
        }
        record(by=request.user, feature="docs.guide", verb=Verb.VIEW, obj=page)
    return response


@require_GET
def guide_open(request: HttpRequest, pk: int) -> HttpResponse:
    page = get_object_or_404(GuidePage.objects.visible_to(request.user), pk=pk)
    return HttpResponseRedirect(page.get_url(request))


@require_GET
def guide_search(request: HttpRequest) -> HttpResponse:
    language = request.GET.get("language") if request.GET.get("language") in {"en", "zh-hans"} else get_language() or "en"
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    pages = search_guide(text=text, language=language, by=request.user) if text else []
    home = home_for(language)
    return render(request, "docs_site/guide/search.html", {"q": text, "pages": pages, "language": language, "home": home})


@require_POST
def guide_vote(request: HttpRequest, pk: int) -> HttpResponse:
    page = get_object_or_404(Page.objects.live().type(GuidePage), pk=pk)
    if request.POST.get("helpful") not in {"yes", "no"}:
        return redirect_with(request, page.get_url(request), _("Say yes or no."), "bad")
    vote_on_page(page=page, helpful=request.POST["helpful"] == "yes", by=request.user, now=timezone.now())
    return redirect_with(request, page.get_url(request), _("Thank you. Your answer is counted."))


@require_GET
def guide_picture(request: HttpRequest, folder: str, name: str) -> HttpResponse:
    """Pictures of the guide for people who have signed in: what pages show to all, originals to those who write pages."""
    model = get_image_model()
    if folder == "images":
        rows = model.get_rendition_model().objects.filter(file=f"images/{name}")
    elif request.user.has_perm("docs_site.write_page"):
        rows = model.objects.filter(file=f"original_images/{name}")
    else:
        raise Http404
    row = get_object_or_404(rows)
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in IMAGE_TYPES:
        raise Http404
    response = FileResponse(row.file.open("rb"), content_type=IMAGE_TYPES[ending])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
