"""The first migration of an app in one stroke.

Django draws every model that is related to a changed one anew after each single operation of a migration, and nearly every model of ours is
related to the user: for 250 models that took most of a first start (160 s of CPU, 25 s in one stroke). Later migrations, of a few operations
each, need nothing of this.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """Creates the tables of a whole app as they stand after all the given operations.

    The operations are those that ``makemigrations`` wrote for a first migration: models, and the fields, indexes and constraints that are added
    to these same models. Each table is created once, with everything that the list gives it.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """For the writer of migrations."""
        return type(self).__qualname__, [], {"operations": self.operations}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """All operations, with the drawn models put aside: they are drawn once, when somebody asks for them."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """One table per model, in its final shape."""
        for operation in self.operations:
            if isinstance(operation, CreateModel):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The tables again, the last first."""
        for operation in reversed(self.operations):
            if isinstance(operation, CreateModel):
                operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """For ``migrate --plan``."""
        return f"Create {sum(isinstance(operation, CreateModel) for operation in self.operations)} models"
