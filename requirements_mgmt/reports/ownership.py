from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.people.models import User
from foundation.people.services.people import Owned
from requirements_mgmt.models import Requirement, RequirementState


def owned_by(user: User) -> list[Owned]:
    """Requirements for which this person answers; dropped ones need nobody."""
    count = Requirement.objects.filter(owner=user).exclude(state=RequirementState.DROPPED).count()
    return [Owned(_("Requirements"), count, f"{reverse('requirements_mgmt:requirement_list')}?owner={user.pk}")]
