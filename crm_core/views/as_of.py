"""Looking back: one account, or the counts of all, at the end of a past day."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm_core.as_of import first_day, held_below, snapshot_of, tallies
from crm_core.forms import AccountForm
from crm_core.models import COUNTERPARTS, Account, RelationKind
from crm_core.models.book import book_of
from crm_core.veils import veiled_fields
from crm_core.views.billing_facts import facts_of_profile
from crm_core.views.facts import fact_sections, facts_of
from foundation.people.models import Department


def day_asked(request: HttpRequest) -> tuple[date | None, str]:
    """The past day in the address, or none and what is wrong with it; an empty one asks for the chooser only."""
    text = request.GET.get("as_of", "").strip()
    if not text:
        return None, ""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or day.year < 1900 or day.year > 9998:
        return None, _("“%(text)s” is not a day. Write it as 2026-04-03.") % {"text": text[:40]}
    if day > timezone.localdate():
        return None, _("%(day)s lies ahead: nobody knows yet how things will stand then.") % {"day": day.isoformat()}
    return day, ""


def account_as_of(request: HttpRequest, account: Account) -> HttpResponse:
    """The account page at the end of a past day; without a day the chooser."""
    day, problem = day_asked(request)
    context: dict[str, Any] = {"account": account, "day": day, "problem": problem, "today": timezone.localdate()}
    if day is None:
        return render(request, "crm_core/account_as_of.html", context, status=400 if problem else 200)
    seen = snapshot_of(account, day=day, by=request.user)
    context["seen"] = seen
    if seen.account is not None:
        then = seen.account
        sections = fact_sections(then, by=request.user)
        for section in sections:
            section["facts"] = [replace(fact, url="", reveal="") for fact in section["facts"]]
        for profile in seen.profiles:
            profile.facts = [replace(fact, reveal="") for fact in facts_of_profile(profile, request.user, veiled_fields(profile, request.user))]
        for row in seen.relations:
            row.word = COUNTERPARTS[RelationKind(row.kind)] if row.is_back else RelationKind(row.kind).label
        context |= {
            "then": then,
            "facts": [replace(fact, url="", reveal="") for fact in facts_of(then, AccountForm, by=request.user)],
            "fact_sections": sections,
        }
    return render(request, "crm_core/account_as_of.html", context)


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_list_as_of(request: HttpRequest) -> HttpResponse:
    """How many accounts there were at the end of a day, by owner, department and level; of all, or of what one department owned then."""
    day, problem = day_asked(request)
    departments = list(Department.objects.visible_to(request.user).order_by("path"))
    department = next((row for row in departments if str(row.pk) == request.GET.get("department")), None)
    context: dict[str, Any] = {"day": day, "problem": problem, "today": timezone.localdate(), "departments": departments, "department": department}
    if day is None:
        return render(request, "crm_core/account_list_as_of.html", context, status=400 if problem else 200)
    book, rows = book_of("level"), Account.objects.visible_to(request.user)
    if department is not None:
        rows = rows.filter(pk__in=held_below(department, day))
    found = tallies(rows, day=day, level_name=lambda code: book.label(code) if code else _("without a level"))
    return render(
        request, "crm_core/account_list_as_of.html", context | {"found": found, "first": None if found["total"] or found.get("is_crowded") else first_day()}
    )
