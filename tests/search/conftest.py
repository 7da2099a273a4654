import pytest

from docs_site.models import ProjectDocument
from foundation.search.services import index


@pytest.fixture
def sources(settings):
    """Project documents as the one searched kind: their rows follow owner and department."""
    settings.SEARCH_SOURCES = [{"model": "docs_site.ProjectDocument", "label": "Documents"}]
    return settings.SEARCH_SOURCES


@pytest.fixture
def paper(world, sources):
    """Makes an indexed project document."""
    made = []

    def make(title, *, body="", owner=None, department=None, code=None, **more):
        row = ProjectDocument.objects.create(
            code=code or f"SRCH-{len(made)}", title=title[:200], owner=owner or world.outsider, department=department or world.far, **more
        )
        index(row, title=title, body=body, codes=[row.code], owner=row.owner, department=row.department)
        made.append(row)
        return row

    return make
