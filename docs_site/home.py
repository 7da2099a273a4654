"""What documents put on a person's home: signatures that wait and texts in review."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from docs_site.models import ProjectDocument
from docs_site.services import count_waiting
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, counted
from foundation.ui.cards import Card, Line, Number, Question, count, needs

LINES = 3


def waiting_items(user: User) -> Asking[list[dict[str, Any]]]:
    """Documents that wait for the person's signature, the own or one held as deputy."""
    if not user.has_perm("docs_site.sign_document"):
        return []
    rows = ProjectDocument.objects.kept().waiting_for([user.pk, *access_of(user).principals]).order_by("pk")[:20]
    yield [rows]
    return [
        {
            "icon": "signature",
            "title": _("Sign “%(title)s”") % {"title": row.title},
            "url": row.get_absolute_url(),
            "due": None,
            "kind": _("Signature"),
            "tone": "watch",
        }
        for row in rows
    ]


@needs("docs_site.view_document")
def documents(user: User, today: date) -> Asking[Card | None]:
    """Signatures asked of the person, documents in review, and how many are signed."""
    rows, url = ProjectDocument.objects.visible_to(user).filter(archived_at__isnull=True), reverse("docs_site:document_list")
    review = rows.filter(state="in_review")
    reviewed, signed, first = counted(review, "state"), counted(rows.filter(state="signed"), "state"), review.order_by("-updated_at", "pk")[:LINES]
    yield [reviewed, signed, first]
    mine = yield from count_waiting(user)
    lines = [Line(row.title, row.get_absolute_url(), side=row.code) for row in first]
    numbers = [
        count(_("For my signature"), mine, reverse("docs_site:signature_list"), watch=True),
        Number(_("In review"), sum(reviewed), f"{url}?state=in_review"),
        Number(_("Signed"), sum(signed), f"{url}?state=signed"),
    ]
    return Card(Question.WAITS, _("Documents"), url=url, numbers=numbers, lines=lines)
