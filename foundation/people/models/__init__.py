from foundation.people.models.api_token import ApiToken, Connector, TokenScope
from foundation.people.models.department import Department, DepartmentKind
from foundation.people.models.people_import import ImportState, PeopleImport, PeopleImportRow, RowAction
from foundation.people.models.position import Assignment, Delegation, Position
from foundation.people.models.saved_view import SavedView
from foundation.people.models.user import Theme, User

__all__ = [
    "ApiToken",
    "Assignment",
    "Connector",
    "Delegation",
    "Department",
    "DepartmentKind",
    "ImportState",
    "PeopleImport",
    "PeopleImportRow",
    "Position",
    "RowAction",
    "SavedView",
    "Theme",
    "TokenScope",
    "User",
]
