from implementation.models.gate import CriterionAnswer, Gate, GateCriterion, GatePassage, Waiver
from implementation.models.phase import Milestone, Phase, PhaseKind, PhaseState, PlanChange
from implementation.models.register import EntryState, RegisterEntry
from implementation.models.rollout import OPEN_STATES, Goal, Rollout, RolloutState, Wave
from implementation.models.team import PER_DEPARTMENT, TeamMember, TeamRole
from implementation.models.verdict import CheckResult, GateCheck, Status, Verdict, verdict_of

__all__ = [
    "OPEN_STATES",
    "PER_DEPARTMENT",
    "CheckResult",
    "CriterionAnswer",
    "EntryState",
    "Gate",
    "GateCheck",
    "GateCriterion",
    "GatePassage",
    "Goal",
    "Milestone",
    "Phase",
    "PhaseKind",
    "PhaseState",
    "PlanChange",
    "RegisterEntry",
    "Rollout",
    "RolloutState",
    "Status",
    "TeamMember",
    "TeamRole",
    "Verdict",
    "Waiver",
    "Wave",
    "verdict_of",
]
