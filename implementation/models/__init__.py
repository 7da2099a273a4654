from implementation.models.evaluation import CriterionReading, GateReading, known_checks, read_gate, readings_of
from implementation.models.gate import CriterionAnswer, Gate, GateCriterion, GatePassage, Waiver
from implementation.models.phase import Milestone, Phase, PhaseKind, PhaseState, PlanChange
from implementation.models.register import EntryState, RegisterEntry
from implementation.models.rollout import OPEN_STATES, Goal, Rollout, RolloutState, Wave
from implementation.models.team import NEEDED_ROLES, PER_DEPARTMENT, TeamMember, TeamRole, Vacancy, overloaded, overloads, uncovered, vacancies
from implementation.models.verdict import CheckResult, GateCheck, Status, Verdict, verdict_of

__all__ = [
    "NEEDED_ROLES",
    "OPEN_STATES",
    "PER_DEPARTMENT",
    "CheckResult",
    "CriterionAnswer",
    "CriterionReading",
    "EntryState",
    "Gate",
    "GateCheck",
    "GateCriterion",
    "GatePassage",
    "GateReading",
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
    "Vacancy",
    "Verdict",
    "Waiver",
    "Wave",
    "known_checks",
    "overloaded",
    "overloads",
    "read_gate",
    "readings_of",
    "uncovered",
    "vacancies",
    "verdict_of",
]
