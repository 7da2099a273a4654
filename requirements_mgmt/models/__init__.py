from requirements_mgmt.models.change_request import ChangeRequest, ChangeRequestState
from requirements_mgmt.models.confirmation import Confirmation, ConfirmationState, Verdict
from requirements_mgmt.models.data_object import DataObject
from requirements_mgmt.models.remark import RequirementAttachment, RequirementComment
from requirements_mgmt.models.requirement import Level, Priority, Requirement, RequirementState, SourceKind, code_key
from requirements_mgmt.models.requirement_import import ImportKind, ImportState, ImportVerdict, RequirementImport, RequirementImportRow
from requirements_mgmt.models.trace import Trace, TraceKind

__all__ = [
    "ChangeRequest",
    "ChangeRequestState",
    "Confirmation",
    "ConfirmationState",
    "DataObject",
    "ImportKind",
    "ImportState",
    "ImportVerdict",
    "Level",
    "Priority",
    "Requirement",
    "RequirementAttachment",
    "RequirementComment",
    "RequirementImport",
    "RequirementImportRow",
    "RequirementState",
    "SourceKind",
    "Trace",
    "TraceKind",
    "Verdict",
    "code_key",
]
