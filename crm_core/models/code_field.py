from functools import partialmethod
from typing import Any

from django.db import models

from crm_core.models.book import REGION, book_of


def _display(self: models.Model, field: "CodeField") -> str:
    code = getattr(self, field.attname)
    if not code:
        return ""
    book = book_of(field.dictionary)
    return book.path(code) if field.dictionary == REGION else book.label(code)


class CodeField(models.CharField):
    """Holds the code of a dictionary's entry; text that is no code is kept and shown as it is, never lost."""

    def __init__(self, *args: Any, dictionary: str = "", **kwargs: Any):
        self.dictionary = dictionary
        kwargs.setdefault("max_length", 80)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"dictionary": self.dictionary}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Give the model ``get_<field>_display``, as a field with choices has it."""
        super().contribute_to_class(cls, name, private_only)
        if f"get_{name}_display" not in cls.__dict__:
            setattr(cls, f"get_{name}_display", partialmethod(_display, field=self))
