from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from suite.shell import Shell


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    return render(request, "suite/search.html", {"text": request.GET.get("q", "")[:200], "results": []})


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    return render(request, "suite/_palette.html", {"shell": Shell(request), "results": []})
