from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.ui.boards import Board, BoardColumn, Card
from requirements_mgmt.models import ConfirmationState, Requirement, RequirementState
from requirements_mgmt.services import CannotEdit, move_requirement
from requirements_mgmt.views.standing import CONFIRMATION_TONES, STATE_TONES, edits, in_rollout, reads, rollout_here, visible_requirement

MOST_CARDS = 40


@require_GET
@reads
@in_rollout
def requirement_board(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    rows = Requirement.objects.visible_to(request.user).filter(rollout=rollout).countable().with_confirmation()
    may_move = request.user.has_perm("requirements_mgmt.change_requirement")
    columns = [_column(state, rows, rollout.pk, may_move=may_move) for state in RequirementState]
    context = {"rollout": rollout, "board": Board(_("Requirements by state"), columns), "view": "board"}
    return render(request, "requirements_mgmt/requirement_board.html", context)


def _column(state: RequirementState, rows, rollout_pk: int, *, may_move: bool) -> BoardColumn:
    mine = rows.filter(state=state).select_related("department", "owner")
    count = mine.count()
    movable = may_move and state in (RequirementState.DRAFT, RequirementState.OPEN)
    cards = [
        Card(
            pk=row.pk,
            title=row.title,
            url=row.get_absolute_url(),
            lines=(f"{row.code} · {row.department} · {row.get_priority_display()}",),
            badge=ConfirmationState(row.confirmation).label,
            tone=CONFIRMATION_TONES[row.confirmation],
            person=row.owner,
            move_url=reverse("requirements_mgmt:requirement_move", args=[row.pk]) if movable else "",
            version=row.version,
        )
        for row in mine[:MOST_CARDS]
    ]
    more = count - len(cards)
    return BoardColumn(
        key=state.value,
        title=str(state.label),
        cards=cards,
        count=count,
        tone=STATE_TONES[state],
        more_url=f"{reverse('requirements_mgmt:requirement_list')}?rollout={rollout_pk}&state={state.value}" if more > 0 else "",
        more_text=_("%(count)s more in the list") % {"count": more} if more > 0 else "",
    )


@require_POST
@edits
def requirement_move(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise CannotEdit(_("The page is out of date. Load it again."))
    moved = move_requirement(requirement=requirement, state=request.POST.get("to", ""), sent_version=int(version), by=request.user, now=timezone.now())
    response = HttpResponse(status=204)
    response.headers["X-Version"] = str(moved.version)
    return response
