"""The component gallery for developers: every page pattern and component in every state, over rows of people and made-up figures."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_filters import ChoiceFilter, FilterSet, MultipleChoiceFilter

from foundation.integrity import Refused
from foundation.people.models import User
from foundation.people.models.user import Theme
from foundation.ui.addresses import row_address
from foundation.ui.boards import Board, BoardColumn, Card
from foundation.ui.lists import Bulk, Column, list_response
from foundation.ui.responses import redirect_with, toast

may_look = permission_required("ui.view_gallery", raise_exception=True)
TONES = ("good", "watch", "bad", "info", "neutral")


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label=_("Name of the account"), max_length=60, help_text=_("As on the business licence."))
    level = forms.ChoiceField(
        label=pgettext_lazy("account", "Level"), choices=[("", "—"), ("a", _("Key account")), ("b", pgettext_lazy("account", "Standard"))], required=False
    )
    owner = forms.ModelChoiceField(User.objects.order_by("name_key"), label=_("Owner"), required=False, widget=forms.Select(attrs={"data-select": ""}))
    due = forms.DateField(label=_("Due on"), required=False, widget=forms.DateInput())
    amount = forms.DecimalField(label=_("Amount"), required=False, min_value=0, help_text=_("In yuan, without tax."))
    statement = forms.CharField(label=_("What shall be possible"), widget=forms.Textarea, required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=[("must", _("Must")), ("should", _("Should")), ("could", _("Could"))], widget=forms.RadioSelect)
    days = forms.MultipleChoiceField(
        label=_("On which days"), choices=[("1", _("Monday")), ("2", _("Tuesday"))], widget=forms.CheckboxSelectMultiple, required=False
    )
    remind = forms.BooleanField(label=_("Remind me the day before"), required=False)
    file = forms.FileField(label=_("Attachment"), required=False)


class SampleFilter(FilterSet):
    """Filters as chips."""

    language = ChoiceFilter(label=_("Language"), choices=[("en", "English"), ("zh-hans", "简体中文")])
    theme = MultipleChoiceFilter(label=_("Appearance"), choices=Theme.choices)

    class Meta:
        model = User
        fields: list[str] = []


COLUMNS = (
    Column("display_name", _("Name"), kind="link", sort="name_key", url=row_address("ui:gallery_record"), phone=True),
    Column("email", _("E-mail"), sort="email", phone=True),
    Column("language", _("Language"), value="get_language_display", kind="badge", tone=lambda row: "info" if row.language == "en" else "good", phone=True),
    Column("pk", _("Number"), kind="number", sort="pk"),
    Column("last_login", _("Last seen"), kind="datetime", sort="last_login"),
    Column("person", _("Person"), value=lambda row: row, kind="person"),
    Column("theme", _("Appearance"), value="get_theme_display", default=False),
)


def _jobs() -> list[SimpleNamespace]:
    """Jobs in every state, none of them real."""
    base = {"message": "", "done": 0, "total": 0, "percent": None, "is_open": False, "url": "", "tone": "neutral"}
    return [
        SimpleNamespace(
            **{**base, "pk": "waiting", "title": _("Import of 2,000 accounts"), "state": "queued", "get_state_display": pgettext_lazy("job", "Waiting")}
        ),
        SimpleNamespace(
            **{
                **base,
                "pk": "done",
                "title": _("Import of 2,000 accounts"),
                "state": "done",
                "get_state_display": _("Done"),
                "tone": "good",
                "percent": 100,
                "done": 2000,
                "total": 2000,
                "url": "#",
            }
        ),
        SimpleNamespace(
            **{
                **base,
                "pk": "failed",
                "title": _("Nightly figures"),
                "state": "failed",
                "get_state_display": _("Refused"),
                "tone": "bad",
                "percent": 40,
                "message": _("The file changed while it was read."),
            }
        ),
    ]


def _timeline(user: Any) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "at": now - timedelta(minutes=4),
            "who": str(user),
            "icon": "phone",
            "title": _("called the buyer"),
            "body": _("They want the offer by Friday.\nTwo plants, one contract."),
        },
        {
            "at": now - timedelta(hours=20),
            "who": str(user),
            "icon": "check",
            "title": _("confirmed the requirement"),
            "url": "#",
            "tone": "good",
            "badge": _("Confirmed"),
        },
        {"at": now - timedelta(days=400), "who": "", "icon": "file-import", "title": _("Imported from a spreadsheet")},
    ]


@require_GET
@may_look
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state, once light and once dark."""
    now = timezone.now()
    context = {
        "sheets": [
            {
                "theme": theme,
                "form": SampleForm(prefix=theme),
                "bad_form": SampleForm({f"{theme}-bad-due": "soon", f"{theme}-bad-amount": "-3"}, prefix=f"{theme}-bad"),
            }
            for theme in ("light", "dark")
        ],
        "tones": TONES,
        "moments": [now, now - timedelta(minutes=7), now - timedelta(hours=5), now - timedelta(days=1), now - timedelta(days=12), now - timedelta(days=500)],
        "days": [timezone.localdate() + timedelta(days=day) for day in (-1, 0, 1, 30)],
        "people": User.objects.order_by("pk")[:4],
        "jobs": _jobs(),
        "timeline": _timeline(request.user),
        "icons": [
            "home",
            "building",
            "route",
            "files",
            "list-check",
            "book",
            "message-report",
            "chart-line",
            "users",
            "signature",
            "target-arrow",
            "alert-triangle",
        ],
    }
    return render(request, "ui/gallery/gallery.html", context)


