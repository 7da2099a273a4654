from datetime import date

from django.contrib.auth.decorators import permission_required
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.notices.forms import CalendarDayForm, PreferenceForm
from foundation.notices.kinds import kinds
from foundation.notices.models import CalendarDay, Notice
from foundation.notices.services import add_calendar_day, choose, mark_read, remove_calendar_day, unread_count
from foundation.periods import has_public_data, office_hours, public_calendar, working_calendar
from foundation.reading import answer_of
from foundation.ui.responses import redirect_with

PAGE = 30


@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    kind, number = request.GET.get("kind", ""), request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < len(number) < 6 and int(number) else 1
    notices = Notice.objects.visible_to(request.user).select_related("by", "on_behalf_of")
    used = set(notices.order_by().values_list("kind", flat=True).distinct())
    if kind:
        notices = notices.filter(kind=kind)
    ordered = notices.order_by(Case(When(read_at__isnull=True, then=0), default=1), "-created_at", "-pk")  # unread on top
    rows = list(ordered[(page - 1) * PAGE : page * PAGE + 1])
    context = {
        "notices": rows[:PAGE],
        "page": page,
        "has_more": len(rows) > PAGE,
        "kind": kind,
        "kinds": [known for known in kinds().values() if known.key in used or known.key == kind],
        "unread": answer_of(unread_count(request.user)),
    }
    return render(request, "notices/notice_list.html", context)


def _notice(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)


@require_POST
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    mark_read(notices=Notice.objects.filter(pk=notice.pk), by=request.user, now=timezone.now())
    return HttpResponseRedirect(notice.url or reverse("notices:notice_list"))


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    mark_read(notices=Notice.objects.filter(pk=notice.pk), by=request.user, now=timezone.now())
    return HttpResponseRedirect(reverse("notices:notice_list"))


@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    count = mark_read(notices=Notice.objects.all(), by=request.user, now=timezone.now())
    return redirect_with(request, reverse("notices:notice_list"), _("%(n)s notices marked as read.") % {"n": count})


@require_GET
@never_cache
def notice_count(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/_count.html", {"unread": answer_of(unread_count(request.user))})


@require_http_methods(["GET", "POST"])
def preference_edit(request: HttpRequest) -> HttpResponse:
    form = PreferenceForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        choose(user=request.user, choices=form.choices())
        return redirect_with(request, reverse("notices:preference_edit"), _("Your choice is kept."))
    return render(request, "notices/preference_form.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def calendar_day_list(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and 2000 <= int(asked) <= 2100 else timezone.localdate().year
    public = public_calendar()
    context = {
        "year": year,
        "years": range(year - 1, year + 2),
        "known": has_public_data(year),
        "announcement": public.announcements.get(year, ""),
        "off": _spans({day: name for day, name in public.off.items() if day.year == year}),
        "made_up": sorted(day for day in public.work if day.year == year),
        "own": CalendarDay.objects.filter(day__year=year).select_related("changed_by"),
        "hours": office_hours(),
        "workdays": len(working_calendar().workdays_between(date(year, 1, 1), date(year, 12, 31))),
        "may_change": request.user.has_perm("notices.change_calendarday"),
    }
    return render(request, "notices/calendar_day_list.html", context)


def _spans(days: dict[date, str]) -> list[tuple[date, date, str]]:
    """Consecutive days of one occasion, as first, last and name."""
    found: list[tuple[date, date, str]] = []
    for day in sorted(days):
        if found and found[-1][2] == days[day] and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day, days[day])
        else:
            found.append((day, day, days[day]))
    return found


@require_http_methods(["GET", "POST"])
@permission_required("notices.change_calendarday", raise_exception=True)
def calendar_day_create(request: HttpRequest) -> HttpResponse:
    form = CalendarDayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        day = add_calendar_day(**form.cleaned_data, by=request.user)
        return redirect_with(request, f"{reverse('notices:calendar_day_list')}?year={day.day.year}", _("The day is in the calendar."))
    return render(request, "notices/calendar_day_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@permission_required("notices.change_calendarday", raise_exception=True)
def calendar_day_delete(request: HttpRequest, pk: int) -> HttpResponse:
    day = get_object_or_404(CalendarDay, pk=pk)
    remove_calendar_day(row=day, by=request.user)
    return redirect_with(request, f"{reverse('notices:calendar_day_list')}?year={day.day.year}", _("The public calendar holds for that day again."))
