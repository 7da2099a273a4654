"""Models, one file per aggregate."""

from foundation.search.models.document import SearchDocument

__all__ = ["SearchDocument"]
