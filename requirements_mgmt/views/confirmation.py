from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from requirements_mgmt.forms import AskForm, ConfirmForm, ReplyForm
from requirements_mgmt.models import Confirmation, Requirement, Verdict
from requirements_mgmt.reports import changes_of_text, people_of_departments
from requirements_mgmt.services import TextChanged, ask_confirmation, confirm_requirement, reply_to_confirmation, withdraw_confirmation
from requirements_mgmt.views.standing import next_address, picked, reads_asked, visible_requirement

asks = permission_required("requirements_mgmt.ask_confirmation", raise_exception=True)


@require_GET
@reads_asked
def confirmation_list(request: HttpRequest) -> HttpResponse:
    """What waits for me, then what I answered, the outdated first."""
    mine = Confirmation.objects.of(access_of(request.user)).select_related("requirement__department", "person", "asked_by")
    waiting = list(mine.waiting().order_by("asked_at", "pk")[:200])
    answered = [row for row in mine.standing().order_by("-answered_at")[:200] if row.requirement.state != "dropped"]
    asked = {(row.requirement_id, row.person_id) for row in waiting}
    outdated = [row for row in answered if row.is_outdated and (row.requirement_id, row.person_id) not in asked]
    settled = [row for row in answered if row not in outdated]
    return render(request, "requirements_mgmt/confirmation_list.html", {"waiting": waiting, "outdated": outdated, "answered": settled})


@require_http_methods(["GET", "POST"])
@reads_asked
def requirement_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    person = _person(request)
    form = ConfirmForm(request.POST or None, initial={"seen_hash": requirement.content_hash, "person": person.pk})
    if request.method == "GET":
        return _confirm_page(request, requirement, person=person, form=form)
    if not form.is_valid():
        record_invalid(by=request.user, feature="requirements.requirement.confirm", form=form, obj=requirement)
        return _confirm_page(request, requirement, person=person, form=form, status=422)
    data = form.cleaned_data
    try:
        confirm_requirement(
            requirement=requirement,
            verdict=data["verdict"],
            note=data["note"],
            by=request.user,
            person=person,
            seen_hash=data["seen_hash"],
            now=timezone.now(),
        )
    except TextChanged as refusal:
        form.add_error(None, str(refusal))
        form.data = form.data.copy()
        requirement.refresh_from_db()
        form.data["seen_hash"] = requirement.content_hash
        return _confirm_page(request, requirement, person=person, form=form, status=409, seen_hash=data["seen_hash"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _confirm_page(request, requirement, person=person, form=form, status=409)
    return _onwards(request, requirement)


def _person(request: HttpRequest) -> User:
    """For whom the answer counts: oneself, or the absent person named in the address."""
    asked = request.POST.get("person") or request.GET.get("person") or ""
    if asked.isdecimal() and len(asked) < 19 and int(asked) != request.user.pk:
        return get_object_or_404(User, pk=int(asked), pk__in=access_of(request.user).principals)
    return request.user


def _confirm_page(request: HttpRequest, requirement: Requirement, *, person: User, form: ConfirmForm, status: int = 200, seen_hash: str = "") -> HttpResponse:
    rows = Confirmation.objects.filter(requirement=requirement, person=person).exclude(verdict=Verdict.WITHDRAWN)
    last = rows.filter(is_latest=True).first()
    open_row = rows.filter(verdict=Verdict.ASKED).select_related("asked_by").first()
    read = rows.filter(content_hash=seen_hash).first() if seen_hash else None
    before = read or (last if last and last.verdict == Verdict.CONFIRM else None)
    content = requirement.content()
    context: dict[str, Any] = {
        "requirement": requirement,
        "person": person,
        "form": form,
        "content": content,
        "last": last,
        "open_row": open_row,
        "before": before,
        "changes": changes_of_text(before.content, content) if before else [],
        "is_current": bool(last and last.verdict == Verdict.CONFIRM and last.content_hash == requirement.content_hash),
        "left": Confirmation.objects.of(access_of(request.user)).waiting().exclude(requirement=requirement).count(),
    }
    return render(request, "requirements_mgmt/requirement_confirm.html", context, status=status)


def _onwards(request: HttpRequest, requirement: Requirement) -> HttpResponse:
    """After an answer comes the next thing that waits, so that a list of them takes one tap each."""
    said = _("Your answer to %(code)s is kept.") % {"code": requirement.code}
    following = Confirmation.objects.of(access_of(request.user)).waiting().order_by("asked_at", "pk").first()
    if following is None:
        return redirect_with(request, reverse("requirements_mgmt:confirmation_list"), said)
    address = reverse("requirements_mgmt:requirement_confirm", args=[following.requirement_id])
    return redirect_with(request, address if following.person_id == request.user.pk else f"{address}?person={following.person_id}", said)


@require_POST
@asks
def confirmation_ask(request: HttpRequest) -> HttpResponse:
    rows = [row for row in picked(request) if not row.is_heading]
    back = next_address(request, reverse("requirements_mgmt:requirement_list"))
    if not rows:
        return redirect_with(request, back, _("Tick at least one requirement."), tone="watch")
    form = AskForm(request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid():
        now = timezone.now()
        people = list(form.cleaned_data["people"]) + people_of_departments(form.cleaned_data["departments"], role="liaison", today=timezone.localdate())
        try:
            result = ask_confirmation(requirements=rows, people=people, by=request.user, now=now)
            return redirect_with(request, back, _asked_sentence(len(result.asked), result.settled))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    elif form.is_bound:
        record_invalid(by=request.user, feature="requirements.confirmation.ask", form=form)
    return render(request, "requirements_mgmt/confirmation_ask.html", {"form": form, "rows": rows, "back": back}, status=422 if form.errors else 200)


def _asked_sentence(asked: int, settled: int) -> str:
    sentence = ngettext("%(count)s confirmation asked for.", "%(count)s confirmations asked for.", asked) % {"count": asked}
    if settled:
        sentence += " " + _("%(count)s were asked already or confirm this very text.") % {"count": settled}
    return sentence


@require_http_methods(["GET", "POST"])
@asks
def confirmation_reply(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Confirmation.objects.visible_to(request.user).select_related("requirement", "person"), pk=pk)
    form = ReplyForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                reply_to_confirmation(confirmation=row, reply=form.cleaned_data["reply"], by=request.user, now=timezone.now())
                return redirect_with(request, row.requirement.get_absolute_url(), _("%(person)s reads your reply and is asked again.") % {"person": row.person})
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
    return render(request, "requirements_mgmt/confirmation_reply.html", {"form": form, "row": row, "requirement": row.requirement}, status=status)


@require_POST
@asks
def confirmation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Confirmation.objects.visible_to(request.user).select_related("requirement", "person"), pk=pk)
    withdraw_confirmation(confirmation=row, by=request.user, now=timezone.now())
    return redirect_with(request, row.requirement.get_absolute_url(), _("%(person)s is no longer asked.") % {"person": row.person})
