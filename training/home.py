"""What training puts on a person's home: what to learn next, who is behind, procedures that the suite has overtaken."""

from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.people.models import Department, User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs
from training.models import Procedure, TrainingAssignment

LINES = 3


@needs("training.view_procedure")
def my_learning(user: User, today: date) -> Asking[Card | None]:
    """The procedures to learn next, and where the own manual stands."""
    rows = TrainingAssignment.objects.filter(user=user).open().select_related("procedure").order_by("due_on", "pk")[:LINES]
    yield [rows]
    url = reverse("training:home")
    lines = [
        Line(row.procedure, reverse("training:procedure_detail", args=[row.procedure_id]), day=row.due_on, tone="bad" if row.due_on < today else "")
        for row in rows
    ]
    quiet = "" if lines else _("You have learnt everything that you were asked to.")
    return Card(Question.WAITS, _("Learn next"), url=url, lines=lines, quiet=quiet)


@needs("training.view_progress")
def training_progress(user: User, today: date) -> Asking[Card | None]:
    """How much of what was asked for has been learnt, of the people in view."""
    rows, url = TrainingAssignment.objects.visible_to(user), reverse("training:progress")
    numbers = [counted(one, "procedure") for one in (rows, rows.open(), rows.overdue(today))]
    yield numbers
    asked, still, overdue = (sum(one) for one in numbers)
    figures = [
        count(_("Overdue"), overdue, f"{url}?state=overdue", bad=True),
        Number(_("To be learnt"), still, f"{url}?state=open"),
        Number(_("Learnt"), f"{(asked - still) / asked:.0%}" if asked else "—", f"{url}?state=done", is_share=True),
    ]
    quiet = "" if asked else _("Nobody has been asked to learn anything yet.")
    return Card(Question.DOING, _("Training"), url=url, numbers=figures, quiet=quiet, chart="training_chart" if asked else "")


def training_chart(user: User, today: date) -> dict[str, Any] | None:
    """Learnt and still to be learnt per department, the six with most to do."""
    if not user.has_perm("training.view_progress"):
        return None
    visible = TrainingAssignment.objects.visible_to(user).filter(department__isnull=False)
    asked = dict(visible.order_by().values("department").annotate(number=Count("pk")).values_list("department", "number"))
    still = dict(visible.open().order_by().values("department").annotate(number=Count("pk")).values_list("department", "number"))
    first = sorted(asked, key=lambda pk: (-still.get(pk, 0), pk))[:6]
    names = Department.objects.in_bulk(first)
    return {
        "kind": "stack",
        "horizontal": True,
        "x": _("Department"),
        "categories": [str(names[pk]) for pk in first],
        "series": [
            {"name": _("Learnt"), "values": [asked[pk] - still.get(pk, 0) for pk in first], "tone": "good"},
            {"name": _("To be learnt"), "values": [still.get(pk, 0) for pk in first], "tone": "watch"},
        ],
    }


@needs("training.view_progress")
def overdue_learners(user: User, today: date) -> Asking[Card | None]:
    """Who should have learnt something by now, the longest overdue first."""
    rows = TrainingAssignment.objects.visible_to(user).overdue(today).select_related("user", "procedure").order_by("due_on", "pk")[:LINES]
    yield [rows]
    url = f"{reverse('training:progress')}?state=overdue"
    lines = [Line(f"{row.user}: {row.procedure}", reverse("people:person_detail", args=[row.user_id]), day=row.due_on, tone="bad") for row in rows]
    return Card(Question.RISK, _("Overdue learners"), url=url, lines=lines, quiet="" if lines else _("Nobody is behind."))


@needs("training.change_procedure")
def overtaken_procedures(user: User, today: date) -> Asking[Card | None]:
    """Published procedures whose requirement was rewritten or whose screen is gone since: they teach what is no longer true."""
    rows = Procedure.objects.visible_to(user).overtaken()
    url = f"{reverse('training:procedure_list')}?fits=overtaken"
    overtaken, drafts = counted(rows, "state"), counted(Procedure.objects.visible_to(user).filter(state="draft"), "state")
    first = rows.order_by("code")[:LINES]
    yield [overtaken, drafts, first]
    lines = [Line(row, reverse("training:procedure_detail", args=[row.pk]), side=row.code, tone="watch") for row in first]
    numbers = [
        count(_("Overtaken"), sum(overtaken), url, bad=True),
        count(_("Drafts"), sum(drafts), f"{reverse('training:procedure_list')}?state=draft"),
    ]
    return Card(Question.RISK, _("Procedures to renew"), url=url, numbers=numbers, lines=lines)
