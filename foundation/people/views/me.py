from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.people.forms import DelegationForm, ProfileForm, TokenForm
from foundation.people.models import ApiToken, Assignment, Delegation, User
from foundation.people.person_request import PersonRequest
from foundation.people.services.delegations import CannotDelegate, end_delegation, start_delegation
from foundation.people.services.people import end_sessions
from foundation.people.tokens import issue_token, revoke_token
from foundation.ui.responses import redirect_with


def _context(request: PersonRequest) -> dict[str, Any]:
    user, today = request.user, timezone.localdate()
    authenticators = {row.type: row for row in Authenticator.objects.filter(user=user)}
    return {
        "posts": Assignment.objects.on(today).filter(user=user).select_related("position__department"),
        "totp": authenticators.get(Authenticator.Type.TOTP),
        "codes": authenticators.get(Authenticator.Type.RECOVERY_CODES),
        "sessions": UserSession.objects.filter(user=user).order_by("-last_seen_at"),
        "session_key": request.session.session_key,
        "given": Delegation.objects.filter(principal=user, ends_on__gte=today, ended_early_on__isnull=True).select_related("deputy"),
        "held": Delegation.objects.on(today).filter(deputy=user).select_related("principal"),
        "tokens": ApiToken.objects.in_force(timezone.now()).filter(owner=user),
    }


@require_http_methods(["GET", "POST"])
def me(request: PersonRequest) -> HttpResponse:
    """One's own settings: language, appearance, phone; and the doors to password, second factor, sessions, deputy and tokens."""
    # A copy of the row: an invalid form must not leave its values on the signed-in person.
    person = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        person._history_user = request.user  # type: ignore[attr-defined]
        person.save(update_fields=["language", "theme", "phone", "updated_at"])
        with translation.override(person.language):
            return redirect_with(request, reverse("people:me"), _("Saved."))
    return render(request, "people/me.html", {"form": form, **_context(request)}, status=422 if form.errors else 200)


@require_GET
def delegation_list(request: PersonRequest) -> HttpResponse:
    """Whom one named as deputy and for whom one stands in, now, later and before."""
    rows = Delegation.objects.visible_to(request.user)
    today = timezone.localdate()
    context = {
        "given": [(row, row.is_on(today)) for row in rows.filter(principal=request.user).select_related("deputy")[:100]],
        "held": [(row, row.is_on(today)) for row in rows.filter(deputy=request.user).select_related("principal")[:100]],
        "today": today,
    }
    return render(request, "people/delegation_list.html", context)


@require_http_methods(["GET", "POST"])
def delegation_create(request: PersonRequest) -> HttpResponse:
    principal = request.user
    wanted = request.GET.get("person", "")
    if wanted and request.user.has_perm("people.change_delegation"):
        principal = get_object_or_404(User.objects.visible_to(request.user).active(), pk=wanted if wanted.isdecimal() else 0)
    form = DelegationForm(request.POST or None, user=request.user, principal=principal)
    if request.method == "POST" and form.is_valid():
        try:
            start_delegation(principal=principal, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        except CannotDelegate as error:
            form.add_error(None, str(error))
        else:
            target = reverse("people:delegation_list") if principal == request.user else reverse("people:person_detail", args=[principal.pk])
            return redirect_with(request, target, _("The deputy is named."))
    return render(request, "people/delegation_form.html", {"form": form, "principal": principal}, status=422 if form.errors else 200)


@require_POST
def delegation_end(request: PersonRequest, pk: int) -> HttpResponse:
    """The absent person, the deputy or an administrator may end a delegation early."""
    delegation = get_object_or_404(Delegation.objects.visible_to(request.user), pk=pk)
    end_delegation(delegation=delegation, by=request.user, today=timezone.localdate())
    return redirect_with(request, reverse("people:delegation_list"), _("The delegation has ended."))


@require_POST
def session_end(request: PersonRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    session.end()
    return redirect_with(request, reverse("people:me"), _("The session has ended."))


@require_POST
def sessions_end(request: PersonRequest) -> HttpResponse:
    end_sessions(person=request.user, keep=request.session.session_key)
    return redirect_with(request, reverse("people:me"), _("You are signed out everywhere else."))


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
def token_create(request: PersonRequest) -> HttpResponse:
    """The token is shown in the answer to this request and never again."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            with transaction.atomic():
                token, secret = issue_token(owner=request.user, expires_at=now + form.lifetime(), now=now, **form.facts())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return render(request, "people/token_created.html", {"token": token, "secret": secret}, status=201)
    return render(request, "people/token_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.filter(owner=request.user), pk=pk)
    revoke_token(token=token, now=timezone.now())
    return redirect_with(request, reverse("people:me"), _("The token is worthless now."))
