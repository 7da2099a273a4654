from foundation.people.models.department import Department
from foundation.people.models.position import Assignment, Delegation, Position
from foundation.people.models.saved_view import SavedView
from foundation.people.models.user import User

__all__ = ["Assignment", "Delegation", "Department", "Position", "SavedView", "User"]
