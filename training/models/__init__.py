from training.models.completion import Completion, StepCompletion, TrainingAssignment
from training.models.procedure import Procedure, ProcedureRole, ProcedureState, ProcedureStep, StepAction

__all__ = ["Completion", "Procedure", "ProcedureRole", "ProcedureState", "ProcedureStep", "StepAction", "StepCompletion", "TrainingAssignment"]
