"""Every address of the suite, one prefix per app."""

from django.conf import settings
from django.urls import include, path

from suite import api
from suite.views.health import healthz, metrics, readyz
from suite.views.home import home, home_chart, starts_done
from suite.views.search import palette, search

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", home, name="home"),
    path("home/charts/<slug:name>/", home_chart, name="home_chart"),
    path("home/starts/", starts_done, name="starts_done"),
    path("search/", search, name="search"),
    path("search/palette/", palette, name="palette"),
    path("", include("foundation.ui.urls")),
    path("", include("foundation.people.sign_in_urls")),
    path("people/", include("foundation.people.urls")),
    path("inbox/", include("foundation.notices.urls")),
    path("jobs/", include("foundation.jobs.urls")),
    path("usage/", include("foundation.usage.urls")),
    path("api/", api.urls),
    path("crm/", include("crm_core.urls")),
    path("documents/", include("docs_site.urls")),
    path("", include("docs_site.guide_urls")),
]
if not settings.CRM_ONLY:
    urlpatterns += [
        path("", include("implementation.urls")),
        path("", include("requirements_mgmt.urls")),
        path("learn/", include("training.urls")),
        path("feedback/", include("feedback.urls")),
    ]
