"""Two places where what belongs together is found together: the desk for customer data, and the settings of the CRM."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

# label, url name, permission: in the order of the tabs
DESK = (
    (_("Imports"), "crm_core:import_list", "crm_core.import_account"),
    (_("Possible duplicates"), "crm_core:duplicate_list", "crm_core.view_duplicatepair"),
    (_("Collection rounds"), "crm_core:collection_list", "crm_core.collect_sheet"),
    (_("My collection sheets"), "crm_core:sheet_list", "crm_core.fill_sheet"),
    (_("Registered status"), "crm_core:status_queue", "crm_core.review_status"),
    (_("Handovers"), "crm_core:handover_list", "crm_core.view_account"),
    (_("Ownership disputes"), "crm_core:dispute_list", "crm_core.dispute_account"),
)
SETTINGS: tuple[tuple[Any, str, str], ...] = (
    (_("Dictionaries"), "crm_core:dictionary_list", "crm_core.change_dictionary"),
    (_("Custom fields"), "crm_core:custom_field_list", "crm_core.change_dictionary"),
    (_("Field rights"), "crm_core:field_rights", "crm_core.change_fieldright"),
    (_("Looks at masked values"), "crm_core:reveal_list", "crm_core.view_reveal"),
    (_("Pipelines"), "crm_core:pipeline_list", "crm_core.change_dictionary"),
    (_("Pools"), "crm_core:pool_settings", "crm_core.change_pool"),
    (_("Capacity"), "crm_core:capacity_list", "crm_core.change_capacityrule"),
    (_("Ledger of the pools"), "crm_core:pool_event_list", "crm_core.view_poolevent"),
    (_("Duplicate rules"), "crm_core:duplicate_rules", "crm_core.change_duplicaterule"),
    (_("Existence checks"), "crm_core:duplicate_checks", "crm_core.view_duplicatecheck"),
)


def tabs_of(request: HttpRequest, hub: tuple[tuple[Any, str, str], ...]) -> list[dict[str, Any]]:
    """The tabs of a hub that the person may open; the one whose address begins the page's own is current."""
    found = [{"label": label, "url": reverse(name)} for label, name, permission in hub if request.user.has_perm(permission)]
    here = max((tab for tab in found if request.path.startswith(tab["url"])), key=lambda tab: len(tab["url"]), default=None)
    return [{**tab, "on": tab is here} for tab in found]


def _first(request: HttpRequest, hub: tuple[tuple[Any, str, str], ...]) -> HttpResponse:
    tabs = tabs_of(request, hub)
    if not tabs:
        raise Http404
    return redirect(tabs[0]["url"])


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The data desk: imports, duplicates and what else keeps the customer base clean."""
    return _first(request, DESK)


@require_GET
def crm_settings(request: HttpRequest) -> HttpResponse:
    """Settings of the CRM that administrators of the business keep themselves."""
    return _first(request, SETTINGS)
