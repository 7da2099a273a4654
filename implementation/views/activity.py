from datetime import date, timedelta

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from foundation.exports import clean_stem, stream_response
from foundation.pdf import render_pdf
from foundation.usage.context import as_download
from implementation import reports
from implementation.forms import StoryForm
from implementation.views.rollout import VIEW, rollout_or_404

LANGUAGES = ("zh-hans", "en")


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_activity(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed between two evenings; last week unless said otherwise."""
    rollout = rollout_or_404(request, pk)
    today = timezone.localdate()
    default = {"first": today - timedelta(days=7), "last": today}
    form = StoryForm(request.GET if "first" in request.GET else default)
    asked = form.cleaned_data if form.is_valid() else default
    story = reports.story_between(rollout, asked["first"], asked["last"])
    context = {"rollout": rollout, "tab": "activity", "form": form, "story": story, "spans": _spans(today, rollout.starts_on)}
    return render(request, "implementation/rollout_activity.html", context, status=200 if form.is_valid() else 422)


def _spans(today: date, start: date) -> dict[str, date]:
    return {"week": today - timedelta(days=7), "month": today - timedelta(days=30), "start": min(start, today - timedelta(days=1)), "today": today}


@require_GET
@permission_required("implementation.export_rollout", raise_exception=True)
def rollout_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The status report as PDF or workbook, in the language asked for."""
    rollout = rollout_or_404(request, pk)
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else translation.get_language() or LANGUAGES[0]
    today = timezone.localdate()
    with translation.override(language):
        name = f"{clean_stem(rollout.code)}-{today.isoformat()}"
        if request.GET.get("format") == "xlsx":
            rows = list(reports.status_rows(rollout, today))
            return as_download(stream_response(reports.status_columns(), rows, filename=name, kind="xlsx", title=str(rollout)), obj=rollout)
        pdf = render_pdf("implementation/pdf/status.html", reports.status_report(rollout, today), language=language)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return as_download(response, obj=rollout)
