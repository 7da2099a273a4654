"""Settings of the search for duplicates: rules and weights, a bench to try them on, and the log of who asked."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.forms import BenchForm, RulesForm
from crm_core.models import DuplicateCheck, Subject
from crm_core.services.duplicates import Candidate, Scorer
from crm_core.services.duplicates.checking import person_checks
from crm_core.services.duplicates.facts import kind_of
from crm_core.services.duplicates.scoring import RULES, label_of, policy_of
from crm_core.services.duplicates.settling import POLICY, save_rules
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.ui.conflicts import both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

CURIOUS = 10
SURFACES = {"form": gettext_lazy("while creating"), "page": gettext_lazy("on the page"), "api": gettext_lazy("through the API")}
CHECK_COLUMNS = [
    Column("at", pgettext_lazy("existence check", "Asked"), kind="datetime", sort="at", phone=True),
    Column("by", gettext_lazy("Asked by"), value="by", kind="person", phone=True),
    Column("subject", gettext_lazy("Looked among"), value=lambda row: row.get_subject_display()),
    Column("surface", gettext_lazy("Where"), value=lambda row: SURFACES.get(row.surface, row.surface)),
    Column("hits", gettext_lazy("Hits"), kind="number", phone=True),
    Column("hidden", gettext_lazy("Hidden"), kind="number", phone=True),
    Column(
        "is_refused",
        gettext_lazy("Asked too often"),
        value=lambda row: _("refused") if row.is_refused else "",
        kind="badge",
        tone=lambda row: "bad" if row.is_refused else "neutral",
    ),
    Column("asked", gettext_lazy("Digest of the question"), value=lambda row: row.asked[:12]),
]


def _subject(request: HttpRequest) -> str:
    return Subject.CONTACT if request.GET.get("for") == Subject.CONTACT else Subject.ACCOUNT


def subject_tabs(url: str, here: str) -> list[dict[str, Any]]:
    """Accounts and contacts as two ways to look at the same page."""
    return [{"label": label, "url": f"{url}?for={key}", "on": key == here} for key, label in Subject.choices]


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_duplicaterule", raise_exception=True)
def duplicate_rules(request: HttpRequest) -> HttpResponse:
    subject = _subject(request)
    form = RulesForm(request.POST or None, subject=subject, catalogue=RULES[subject], policy=policy_of(subject))

    def save() -> HttpResponse:
        policy = {name: form.cleaned_data[name] for name in POLICY}
        save_rules(subject=subject, rules=form.rules(), policy=policy, version=form.cleaned_data["version"] or 0, by=request.user)
        return redirect_with(request, f"{reverse('crm_core:duplicate_rules')}?for={subject}", _("Saved. The next search uses these rules."))

    context = {"hub": tabs_of(request, SETTINGS), "subject": subject, "subjects": subject_tabs(reverse("crm_core:duplicate_rules"), subject)}
    if request.method == "POST" and form.is_valid() and form.cleaned_data["version"] != form.fields["version"].initial:
        saved = {name: form.fields[name].initial if name.startswith(("on_", "weight_")) else form.initial.get(name) for name in form.fields}
        context["conflict"] = both_versions(form, SimpleNamespace(version=form.fields["version"].initial), saved=saved)
        context["saved_url"] = request.get_full_path()
        form.add_error(None, _("Somebody else changed this in the meantime. Look at both versions, then save again."))
        return render(request, "crm_core/duplicate_rules.html", {"form": form, **context}, status=409)
    return answer_form(request, form, template="crm_core/duplicate_rules.html", feature="crm.duplicate.rules", save=save, context=context)


@require_GET
@permission_required("crm_core.change_duplicaterule", raise_exception=True)
def duplicate_bench(request: HttpRequest) -> HttpResponse:
    """Type two rows, see the points and why; nothing is looked up or kept."""
    subject = _subject(request)
    form = BenchForm(request.GET if "name_a" in request.GET else None)
    context: dict[str, Any] = {"form": form, "subject": subject, "subjects": subject_tabs(reverse("crm_core:duplicate_bench"), subject)}
    if form.is_bound and form.is_valid():
        scorer, facts = Scorer(subject), kind_of(subject).facts
        a, b = facts(Candidate(**form.candidate("a"))), facts(Candidate(**form.candidate("b")))
        score = scorer.score(a, b)
        context |= {
            "score": score,
            "verdict": _verdict(scorer, score.points),
            "reasons": [(label_of(subject, reason.key), reason, round(reason.strength * reason.weight)) for reason in score.reasons],
            "parts": _parts(subject, a, b),
        }
    return render(request, "crm_core/duplicate_bench.html", context)


def _verdict(scorer: Scorer, points: int) -> tuple[str, str]:
    if scorer.is_certain(points):
        return _("Certainly the same"), "bad"
    return (_("Probably the same"), "watch") if scorer.is_probable(points) else (_("Not the same"), "good")


def _parts(subject: str, a: Any, b: Any) -> list[tuple[str, Any, Any]]:
    """How the names were taken apart."""
    if subject == Subject.CONTACT:
        return [(_("Words of the name"), " ".join(a.words), " ".join(b.words)), (_("Sound"), a.sound, b.sound), (_("Phone"), a.phone, b.phone)]
    return [
        (_("Compared as"), a.core, b.core),
        (_("Own word"), a.brand, b.brand),
        (_("Place"), "、".join(sorted(a.places)), "、".join(sorted(b.places))),
        (pgettext("company", "Branch"), a.branch, b.branch),
        (_("Sound"), a.sound, b.sound),
        (_("Phone"), a.phone, b.phone),
    ]


@require_GET
@permission_required("crm_core.view_duplicatecheck", raise_exception=True)
def duplicate_checks(request: HttpRequest) -> HttpResponse:
    """Who asked when, how often and with how many hits; never what."""
    rows = DuplicateCheck.objects.select_related("by")
    return list_response(
        request,
        queryset=rows,
        columns=CHECK_COLUMNS,
        template="crm_core/duplicate_checks.html",
        key="crm.duplicate_checks",
        search=("by__display_name__icontains", "by__username__icontains"),
        order=("-at", "-pk"),
        context={"hub": tabs_of(request, SETTINGS), "curious": person_checks(rows, timezone.now() - timedelta(days=7))[:CURIOUS]},
        drawer=False,
    )
