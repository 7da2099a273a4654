"""What the directory puts on an administrator's home: people without a post, sign-in that only a password guards."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.people.filters import without_post, without_second_factor
from foundation.people.models import Department, User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs

LINES = 4


@needs("people.change_user")
def people_without_post(user: User, today: date) -> Asking[Card | None]:
    """Active people who hold no post: they see nothing; in a new company, where to begin."""
    people, url = User.objects.visible_to(user).active(), reverse("people:person_list")
    rows = without_post(people, today)
    active, without, first = counted(people, "is_active"), counted(rows, "is_active"), rows.order_by("name_key", "pk")[:LINES]
    yield [active, without, first]
    if sum(active) <= 1:
        action = (_("Import people"), reverse("people:import_create"))
        return Card(Question.WAITS, _("People"), quiet=_("Nobody is here yet. Create the departments, then import people with their posts."), action=action)
    lines = [Line(row, reverse("people:person_detail", args=[row.pk]), tone="watch") for row in first]
    numbers = [
        count(_("Without a post"), sum(without), f"{url}?lacks=post", watch=True),
        Number(_("Active people"), sum(active), f"{url}?state=active"),
    ]
    return Card(Question.WAITS, _("People"), url=url, numbers=numbers, lines=lines)


@needs("people.change_user")
def sign_in_security(user: User, today: date) -> Asking[Card | None]:
    """Who may change what others see and signs in with a password alone; who never signed in."""
    people, url = User.objects.visible_to(user).active(), reverse("people:person_list")
    single, never = counted(without_second_factor(people), "is_active"), counted(people.filter(last_login__isnull=True), "is_active")
    yield [single, never]
    numbers = [
        count(_("No second factor"), sum(single), f"{url}?lacks=second_factor", watch=True),
        count(_("Never signed in"), sum(never), f"{url}?lacks=sign_in"),
    ]
    return Card(Question.RISK, _("Sign-in"), url=url, numbers=numbers)


@needs("people.change_department")
def organisation(user: User, today: date) -> Asking[Card | None]:
    """The size of the organisation."""
    departments = counted(Department.objects.visible_to(user).open(), "kind")
    yield [departments]
    numbers = [Number(_("Departments"), sum(departments), reverse("people:department_list"), is_share=True)]
    return Card(Question.DOING, _("Organisation"), url=reverse("people:organisation_chart"), numbers=numbers)
