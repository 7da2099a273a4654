from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.people.models import User
from foundation.people.services.people import Owned
from implementation.models import OPEN_STATES, RegisterEntry, Rollout


def owned_by(user: User) -> list[Owned]:
    """Rollouts that this person sponsors or manages, and documents still owed, in rollouts that are not over."""
    rollouts = Rollout.objects.open().filter(Q(sponsor=user) | Q(project_manager=user)).count()
    owed = RegisterEntry.objects.filter(owed_by=user, rollout__state__in=OPEN_STATES).unsigned().count()
    address = reverse("implementation:rollout_list")
    return [Owned(_("Rollouts"), rollouts, address), Owned(_("Owed documents"), owed, address)]
