from requirements_mgmt.models.change_request import ChangeRequest, ChangeRequestState
from requirements_mgmt.models.confirmation import Confirmation, ConfirmationState, Verdict
from requirements_mgmt.models.data_object import DataObject
from requirements_mgmt.models.flow_finding import AcceptanceEnd, FindingAcceptance, FindingKind, FlowCheck, FlowFinding
from requirements_mgmt.models.remark import RequirementAttachment, RequirementComment
from requirements_mgmt.models.requirement import Level, Priority, Requirement, RequirementState, SourceKind, code_key
from requirements_mgmt.models.requirement_import import ImportKind, ImportState, ImportVerdict, RequirementImport, RequirementImportRow
from requirements_mgmt.models.system import Interface, InterfaceState, System
from requirements_mgmt.models.trace import Trace, TraceKind

__all__ = [
    "AcceptanceEnd",
    "ChangeRequest",
    "ChangeRequestState",
    "Confirmation",
    "ConfirmationState",
    "DataObject",
    "FindingAcceptance",
    "FindingKind",
    "FlowCheck",
    "FlowFinding",
    "ImportKind",
    "ImportState",
    "ImportVerdict",
    "Interface",
    "InterfaceState",
    "Level",
    "Priority",
    "Requirement",
    "RequirementAttachment",
    "RequirementComment",
    "RequirementImport",
    "RequirementImportRow",
    "RequirementState",
    "SourceKind",
    "System",
    "Trace",
    "TraceKind",
    "Verdict",
    "code_key",
]