@require_GET
@may_look
def gallery_list(request: HttpRequest) -> HttpResponseBase:
    bulk = (
        Bulk(_("Say hello"), reverse("ui:gallery_toast"), icon="hand-stop"),
        Bulk(_("Remove"), reverse("ui:gallery_toast"), icon="trash", question=_("Remove the ticked rows?"), tone="bad"),
    )
    queryset = User.objects.none() if "nothing" in request.GET else User.objects.all()
    return list_response(
        request,
        queryset=queryset,
        columns=COLUMNS,
        template="ui/gallery/list.html",
        key="ui.gallery",
        filterset=SampleFilter,
        search=("display_name__icontains", "email__icontains", "username__icontains"),
        order=("name_key",),
        export_permission="ui.view_gallery",
        bulk=bulk,
        page_size=25,
    )


@require_GET
@may_look
def gallery_record(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "ui/gallery/record.html", {"person_row": get_object_or_404(User, pk=pk), "timeline": _timeline(request.user)})


@require_GET
@may_look
def gallery_board(request: HttpRequest) -> HttpResponse:
    names = (gettext("Lead"), gettext("Offer"), gettext("Won"))
    tones = ("", "", "good")
    columns = []
    for at, name in enumerate(names):
        cards = [
            Card(
                pk=at * 10 + n,
                title=gettext("Order %(number)s") % {"number": at * 10 + n},
                url=reverse("ui:gallery_record", args=[request.user.pk]),
                lines=(gettext("Huadong Textile Group"),),
                amount="¥120,000",
                person=request.user,
                badge=gettext("Overdue") if n == 1 else "",
                tone="bad",
                move_url=reverse("ui:gallery_move", args=[at * 10 + n]),
                version=1,
            )
            for n in range(1, 4)
        ]
        columns.append(BoardColumn(key=f"c{at}", title=name, cards=cards, count=3, total="¥360,000", tone=tones[at]))
    return render(request, "ui/gallery/board.html", {"board": Board(label=gettext("Orders by stage"), columns=columns)})


class CannotMove(Refused):
    """A card does not go where it was put."""


@require_POST
@may_look
def gallery_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Every move works but the one into the last column, so that the roll-back can be seen."""
    if request.POST.get("to") == "c2":
        raise CannotMove(gettext("An order is won only after its contract is signed."))
    return JsonResponse({"version": int(request.POST.get("version") or 1) + 1, "columns": {request.POST.get("to", ""): {"total": "¥480,000"}}})


@require_http_methods(["GET", "POST"])
@may_look
def gallery_form(request: HttpRequest) -> HttpResponse:
    form = SampleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return redirect_with(request, reverse("ui:gallery_form"), gettext("Everything was filled in; nothing is kept here."))
    return render(request, "ui/gallery/form.html", {"form": form}, status=200 if request.method == "GET" else 422)


@require_GET
@may_look
def gallery_home(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/gallery/home.html", {"timeline": _timeline(request.user)})


@require_GET
@may_look
def gallery_chart(request: HttpRequest, kind: str) -> JsonResponse:
    weeks = [gettext("Week %(number)s") % {"number": n} for n in range(1, 11)]
    data: dict[str, Any] = {"x": gettext("Week"), "categories": weeks, "kind": kind, "unit": "%"}
    data["series"] = [
        {"name": gettext("Sales"), "values": [22, 31, 38, 47, 52, 58, 63, 70, 72, 76]},
        {"name": gettext("Service"), "values": [12, 19, 22, 30, 41, 44, 49, 50, 57, 61]},
        {"name": gettext("Finance"), "values": [5, 6, 9, 14, 20, 22, None, 31, 33, 35]},
    ]
    if kind == "bar":
        data |= {
            "unit": "",
            "categories": [gettext("Question"), gettext("Defect"), gettext("Special need")],
            "series": [{"name": gettext("Reports"), "values": [48, 21, 9]}],
            "x": gettext("Kind"),
        }
    if kind == "empty":
        data |= {"categories": [], "series": []}
    return JsonResponse(data)


@require_GET
@may_look
def gallery_job(request: HttpRequest) -> HttpResponse:
    """A bar that moves by itself: each look brings it 20 points further, held in the session."""
    done = 0 if "start" in request.GET else min(100, request.session.get("gallery_job", 0) + 20)
    request.session["gallery_job"] = done
    return render(request, "ui/gallery/_job.html", {"done": done})


@require_POST
@may_look
def gallery_toast(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", None):
        return toast(request, gettext("Saved."), request.POST.get("tone", "good"))
    count = len(request.POST.getlist("pk"))
    return redirect_with(request, reverse("ui:gallery_list"), gettext("%(count)s rows were ticked.") % {"count": count}, request.POST.get("tone", "good"))


@require_POST
@may_look
def gallery_refuse(request: HttpRequest) -> HttpResponse:
    raise CannotMove(gettext("The gate is not ready: two criteria are not met."))
