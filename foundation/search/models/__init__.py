"""Models, one file per aggregate."""

from foundation.search.models.document import SearchDocument
from foundation.search.models.word import SearchWord

__all__ = ["SearchDocument", "SearchWord"]
