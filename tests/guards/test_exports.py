"""Every file that a page hands out is recorded as taken, once, under the feature of the list or page."""

from django.urls import reverse

from foundation.usage.models import UsageEvent
from tests.guards.routes import routes

# Downloads that are nobody's use, and why.
UNRECORDED = {"ui:gallery_list": "made-up rows of the developers' gallery"}
LISTS = [route for route in routes() if route.is_ours and not route.parameters]


def taken(client, names):
    """What these lists answer to ``?export=csv``: the events that each file wrote."""
    found = {}
    for name in names:
        before = UsageEvent.objects.count()
        answer = client.get(reverse(name), {"export": "csv"})
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            found[name] = list(UsageEvent.objects.order_by("pk").select_related("feature")[before:])
    return found


def test_every_export_of_a_list_is_recorded_once(world, client_of):
    """Asked by somebody who holds every verb."""
    exports = taken(client_of(world.outsider), [route.name for route in LISTS])
    assert len(exports) > 15
    assert not {name: events for name, events in exports.items() if name not in UNRECORDED and [event.verb for event in events] != ["export"]}
    assert {event.feature.key for name in exports if name.startswith("crm_core:account_") for event in exports[name]} == {"crm.account.export"}


def test_every_exception_is_still_needed(world, client_of):
    exports = taken(client_of(world.outsider), UNRECORDED)
    assert all(exports[name] == [] for name in UNRECORDED)


def test_a_page_that_is_shown_is_no_export(world, client_of):
    client_of(world.sales_rep).get(reverse("crm_core:account_list"))
    assert UsageEvent.objects.get().verb == "view"


def test_an_export_that_is_refused_is_no_export(world, client_of):
    assert client_of(world.sales_rep).get(reverse("crm_core:account_list"), {"export": "csv"}).status_code == 403
    assert not UsageEvent.objects.filter(verb="export").exists()


def test_the_middleware_is_what_records(world, client_of, monkeypatch):
    """Negative control: with downloads taken for nothing, the walk above would find no event."""
    monkeypatch.setattr("foundation.usage.middleware.is_download", lambda response: False)
    assert client_of(world.outsider).get(reverse("people:person_list"), {"export": "csv"}).status_code == 200
    assert not UsageEvent.objects.filter(verb="export").exists()
