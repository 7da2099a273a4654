from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.people.forms import ConnectorForm, TokenForm
from foundation.people.models import ApiToken, Connector
from foundation.people.person_request import PersonRequest
from foundation.people.services.connectors import close_connector, open_connector
from foundation.people.tokens import issue_token, revoke_token
from foundation.ui.responses import redirect_with


@require_GET
@permission_required("people.change_connector", raise_exception=True)
def connector_list(request: PersonRequest) -> HttpResponse:
    now = timezone.now()
    rows = Connector.objects.select_related("owner", "identity", "position__department").order_by("closed_at", "name")[:200]
    live = ApiToken.objects.in_force(now).filter(connector__in=[row.pk for row in rows])
    tokens: dict[int | None, list[ApiToken]] = {}
    for token in live:
        tokens.setdefault(token.connector_id, []).append(token)
    return render(request, "people/connector_list.html", {"rows": [(row, tokens.get(row.pk, [])) for row in rows]})


@require_http_methods(["GET", "POST"])
@permission_required("people.change_connector", raise_exception=True)
def connector_create(request: PersonRequest) -> HttpResponse:
    form = ConnectorForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            open_connector(by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:connector_list"), _("The connector is there. Make a token for it."))
    return render(request, "people/connector_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@permission_required("people.change_connector", raise_exception=True)
def connector_close(request: PersonRequest, pk: int) -> HttpResponse:
    close_connector(connector=get_object_or_404(Connector, pk=pk), by=request.user, now=timezone.now())
    return redirect_with(request, reverse("people:connector_list"), _("The connector is closed, its tokens are worthless."))


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
@permission_required("people.change_connector", raise_exception=True)
def connector_token_create(request: PersonRequest, pk: int) -> HttpResponse:
    """The token is shown in the answer to this request and never again."""
    connector = get_object_or_404(Connector.objects.filter(closed_at__isnull=True).select_related("identity"), pk=pk)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            with transaction.atomic():
                token, secret = issue_token(owner=connector.identity, connector=connector, expires_at=now + form.lifetime(), now=now, **form.facts())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            context = {"token": token, "secret": secret, "back": reverse("people:connector_list")}
            return render(request, "people/token_created.html", context, status=201)
    return render(request, "people/token_form.html", {"form": form, "connector": connector}, status=422 if form.errors else 200)


@require_POST
@permission_required("people.change_connector", raise_exception=True)
def connector_token_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    revoke_token(token=get_object_or_404(ApiToken, pk=pk, connector__isnull=False), now=timezone.now())
    return redirect_with(request, reverse("people:connector_list"), _("The token is worthless now."))
