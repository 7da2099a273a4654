from django.urls import URLPattern

app_name = "docs_site"
urlpatterns: list[URLPattern] = []
