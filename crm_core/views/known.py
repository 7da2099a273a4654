"""Is this customer known? The page, the hint under the forms, and the question before something is created."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from crm_core.forms import KnownForm
from crm_core.models import Subject
from crm_core.services.duplicates import AskedTooOften, Candidate, Similar, check_known

TYPED = ("name", "credit_code", "phone", "email", "wechat")


def _candidate(data: Any) -> Candidate:
    return Candidate(**{name: str(data.get(name) or "").replace("\x00", "")[:160] for name in TYPED})


def ask_first(request: HttpRequest, form: Any, *, subject: str, template: str, context: dict[str, Any] | None = None) -> HttpResponse | None:
    """Before a valid form creates something: the page with what may be the same (409), or nothing when nobody is or the person has seen it."""
    if request.method != "POST" or "known" in request.POST or not form.is_valid():
        return None
    try:
        similar = check_known(candidate=_candidate(form.cleaned_data), by=request.user, subject=subject, surface="form")
    except AskedTooOften as error:
        form.add_error(None, str(error))
        return render(request, template, {"form": form, **(context or {})}, status=error.status)
    return render(request, template, {"form": form, "similar": similar, **(context or {})}, status=409) if similar else None


@require_POST
@permission_required("crm_core.view_account", raise_exception=True)
def account_similar(request: HttpRequest) -> HttpResponse:
    """The hint under the form while the person types; for accounts and, with ``contact=1``, for contacts. Writes a line of the log, hence a POST."""
    subject = Subject.CONTACT if request.POST.get("contact") else Subject.ACCOUNT
    try:
        similar = check_known(candidate=_candidate(request.POST), by=request.user, subject=subject, surface="form")
    except AskedTooOften as error:
        return render(request, "crm_core/_similar.html", {"sentence": str(error)})
    return render(request, "crm_core/_similar.html", {"similar": similar})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_account", raise_exception=True)
def duplicate_known(request: HttpRequest) -> HttpResponse:
    """The page on which one asks whether a company or a person is known, before a visit or a call."""
    form = KnownForm(request.POST or None)
    similar: list[Similar] | None = None
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                similar = check_known(candidate=_candidate(form.cleaned_data), by=request.user, subject=form.cleaned_data["subject"], surface="page")
            except AskedTooOften as error:
                form.add_error(None, str(error))
                status = error.status
        else:
            status = 422
    return render(request, "crm_core/duplicate_known.html", {"form": form, "similar": similar}, status=status)
