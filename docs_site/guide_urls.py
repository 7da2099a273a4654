"""The guide at ``docs/``, the admin of its pages at ``cms/``, and their files behind sign-in.

Wagtail's own ``_util/login/`` is left out: there is one way in.
"""

from django.urls import include, path, re_path
from wagtail.admin import urls as wagtail_admin_urls
from wagtail.documents.views.serve import serve as serve_document
from wagtail.urls import serve_pattern

from docs_site.views import guide

urlpatterns = [
    path("cms/", include(wagtail_admin_urls)),
    path("docs/", guide.guide_home, name="guide_home"),
    path("docs/-search/", guide.guide_search, name="guide_search"),
    path("docs/-vote/<int:pk>/", guide.guide_vote, name="guide_vote"),
    re_path(r"^docs/-files/(\d+)/(.*)$", serve_document, name="wagtaildocs_serve"),
    re_path(r"^docs/" + serve_pattern.lstrip("^"), guide.guide_page, name="wagtail_serve"),
    re_path(r"^media/(?P<folder>images|original_images)/(?P<name>[^/]+)$", guide.guide_picture, name="guide_picture"),
]
