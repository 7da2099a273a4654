"""The measure of our pages: a Django view without middleware that reads 25 rows by key and fills a small template."""

from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

from crm_core.models import Account

TEMPLATE = Engine().from_string(
    "<!doctype html><html><head><title>Accounts</title></head><body><table>{% for row in rows %}<tr><td><a href='/crm/accounts/{{ row.pk }}/'>{{ row.name }}</a></td>"
    "<td>{{ row.region }}</td><td>{{ row.phone }}</td><td>{{ row.created_at }}</td></tr>{% endfor %}</table></body></html>"
)


def bare(request):
    after = int(request.GET.get("after", 0))
    return HttpResponse(TEMPLATE.render(Context({"rows": Account.objects.filter(pk__gt=after).order_by("pk")[:25]})))


urlpatterns = [path("bare/", bare)]
