import django_filters
from django.contrib.auth.decorators import permission_required
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Assignment, Department, User
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from training.forms import AssignForm
from training.models import Completion, Procedure, ProcedureState, TrainingAssignment
from training.services.completion import advance_completion, assign_procedure, start_procedure


@require_GET
@permission_required("training.view_procedure", raise_exception=True)
def home(request: HttpRequest) -> HttpResponse:
    """My learning: what is due, what I have begun, what I can do already."""
    today = timezone.localdate()
    mine = {row.procedure_id: row for row in TrainingAssignment.objects.filter(user=request.user)}
    done = {row.procedure_id: row for row in Completion.objects.filter(user=request.user).current()}
    begun = set(
        Completion.objects.filter(user=request.user, fingerprint=F("procedure__fingerprint"), completed_at__isnull=True).values_list("procedure_id", flat=True)
    )
    procedures = Procedure.objects.filter(pk__in=mine) | Procedure.objects.for_roles(access_of(request.user).role_keys)
    rows = []
    for procedure in procedures.filter(state=ProcedureState.PUBLISHED).distinct().order_by("code"):
        task, completion = mine.get(procedure.pk), done.get(procedure.pk)
        if completion:
            state, tone = gettext("Done"), "good"
        elif task and task.due_on < today:
            state, tone = gettext("Overdue"), "bad"
        elif procedure.pk in begun:
            state, tone = gettext("Begun"), "info"
        else:
            state, tone = gettext("Not begun"), "watch" if task else "neutral"
        rows.append({"procedure": procedure, "due": task.due_on if task else None, "completion": completion, "state": state, "tone": tone})
    rows.sort(key=lambda row: (row["completion"] is not None, row["due"] is None, row["due"] or today))
    context = {
        "rows": rows,
        "open": sum(1 for row in rows if row["due"] and not row["completion"]),
        "overdue": sum(1 for row in rows if row["tone"] == "bad"),
        "done": sum(1 for row in rows if row["completion"]),
        "all": len(rows),
    }
    return render(request, "training/home.html", context)


@require_POST
@permission_required("training.view_procedure", raise_exception=True)
def procedure_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin: from now on the events count."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), pk=pk)
    url = reverse("training:procedure_detail", args=[pk])
    try:
        start_procedure(procedure=procedure, by=request.user, now=timezone.now())
    except Refused as error:
        return redirect_with(request, url, str(error), tone="watch")
    return redirect_with(request, url, _("Begun. Do the steps in the CRM; they are ticked off here as you do them."))


@require_POST
@permission_required("training.view_procedure", raise_exception=True)
def procedure_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at what has arrived since the start, and write it down."""
    completion = get_object_or_404(
        Completion.objects.filter(user=request.user).select_related("procedure"), procedure=pk, fingerprint__exact=_fingerprint(request, pk)
    )
    done = advance_completion(completion=completion, now=timezone.now())
    url = reverse("training:procedure_detail", args=[pk])
    if done:
        return redirect_with(request, url, _("Completed: every step has been seen."))
    return redirect_with(request, url, _("Not every step has been seen yet."), tone="info")


def _fingerprint(request: HttpRequest, pk: int) -> str:
    return get_object_or_404(Procedure.objects.visible_to(request.user), pk=pk).fingerprint


def _people(procedure: Procedure, department, day) -> list[User]:
    """Everybody whose role the procedure is for, in a department and below."""
    rows = Assignment.objects.on(day).filter(
        position__role__in=procedure.procedure_roles.values("role"), position__department__path__startswith=department.path, user__is_active=True
    )
    return list(User.objects.filter(pk__in=rows.values("user_id")))


@require_http_methods(["GET", "POST"])
@permission_required("training.assign_procedure", raise_exception=True)
def procedure_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask people to learn the procedure by a day."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), pk=pk)
    form = AssignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        today = timezone.localdate()
        people = set(form.cleaned_data["people"])
        if department := form.cleaned_data["department"]:
            people |= set(_people(procedure, department, today))
        try:
            count = assign_procedure(
                procedure=procedure, users=sorted(people, key=lambda user: user.pk), due_on=form.cleaned_data["due_on"], by=request.user, today=today
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(
                request, reverse("training:procedure_detail", args=[pk]), gettext("%(count)s people are asked to learn it.") % {"count": count}
            )
    return render(request, "training/assign_form.html", {"form": form, "procedure": procedure}, status=400 if form.errors else 200)


def _state(row: TrainingAssignment) -> str:
    if row.is_done:
        return gettext("Done")
    return gettext("Overdue") if row.due_on < timezone.localdate() else pgettext("procedure", "Open")


def _state_tone(row: TrainingAssignment) -> str:
    if row.is_done:
        return "good"
    return "bad" if row.due_on < timezone.localdate() else "watch"


PROGRESS = [
    Column("user", _("Learner"), sort="user__name_key", kind="person"),
    Column("department", _("Department"), sort="department__path"),
    Column(
        "procedure",
        _("Procedure"),
        sort="procedure__code",
        kind="link",
        url=lambda row: reverse("training:procedure_detail", args=[row.procedure_id]),
        phone=True,
    ),
    Column("due_on", _("Due"), sort="due_on", kind="date", phone=True),
    Column("state", _("State"), value=_state, kind="badge", tone=_state_tone, phone=True),
    Column("assigned_by", _("Assigned by"), sort="assigned_by__name_key", kind="person", default=False),
]


class ProgressFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[("open", _("To be learnt")), ("overdue", _("Overdue")), ("done", _("Done"))], method="by_state"
    )
    department = django_filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.open(), method="by_department")

    class Meta:
        model = TrainingAssignment
        fields: list[str] = []

    def by_state(self, queryset, name, value):
        if value == "overdue":
            return queryset.overdue(timezone.localdate())
        return queryset.filter(is_done=value == "done")

    def by_department(self, queryset, name, value):
        return queryset.filter(department__path__startswith=value.path)


@require_GET
@permission_required("training.view_progress", raise_exception=True)
def progress(request: HttpRequest) -> HttpResponse:
    """Who has learnt what, of the people in view."""
    done = Completion.objects.filter(
        user=OuterRef("user"), procedure=OuterRef("procedure"), fingerprint=OuterRef("procedure__fingerprint"), completed_at__isnull=False
    )
    visible = TrainingAssignment.objects.visible_to(request.user).annotate(is_done=Exists(done))
    today = timezone.localdate()
    finished = visible.filter(is_done=True).count()
    context = {"all": visible.count(), "finished": finished, "overdue": visible.filter(is_done=False, due_on__lt=today).count()}
    return list_response(
        request,
        queryset=visible.select_related("user", "department", "procedure", "assigned_by"),
        columns=PROGRESS,
        template="training/progress.html",
        key="training.progress",
        filterset=ProgressFilter,
        search=("user__display_name__icontains", "procedure__title__icontains", "procedure__code__icontains"),
        order=("due_on", "pk"),
        context=context,
        export_permission="training.view_progress",
        drawer=False,
    )
