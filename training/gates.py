"""What training counts at a gate."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.reading import Asking, counted
from implementation.gates import departments_below
from implementation.models import CheckResult, GateCheck, Phase, Status
from training.models import ProcedureState, TrainingAssignment

# The share that must be trained, and the share below which it is more than a risk.
TARGET, FLOOR = 90, 75


def people_trained(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """Most of what people of the phase's departments were asked to learn is done, as the procedures stand today."""
    asked = TrainingAssignment.objects.filter(department__in=departments_below(phase), user__is_active=True, procedure__state=ProcedureState.PUBLISHED)
    numbers, unlearnt = counted(asked, "procedure"), counted(asked.open(), "procedure")
    yield [numbers, unlearnt]
    total, still_open = sum(numbers), sum(unlearnt)
    if not total:
        return CheckResult(Status.NOT_MET, _("Nobody has been asked to learn anything yet"), value=[0, 0])
    share = 100 * (total - still_open) // total
    sentence = _("%(done)s of %(all)s asked trainings are completed (%(share)s %%).") % {"done": total - still_open, "all": total, "share": share}
    target = parameters.get("percent", TARGET)
    status = Status.MET if share >= target else Status.RISK if share >= min(FLOOR, target) else Status.NOT_MET
    rows = [] if status == Status.MET else [(_("Training progress"), reverse("training:progress"))]
    return CheckResult(status, sentence, value=[total - still_open, total], rows=rows)


CHECKS = (GateCheck("training.people_trained", gettext_lazy("People are trained"), people_trained),)
