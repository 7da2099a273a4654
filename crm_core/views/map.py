"""Where the customers are: the provinces of China as tiles, their cities, and what lies elsewhere."""

from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm_core.filters import AccountFilter
from crm_core.models import Account
from crm_core.province_tiles import TILES, bounds, cities, elsewhere, provinces
from foundation.ui.filters import chips_of

ASKED = ("kind", "level", "owner", "created")


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_map(request: HttpRequest) -> HttpResponse:
    """The visible accounts by province; ``?province=440000`` by city. One query counts them, whatever their number."""
    bound = AccountFilter(request.GET, queryset=Account.objects.visible_to(request.user), request=request)
    for name in [name for name in bound.form.fields if name not in ASKED]:
        del bound.form.fields[name]
    rows = Account.objects.visible_to(request.user)
    if bound.form.is_valid():
        for name in ASKED:
            rows = bound.filters[name].filter(rows, bound.form.cleaned_data[name])
    counts = {row["region"]: row["count"] for row in rows.order_by().values("region").annotate(count=Count("pk"))}
    province = request.GET.get("province", "")
    province = province if len(province) == 6 and province[2:] == "0000" and province[:2] in TILES else ""
    tiles = provinces(counts)
    query = request.GET.copy()
    for name in [name for name in query if name not in ASKED or not query[name]]:
        query.pop(name)
    context = {
        "tiles": tiles,
        "bounds": bounds(max((tile.count for tile in tiles), default=0)),
        "ranked": sorted((tile for tile in tiles if tile.count), key=lambda tile: (-tile.count, tile.code)),
        "province": next((tile for tile in tiles if tile.code == province), None),
        "cities": cities(counts, province) if province else [],
        "elsewhere": elsewhere(counts),
        "total": sum(counts.values()),
        "chips": chips_of(bound.form),
        "asked": query.urlencode(),
        "list_url": reverse("crm_core:account_list"),
    }
    return render(request, "crm_core/account_map.html", context)
